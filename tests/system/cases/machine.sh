# SPDX-License-Identifier: BSD-2-Clause
# The end of the machine's run: keys after a crash, and the ways to reboot.

skeleton=$B/ports/skeleton/skeleton

# In the five seconds after a crash of Domain 0 the debug keys work without a switch of the input; each begins the pause anew. R
# ends it.
test_keys_after_a_crash() {
    SMP=2 qemu_boot xenport 60 "$skeleton crash"
    qemu_wait 30 'rebooting machine in 5 seconds'
    for key in h q d m x; do
        printf '%s' "$key" >&9
        qemu_wait 10 "'$key' pressed"
    done
    shows 'd0: '
    printf 'R' >&9
    qemu_wait 10 "'R' pressed"
    qemu_end 30
    shows_not 'panic'
    shows_not 'holds a lock'
    no_triple_fault
}

# Whichever way is tried first, QEMU sees a reset, and ends (-no-reboot).
test_reboot_options() {
    for way in a k p P t e,w acpi kbd,warm pci,cold triple; do
        qemu_boot xenport 30 "$skeleton crash" "reboot=$way"
        qemu_wait 20 'rebooting machine in 5 seconds'
        printf 'R' >&9
        qemu_end 30
        shows_not 'panic'
    done
}

test_reboot_no_stays() {
    qemu_boot xenport 60 "$skeleton crash" 'reboot=no'
    qemu_wait 30 'rebooting machine in 5 seconds'
    printf 'R' >&9
    qemu_wait 5 "'R' pressed"
    sleep 2
    qemu_runs || fail "the machine did not stay"
    qemu_stop
}

# The debug key q sends VIRQ_DEBUG, typing VIRQ_CONSOLE: guest test console-keys says what arrived.
keys_reach_domain_0() { # HV
    qemu_boot "$1" 60 "$B/tests/guest/console-keys/console-keys keys" 'dom0_mem=256M'
    qemu_wait 30 'console-keys: press q'
    qemu_switch_input
    qemu_wait 5 'Serial input to Xen'
    printf 'q' >&9
    qemu_wait 10 'console-keys: type'
    qemu_switch_input
    qemu_wait 5 'Serial input to DOM0'
    qemu_send 'hello, world 0123456789'
    qemu_wait 10 'Test result: SUCCESS'
    qemu_end 20
}

test_keys_reach_domain_0_of_xenport() {
    keys_reach_domain_0 xenport
}

test_keys_reach_domain_0_of_xen() {
    keys_reach_domain_0 xen
}

# The hypervisor's own stack is used up, the first CPU's and another's: the page below is not mapped.
test_stack_overflow() {
    for cpu in 0 1; do
        SMP=2 qemu_boot xenport 60 "$skeleton" "overflow_stack=$cpu"
        qemu_wait 30 "Xenport: panic: stack overflow on CPU $cpu: use_up.* has left the main stack at "
        qemu_wait 10 'rebooting machine in 5 seconds'
        printf 'R' >&9
        qemu_end 30
        shows 'Call trace:'
        no_triple_fault
    done
}
