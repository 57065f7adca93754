# SPDX-License-Identifier: BSD-2-Clause
# Stock Linux as Domain 0, the package's file unmodified: a shell that is typed to, and the ways in which it ends.

. tests/system/linux/lib.sh

# The lines are echoed, so that what is waited for is never what is typed.
shell() { # HV
    linux_boot "$1" 120 ''
    qemu_wait 90 'linux: ready'
    qemu_wait 20 'linux# '
    qemu_send 'echo six times seven is $((6 * 7))'
    qemu_wait 10 '^six times seven is 42'
    qemu_send 'uname -s -m | tr a-z A-Z'
    qemu_wait 10 '^LINUX X86_64'
    qemu_send 'seq 1 2000 | awk "{ n += \$1 } END { print n }" | sed s/^/sum=/'
    qemu_wait 30 '^sum=2001000'
    qemu_send 'ls / | sort | tail -n 1'
    qemu_wait 10 '^tmp'
    qemu_send 'cat /no-such-file; echo $? is the status'
    qemu_wait 10 'cat: can.t open .*No such file'
    qemu_wait 10 '^1 is the status'
    qemu_send 'sleep 600'
    sleep 1
    printf '\003' >&9
    qemu_wait 10 'linux# '
    qemu_send 'poweroff -f'
    qemu_end 30
    linux_is_sound
    no_triple_fault
}

test_shell_on_xen() {
    shell xen
}

test_shell_on_xenport() {
    shell xenport
}

# Linux asks for a reboot: QEMU, which is told not to, ends.
reboots() { # HV
    echo 'reboot -f' | linux_script
    linux_boot "$1" 120 ''
    qemu_wait 90 'linux: ready'
    qemu_end 30
    linux_is_sound
    no_triple_fault
}

test_reboot_on_xen() {
    reboots xen
}

test_reboot_on_xenport() {
    reboots xenport
}

crashes() { # HV
    echo 'echo c >/proc/sysrq-trigger' | linux_script
    linux_boot "$1" 120 ''
    qemu_wait 90 'linux: ready'
    qemu_wait 20 'Kernel panic - not syncing: sysrq triggered crash'
    qemu_wait 20 'Hardware Dom0 crashed: rebooting machine in 5 seconds'
    qemu_end 20
    no_triple_fault
}

test_crash_on_xen() {
    crashes xen
}

test_crash_on_xenport() {
    crashes xenport
}
