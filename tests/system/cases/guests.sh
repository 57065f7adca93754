# SPDX-License-Identifier: BSD-2-Clause
# Kernels of others as DomU, created by stock xl: our skeleton, GNU Mach, and GRUB, which loads Linux from the guest's own disk. Each gets as
# far as on stock Xen: the same assertions hold on both.

# A file system without partitions: GRUB's own menu, the kernel, and a ramdisk whose script says where it came from.
guest_disk() {
    mkdir -p "$WORK/disk.tree/boot/grub" "$WORK/files"
    cp "$B/stock/vmlinuz" "$WORK/disk.tree/boot/"
    cat >"$WORK/disk.tree/boot/grub/grub.cfg" <<'END'
set timeout=0
menuentry 'Linux' {
    linux /boot/vmlinuz console=hvc0 quiet chosen=by-grub
    initrd /boot/ramdisk.gz
}
END
    cat >"$WORK/files/script" <<'END'
modprobe xen-blkfront
for try in $(seq 60); do
    [ -b /dev/xvda ] && break
    sleep 1
done
echo "guest: $(grep -o 'chosen=.*' /proc/cmdline), from $(dd if=/dev/xvda bs=2 skip=540 count=1 2>/dev/null | hexdump -e '1/2 "%x"')"
poweroff -f
END
    (cd "$WORK/files" && find . | cpio -o -H newc -R 0:0 --quiet) | gzip -1 |
        cat "$B/tests/system/linux/domu.gz" - >"$WORK/disk.tree/boot/ramdisk.gz"
    /sbin/mke2fs -q -t ext2 -F -d "$WORK/disk.tree" "$WORK/disk" 24M || fail "the disk could not be made"
}

others() { # HV
    flock "$B/tests/system/stock.lock" mk/stock.sh guests >"$WORK/stock.log" 2>&1 ||
        fail "the packages could not be fetched: $(tail -n 1 "$WORK/stock.log")"
    guest_disk
    DOM0_DISKS=1 sh tests/system/dom0/ramdisk.sh "$WORK/dom0.cpio" tests/system/xl/others "$B/ports/skeleton/skeleton" \
        "$B/stock/gnumach" "$B/stock/root/usr/lib/grub-xen/grub-x86_64-xen.bin" || fail "the ramdisk could not be made"
    MEM=1024 dom0_boot "$1" 400 "dom0_mem=512M loglvl=none" \
        -drive "if=virtio,format=raw,file=$WORK/disk"
    qemu_wait 120 'dom0: ready'
    qemu_wait 60 "dom0: skeleton is in state '---s--'"
    qemu_wait 60 'dom0: gnumach has shut down, reason code 252'
    qemu_wait 230 'grub. .*Welcome to GRUB!'
    qemu_wait 10 'grub. guest: chosen=by-grub, from ef53'
    qemu_wait 30 "dom0: grub is in state '---s--'"
    qemu_wait 30 'dom0: done'
    qemu_stop
    shows_not 'dom0: .*(failed|did not load)'
    no_triple_fault
}

test_others_on_xenport() {
    others xenport
    shows 'skeleton: command line "alpha beta"'
}

full_others_on_xen() {
    others xen
}
