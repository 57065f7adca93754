# SPDX-License-Identifier: BSD-2-Clause
# What Xenport says of input that it cannot use: one plain sentence on the console, then the end; never a triple fault.

good=$B/tests/bench/first_tsc

# Boots what it is given and expects the panic line, in which REGEXP stands for what it has to name. The reboot that follows takes
# five seconds: only tests with WAIT_FOR_THE_END wait for it.
refuses() { # REGEXP MODULES [OPTIONS [QEMU's ARG…]]
    regexp=$1
    shift
    [ $# -ge 2 ] || set -- "$1" ''
    modules=$1 options=$2
    shift 2
    qemu_boot xenport 60 "$modules" "$options" "$@"
    qemu_wait 30 "Xenport: panic: .*($regexp)"
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
    WAIT_FOR_THE_END=yes refuses '[Mm]odule' ''
}

test_module_is_no_elf() {
    head -c 5000 "$TOP/LICENSE" >"$WORK/text"
    refuses 'ELF' "$WORK/text"
}

test_module_is_empty() {
    : >"$WORK/empty"
    refuses 'empty|ELF|short|small|module' "$WORK/empty"
}

test_other_machine() {
    refuses_defect other_machine 'machine|x86-64'
}

test_elf32() {
    refuses_defect elf32 '32-bit|ELF32|ELF64|64-bit'
}

test_truncated_elf() {
    refuses_defect truncated 'truncated|beyond|past|ends|short'
}

test_no_notes() {
    refuses_defect no_notes 'note'
}

test_no_segments() {
    refuses_defect no_segments 'segment'
}

test_segments_overlap() {
    refuses_defect overlap 'overlap'
}

test_segment_outside_memory() {
    refuses_defect outside_memory 'memory|segment'
}

test_entry_outside_segments() {
    refuses_defect entry_outside '[Ee]ntry'
}

test_note_xen_version_missing() {
    refuses_defect version_missing 'XEN_VERSION'
}

test_note_xen_version_wrong() {
    refuses_defect version_wrong 'XEN_VERSION'
}

test_note_loader_wrong() {
    refuses_defect loader_wrong 'LOADER'
}

test_note_paddr_offset_without_virt_base() {
    refuses_defect offset_without_base 'VIRT_BASE'
}

test_note_virt_base_not_canonical() {
    refuses_defect base_not_canonical 'VIRT_BASE|canonical'
}

test_note_virt_base_twice() {
    refuses_defect base_twice 'two contradictory VIRT_BASE'
}

test_note_hypercall_page_outside() {
    refuses_defect hypercall_page_outside 'HYPERCALL_PAGE'
}

test_note_init_p2m_in_the_image() {
    refuses_defect p2m_inside 'INIT_P2M'
}

test_note_past_its_segment() {
    refuses_defect note_past_its_segment 'note'
}

test_truncated_gzip() {
    gzip -c "$B/ports/minios/minios" | head -c 100000 >"$WORK/half.gz"
    refuses 'gzip.*truncated' "$WORK/half.gz"
}

test_damaged_gzip() {
    gzip -c "$good" >"$WORK/damaged.gz"
    printf '\377\377\377\377' | dd of="$WORK/damaged.gz" bs=1 seek=40 conv=notrunc status=none
    refuses 'gzip|compressed' "$WORK/damaged.gz"
}

test_malformed_dom0_mem() {
    refuses 'dom0_mem' "$good" 'dom0_mem=plenty'
}

test_malformed_dom0_max_vcpus() {
    refuses 'dom0_max_vcpus' "$good" 'dom0_max_vcpus=some'
}

test_malformed_loglvl() {
    refuses 'loglvl' "$good" 'loglvl=chatty'
}

test_malformed_com1() {
    refuses 'com1' "$good" 'com1=fast'
}

test_too_little_memory() {
    MEM=3 refuses 'memory|RAM|MiB' "$good"
}

test_too_little_memory_for_the_guest() {
    refuses 'memory|RAM|MiB' "$B/ports/minios/minios.gz" 'dom0_mem=2M'
}

test_cpu_without_long_mode() {
    WAIT_FOR_THE_END=yes CPU=qemu64,-lm refuses '64-bit|long mode' "$good"
}

test_cpu_without_nx() {
    CPU=qemu64,-nx refuses 'NX|no-execute' "$good"
}

test_cpu_without_syscall() {
    CPU=qemu64,-syscall refuses 'SYSCALL' "$good"
}

test_unknown_option() {
    warns 'frobnicate' 'frobnicate=7'
}

test_dom0_mem_beyond_the_machine() {
    warns 'dom0_mem' 'dom0_mem=64G'
}

# What stock Xen has and GRUB passes: accepted without a word.
test_options_of_stock_xen() {
    qemu_boot xenport 60 "$good" 'placeholder no-real-mode edd=off dom0_mem=128M,max:128M spec-ctrl=no xpti=no iommu=off'
    qemu_wait 20 'first RDTSC'
    qemu_end 15
    shows_not '[Uu]nknown option.*(placeholder|no-real-mode|edd|spec-ctrl|xpti|iommu)'
}
