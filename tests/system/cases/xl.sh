# SPDX-License-Identifier: BSD-2-Clause
# Stock Linux as Domain 0 with stock xl, on Xenport and on stock Xen: what a person would do with two domains (tests/system/xl/life)
# says the same on both, after xl/substitutions.

# HV SCRIPT LINES FILE…: what Domain 0 says while it runs the script goes to $WORK/HV, and to $WORK/HV.same with the substitutions.
walk() {
    hv=$1 script=$2 lines=$3
    shift 3
    cat tests/system/xl/words "$script" >"$WORK/script"
    sh tests/system/dom0/ramdisk.sh "$WORK/dom0.cpio" "$WORK/script" tests/system/xl/*.cfg "$B/ports/minios/minios.gz" "$@" ||
        fail "the ramdisk could not be made"
    # Lines of the hypervisor's own would cut those of Domain 0 in two.
    SMP=2 dom0_boot "$hv" 300 "dom0_mem=600M dom0_max_vcpus=1 loglvl=none guest_loglvl=none ${more_options-}"
    qemu_wait 120 'dom0: ready'
    qemu_wait 250 'dom0: done'
    qemu_stop
    shows_not 'dom0: .*failed'
    tr -d '\r' <"$console" | sed -n 's/^life: //p' >"$WORK/$hv"
    sed -E -f tests/system/xl/substitutions "$WORK/$hv" >"$WORK/$hv.same"
    [ "$(wc -l <"$WORK/$hv")" -gt "$lines" ] || fail "the script has $(wc -l <"$WORK/$hv") lines"
    [ "$(wc -l <"$WORK/$hv.same")" -eq "$(wc -l <"$WORK/$hv")" ] || fail "the substitutions drop lines"
}

same() {
    diff "$WORK/xen.same" "$WORK/xenport.same" >"$console" || fail "not as on stock Xen (<)"
}

# With the kernel as its package has it, in Domain 0 as in the guest.
test_life_of_two_domains() {
    DOM0_KERNEL=$B/stock/vmlinuz
    for hv in xen xenport; do
        walk $hv tests/system/xl/life 100 "$B/stock/vmlinuz" "$B/tests/system/linux/domu.gz" "$B/tests/guest/unprivileged/unprivileged"
    done
    same
}

# What the life has no use for: every other command of xl that a PV domain allows, and the programs of xen-utils beside it. The store is
# oxenstored's.
test_tools() {
    DOM0_UTILS="oxenstored xenstore-control xentop xenpm xen-hptool xenlockprof xenperf xencov xen-diag lsevtchn xenctx xen-livepatch
        xen-mfndump xen-ucode xentrace xentrace_setsize"
    export DOM0_UTILS
    for hv in xen xenport; do
        # Stock Xen loses the wake-up of a caller that takes a CPU out of a pool and may run on several.
        more_options=
        [ $hv = xenport ] || more_options=dom0_vcpus_pin
        walk $hv tests/system/xl/tools 100
    done
    same
}

# Stock Linux with its own front ends: two disks and a card that Domain 0's back ends serve. Both ends and, for the disks, e2fsck
# of this machine look at the same bytes.
devices() { # HV
    mkdir -p "$WORK/files"
    cp tests/system/xl/devices.guest "$WORK/files/script"
    (cd "$WORK/files" && find . | cpio -o -H newc -R 0:0 --quiet) | gzip -1 |
        cat "$B/tests/system/linux/domu.gz" - >"$WORK/domu.gz"
    DOM0_DISKS=1 DOM0_CARDS=1 sh tests/system/dom0/ramdisk.sh "$WORK/dom0.cpio" tests/system/xl/devices tests/system/xl/linux.cfg \
        "$B/stock/vmlinuz" "$WORK/domu.gz" || fail "the ramdisk could not be made"
    truncate -s 24M "$WORK/phy" "$WORK/file"
    dom0_boot "$1" 300 "dom0_mem=600M loglvl=none guest_loglvl=none" \
        -drive "if=virtio,format=raw,file=$WORK/phy" -drive "if=virtio,format=raw,file=$WORK/file"
    qemu_wait 120 'dom0: ready'
    qemu_wait 60 'dom0: created 0'
    qemu_wait 200 'dom0: done'
    qemu_stop
    shows_not 'dom0: .*(failed|did not load|not seen)'
    shows_not 'guest: FAILED'
    shows 'dom0: ping 5 packets transmitted, 5 packets received'
    shows 'dom0: fragments 3 packets transmitted, 3 packets received'
    noise=$(tr -d '\r' <"$console" | sed -n 's/.*guest: noise \([0-9a-f]*\).*/\1/p')
    [ ${#noise} -eq 32 ] || fail "no checksum of the noise"
    for where in 'guest: back' 'guest: xvda' 'guest: xvdb' 'dom0: received' 'dom0: vda raw' 'dom0: vda file' 'dom0: loop0 raw' \
        'dom0: loop0 file'; do
        shows "$where $noise"
    done
    shows_not 'dom0: list: lin'
    for disk in phy file; do
        /sbin/e2fsck -fn "$WORK/$disk" >"$WORK/e2fsck" 2>&1 || fail "e2fsck of $disk: $(cat "$WORK/e2fsck")"
    done
}

test_devices_on_xenport() {
    devices xenport
}

full_devices_on_xen() {
    devices xen
}

leaks() { # ROUNDS SECONDS WAY…; a round of each way takes at most so many seconds
    rounds=$1 seconds=$(($1 * $2 + 120))
    shift 2
    mkdir -p "$WORK/files"
    cp tests/system/xl/work.guest "$WORK/files/script"
    (cd "$WORK/files" && find . | cpio -o -H newc -R 0:0 --quiet) | gzip -1 |
        cat "$B/tests/system/linux/domu.gz" - >"$WORK/domu.gz"
    {
        echo "ROUNDS=$rounds WAYS='$*'"
        cat tests/system/xl/leaks
    } >"$WORK/script"
    DOM0_DISKS=1 DOM0_CARDS=1 sh tests/system/dom0/ramdisk.sh "$WORK/dom0.cpio" "$WORK/script" tests/system/xl/minios.cfg \
        tests/system/xl/linux.cfg "$B/ports/minios/minios.gz" "$B/stock/vmlinuz" "$WORK/domu.gz" || fail "the ramdisk could not be made"
    MEM=1024 dom0_boot xenport $seconds "dom0_mem=600M"
    qemu_wait 120 'dom0: ready'
    qemu_wait $seconds 'dom0: done'
    qemu_stop
    shows_not 'dom0: .*(failed|did not load)'
    for way; do
        shows "dom0: $way leaks nothing"
    done
}

test_leaks() {
    leaks 20 15 come_and_go destroyed_half_built
}

test_leaks_at_work() {
    leaks 20 15 destroyed_at_work
}

full_leaks_often() {
    leaks 200 15 come_and_go destroyed_with_disk destroyed_half_built
}

# Half an hour at 3.7 s a round, on two processors with five times as much to do.
full_leaks_at_work_often() {
    leaks 500 15 destroyed_at_work
}

full_leaks_of_linux_at_work() {
    leaks 20 60 destroyed_linux
}
