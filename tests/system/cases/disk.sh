# SPDX-License-Identifier: BSD-2-Clause
# Mini-OS as a DomU with a disk that stock Linux serves (blkback over a loop device), and the store: what the
# guest writes is read by Domain 0, and the other way round.

disk_and_store() { # HV
    cat >"$WORK/minios.cfg" <<END
name = "minios"
kernel = "/minios.gz"
memory = 64
vcpus = 1
disk = [ 'phy:/dev/loop0,xvda,w', 'phy:/dev/loop1,xvdb,r' ]
on_poweroff = "destroy"
on_reboot = "destroy"
on_crash = "destroy"
END
    cat >"$WORK/script" <<'END'
dd if=/dev/zero of=/disk.img bs=1M count=8 2>/dev/null
losetup /dev/loop0 /disk.img || echo "dom0: losetup failed"
dd if=/dev/zero of=/second.img bs=1M count=2 2>/dev/null
losetup /dev/loop1 /second.img || echo "dom0: losetup failed"
xl create /minios.cfg
echo "dom0: created $?"
domid=$(xl domid minios)
mkfifo /typed
xenconsole --interactive "$domid" </typed >/xenconsole.log 2>&1 &
exec 8>/typed
await() {
    for second in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
        grep -q "$1" /xenconsole.log 2>/dev/null && return
        sleep 1
    done
    echo "dom0: not seen: $1"
}
await 'minios>'
echo "store-write data/hello world" >&8
echo "store-read data/hello" >&8
echo "store-ls device" >&8
await 'virtual-device'
echo "dom0: guest wrote $(xenstore read /local/domain/$domid/data/hello)"
echo "store-watch data 6" >&8
sleep 2
xenstore write "/local/domain/$domid/data/from-dom0" 1
await 'watched: data'
echo "blk" >&8
echo "blk 51712" >&8
await 'blk: detached'
md5sum </disk.img | sed 's/^/dom0: disk /'
dd if=/disk.img bs=4096 count=256 2>/dev/null | md5sum | sed 's/^/dom0: pattern /'
echo "dom0: state $(xenstore read /local/domain/0/backend/vbd/$domid/51712/state) after detach"
echo "blk 51712 persistent" >&8
sleep 6
dd if=/disk.img bs=4096 count=256 2>/dev/null | md5sum | sed 's/^/dom0: persistent /'
echo "blk 51728" >&8
sleep 4
echo "blk 51712 large polled hold" >&8
await 'blk: held'
xl block-detach minios 51712
echo "dom0: unplugged $?"
await 'blk: unplugged'
sleep 2
xl block-attach minios 'phy:/dev/loop0,xvda,w'
echo "dom0: plugged $?"
echo "blk" >&8
sleep 1
echo "blk 51712" >&8
sleep 4
echo "halt" >&8
sleep 3
tr -d '\r' </xenconsole.log | sed 's/^/domU| /'
cat /var/log/xen/*.log 2>/dev/null | tail -n 20 | sed 's/^/dom0: log /'
END
    DOM0_DISKS=1 sh tests/system/dom0/ramdisk.sh "$WORK/dom0.gz" "$WORK/script" "$WORK/minios.cfg" \
        "$B/ports/minios/minios.gz" || fail "the ramdisk could not be made"
    expected=$(perl -e 'for $n (0 .. 255) { print pack("Q<*", map { $n << 32 | $_ } 0 .. 511) }' | md5sum | cut -d' ' -f1)
    without_xsave
    MEM=1500 qemu_boot "$1" 240 "$B/stock/vmlinuz console=hvc0 loglevel=4,$WORK/dom0.gz" "dom0_mem=700M loglvl=warning"
    qemu_wait 120 'dom0: ready'
    qemu_wait 40 'dom0: created 0'
    qemu_wait 150 'dom0: done'
    qemu_stop
    shows_not 'dom0: .*(failed|did not load|not seen)'
    shows 'dom0: guest wrote world'
    shows 'domU\| .*changed: data/from-dom0'
    shows 'domU\| 2 disks'
    shows 'domU\| blk: 16384 sectors of 512 bytes'
    shows 'domU\| blk: 1 pages a request: error 0, 0 words wrong'
    shows 'domU\| blk: 11 pages a request: error 0, 0 words wrong'
    shows 'domU\| blk: 32 pages a request: error 0, 0 words wrong'
    shows 'domU\| blk: detached: error 0'
    shows 'domU\| blk: 4096 sectors of 512 bytes, sector size 512, read-only'
    shows 'domU\| blk: 1 pages a request: error 30'
    shows 'domU\| blk: 1 queues, 256 requests each'
    shows 'dom0: unplugged 0'
    shows 'domU\| blk: disconnected'
    shows 'domU\| blk: unplugged'
    shows 'dom0: plugged 0'
    [ "$(tr -d '\r' <"$console" | grep -ac 'domU| blk: detached: error 0, 2040 grants free')" -eq 5 ] ||
        fail "not every disk was detached with all grants back"
    shows "dom0: pattern $expected"
    shows "dom0: persistent $expected"
}

test_minios_disk_and_store() {
    disk_and_store xen
}

test_minios_disk_and_store_on_xenport() {
    disk_and_store xenport
}
