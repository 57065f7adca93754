# SPDX-License-Identifier: BSD-2-Clause
# Mini-OS with two vCPUs, a disk and a card, saved by stock xl and restored while it writes a large file and serves another over
# TCP: the connection goes on, the file is whole, and the file system is one that e2fsck has nothing to say about. Asserted is what
# Domain 0 saw and what is on the disk.

. tests/system/minios.sh

saved_and_restored() { # HV
    disk_image 64M 4096
    minios_config 16 2 \
        "disk = [ 'phy:/dev/vda,xvda,w' ]" \
        "vif = [ 'mac=00:16:3e:00:00:07,bridge=xenbr0,script=vif-bridge' ]"
    cat >"$WORK/script" <<'END'
bridge
xl create /minios.cfg
echo "dom0: created $?"
ended() {
    xl list minios | grep -q -- '---s-- '
}
attend minios
await 'minios>'
echo "net up 10.77.0.5 255.255.255.0 10.77.0.1" >&8
await '1 cards'
echo "httpd" >&8
await 'httpd: listens'
echo "mount 51712 disk" >&8
await 'mount: /disk'
ping -c 2 -W 2 10.77.0.5 | sed -n 's/^\(.*packets received\).*/dom0: before \1/p'
within 100 wget -q -O - http://10.77.0.5/pattern/24000000 | md5sum | sed 's/^/dom0: pattern /' >/pattern &
fetching=$!
echo "fill /disk/large 24000000 25" >&8
# The guest has read it.
await 'minios> fill /disk/large 24000000 25'
for times in 1 2; do
    sleep 1
    did saved xl save minios /saved
    echo "dom0: left $(xl list | grep -c minios)"
    did restored xl restore /saved
    rm -f /saved
    attend minios
    await 'control: resumed, error 0' $times
done
sleep 1
did kept xl save -c minios /saved
await 'control: not suspended, error 0'
await 'fill: 24000000 bytes'
wait $fetching
cat /pattern
ping -c 3 -W 2 10.77.0.5 | sed -n 's/^\(.*packets received\).*/dom0: after \1/p'
for line in "smp" "date" "sum /disk/large" "threads" "halt"; do
    echo "$line" >&8
done
# The daemon of xl that watched it ended when it was suspended: nobody takes it off the list.
until_true ended
mkdir /disk
mount -t ext4 -o ro /dev/vda /disk || echo "dom0: mount failed"
md5sum </disk/large | sed 's/^/dom0: large /'
umount /disk
tr -d '\r' </xenconsole.log | sed 's/^/domU| /'
cat /var/log/xen/*.log 2>/dev/null | tail -n 20 | sed 's/^/dom0: log /'
END
    DOM0_DISKS=1 DOM0_CARDS=1 sh tests/system/dom0/ramdisk.sh "$WORK/dom0.cpio" "$WORK/script" "$WORK/minios.cfg" \
        "$B/ports/minios/minios.gz" || fail "the ramdisk could not be made"
    expected=$(counting 24000000 | md5sum | cut -d' ' -f1)
    dom0_boot "$1" 390 "dom0_mem=700M loglvl=warning" \
        -drive "file=$WORK/disk.img,format=raw,if=virtio"
    qemu_wait 120 'dom0: ready'
    qemu_wait 40 'dom0: created 0'
    qemu_wait 220 'dom0: done'
    qemu_end 40
    shows_not 'dom0: .*(failed|did not load|not seen)'
    for seen_of in 'dom0: saved 0' 'dom0: left 0' 'dom0: restored 0'; do
        [ "$(tr -d '\r' <"$console" | grep -ac "$seen_of")" -eq 2 ] || fail "not twice: $seen_of"
    done
    shows 'dom0: before 2 packets transmitted, 2 packets received'
    shows 'dom0: kept 0'
    # It was in the middle of it; how often depends on how busy the host is with other things.
    tr -d '\r' <"$console" | awk '/domU\| control: (not suspended|resumed)/ { nr++ } /domU\| fill: 24000000/ { exit nr < 1 }' ||
        fail "the file was complete before the domain was saved"
    shows 'dom0: after 3 packets transmitted, 3 packets received'
    shows "dom0: pattern $expected"
    shows "dom0: large $expected"
    shows 'domU\| workers: 2 of 2'
    shows 'domU\| preemption: yes'
    e2fsck -fn "$WORK/disk.img" >"$WORK/e2fsck" 2>&1 || fail "e2fsck finds: $(tail -n 5 "$WORK/e2fsck" | tr '\n' ' ')"
}

full_minios_is_saved_and_restored() {
    saved_and_restored xen
}

test_minios_is_saved_and_restored_on_xenport() {
    saved_and_restored xenport
}

# What the devices of QEMU's are like afterwards – a directory with a file being written, a screen with its keyboard and pointer, a
# further console – and the event channels in queues, which the new domain has to be asked for again.
devices_saved_and_restored() { # HV
    minios_config 48 2 \
        'extra = "event_queues"' \
        "vfb = [ 'vnc=1,vnclisten=127.0.0.1,vncdisplay=0' ]" \
        "channel = [ 'connection=pty,name=never', 'connection=pty,name=second' ]" \
        "p9 = [ 'tag=host,path=/share,security_model=none' ]"
    cat >"$WORK/script" <<'END'
ifconfig lo 127.0.0.1 up
mkdir /share
xl create /minios.cfg
echo "dom0: created $?"
# The guest has two processors of which it gets a part, and a directory is slow.
tries=$((tries * 3))
connected() { # CLASS/NUMBER
    [ "$(xenstore read "/local/domain/0/backend/${1%/*}/$domid/${1#*/}/state")" = 4 ]
}
nr=0
save_and_restore() {
    nr=$((nr + 1))
    did saved xl save minios /saved
    did restored xl restore /saved
    rm -f /saved
    attend minios
    await 'control: resumed, error 0' $nr
}
attend minios
await 'minios>'
echo "mount 9p0 host" >&8
await 'mount: /host'
echo "fill /host/large 3000000 60" >&8
until_true [ -s /share/large ]
save_and_restore
save_and_restore
await 'fill: 3000000 bytes'
md5sum </share/large | sed 's/^/dom0: large /'
echo "sum /host/large" >&8
await 'sum: '
echo "screen 1000" >&8
await 'screen: absolute'
vnc 127.0.0.1 5900 picture /p1 move 100 50 wait 500 picture /p2
save_and_restore
until_true connected vfb/0
until_true connected vkbd/0
vnc 127.0.0.1 5900 size picture /p3 move 300 200 wait 500 picture /p4 key 114 wait 500 picture /p5 key 114 wait 500 key 113 |
    sed 's/^/dom0: size /'
await 'screen: detached'
for picture in 1 2 3 4 5; do
    md5sum </p$picture | sed "s/^/dom0: picture $picture /"
done
# The terminal is held open all the while: QEMU forgets what was written to one that was closed since.
talk() { # LINE…
    exec 6<>"$(xenstore read "/local/domain/$domid/device/console/1/tty")"
    stty raw -echo <&6
    : >/answers
    cat <&6 >>/answers &
    reader=$!
    echo "$1" >&6
    until_true [ -s /answers ]
    [ $# -eq 1 ] || echo "$2" >&6
    [ $# -eq 1 ] || await 'channel: detached'
    kill $reader
    exec 6>&-
    tr -d '\r' </answers | sed 's/^/dom0: console: /'
}
echo "channel 1 1000" >&8
await 'is connected'
talk 'before'
save_and_restore
until_true connected console/1
talk 'and after' end
for line in "events" "smp" "ls /host" "write /host/last words" "umount host" "halt"; do
    echo "$line" >&8
done
gone minios
sed 's/^/dom0: last /' /share/last
tr -d '\r' </xenconsole.log | sed 's/^/domU| /'
cat /var/log/xen/qemu*.log 2>/dev/null | grep -v 'initialise() failed' | tail -n 20 | sed 's/^/dom0: log /'
END
    DOM0_QEMU=1 DOM0_DISKS=1 sh tests/system/dom0/ramdisk.sh "$WORK/dom0.cpio" "$WORK/script" "$WORK/minios.cfg" \
        "$B/ports/minios/minios.gz" || fail "the ramdisk could not be made"
    filled=$(counting 3000000 | md5sum | cut -d ' ' -f 1)
    sum=$(counting 3000000 | cksum | cut -d ' ' -f 1)
    MEM=2000 dom0_boot "$1" 600 "dom0_mem=1000M loglvl=warning"
    qemu_wait 120 'dom0: ready'
    qemu_wait 60 'dom0: created 0'
    qemu_wait 440 'dom0: done'
    qemu_stop
    shows_not 'dom0: .*(did not load|not seen)'
    for seen_of in 'dom0: saved 0' 'dom0: restored 0'; do
        [ "$(tr -d '\r' <"$console" | grep -ac "$seen_of")" -eq 4 ] || fail "not four times: $seen_of"
    done
    # It was in the middle of it, as above.
    tr -d '\r' <"$console" | awk '/domU\| control: resumed/ { nr++ } /domU\| fill: 3000000/ { exit nr < 1 }' ||
        fail "the file was complete before the domain was saved"
    shows "dom0: large $filled"
    shows "domU\| sum: $sum 3000000 /host/large"
    shows 'dom0: size 640 480'
    shows "dom0: picture 1 $(picture 640 480 0 0)"
    shows "dom0: picture 2 $(picture 640 480 99 49)"
    shows "dom0: picture 3 $(picture 640 480 99 49)"
    shows "dom0: picture 4 $(picture 640 480 299 199)"
    shows "dom0: picture 5 $(picture 320 240 299 199)"
    shows 'dom0: console: BEFORE'
    shows 'dom0: console: AND AFTER'
    shows 'domU\| in queues'
    shows 'domU\| unexpected: 0'
    shows 'domU\| workers: 2 of 2'
    shows 'domU\| large: 3000000 bytes'
    shows 'dom0: last words'
    shows 'domU\| umount: host'
}

full_devices_are_saved_and_restored() {
    devices_saved_and_restored xen
}

full_devices_are_saved_and_restored_on_xenport() {
    devices_saved_and_restored xenport
}
