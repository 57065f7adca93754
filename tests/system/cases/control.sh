# SPDX-License-Identifier: BSD-2-Clause
# Mini-OS as a DomU that stock xl asks for something: keys, less memory and more again, a reboot, a shutdown; less memory and a
# shutdown also before it has begun to run. Asserted is what xl and the store show afterwards.

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
memory_of() {
    xl list minios | awk 'NR == 2 { print $3 }'
}
xl create -p /minios.cfg
echo "dom0: created $?"
domid=$(xl domid minios)
xl mem-set minios 40
xl unpause minios
listen "$domid"
await 'minios>'
await 'control: 40960 KiB.*pages'
echo "dom0: memory less $(memory_of)"
xl mem-set minios 64
await 'control: 65536 KiB.*pages'
xenstore write "/local/domain/$domid/control/shutdown" nonsense
xl sysrq minios t
await 'control: key t'
await 'thread 0: idle'
echo "dom0: acknowledged '$(xenstore read "/local/domain/$domid/control/shutdown")' '$(xenstore read "/local/domain/$domid/control/sysrq")'"
echo "dom0: offers $(xenstore read "/local/domain/$domid/control/feature-poweroff")$(xenstore read "/local/domain/$domid/control/feature-reboot")"
echo "dom0: memory $(memory_of)"
xl mem-set minios 40
await 'control: 40960 KiB.*pages' 2
echo "dom0: memory less again $(memory_of)"
xl mem-set minios 64
await 'control: 65536 KiB.*pages' 2
echo "dom0: memory more $(memory_of)"
xl mem-set minios 1
await 'control: 1024 KiB.*pages'
xl sysrq minios m
await 'control: key m'
xl mem-set minios 64
await 'control: 65536 KiB.*pages' 3
echo "dom0: memory again $(memory_of)"
tr -d '\r' </xenconsole.log | sed 's/^/domU| /'
xl reboot minios
rebooted() {
    new=$(xl domid minios) && [ "${new:-$domid}" != "$domid" ]
}
until_true rebooted
echo "dom0: rebooted $((new > domid))"
listen "$new"
await 'minios>'
until_true xenstore read "/local/domain/$new/control/feature-poweroff"
xl shutdown -w minios
echo "dom0: shut down $?"
gone minios
xl create -p /minios.cfg
domid=$(xl domid minios)
# It waits until the wish is taken.
did 'early shutdown' xl shutdown minios &
asking=$!
asked() {
    [ "$(xenstore read "/local/domain/$domid/control/shutdown")" = poweroff ]
}
until_true asked
xl unpause minios
wait $asking
gone minios
xl list | grep -c minios | sed 's/^/dom0: left /'
cat /var/log/xen/*.log 2>/dev/null | tail -n 20 | sed 's/^/dom0: log /'
END
    DOM0_DISKS=1 sh tests/system/dom0/ramdisk.sh "$WORK/dom0.cpio" "$WORK/script" "$WORK/minios.cfg" \
        "$B/ports/minios/minios.gz" || fail "the ramdisk could not be made"
    dom0_boot "$1" 240 "dom0_mem=700M loglvl=warning"
    qemu_wait 120 'dom0: ready'
    qemu_wait 40 'dom0: created 0'
    qemu_wait 150 'dom0: done'
    qemu_stop
    shows_not 'dom0: .*(failed|did not load|not seen)'
    shows "dom0: acknowledged '' ''"
    shows 'dom0: offers 11'
    shows 'dom0: memory 64'
    shows 'dom0: memory less 40'
    shows 'dom0: memory less again 40'
    shows 'dom0: memory more 64'
    shows 'dom0: memory again 64'
    shows 'dom0: rebooted 1'
    shows 'dom0: shut down 0'
    shows 'dom0: early shutdown 0'
    shows 'dom0: left 0'
}

test_minios_does_what_xl_asks() {
    does_what_xl_asks xenport
}

full_minios_does_what_xl_asks_on_stock_xen() {
    does_what_xl_asks xen
}
