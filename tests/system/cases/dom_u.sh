# SPDX-License-Identifier: BSD-2-Clause
# Mini-OS as a DomU, created by stock xl under stock Linux: its console is the ring that xenconsoled reads. A crashed
# one would stay in the list: only its own halt takes it off.

minios() { # HV
    cat >"$WORK/minios.cfg" <<END
name = "minios"
kernel = "/minios.gz"
memory = 64
vcpus = 2
extra = "hello=world"
on_poweroff = "destroy"
on_reboot = "destroy"
on_crash = "preserve"
END
    # The shell is talked to through xl's console; what it answers is also in xenconsoled's log.
    cat >"$WORK/script" <<'END'
xl info | grep -E 'xen_version|xen_major' | sed 's/^/dom0: /'
xl create /minios.cfg
echo "dom0: created $?"
attend minios
log=/var/log/xen/console/guest-minios.log
[ -e $log ] || log=/var/log/xen/guest-minios.log
ask() {
    echo "$1" >&8
    await "$2" 1 $log
}
await 'minios>' 1 $log
ask bootinfo 'initial_domain: no'
ask smp 'workers: 2 of 2'
ask mem 'heap_faults: '
ask trap 'pagefault: survived'
ask uptime 'system_time: '
ask halt 'halting'
gone minios
xl list | sed 's/^/dom0: list: /'
sed "s/^/dom0: xenconsole: /" /xenconsole.log
cat /var/log/xen/*.log /var/log/xen/*/*.log 2>/dev/null | tr -d '\r' | sed 's/^/domU| /'
END
    sh tests/system/dom0/ramdisk.sh "$WORK/dom0.cpio" "$WORK/script" "$WORK/minios.cfg" "$B/ports/minios/minios.gz" ||
        fail "the ramdisk could not be made"
    dom0_boot "$1" 200 "dom0_mem=700M loglvl=warning"
    qemu_wait 120 'dom0: ready'
    qemu_wait 30 'dom0: created 0'
    qemu_wait 90 'dom0: done'
    qemu_stop
    shows_not 'dom0: .*(failed|did not load|not seen)'
    shows 'domU\| .*minios>'
    shows 'domU\| .*hello=world'
    for words in 'initial_domain: no' 'workers: 2 of 2' 'heap_faults: ' 'pagefault: survived' 'system_time: [0-9]' 'halting'; do
        shows "domU\\| .*$words"
    done
    shows_not 'dom0: list: minios'
}

test_minios_under_stock_xl() {
    minios xen
}

test_minios_under_stock_xl_on_xenport() {
    minios xenport
}
