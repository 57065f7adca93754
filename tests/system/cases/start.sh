# SPDX-License-Identifier: BSD-2-Clause
# The start: the smallest guests, the CPUs of the machine, GRUB, the clock, the hypervisor's keys.

minios=$B/ports/minios/minios.gz

# A guest's first instruction runs, its console_io reaches the serial port, and its reboot ends the machine.
first_instruction() { # HV
    qemu_boot "$1" 60 "$B/tests/bench/first_tsc" "dom0_mem=128M"
    qemu_wait 40 'first RDTSC: 0x[0-9a-f]{16}'
    qemu_end 15
    no_triple_fault
}

test_first_instruction_on_xenport() {
    first_instruction xenport
}

test_first_instruction_on_xen() {
    first_instruction xen
}

skeleton() { # HV
    head -c 12345 /dev/zero >"$WORK/ramdisk"
    qemu_boot "$1" 60 "$B/ports/skeleton/skeleton some words reboot,$WORK/ramdisk" "dom0_mem=128M"
    qemu_wait 40 'skeleton: xen-3.0-x86_64, Domain 0, 32768 pages'
    qemu_wait 5 'skeleton: command line "some words reboot"'
    qemu_wait 5 'skeleton: module of 12345 bytes'
    qemu_wait 5 'skeleton: the end, by reboot'
    qemu_end 15
}

test_skeleton_on_xenport() {
    skeleton xenport
}

test_skeleton_on_xen() {
    skeleton xen
}

# All CPUs come up, the guest's vCPUs too, and each does some work.
cpus() { # NUMBER…
    for number; do
        SMP=$number qemu_boot xenport 60 "$minios run=smp;reboot"
        qemu_wait 40 "workers: $number of $number"
        qemu_end 15
        no_triple_fault
    done
}

test_cpus_1_to_4() {
    cpus 1 2 3 4
}

test_cpus_5_to_8() {
    cpus 5 6 7 8
}

# More vCPUs than CPUs: they share.
test_more_vcpus_than_cpus() {
    SMP=2 qemu_boot xenport 90 "$minios run=smp;reboot" "dom0_max_vcpus=5"
    qemu_wait 60 "workers: 5 of 5"
    qemu_end 15
}

test_grub_boots_the_iso() {
    qemu_start 120 -cpu "$CPU" -m 512 -cdrom "$B/xenport.iso"
    qemu_wait 90 'Mini-OS on libxenguest'
    qemu_wait 10 '^minios> '
    qemu_send 'reboot'
    qemu_end 20
    no_triple_fault
    shows_not '[Uu]nknown option'
}

# A poweroff of Domain 0 ends the machine by ACPI.
test_poweroff_ends_the_machine() {
    qemu_boot xenport 60 "$minios run=halt"
    qemu_wait 30 'halting'
    qemu_end 15
    no_triple_fault
}

# Seconds since 1970 that the guest's `date` shows lie between the host's before and after; and so does the time that passes in the
# guest between two looks at its clock, give or take a tenth (it is measured against a clock of a machine that others use too).
wall_clock() { # HV
    qemu_boot "$1" 60 "$minios"
    qemu_wait 40 '^minios> '
    before=$(date +%s)
    qemu_send 'date'
    qemu_wait 5 'UTC 20[0-9]{2}'
    after=$(date +%s)
    shown=$(tr -d '\r' <"$console" | sed -n 's/^\([A-Z][a-z][a-z] [A-Z][a-z][a-z] .* UTC 20[0-9][0-9]\)$/\1/p' | tail -n 1)
    guest=$(date -d "$shown" +%s) || fail "no date: $shown"
    [ "$guest" -ge $((before - 3)) ] && [ "$guest" -le $((after + 3)) ] ||
        fail "the guest's clock shows $guest, the host's $before to $after"
    time_passes 4
    qemu_stop
}

# So many seconds of the host are as many of the guest's system time.
time_passes() { # SECONDS
    before=$(milliseconds)
    first=$(system_time)
    least=$(milliseconds)
    sleep "$1"
    least=$(($(milliseconds) - least))
    second=$(system_time)
    most=$(($(milliseconds) - before))
    passed=$((second - first))
    [ "$passed" -ge $((least * 9 / 10)) ] && [ "$passed" -le $((most * 11 / 10)) ] ||
        fail "$least to $most ms of the host were $passed ms of the guest"
}

# The machine stands still for longer than the PM timer takes to run over (4.7 s): afterwards time goes on at the right speed.
test_clock_after_a_stop_on_xenport() {
    qemu_boot xenport 90 "$minios" loglvl=all -machine hpet=off
    qemu_wait 40 '^minios> '
    shows 'ACPI PM timer as reference'
    kill -STOP "$(pgrep -P "$qemu")"
    sleep 7
    kill -CONT "$(pgrep -P "$qemu")"
    sleep 1
    time_passes 4
    shows 'ACPI PM timer has run over [0-9]+ times'
    qemu_stop
}

milliseconds() {
    echo $(($(date +%s%N) / 1000000))
}

# The guest's system time, in milliseconds.
system_time() {
    qemu_send uptime
    qemu_wait 5 'system_time: [0-9.]+ s'
    tr -d '\r' <"$console" | sed -n 's/^system_time: \([0-9]*\)\.\([0-9]*\) s$/\1\2/p' | tail -n 1 | sed 's/^0*//'
}

test_wall_clock_on_xenport() {
    wall_clock xenport
}

test_wall_clock_on_xen() {
    wall_clock xen
}

# Ctrl-A three times gives the keys to Xenport; each key that `h` lists dumps something; then the guest has them again.
test_debug_keys() {
    SMP=2 qemu_boot xenport 90 "$minios"
    qemu_wait 40 '^minios> '
    qemu_switch_input
    qemu_wait 5 'Serial input to Xen'
    printf 'h' >&9
    qemu_wait 5 "key 'h'"
    # The list is whole when the next key has been taken.
    printf 'h' >&9
    qemu_wait 5 "'h' pressed"
    shows "key 'q'.*domain"
    shows "key 'd'.*(vCPU|register)"
    shows "key 'e'.*event channel"
    shows "key 'a'.*timer"
    tr -d '\r' <"$console" | sed -n "s/.* key '\\([a-zA-Z0-9]\\)' .*/\\1/p" | grep -v R | sort -u >"$WORK/keys"
    while read -r key; do
        printf '%s' "$key" >&9
        qemu_wait 5 "'$key' pressed"
    done <"$WORK/keys"
    qemu_switch_input
    qemu_wait 5 'Serial input to DOM0'
    qemu_send 'uptime'
    qemu_wait 5 'system_time: '
    shows 'd0v1 on CPU'
    shows 'd0: .* pages .* L1 .* L4 .* writable'
    shows 'Page counts: consistent'
    qemu_stop
}

# What Xenport says of a guest that cannot go on: domain, reason, registers, stack, page tables. The crash is not Xenport's own: its
# clock goes on, and reboots the machine after the five seconds that it announces.
test_guest_crash_is_explained() {
    "$B/tests/system/mkbad" faults_at_once <"$B/tests/bench/first_tsc" >"$WORK/lost"
    qemu_boot xenport 60 "$WORK/lost"
    qemu_wait 30 'Hardware Dom0 crashed: rebooting machine in 5 seconds'
    # When that was written, not when it was seen.
    crashed=$(stat -c %Y "$console")
    shows 'Domain 0 \(vcpu#0\) crashed on cpu#0: vCPU 0: page fault \(vector 14\), error code 0, at rip 0x100000, but'
    shows 'rip e033:0000000000100000 +rsp e02b:[0-9a-f]{16}'
    shows 'rax [0-9a-f]{16} +rbx [0-9a-f]{16}'
    shows 'cr2 000000000dead000'
    shows '^\(XEN\) stack at 0x[0-9a-f]+:$'
    shows 'page tables for 0xdead000:'
    qemu_end 15
    [ $(($(date +%s) - crashed)) -ge 4 ] || fail "the reboot did not wait"
    shows_not 'Xenport: panic'
    no_triple_fault
}

# With noreboot the machine stands still: what was said can be read, nothing more comes and no key is taken.
test_noreboot_stands_still() {
    qemu_boot xenport 60 "$B/ports/skeleton/skeleton crash" 'noreboot'
    qemu_wait 30 "Hardware Dom0 crashed: 'noreboot' set - not rebooting"
    qemu_switch_input
    sleep 6
    qemu_runs || fail "the machine did not stay"
    shows_not 'Serial input to Xen'
    shows_not 'Xenport: panic'
    no_triple_fault
    qemu_stop
}
