# SPDX-License-Identifier: BSD-2-Clause
# Mini-OS as a DomU of stock Xen with a card that stock Linux serves (netback behind a bridge): what devices.sh, which has the card beside
# all else, does not have.

# Two queues, and the control ring by which the frontend says how frames are spread: a backend has as many queues as its domain
# has vCPUs. Frames arrive on both.
test_minios_queues() {
    cat >"$WORK/minios.cfg" <<END
name = "minios"
kernel = "/minios.gz"
memory = 64
vcpus = 1
vif = [ 'mac=00:16:3e:00:00:07,bridge=xenbr0,script=vif-bridge' ]
END
    cat >"$WORK/script" <<'END'
brctl addbr xenbr0
ip addr add 10.77.0.1/24 dev xenbr0
ip link set xenbr0 up
xl create /minios.cfg
echo "dom0: created $?"
domid=$(xl domid minios)
mkfifo /typed
xenconsole --interactive "$domid" </typed >/xenconsole.log 2>&1 &
exec 8<>/typed
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
    timeout 20 wget -q -O - "http://10.77.0.5/pattern/80000" | md5sum | sed 's/^/dom0: pattern /'
done
echo "net" >&8
echo "halt" >&8
gone minios
tr -d '\r' </xenconsole.log | sed 's/^/domU| /'
END
    DOM0_CARDS=1 sh tests/system/dom0/ramdisk.sh "$WORK/dom0.cpio" "$WORK/script" "$WORK/minios.cfg" \
        "$B/ports/minios/minios.gz" || fail "the ramdisk could not be made"
    expected=$(perl -e 'print pack("Q<*", 0 .. 9999)' | md5sum | cut -d' ' -f1)
    SMP=2 dom0_boot xen 240 "dom0_mem=700M dom0_max_vcpus=2 loglvl=warning"
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
}
