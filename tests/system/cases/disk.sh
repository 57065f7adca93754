# SPDX-License-Identifier: BSD-2-Clause
# Mini-OS as a DomU with disks that stock Linux serves (blkback over loop devices), each of what such a disk can be: with sectors of
# 4 KiB, a CD, with several queues, one that discards, one that grows, and one whose backend restarts while requests wait for it.
# Another CD comes with another drive: xl's cd-insert is for HVM, and blkback keeps the device that it has. Asserted is what is in Domain
# 0's files, and in the store.

. tests/system/minios.sh

disks() { # HV
    minios_config 64 2 "disk = [ 'phy:/dev/loop0,xvda,w', 'phy:/dev/loop1,xvdb,w', 'phy:/dev/loop2,xvdc:cdrom,r' ]"
    cat >"$WORK/script" <<'END'
dd if=/dev/zero of=/disk.img bs=1M count=8 2>/dev/null
dd if=/dev/zero of=/large.img bs=1M count=4 2>/dev/null
losetup /dev/loop0 /disk.img || echo "dom0: losetup failed"
losetup /dev/loop1 /large.img || echo "dom0: losetup failed"
losetup -r /dev/loop2 /cd.img || echo "dom0: losetup failed"
loop /dev/loop1 4096 || echo "dom0: loop failed"
echo 2 >/sys/module/xen_blkback/parameters/max_queues
xl create /minios.cfg
echo "dom0: created $?"
attend minios
back() {
    xenstore read "/local/domain/0/backend/vbd/$domid/$1"
}
pattern() {
    dd if=$1 bs=4096 count=256 2>/dev/null | md5sum | sed "s/^/dom0: $2 /"
}
await 'minios>'
echo "blk 51712 queues discard" >&8
await 'blk: detached'
echo "dom0: discards $(back 51712/feature-discard), queues $(xenstore read "/local/domain/$domid/device/vbd/51712/multi-queue-num-queues")"
dd if=/disk.img bs=4096 count=64 2>/dev/null | md5sum | sed 's/^/dom0: before /'
dd if=/disk.img bs=4096 skip=64 count=64 2>/dev/null | md5sum | sed 's/^/dom0: discarded /'
echo "dom0: blocks $(stat -c %b /disk.img)"
echo "blk 51728 persistent" >&8
await 'blk: detached' 2
pattern /large.img sectors
echo "dom0: sectors of $(back 51728/sector-size)"
echo "blk 51744" >&8
await 'blk: detached' 3
echo "dom0: CD $(back 51744/device-type) info $(back 51744/info)"
dd if=/dev/zero of=/disk.img bs=1M count=8 conv=notrunc 2>/dev/null
echo "blk 51712 again" >&8
await 'requests wait'
md5sum </disk.img | sed 's/^/dom0: waiting /'
cd /sys/bus/xen-backend/drivers/vbd
echo "vbd-$domid-51712" >unbind
echo "dom0: unbound $? $(back 51712/state)"
echo "vbd-$domid-51712" >bind
echo "dom0: bound $?"
cd /
await 'blk: detached' 4
dd if=/disk.img bs=4096 count=8 2>/dev/null | md5sum | sed 's/^/dom0: again /'
echo "blk 51712 large polled hold" >&8
await 'blk: held'
dd if=/dev/zero of=/disk.img bs=1M seek=8 count=1 2>/dev/null
losetup -c /dev/loop0
await 'blk: 18432 sectors now'
xl block-detach minios 51712
echo "dom0: unplugged $?"
await 'blk: unplugged'
await 'blk: detached' 5
xl block-attach minios 'phy:/dev/loop0,xvda,w'
echo "dom0: plugged $?"
echo "blk 51712" >&8
await 'blk: detached' 6
pattern /disk.img plugged
xenstore write "/local/domain/0/backend/vbd/$domid/51744/physical-device" "$(stat -L -c %t:%T /dev/loop1)"
keeps_device() {
    dmesg | grep -q 'changing physical device .*not supported'
}
until_true keeps_device
did 'CD out' xl block-detach minios 51744
did 'CD in' xl block-attach minios 'phy:/dev/loop1,xvdc:cdrom,r'
echo "blk 51744" >&8
await 'blk: detached' 7
echo "halt" >&8
gone minios
tr -d '\r' </xenconsole.log | sed 's/^/domU| /'
cat /var/log/xen/*.log 2>/dev/null | tail -n 20 | sed 's/^/dom0: log /'
dmesg | grep -iE 'vbd|blkback' | tail -n 20 | sed 's/^/dom0: dmesg /'
END
    words='for $n (0 .. $ARGV[0] - 1) { print pack("Q<*", map { $n << 32 | $_ } 0 .. 511) }'
    perl -e "$words" 256 >"$WORK/cd.img"
    DOM0_DISKS=1 DOM0_PROGRAMS="$B/tests/system/loop" sh tests/system/dom0/ramdisk.sh "$WORK/dom0.cpio" "$WORK/script" "$WORK/minios.cfg" \
        "$WORK/cd.img" "$B/ports/minios/minios.gz" || fail "the ramdisk could not be made"
    dom0_boot "$1" 240 "dom0_mem=700M loglvl=warning"
    qemu_wait 120 'dom0: ready'
    qemu_wait 40 'dom0: created 0'
    qemu_wait 150 'dom0: done'
    qemu_stop
    shows_not 'dom0: .*(failed|did not load|not seen)'
    shows 'dom0: discards 1, queues 2'
    shows 'domU\| blk: 2 queues, 32 requests each'
    shows 'domU\| blk: queue 0: [1-9]'
    shows 'domU\| blk: queue 1: [1-9]'
    shows 'domU\| blk: discard: error 0'
    # 256 KiB of the file are gone, the rest is as it was.
    shows 'dom0: blocks 15872'
    shows "dom0: before $(perl -e "$words" 64 | md5sum | cut -d' ' -f1)"
    shows "dom0: discarded $(head -c 262144 /dev/zero | md5sum | cut -d' ' -f1)"
    shows 'domU\| blk: 8192 sectors of 512 bytes, sector size 4096, writable'
    shows 'dom0: sectors of 4096'
    shows "dom0: sectors $(perl -e "$words" 256 | md5sum | cut -d' ' -f1)"
    shows 'domU\| blk: 2048 sectors of 512 bytes, sector size 512, read-only cdrom'
    shows 'dom0: CD out 0'
    shows 'dom0: CD in 0'
    shows 'domU\| blk: 8192 sectors of 512 bytes, sector size 4096, read-only cdrom'
    shows 'domU\| blk: 1 pages a request: error 30'
    shows 'domU\| blk: read: error 0, 0 words wrong'
    shows 'domU\| blk: 1 queues, 256 requests each'
    shows 'dom0: unplugged 0'
    shows 'domU\| blk: disconnected'
    shows 'dom0: plugged 0'
    shows "dom0: plugged $(perl -e "$words" 256 | md5sum | cut -d' ' -f1)"
    [ "$(tr -d '\r' <"$console" | grep -ac 'domU| blk: detached: error 0, 2040 grants free')" -eq 7 ] ||
        fail "not every disk was detached with all grants back"
    # What waited was not there, and then it was, whatever of the backend's states the guest has seen.
    shows 'domU\| blk: 8 requests wait: error 0'
    shows "dom0: waiting $(head -c 8388608 /dev/zero | md5sum | cut -d' ' -f1)"
    shows 'dom0: unbound 0'
    shows 'dom0: bound 0'
    shows 'domU\| blk: 8 requests made again'
    shows "dom0: again $(perl -e "$words" 8 | md5sum | cut -d' ' -f1)"
}

test_minios_disks() {
    disks xen
}

test_minios_disks_on_xenport() {
    disks xenport
}
