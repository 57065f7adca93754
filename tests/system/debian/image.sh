#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Makes a disk with Debian's own installed system: debootstrap with systemd, linux-image-amd64, xen-utils-4.17 and grub-pc, a hypervisor
# as /boot/xen-4.17-amd64.gz, and the grub.cfg that Debian's scripts write for it. Root is needed (debootstrap); loop devices are not.
#   image.sh HYPERVISOR IMAGE     HYPERVISOR: a file, or none: GRUB then starts Linux by itself
# The installed tree is kept in $B/debian/root and made once. MIRROR= names another mirror.

set -eu
hypervisor=$1 image=$2
work=$B/debian root=$B/debian/root
suite=bookworm
sectors_before=2048 megabytes=1536
uuid=6d8e7b52-5d0c-4c83-9a57-2b8f4f0c5d11
grub=/usr/lib/grub/i386-pc

PATH=$PATH:/usr/sbin:/sbin
mkdir -p "$work"

install_debian() {
    [ ! -e "$work/root.done" ] || return 0
    rm -rf "$root"
    debootstrap --variant=minbase \
        --include=systemd-sysv,dbus,udev,kmod,linux-image-amd64,xen-utils-4.17,grub-pc,e2fsprogs,iproute2 \
        "$suite" "$root" "${MIRROR:-http://deb.debian.org/debian}" >"$work/debootstrap.log" 2>&1 || {
        tail -n 20 "$work/debootstrap.log" >&2
        exit 1
    }
    touch "$work/root.done"
}

# What an installer asks a person. Root has no password; the console of Xen or the serial port has a login.
configure() {
    echo debian >"$root/etc/hostname"
    echo "UUID=$uuid / ext4 errors=remount-ro 0 1" >"$root/etc/fstab"
    sed -i 's/^root:[^:]*:/root::/' "$root/etc/shadow"
    # Emulated, and beside other tests, a device may take minutes to appear: systemd waits longer than its minute and a half.
    mkdir -p "$root/etc/systemd/system.conf.d"
    printf '[Manager]\nDefaultTimeoutStartSec=900s\n' >"$root/etc/systemd/system.conf.d/slow.conf"
    cat >"$root/etc/default/grub" <<END
GRUB_DEFAULT=saved
GRUB_TIMEOUT=0
GRUB_DISTRIBUTOR=Debian
GRUB_RECORDFAIL_TIMEOUT=0
GRUB_TERMINAL=serial
GRUB_SERIAL_COMMAND="serial --unit=0 --speed=115200"
GRUB_CMDLINE_LINUX_DEFAULT="console=ttyS0"
GRUB_CMDLINE_LINUX_XEN_REPLACE_DEFAULT="console=hvc0"
GRUB_CMDLINE_XEN_DEFAULT="console=com1 com1=115200,8n1 dom0_mem=640M,max:640M"
END
}

# grub-mkconfig asks grub-probe about the disk, which is not there yet: it is answered for it.
write_grub_config() {
    mv "$root/usr/sbin/grub-probe" "$root/usr/sbin/grub-probe.real"
    cat >"$root/usr/sbin/grub-probe" <<END
#!/bin/sh
case " \$* " in
*--target=device*) echo /dev/sda1 ;;
*--target=fs_uuid*) echo $uuid ;;
*--target=fs\ *) echo ext2 ;;
*--target=partmap*) echo msdos ;;
*_hint*) echo hd0,msdos1 ;;
*--target=drive*) echo '(hd0,msdos1)' ;;
esac
END
    chmod 755 "$root/usr/sbin/grub-probe"
    rm -f "$root"/boot/xen*
    [ "$hypervisor" = none ] || cp "$hypervisor" "$root/boot/xen-4.17-amd64.gz"
    mkdir -p "$root/boot/grub/i386-pc" "$root/dev/disk/by-uuid"
    : >"$root/dev/disk/by-uuid/$uuid"
    chroot "$root" grub-mkconfig -o /boot/grub/grub.cfg >"$work/grub-mkconfig.log" 2>&1 || status=$?
    mv "$root/usr/sbin/grub-probe.real" "$root/usr/sbin/grub-probe"
    rm -r "$root/dev/disk"
    [ "${status:-0}" = 0 ] || { cat "$work/grub-mkconfig.log" >&2; exit 1; }
    cp "$grub"/*.mod "$grub"/*.lst "$root/boot/grub/i386-pc"
}

# One partition; GRUB lies before it. Its first part chooses the entry that grub.cfg knows as the saved one.
write_image() {
    rm -f "$image.part"
    truncate -s $((megabytes + 1))M "$image.part"
    mke2fs -q -F -t ext4 -U "$uuid" -d "$root" -E offset=$((sectors_before * 512)) "$image.part" ${megabytes}M
    mv "$image.part" "$image"
}

write_grub() {
    entry=$(sed -n "s/.*menuentry '\([^']*with Xen hypervisor\)'.*/\1/p" "$root/boot/grub/grub.cfg" | head -n 1)
    printf 'set saved_entry="%s"\nexport saved_entry\n' "$entry" >"$work/first.cfg"
    grub-mkimage -O i386-pc -d "$grub" -p '(hd0,msdos1)/boot/grub' -c "$work/first.cfg" -o "$work/core.img" \
        biosdisk part_msdos ext2 gzio normal
    dd if="$grub/boot.img" of="$image" bs=440 count=1 conv=notrunc status=none
    dd if="$work/core.img" of="$image" bs=512 seek=1 conv=notrunc status=none
    # The partition table: one entry, Linux, bootable, by sectors alone; and the signature.
    {
        printf '\200\376\377\377\203\376\377\377'
        for number in $sectors_before $((megabytes * 2048)); do
            for shift in 0 8 16 24; do
                printf "\\$(printf %03o $((number >> shift & 255)))"
            done
        done
    } | dd of="$image" bs=1 seek=446 conv=notrunc status=none
    printf '\125\252' | dd of="$image" bs=1 seek=510 conv=notrunc status=none
}

install_debian
configure
write_grub_config
write_image
write_grub
