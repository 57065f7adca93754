# SPDX-License-Identifier: BSD-2-Clause
# Debian's own installed system, from its disk: GRUB's entry for Xen, with Xenport in place of Xen, up to the login prompt, a shell and
# the reboot; the same with stock Xen and without either. The disk is made by tests/system/debian/image.sh.

# Boots as a person does: the BIOS, GRUB's menu, systemd.
login() { # HYPERVISOR FILE
    [ "$(id -u)" = 0 ] || skip "debootstrap needs root"
    flock "$B/tests/system/debian.lock" sh tests/system/debian/image.sh "$2" "$WORK/disk" >"$WORK/image.log" 2>&1 ||
        fail "the disk could not be made: $(tail -n 1 "$WORK/image.log")"
    qemu_start 1500 -cpu "$CPU" -m 1024 -smp "${SMP:-1}" -drive "file=$WORK/disk,format=raw,if=${DISK_TYPE:-virtio}"
    qemu_wait 1200 'debian login:'
    qemu_send root
    qemu_wait 120 'root@debian:~#'
    qemu_send 'echo "type: $(cat /sys/hypervisor/type), PID 1: $(cat /proc/1/comm), root: $(findmnt -no FSTYPE /)"'
    qemu_wait 60 "$1"
    qemu_send 'echo written >/root/file && sync && systemctl reboot'
    qemu_end 300
    [ "$(debugfs -R 'cat /root/file' "$WORK/disk?offset=1048576" 2>/dev/null)" = written ] || fail "the file is not on the disk"
    rm "$WORK/disk"
}

full_login_on_xenport() {
    gzip -9c "$B/xen/xenport" >"$WORK/xenport.gz"
    login 'type: xen, PID 1: systemd, root: ext4' "$WORK/xenport.gz"
    shows 'Xenport '
}

full_login_on_xen() {
    gzip -9c "$B/stock/xen" >"$WORK/xen.gz"
    login 'type: xen, PID 1: systemd, root: ext4' "$WORK/xen.gz"
}

full_login_native() {
    login 'type: , PID 1: systemd, root: ext4' none
}
