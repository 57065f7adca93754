# SPDX-License-Identifier: BSD-2-Clause
# What Xenport says of input that it cannot use: one plain sentence on the console, then the end; never a triple fault.

good=$B/tests/bench/first_tsc
kernel='the Domain 0 kernel'

# Boots what it is given and expects the panic line, which begins with REGEXP. The reboot that follows takes five seconds: only
# tests with WAIT_FOR_THE_END wait for it.
refuses() { # REGEXP MODULES [OPTIONS [QEMU's ARG…]]
    regexp=$1
    shift
    [ $# -ge 2 ] || set -- "$1" ''
    modules=$1 options=$2
    shift 2
    qemu_boot xenport 60 "$modules" "$options" "$@"
    qemu_wait 30 "Xenport: panic: $regexp"
    qemu_wait 5 '[Rr]eboot'
    [ -z "${WAIT_FOR_THE_END:-}" ] || qemu_end 20
    qemu_stop
    no_triple_fault
    [ "$(grep -ac 'Xenport: panic: ' "$console")" = 1 ] || fail "more than one panic"
    shows_not 'first RDTSC'
}

refuses_defect() { # DEFECT REGEXP
    "$B/tests/system/mkbad" "$1" <"$good" >"$WORK/$1"
    refuses "$2" "$WORK/$1"
}

# One warning that names the thing, and the guest runs all the same.
warns() { # REGEXP OPTIONS
    qemu_boot xenport 60 "$good" "$2"
    qemu_wait 20 'first RDTSC'
    qemu_end 15
    no_triple_fault
    [ "$(grep -acE "$1" "$console")" = 1 ] || fail "not just one line with: $1"
}

test_no_module() {
    WAIT_FOR_THE_END=yes refuses "no module: Domain 0's kernel is missing; " ''
}

test_module_is_no_elf() {
    head -c 5000 "$TOP/LICENSE" >"$WORK/text"
    refuses "$kernel is no ELF file; give the kernel as ELF64" "$WORK/text"
}

test_module_is_empty() {
    : >"$WORK/empty"
    refuses "$kernel is no ELF file; it is empty: " "$WORK/empty"
}

test_other_machine() {
    refuses_defect other_machine "$kernel is for another machine \(ELF class 2, machine 183\); "
}

test_elf32() {
    refuses_defect elf32 "$kernel is for another machine \(ELF class 1, machine 62\); an x86-64 ELF64 file is needed"
}

test_truncated_elf() {
    refuses_defect truncated "$kernel has segment 0 outside the file; "
}

test_no_notes() {
    refuses_defect no_notes "$kernel has no Xen notes and no __xen_guest section; "
}

test_no_segments() {
    refuses_defect no_segments "$kernel has no segment to load; link it with "
}

test_segments_overlap() {
    refuses_defect overlap "$kernel overlaps itself: a segment at 0x100000 "
}

test_segment_outside_memory() {
    refuses_defect outside_memory "$kernel has segment 2 outside memory \(physical address 0x1000100000, "
}

test_entry_outside_segments() {
    refuses_defect entry_outside "$kernel has its entry 0x200000 outside its segments "
}

test_note_xen_version_missing() {
    refuses_defect version_missing "$kernel has no XEN_VERSION note; "
}

test_note_xen_version_wrong() {
    refuses_defect version_wrong "$kernel has a wrong XEN_VERSION note of xen-2\.0; "
}

test_note_loader_wrong() {
    refuses_defect loader_wrong "$kernel has a wrong LOADER note of special; "
}

test_note_paddr_offset_without_virt_base() {
    refuses_defect offset_without_base "$kernel has a PADDR_OFFSET note but no VIRT_BASE note; "
}

test_note_virt_base_not_canonical() {
    refuses_defect base_not_canonical \
        "$kernel wants addresses 0x4000000000000000 to 0x[0-9a-f]+ \(.*\), which are not all a guest's; check VIRT_BASE"
}

test_note_virt_base_twice() {
    refuses_defect base_twice "$kernel has two contradictory VIRT_BASE notes "
}

test_note_hypercall_page_outside() {
    refuses_defect hypercall_page_outside \
        "$kernel has a HYPERCALL_PAGE note of 0xdead000, which is no page-aligned page in its segments "
}

test_note_init_p2m_in_the_image() {
    refuses_defect p2m_inside "$kernel has an INIT_P2M note of 0x100000, which is not page-aligned or lies in its segments "
}

test_note_past_its_segment() {
    refuses_defect note_past_its_segment "$kernel has a note that reaches past its segment; "
}

# A gzip file's last four bytes are taken for its unpacked size: what a truncated one ends in decides which sentence comes.
truncated_gzip_ending_in() {
    gzip -c "$B/ports/minios/minios" | head -c 100000 >"$WORK/half.gz"
    printf "$1" >>"$WORK/half.gz"
}

test_truncated_gzip_of_a_huge_size() {
    truncated_gzip_ending_in '\377\377\377\177'
    refuses "$kernel's gzip file is truncated, .* unpacks to 2147483647 bytes" "$WORK/half.gz"
}

test_truncated_gzip_of_a_likely_size() {
    truncated_gzip_ending_in '\000\000\040\000'
    refuses "$kernel's gzip file (ends too early: it is truncated|is corrupt); make it anew" "$WORK/half.gz"
}

test_damaged_gzip() {
    gzip -c "$good" >"$WORK/damaged.gz"
    printf '\377\377\377\377' | dd of="$WORK/damaged.gz" bs=1 seek=40 conv=notrunc status=none
    refuses "$kernel's gzip file is corrupt; " "$WORK/damaged.gz"
}

test_malformed_dom0_mem() {
    refuses 'the option dom0_mem has the value "plenty", but takes a size ' "$good" 'dom0_mem=plenty'
}

test_dom0_mem_of_nothing() {
    refuses 'the option dom0_mem has the value "0", but takes a size from 4K up ' "$good" 'dom0_mem=0'
}

test_malformed_dom0_max_vcpus() {
    refuses 'the option dom0_max_vcpus has the value "some", but takes a number ' "$good" 'dom0_max_vcpus=some'
}

test_malformed_loglvl() {
    refuses 'the option loglvl has the value "chatty", but takes none, error, ' "$good" 'loglvl=chatty'
}

test_malformed_com1() {
    refuses 'the option com1 has the value "fast", but takes BAUD' "$good" 'com1=fast'
}

test_too_little_memory() {
    MEM=3 refuses 'the machine has only 2 MiB of RAM, too little; ' "$good"
}

test_too_little_memory_for_the_guest() {
    refuses "$kernel's segments and ramdisk lie outside memory: they need [0-9]+ pages, Domain 0 has 512; " \
        "$B/ports/minios/minios.gz" 'dom0_mem=2M'
}

test_cpu_without_long_mode() {
    WAIT_FOR_THE_END=yes CPU=qemu64,-lm refuses 'this CPU has no long mode \(64 bits\); ' "$good"
}

test_cpu_without_nx() {
    CPU=qemu64,-nx refuses 'this CPU has no NX \(no-execute pages\), ' "$good"
}

test_cpu_without_syscall() {
    CPU=qemu64,-syscall refuses 'this CPU has no SYSCALL instruction, ' "$good"
}

test_unknown_option() {
    warns 'Unknown option "frobnicate" on the hypervisor.s command line: ignored' 'frobnicate=7'
}

test_dom0_mem_beyond_the_machine() {
    warns 'dom0_mem asks for 65536 MiB, but only [0-9]+ MiB are free: Domain 0 gets these' 'dom0_mem=64G'
}

# What stock Xen has and GRUB passes: accepted without a word.
test_options_of_stock_xen() {
    qemu_boot xenport 60 "$good" 'placeholder no-real-mode edd=off dom0_mem=128M,max:128M spec-ctrl=no xpti=no iommu=off'
    qemu_wait 20 'first RDTSC'
    qemu_end 15
    shows_not '[Uu]nknown option'
}
