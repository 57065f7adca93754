# SPDX-License-Identifier: BSD-2-Clause
# Mini-OS as a DomU that stock xl asks for something: keys, less memory and more again, a reboot, a shutdown. Asserted is what
# xl and the store show afterwards.

does_what_xl_asks() { # HV
    cat >"$WORK/minios.cfg" <<END
name = "minios"
kernel = "/minios.gz"
memory = 64
vcpus = 1
on_poweroff = "destroy"
on_reboot = "restart"
on_crash = "destroy"
END
    cat >"$WORK/script" <<'END'
listen() {
    rm -f /xenconsole.log
    xenconsole "$1" </dev/null >/xenconsole.log 2>&1 &
}
await() {
    for second in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
        grep -q "$1" /xenconsole.log 2>/dev/null && return
        sleep 1
    done
    echo "dom0: not seen: $1"
}
memory_of() {
    xl list minios | awk 'NR == 2 { print $3 }'
}
xl create /minios.cfg
echo "dom0: created $?"
domid=$(xl domid minios)
listen "$domid"
await 'minios>'
xenstore write "/local/domain/$domid/control/shutdown" nonsense
xl sysrq minios t
await 'control: key t'
await 'thread 0: idle'
echo "dom0: acknowledged '$(xenstore read "/local/domain/$domid/control/shutdown")' '$(xenstore read "/local/domain/$domid/control/sysrq")'"
echo "dom0: offers $(xenstore read "/local/domain/$domid/control/feature-poweroff")$(xenstore read "/local/domain/$domid/control/feature-reboot")"
echo "dom0: memory $(memory_of)"
xl mem-set minios 40
await 'control: 40960 KiB'
echo "dom0: memory less $(memory_of)"
xl mem-set minios 64
await 'control: 65536 KiB'
echo "dom0: memory more $(memory_of)"
xl mem-set minios 1
await 'control: 1024 KiB'
xl sysrq minios m
await 'control: key m'
xl mem-set minios 64
sleep 2
echo "dom0: memory again $(memory_of)"
tr -d '\r' </xenconsole.log | sed 's/^/domU| /'
xl reboot minios
for second in 1 2 3 4 5 6 7 8 9 10; do
    new=$(xl domid minios 2>/dev/null) && [ "$new" != "$domid" ] && break
    sleep 1
done
echo "dom0: rebooted $((new > domid))"
listen "$new"
await 'minios>'
sleep 1
xl shutdown -w minios
echo "dom0: shut down $?"
xl list | grep -c minios | sed 's/^/dom0: left /'
cat /var/log/xen/*.log 2>/dev/null | tail -n 20 | sed 's/^/dom0: log /'
END
    DOM0_DISKS=1 sh tests/system/dom0/ramdisk.sh "$WORK/dom0.gz" "$WORK/script" "$WORK/minios.cfg" \
        "$B/ports/minios/minios.gz" || fail "the ramdisk could not be made"
    without_xsave
    MEM=1500 qemu_boot "$1" 240 "$B/stock/vmlinuz console=hvc0 loglevel=4,$WORK/dom0.gz" "dom0_mem=700M loglvl=warning"
    qemu_wait 120 'dom0: ready'
    qemu_wait 40 'dom0: created 0'
    qemu_wait 150 'dom0: done'
    qemu_stop
    shows_not 'dom0: .*(failed|did not load|not seen)'
    shows "dom0: acknowledged '' ''"
    shows 'dom0: offers 11'
    shows 'dom0: memory 64'
    shows 'dom0: memory less 40'
    shows 'dom0: memory more 64'
    shows 'dom0: memory again 64'
    shows 'dom0: rebooted 1'
    shows 'dom0: shut down 0'
    shows 'dom0: left 0'
}

test_minios_does_what_xl_asks() {
    does_what_xl_asks xenport
}

full_minios_does_what_xl_asks_on_stock_xen() {
    does_what_xl_asks xen
}
