# SPDX-License-Identifier: BSD-2-Clause
# QEMU's devices driven by stock Linux as Domain 0, with the package's own modules: disks, network cards, a USB keyboard, the
# clock chip.

. tests/system/linux/lib.sh

# One start partitions, formats and writes; the machine is reset by Linux, and the same disks are read back. (Triple faults are no
# matter here: SeaBIOS resets the machine by one when it finds itself in memory after a reset.)
disk_script() {
    linux_script <<'END'
modprobe -a ahci sd_mod virtio_pci virtio_blk crc32c_generic ext4
for second in $(seq 60); do
    [ -b /dev/sda ] && [ -b /dev/vda ] && break
    sleep 1
done
fill() { # DISK
    printf 'n\np\n1\n\n+24M\nn\np\n2\n\n\nw\n' | fdisk "/dev/$1" >/tmp/fdisk 2>&1 || cat /tmp/fdisk
    mke2fs -L "$1" "/dev/${1}1" >/dev/null || echo "linux: FAILED: mke2fs"
    mount -t ext4 "/dev/${1}1" /mnt || echo "linux: FAILED: mount"
    mkdir -p /mnt/a/b/c
    dd if=/dev/urandom of=/mnt/a/b/c/noise bs=64k count=128 2>/dev/null
    sha1sum </mnt/a/b/c/noise >/mnt/sum
    dd if=/mnt/a/b/c/noise of="/dev/${1}2" bs=64k count=64 conv=fsync 2>/dev/null
    echo "linux: $1 written $(cat /mnt/sum)"
    sync
    umount /mnt
}
look() { # DISK
    mount -t ext4 "/dev/${1}1" /mnt || echo "linux: FAILED: mount"
    [ "$(sha1sum </mnt/a/b/c/noise)" = "$(cat /mnt/sum)" ] || echo "linux: FAILED: $1 is not what was written"
    cmp -n 4194304 /mnt/a/b/c/noise "/dev/${1}2" || echo "linux: FAILED: the second partition of $1"
    echo "linux: $1 read $(cat /mnt/sum)"
    umount /mnt
}
if [ ! -b /dev/sda1 ]; then
    fill sda
    fill vda
    reboot -f
    sleep 60
fi
look sda
look vda
grep -E 'ahci|virtio' /proc/interrupts | sed 's/^/linux: /'
END
}

disks() { # HV
    disk_script
    truncate -s 64M "$WORK/ahci" "$WORK/virtio"
    linux_boot "$1" 240 '' '' -action reboot=reset -device ahci,id=ahci -device ide-hd,bus=ahci.0,drive=first \
        -drive "if=none,id=first,format=raw,file=$WORK/ahci" -drive "if=virtio,format=raw,file=$WORK/virtio"
    qemu_wait 100 'linux: vda written'
    qemu_wait 100 'linux: vda read'
    linux_ends 30
    linux_is_sound
    for disk in sda vda; do
        [ "$(sum_of $disk written)" = "$(sum_of $disk read)" ] || fail "$disk: another file was read"
    done
    shows 'linux: .*-msi-x .*virtio'
    shows 'linux: .*-msi .*ahci'
}

sum_of() { # DISK VERB
    tr -d '\r' <"$console" | sed -n "s/^linux: $1 $2 \([0-9a-f]\{40\}\).*/\1/p"
}

full_disks_on_xen() {
    disks xen
}

test_disks_on_xenport() {
    disks xenport
}

# The host behind QEMU's user network answers a message of one large packet, on a card with MSI-X and on one with a wire.
network() { # HV
    linux_script <<'END'
modprobe -a virtio_pci virtio_net e1000
for card in /sys/class/net/eth*; do
    name=${card##*/}
    driver=$(basename "$(readlink "$card/device/driver")")
    [ "$driver" = e1000 ] && net=10.0.3 || net=10.0.2
    ifconfig "$name" "$net.15" netmask 255.255.255.0 up
    for second in $(seq 60); do
        [ "$(cat "$card/carrier")" = 1 ] && break
        sleep 1
    done
    ping -c 5 -s 1400 -W 5 "$net.2" | grep received | sed "s/^/linux: $driver: /"
done
grep -E 'eth|virtio' /proc/interrupts | sed 's/^/linux: /'
END
    linux_boot "$1" 120 '' '' \
        -netdev user,id=first -device virtio-net-pci,netdev=first \
        -netdev user,id=second,net=10.0.3.0/24 -device e1000,netdev=second
    linux_ends 100
    linux_is_sound
    no_triple_fault
    for driver in virtio_net e1000; do
        shows "linux: $driver: 5 packets transmitted, 5 packets received, 0% packet loss"
    done
    shows 'linux: .*-ioapic-level .*eth'
    shows 'linux: .*-msi-x .*virtio'
}

full_network_on_xen() {
    network xen
}

test_network_on_xenport() {
    network xenport
}

# Keys that QEMU's monitor presses are seen as the USB keyboard's, in order, each pressed and released.
keyboard() { # HV
    linux_script <<'END'
modprobe -a xhci-pci usbhid hid-generic evdev
for second in $(seq 60); do
    device=$(sed -n '/USB Keyboard/,/^$/s/^H: Handlers=.*\(event[0-9]*\).*/\1/p' /proc/bus/input/devices)
    [ -n "$device" ] && [ -c "/dev/input/$device" ] && break
    sleep 1
done
exec 3<"/dev/input/$device"
echo "linux: listening to $device"
# A record at a time, up to the last key's release: a key that is held too long repeats itself.
while key=$(dd bs=24 count=1 <&3 2>/dev/null | hexdump -v -e '12/2 "%d " "\n"' | awk '$9 == 1 { print $10, $11 }'); do
    [ -z "$key" ] || echo "linux: key $key"
    [ "$key" != '49 0' ] || break
done
END
    mkfifo "$WORK/monitor.in" "$WORK/monitor.out"
    exec 8<>"$WORK/monitor.in" 7<>"$WORK/monitor.out"
    linux_boot "$1" 120 '' '' -device qemu-xhci -device usb-kbd -chardev "pipe,id=monitor,path=$WORK/monitor" -mon chardev=monitor
    qemu_wait 90 'linux: listening to event'
    for key in x e n; do
        echo "sendkey $key" >&8
        sleep 1
    done
    for code in 45 18 49; do
        qemu_wait 10 "linux: key $code 1"
        qemu_wait 10 "linux: key $code 0"
    done
    linux_ends 20
    linux_is_sound
    no_triple_fault
}

full_usb_keyboard_on_xen() {
    keyboard xen
}

test_usb_keyboard_on_xenport() {
    keyboard xenport
}

# The clock chip gives the date at the start; what Linux sets is in the chip and in the hypervisor's wall clock.
clock() { # HV
    linux_script <<'END'
echo "linux: date $(date -u '+%F %H:%M')"
echo "linux: chip $(hwclock -u -r | sed 's/  0.00.*//')"
date -u -s '2033-05-06 07:08:09' >/dev/null
hwclock -u -w
date -u -s '2001-01-01 00:00:00' >/dev/null
hwclock -u -s
echo "linux: set $(date -u '+%F %H:%M')"
sed -n 's/^rtc_time[^:]*: \(..:..\).*/linux: proc \1/p' /proc/driver/rtc
END
    linux_boot "$1" 120 '' '' -rtc base=2031-02-03T04:05:06
    linux_ends 100
    linux_is_sound
    no_triple_fault
    # It takes its time, but not an hour.
    shows 'linux: date 2031-02-03 04:[0-9]{2}'
    shows 'linux: chip .*Feb +3 04:[0-9]{2}:[0-9]{2} 2031'
    shows 'linux: set 2033-05-06 07:[0-9]{2}'
    shows 'linux: proc 07:[0-9]{2}'
}

full_clock_on_xen() {
    clock xen
}

test_clock_on_xenport() {
    clock xenport
}
