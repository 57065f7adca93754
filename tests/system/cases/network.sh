# SPDX-License-Identifier: BSD-2-Clause
# Mini-OS as a DomU with a card that stock Linux serves (netback behind a bridge): what devices.sh, which has the card beside all else,
# does not have.

. tests/system/minios.sh

# Two queues, and the control ring by which the frontend says how frames are spread: a backend has as many queues as its domain
# has vCPUs. Frames arrive on both. Then the backend comes again and has one queue, with one event channel for both directions: it
# goes by what it finds, so nothing may be left of the queues before.
queues() { # HV
    minios_config 64 1 "vif = [ 'mac=00:16:3e:00:00:07,bridge=xenbr0,script=vif-bridge' ]"
    cat >"$WORK/script" <<'END'
bridge
xl create /minios.cfg
echo "dom0: created $?"
attend minios
await 'minios>'
echo "net up 10.77.0.5 255.255.255.0 10.77.0.1" >&8
await '1 cards'
for node in multi-queue-num-queues queue-1/rx-ring-ref ctrl-ring-ref; do
    echo "dom0: $node $(xenstore read "/local/domain/$domid/device/vif/0/$node")"
done
echo "net hash" >&8
await 'net: hash: error'
echo "httpd" >&8
await 'httpd: listens'
for flow in 1 2 3 4 5 6 7 8 9 10 11 12; do
    within 20 wget -q -O - "http://10.77.0.5/pattern/80000" | md5sum | sed 's/^/dom0: pattern /'
done
echo "net" >&8
await 'queue 1: sent'
front=/local/domain/$domid/device/vif/0 back=/local/domain/0/backend/vif/$domid/0
# A frontend reads of the carrier when the backend's state is written.
carrier() {
    xenstore write $back/carrier "$1"
    xenstore write $back/state 4
}
within 100 wget -q -O /cut http://10.77.0.5/pattern/24000000 &
fetching=$!
until_true [ -s /cut ]
carrier 0
sleep 3
carrier 1
wait $fetching
md5sum </cut | sed 's/^/dom0: cut /'
waits() {
    [ "$(xenstore read $front/state)" = 1 ]
}
echo 0 >/sys/module/xen_netback/parameters/separate_tx_rx_irq
echo 1 >/sys/module/xen_netback/parameters/max_queues
echo "vif-$domid-0" >/sys/bus/xen-backend/drivers/vif/unbind
# Linux's leaves the state as it was, for the next to go on from there; others say Closed.
xenstore write $back/state 6
until_true waits
echo "vif-$domid-0" >/sys/bus/xen-backend/drivers/vif/bind
until_true [ -e "/sys/class/net/vif$domid.0" ]
vif=vif$domid.0 XENBUS_PATH=$back /etc/xen/scripts/vif-bridge online
until_true ping -c 1 -W 1 10.77.0.5
ping -c 3 -W 5 10.77.0.5 | sed -n 's/^\(.*packets received\).*/dom0: again \1/p'
xenstore ls $front | sed 's/^ */dom0: has /'
echo "net" >&8
echo "halt" >&8
gone minios
tr -d '\r' </xenconsole.log | sed 's/^/domU| /'
END
    DOM0_CARDS=1 sh tests/system/dom0/ramdisk.sh "$WORK/dom0.cpio" "$WORK/script" "$WORK/minios.cfg" \
        "$B/ports/minios/minios.gz" || fail "the ramdisk could not be made"
    expected=$(counting 80000 | md5sum | cut -d' ' -f1)
    whole=$(counting 24000000 | md5sum | cut -d' ' -f1)
    SMP=2 dom0_boot "$1" 240 "dom0_mem=700M dom0_max_vcpus=2 loglvl=warning"
    qemu_wait 120 'dom0: ready'
    qemu_wait 40 'dom0: created 0'
    qemu_wait 120 'dom0: done'
    qemu_stop
    shows_not 'dom0: .*(failed|did not load|not seen)'
    shows 'dom0: multi-queue-num-queues 2'
    shows 'dom0: queue-1/rx-ring-ref [1-9]'
    shows 'dom0: ctrl-ring-ref [1-9]'
    shows 'domU\| net: hash: error 0'
    [ "$(tr -d '\r' <"$console" | grep -ac "dom0: pattern $expected")" -eq 12 ] || fail "not every page came whole"
    shows 'domU\|   queue 0: sent [0-9]+, received [1-9]'
    shows 'domU\|   queue 1: sent [0-9]+, received [1-9]'
    shows "dom0: cut $whole"
    shows 'dom0: again 3 packets transmitted, 3 packets received'
    shows 'dom0: has event-channel = '
    shows_not 'dom0: has (event-channel-[tr]x|queue-|multi-queue)'
}

full_minios_queues() {
    queues xen
}

test_minios_queues_on_xenport() {
    queues xenport
}
