# SPDX-License-Identifier: BSD-2-Clause
# Kernel files as Linux's build makes them: stock Linux with its payload packed in each way that is known, up to its first lines, and what
# Xenport says of those that it cannot use. The stock kernel comes from mk/stock.sh.

kernel='the Domain 0 kernel'

[ -e "$B/stock/vmlinuz" ] || sh mk/stock.sh dom0 >/dev/null

# The payload, repacked, is the kernel that the file says.
repacked() { # FORMAT
    sh tests/system/repack.sh "$1" "$WORK/$1" || fail "the kernel could not be packed anew"
    qemu_boot xenport 120 "$WORK/$1 console=hvc0 earlyprintk=xen" 'dom0_mem=256M'
    qemu_wait 90 'Linux version [0-9.]+'
    qemu_wait 30 'Hypervisor detected: Xen PV'
    qemu_stop
    rm "$WORK/$1"
}

test_xz() {
    repacked xz
}

test_zstd() {
    repacked zstd
}

test_lz4() {
    repacked lz4
}

test_gzip() {
    repacked gzip
}

test_unpacked() {
    repacked raw
}

# The damaged file, and the sentence that its panic line begins with.
refuses() { # FILE REGEXP
    qemu_boot xenport 90 "$WORK/$1"
    qemu_wait 60 "Xenport: panic: $kernel$2"
    qemu_stop
    no_triple_fault
    rm "$WORK/$1"
}

# BYTES (octal escapes) at OFFSET of a copy of the stock kernel.
damaged() { # FILE BYTES OFFSET
    cp "$B/stock/vmlinuz" "$WORK/$1"
    printf "$2" | dd of="$WORK/$1" bs=1 seek="$3" conv=notrunc status=none
}

test_truncated_in_its_header() {
    head -c 530 "$B/stock/vmlinuz" >"$WORK/short"
    refuses short ' is a bzImage that ends in its header, after 530 bytes: it is truncated'
}

test_truncated() {
    head -c 3000000 "$B/stock/vmlinuz" >"$WORK/half"
    refuses half ' is a bzImage whose payload \(0x[0-9a-f]+ bytes from 0x[0-9a-f]+\) does not lie in its 0x2dc6c0 bytes: it is truncated'
}

test_old_protocol() {
    damaged old '\007' 518
    refuses old ' is a bzImage of boot protocol 2\.07, which does not say where the kernel lies; 2\.08 is needed'
}

test_without_payload() {
    damaged none '\000\000\000\000' 588
    refuses none ' is a bzImage without a payload'
}

test_damaged_payload() {
    damaged data '\252\252\252\252\252\252\252\252' 4000000
    refuses data "'s XZ payload (is corrupt|has a wrong checksum: it is corrupt); make it anew"
}

test_wrong_size_behind() {
    damaged size '\377\377\377\003' "$((($(od -An -t u1 -j 497 -N 1 "$B/stock/vmlinuz") + 1) * 512 + \
        $(od -An -t u4 -j 584 -N 4 "$B/stock/vmlinuz") + $(od -An -t u4 -j 588 -N 4 "$B/stock/vmlinuz") - 4))"
    refuses size "'s XZ payload unpacks to less than it says: it is corrupt; make it anew"
}

test_too_large_for_the_machine() {
    cp "$B/stock/vmlinuz" "$WORK/large"
    MEM=64 refuses large "'s XZ payload is truncated, or the machine has too little memory for it: by its own words it unpacks to [0-9]+ bytes"
}

test_unknown_packer() {
    damaged lzo '\211LZO\000\015' "$((($(od -An -t u1 -j 497 -N 1 "$B/stock/vmlinuz") + 1) * 512 + \
        $(od -An -t u4 -j 584 -N 4 "$B/stock/vmlinuz")))"
    refuses lzo "'s LZO payload is of a format that is not known here; "
}
