# SPDX-License-Identifier: BSD-2-Clause
# What stock Linux says while it starts and finds its devices, and what it then knows of the processors, the memory map, the
# interrupts and the hypervisor, on stock Xen and on Xenport: each line that is on one of the two only needs a reason in
# tests/system/linux/log_differences. What Xenport refuses to it meanwhile needs one in log_refusals.

. tests/system/linux/lib.sh

# The commands that print it, for a script of Linux.
what_it_knows() {
    cat <<'END'
{
    dmesg
    sed 's/^/cpuinfo: /' /proc/cpuinfo
    sed 's/^/iomem: /' /proc/iomem
    sed 's/^/ioports: /' /proc/ioports
    awk 'NR > 1 { $1 = $2 = $3 = ""; print "interrupts:", $0 }' /proc/interrupts
    cd /sys/hypervisor
    # All but the build id, which is no text.
    for file in type guest_type version/* compilation/* properties/[!b]* start_flags/*; do
        echo "hypervisor: $file $(cat $file 2>&1)"
    done
    cat /sys/devices/system/clocksource/clocksource0/*_clocksource | sed 's/^/clocksource: /'
} | sed 's/^/log: /'
END
}

log_script() {
    {
        cat <<'END'
modprobe -a ahci sd_mod virtio_pci virtio_blk virtio_net e1000 xhci-pci usbhid hid-generic
for second in $(seq 60); do
    [ -b /dev/vda ] && dmesg | grep -q 'Attached SCSI disk' && dmesg | grep -q 'hid-generic.*Keyboard' && break
    sleep 1
done
# What else is found at the same time, like ports without a disk.
lines=
until [ "$lines" = "$(dmesg | wc -l)" ]; do
    lines=$(dmesg | wc -l)
    sleep 1
done
END
        what_it_knows
    } | linux_script
}

# Every kind of device that the other tests use.
record_log() { # HV FILE
    SMP=2 MEM=1024 linux_boot "$1" 120 '' 'dom0_mem=384M' -rtc base=2031-02-03T04:05:06 -device ahci,id=ahci \
        -drive "if=none,id=first,format=raw,file=$WORK/disk,snapshot=on" -device ide-hd,drive=first,bus=ahci.0 \
        -drive "if=none,id=second,format=raw,file=$WORK/disk,snapshot=on" -device virtio-blk-pci,drive=second \
        -netdev user,id=first -device virtio-net-pci,netdev=first -netdev user,id=second -device e1000,netdev=second \
        -device qemu-xhci -device usb-kbd
    linux_ends 110
    linux_is_sound
    no_triple_fault
    tr -d '\r' <"$console" | sed -n 's/^log: //p' | sed -E -f tests/system/linux/log_substitutions | sort >"$2"
    [ "$(wc -l <"$2")" -gt 300 ] || fail "the log on $1 is short"
}

# The same of Linux in a domain that stock xl makes, without devices.
record_log_of_guest() { # HV FILE
    cat >"$WORK/script" <<'END'
xl create -q /linux.cfg || echo "dom0: create failed"
log=/var/log/xen/console/guest-lin.log
[ -e $log ] || log=/var/log/xen/guest-lin.log
await 'guest: its log is whole' 1 $log
sed -n 's/^log: /guest log: /p' $log
END
    sh tests/system/dom0/ramdisk.sh "$WORK/dom0.cpio" "$WORK/script" tests/system/xl/linux.cfg "$B/stock/vmlinuz" "$WORK/domu.gz" ||
        fail "the ramdisk could not be made"
    MEM=1024 dom0_boot "$1" 300 "dom0_mem=600M"
    qemu_wait 120 'dom0: ready'
    qemu_wait 200 'dom0: done'
    qemu_stop
    shows_not 'dom0: .*(failed|did not load|not seen)'
    tr -d '\r' <"$console" | sed -n 's/^guest log: //p' | sed -E -f tests/system/linux/log_substitutions | sort >"$2"
    [ "$(wc -l <"$2")" -gt 200 ] || fail "the log on $1 is short"
}

# The lines of one log only, each with the name of its hypervisor, that no line of the list explains.
unexplained() {
    {
        comm -23 "$WORK/log.xen" "$WORK/log.xenport" | sed 's/^/xen /'
        comm -13 "$WORK/log.xen" "$WORK/log.xenport" | sed 's/^/xenport /'
    } >"$WORK/differences"
    sed -n '/^[^#]/s/.*/^&$/p' tests/system/linux/log_differences >"$WORK/explained"
    grep -avxE -f "$WORK/explained" "$WORK/differences"
}

test_log_is_as_on_xen() {
    truncate -s 1M "$WORK/disk"
    log_script
    record_log xen "$WORK/log.xen"
    record_log xenport "$WORK/log.xenport"
    tr -d '\r' <"$console" | sed -nE 's/^\(XEN\) .* refused #[0-9]+: //p' >"$WORK/refusals"
    sed -n '/^[a-z]/s/\([^ ]*\).*/^\1: /p' tests/system/linux/log_refusals >"$WORK/expected"
    if {
        unexplained
        grep -v -f "$WORK/expected" "$WORK/refusals" | sed 's/^/refused: /'
    } | grep . >"$console"; then
        fail "$(wc -l <"$console") lines differ without a reason"
    fi
}

full_log_of_a_guest_is_as_on_xen() {
    mkdir -p "$WORK/files"
    {
        what_it_knows
        echo 'echo "guest: its log is whole"'
    } >"$WORK/files/script"
    (cd "$WORK/files" && find . | cpio -o -H newc -R 0:0 --quiet) | gzip -1 | cat "$B/tests/system/linux/domu.gz" - >"$WORK/domu.gz"
    record_log_of_guest xen "$WORK/log.xen"
    record_log_of_guest xenport "$WORK/log.xenport"
    ! unexplained >"$console" || fail "$(wc -l <"$console") lines differ without a reason"
}
