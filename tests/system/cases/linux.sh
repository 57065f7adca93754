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
    # Its own words come when the shell has given it the terminal: before, Ctrl-C would be a character like others.
    qemu_send "sh -c 'echo it sleeps | tr a-z A-Z; exec sleep 600'"
    qemu_wait 10 '^IT SLEEPS'
    printf '\003' >&9
    qemu_wait 10 'linux# '
    qemu_send 'poweroff -f'
    qemu_end 30
    linux_is_sound
    no_triple_fault
}

full_shell_on_xen() {
    shell xen
}

test_shell_on_xenport() {
    shell xenport
}

# Linux asks for a reboot, with noreboot or without: QEMU, which is told not to, ends.
reboots() { # HV OPTIONS
    echo 'reboot -f' | linux_script
    linux_boot "$1" 120 '' "$2"
    qemu_wait 90 'linux: ready'
    qemu_wait 20 'Hardware Dom0 shutdown: rebooting machine'
    qemu_end 30
    linux_is_sound
    no_triple_fault
}

test_reboot_on_xenport() {
    reboots xenport dom0_mem=384M
}

full_reboot_on_xen() {
    reboots xen dom0_mem=384M
}

full_reboot_in_spite_of_noreboot_on_xenport() {
    reboots xenport 'noreboot dom0_mem=384M'
}

full_reboot_in_spite_of_noreboot_on_xen() {
    reboots xen 'noreboot dom0_mem=384M'
}

# Domain 0 dies: what it says, what the hypervisor says, and the reboot after a pause.
crashes() { # HV
    echo 'echo c >/proc/sysrq-trigger' | linux_script
    linux_boot "$1" 150 ''
    qemu_wait 90 'linux: ready'
    qemu_wait 20 'Kernel panic - not syncing: sysrq triggered crash'
    qemu_wait 20 'Hardware Dom0 crashed: rebooting machine in 5 seconds'
    qemu_end 60
    no_triple_fault
}

test_crash_on_xenport() {
    crashes xenport
}

full_crash_on_xen() {
    crashes xen
}

# With noreboot the machine stands still after a crash, and what was said stays to be read.
stands_still() { # HV
    echo 'echo c >/proc/sysrq-trigger' | linux_script
    linux_boot "$1" 150 '' 'noreboot dom0_mem=384M'
    qemu_wait 90 'linux: ready'
    qemu_wait 30 "Hardware Dom0 crashed: 'noreboot' set - not rebooting"
    sleep 7
    qemu_runs || fail "the machine did not stay"
    qemu_stop
}

test_noreboot_on_xenport() {
    stands_still xenport
    no_triple_fault
}

full_noreboot_on_xen() {
    stands_still xen
}

# Without a ramdisk there is nothing to start: Linux's last words are the same on both.
last_words() { # HV FILE
    RAMDISK=none linux_boot "$1" 150 ''
    qemu_wait 90 'Kernel panic - not syncing: VFS: Unable to mount root fs on unknown-block\(0,0\)'
    qemu_wait 20 'Hardware Dom0 crashed'
    qemu_end 60
    no_triple_fault
    tr -d '\r' <"$console" | sed -nE 's/^\[ *[0-9.]+\] //p' | sed '/Kernel panic/,$!d' |
        sed -E 's/0x[0-9a-f]+|[0-9a-f]{16}/N/g; s/^(Hardware name|CPU): .*/\1/' >"$2"
}

test_without_ramdisk() {
    last_words xenport "$WORK/xenport"
    last_words xen "$WORK/xen"
    diff "$WORK/xen" "$WORK/xenport" >"$console" || fail "the last words differ"
    grep -q mount_block_root "$WORK/xen" || fail "no stack was shown"
}

# What stock Xen gives Linux enough memory with, is enough here; and all that a machine of 5000 MiB has, on both sides of the hole.
memory() { # HV MIB OPTIONS LEAST
    linux_script <<'END'
sed -n 's/^MemTotal: *\([0-9]*\) kB/linux: \1 kB/p' /proc/meminfo
END
    MEM=$2 linux_boot "$1" 150 '' "$3"
    linux_ends 120
    linux_is_sound
    kib=$(tr -d '\r' <"$console" | sed -n 's/^linux: \([0-9]*\) kB/\1/p')
    [ "${kib:-0}" -ge "$4" ] || fail "Linux has ${kib:-no} KiB"
}

test_least_memory_on_xenport() {
    memory xenport 512 dom0_mem=160M 73000
    no_triple_fault
}

full_least_memory_on_xen() {
    memory xen 512 dom0_mem=160M 73000
}

test_all_memory_on_xenport() {
    memory xenport 5000 loglvl=info 4600000
    no_triple_fault
}
