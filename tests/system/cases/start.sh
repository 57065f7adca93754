# SPDX-License-Identifier: BSD-2-Clause
# The start: the smallest guests, the CPUs of the machine, the ISO.

# A guest's first instruction runs, its console_io reaches the serial port, and its reboot ends the machine.
first_instruction() {
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
