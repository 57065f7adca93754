# SPDX-License-Identifier: BSD-2-Clause
# Mini-OS and a file system that others make, read and check: mke2fs on this machine, then a guest that makes, fills, renames and
# removes files, Linux that mounts the disk and sums them up, and e2fsck, which finds nothing to mend.

test_minios_files() {
    truncate -s 24M "$WORK/disk.img"
    mke2fs -q -F -t ext2 -b 1024 "$WORK/disk.img" || fail "mke2fs does not make a file system"
    cat >"$WORK/minios.cfg" <<END
name = "minios"
kernel = "/minios.gz"
memory = 32
vcpus = 2
disk = [ 'phy:/dev/vda,xvda,w' ]
on_poweroff = "destroy"
on_crash = "destroy"
END
    cat >"$WORK/script" <<'END'
mkdir /disk
mount -t ext4 /dev/vda /disk && echo "written by Linux" >/disk/from-linux
mkdir /disk/folder
umount /disk
xl create /minios.cfg
echo "dom0: created $?"
domid=$(xl domid minios)
mkfifo /typed
xenconsole --interactive "$domid" </typed >/xenconsole.log 2>&1 &
exec 8>/typed
await() {
    for second in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25; do
        grep -q "$1" /xenconsole.log 2>/dev/null && return
        sleep 1
    done
    echo "dom0: not seen: $1"
}
await 'minios>'
echo "mount 51712 disk" >&8
await 'mount: /disk'
for line in "df" "cat /disk/from-linux" "mkdir /disk/folder/inner" "write /disk/folder/inner/words one two" \
    "write /disk/folder/inner/words three" "fill /disk/large 9000000" "sum /disk/large" "fill /disk/gone 3000000" "rm /disk/gone" \
    "fill /disk/folder/old 70000" "mv /disk/folder/old /disk/folder/new" "rm /disk/folder" "cat /disk/nothing" "ls /disk" \
    "ls /disk/folder" "sync" "mount"; do
    echo "$line" >&8
done
await 'mounted: /disk'
echo "halt" >&8
for second in 1 2 3 4 5 6 7 8 9 10; do
    xl domid minios >/dev/null 2>&1 || break
    sleep 1
done
mount -t ext4 -o ro /dev/vda /disk || echo "dom0: mount failed"
sed 's/^/dom0: words /' /disk/folder/inner/words
md5sum </disk/large | sed 's/^/dom0: large /'
md5sum </disk/folder/new | sed 's/^/dom0: new /'
ls /disk | tr '\n' ' ' | sed 's/^/dom0: files /'
echo
umount /disk
tr -d '\r' </xenconsole.log | sed 's/^/domU| /'
END
    DOM0_DISKS=1 sh tests/system/dom0/ramdisk.sh "$WORK/dom0.gz" "$WORK/script" "$WORK/minios.cfg" "$B/ports/minios/minios.gz" ||
        fail "the ramdisk could not be made"
    pattern='for $n (0 .. $ARGV[0] / 8 - 1) { print pack("Q<", $n) }'
    large=$(perl -e "$pattern" 9000000 | md5sum | cut -d' ' -f1)
    new=$(perl -e "$pattern" 70000 | md5sum | cut -d' ' -f1)
    sum=$(perl -e "$pattern" 9000000 | cksum | cut -d' ' -f1)
    without_xsave
    MEM=1500 qemu_boot xen 240 "$B/stock/vmlinuz console=hvc0 loglevel=4,$WORK/dom0.gz" "dom0_mem=700M loglvl=warning" \
        -drive "file=$WORK/disk.img,format=raw,if=virtio"
    qemu_wait 120 'dom0: ready'
    qemu_wait 40 'dom0: created 0'
    qemu_wait 120 'dom0: done'
    qemu_end 40
    shows_not 'dom0: .*(failed|did not load|not seen)'
    shows 'domU\| written by Linux'
    shows 'domU\| /disk: 24[0-9]* KiB, '
    shows "domU\| sum: $sum 9000000 /disk/large"
    shows 'domU\| rm: /disk/folder: '
    shows 'domU\| cat: /disk/nothing: No such file'
    shows 'domU\| folder/'
    shows 'domU\| inner/'
    shows 'domU\| new: 70000 bytes'
    shows 'dom0: words one two'
    shows 'dom0: words three'
    shows "dom0: large $large"
    shows "dom0: new $new"
    shows 'dom0: files folder from-linux large lost\+found'
    e2fsck -fn "$WORK/disk.img" >"$WORK/e2fsck" 2>&1 || fail "e2fsck finds: $(tail -n 5 "$WORK/e2fsck" | tr '\n' ' ')"
}
