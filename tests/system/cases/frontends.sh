# SPDX-License-Identifier: BSD-2-Clause
# Mini-OS as a DomU with what Debian's QEMU serves from Domain 0: a disk (qdisk), further consoles, a screen with keyboard and mouse, a
# directory. Asserted is what Domain 0 got from the other end: what is in the disk's file, the answers of the consoles, and pictures of
# the screen through VNC, whose checksums are computed here by the rule that the guest paints by.

. tests/system/minios.sh

consoles_and_screen() { # HV
    # Stock xl counts channels from 0, and refuses number 0 because that is the first console: the first one is never there.
    minios_config 64 1 \
        "vfb = [ 'vnc=1,vnclisten=127.0.0.1,vncdisplay=0' ]" \
        "channel = [ 'connection=pty,name=never', 'connection=pty,name=second', 'connection=socket,path=/run/third,name=third' ]" \
        "disk = [ 'format=raw,vdev=xvda,access=rw,backendtype=qdisk,target=/disk.img' ]"
    cat >"$WORK/script" <<'END'
ifconfig lo 127.0.0.1 up
dd if=/dev/zero of=/disk.img bs=1M count=8 2>/dev/null
xl create /minios.cfg
echo "dom0: created $?"
attend minios
await 'minios>'
# With a ring of several pages, and persistent grants, which QEMU does not have; then with a ring of one, and the pages from the 64th on are
# discarded.
echo "blk 51712 large persistent" >&8
await 'blk: detached' 1
dd if=/disk.img bs=4096 count=110 2>/dev/null | md5sum | sed 's/^/dom0: disk written /'
dd if=/dev/zero of=/disk.img bs=1M count=8 conv=notrunc 2>/dev/null
echo "blk 51712 discard" >&8
await 'blk: detached' 2
dd if=/disk.img bs=4096 count=64 2>/dev/null | md5sum | sed 's/^/dom0: disk before /'
dd if=/disk.img bs=4096 skip=64 count=64 2>/dev/null | md5sum | sed 's/^/dom0: disk discarded /'
echo "dom0: disk of $(stat -c %b /disk.img) blocks closed: $(xenstore read "/local/domain/0/backend/qdisk/$domid/51712/state")"
echo "channel" >&8
await 'channels'
lines_of() { # NUMBER
    echo "line $1 of domain 0"
    for i in 0 1 2 3 4 5 6 7 8 9; do
        echo "a longer line, of which ten are sent at once: number $i"
    done
}
# A terminal: xenconsole lets one reader at a domain, of whatever console, so it is read as it is.
through_terminal() {
    # Held open: QEMU forgets what was written to one that was closed since.
    exec 6<>"$(xenstore read "/local/domain/$domid/device/console/1/tty")"
    stty raw -echo <&6
    : >/answers
    cat <&6 >/answers &
    reader=$!
    lines_of 1 >&6
    until_true grep -q 'NUMBER 9' /answers
    echo end >&6
    await 'channel: detached' 1
    kill $reader
    exec 6>&-
}
# A socket, which QEMU listens at.
through_socket() {
    { lines_of 2; echo end; } | talk /run/third 11 >/answers || echo "dom0: not seen: eleven lines"
    await 'channel: detached' 2
}
# Each once: QEMU 7.2 cannot open a console for a second time ("attempt to add duplicate property").
for number in 1 2; do
    echo "channel $number" >&8
    await 'is connected' $number
    case $number in 1) through_terminal ;; *) through_socket ;; esac
    tr -d '\r' </answers | sed "s/^/dom0: console $number: /"
    echo "dom0: console $number closed: $(xenstore read "/local/domain/0/backend/console/$domid/$number/state")"
done
echo "screen 100" >&8
await 'screen: absolute'
vnc 127.0.0.1 5900 size picture /p1 move 100 50 wait 500 picture /p2 | sed 's/^/dom0: size /'
vnc 127.0.0.1 5900 move 600 400 press release wait 500 picture /p3 key 114 wait 500 picture /p4 size key 114 wait 500 picture /p5 key 113 |
    sed 's/^/dom0: later size /'
await 'screen: detached'
echo "dom0: screen closed: $(xenstore read "/local/domain/0/backend/vfb/$domid/0/state")$(xenstore read "/local/domain/0/backend/vkbd/$domid/0/state")"
echo "screen 100" >&8
await 'screen: absolute' 2
vnc 127.0.0.1 5900 picture /p6 key 113
await 'screen: detached' 2
for picture in 1 2 3 4 5 6; do
    md5sum </p$picture | sed "s/^/dom0: picture $picture /"
done
echo "halt" >&8
sleep 2
tr -d '\r' </xenconsole.log | sed 's/^/domU| /'
cat /var/log/xen/*.log 2>/dev/null | grep -v 'initialise() failed' | tail -n 20 | sed 's/^/dom0: log /'
END
    DOM0_QEMU=1 DOM0_DISKS=1 sh tests/system/dom0/ramdisk.sh "$WORK/dom0.cpio" "$WORK/script" "$WORK/minios.cfg" \
        "$B/ports/minios/minios.gz" || fail "the ramdisk could not be made"
    MEM=1800 dom0_boot "$1" 300 "dom0_mem=900M loglvl=warning"
    qemu_wait 120 'dom0: ready'
    qemu_wait 60 'dom0: created 0'
    qemu_wait 200 'dom0: done'
    qemu_stop
    shows_not 'dom0: .*(did not load|not seen)'
    words='for $n (0 .. $ARGV[0] - 1) { print pack("Q<*", map { $n << 32 | $_ } 0 .. 511) }'
    shows 'domU\| blk: 16384 sectors of 512 bytes, sector size 512, writable flush discard'
    shows 'domU\| blk: 1 queues, 256 requests each'
    shows 'domU\| blk: 1 queues, 32 requests each'
    shows_not 'domU\| blk: .*(error [1-9]|[1-9][0-9]* words wrong)'
    shows 'domU\| blk: discard: error 0'
    shows "dom0: disk written $(perl -e "$words" 110 | md5sum | cut -d ' ' -f 1)"
    shows "dom0: disk before $(perl -e "$words" 64 | md5sum | cut -d ' ' -f 1)"
    shows "dom0: disk discarded $(head -c 262144 /dev/zero | md5sum | cut -d ' ' -f 1)"
    shows 'dom0: disk of 15872 blocks closed: 6'
    [ "$(tr -d '\r' <"$console" | grep -ac 'domU| blk: detached: error 0, 2040 grants free')" -eq 2 ] ||
        fail "the disk was not detached with all grants back"
    shows 'domU\| 2 channels'
    shows 'domU\| channel: second is connected'
    shows 'domU\| channel: third is connected'
    shows 'dom0: console 1: LINE 1 OF DOMAIN 0'
    shows 'dom0: console 2: LINE 2 OF DOMAIN 0'
    [ "$(tr -d '\r' <"$console" | grep -acE 'dom0: console [12]: A LONGER LINE, .*: NUMBER [0-9]$')" -eq 20 ] ||
        fail "not every line was answered"
    [ "$(tr -d '\r' <"$console" | grep -acE 'dom0: console [12] closed: 6')" -eq 2 ] || fail "not every console was closed"
    [ "$(tr -d '\r' <"$console" | grep -ac 'domU| channel: detached: error 0, 2040 grants free')" -eq 2 ] ||
        fail "not every console was detached with all grants back"
    shows 'domU\| screen: absolute pointer, updates wanted'
    shows 'dom0: size 640 480'
    shows 'dom0: later size 320 240'
    shows 'domU\| screen: key 272 pressed'
    shows 'dom0: screen closed: 66'
    # QEMU's coordinates are a rounding step below those that VNC gave it.
    shows "dom0: picture 1 $(picture 640 480 0 0)"
    shows "dom0: picture 2 $(picture 640 480 99 49)"
    shows "dom0: picture 3 $(picture 640 480 599 399)"
    shows "dom0: picture 4 $(picture 320 240 599 399)"
    shows "dom0: picture 5 $(picture 640 480 599 399)"
    shows "dom0: picture 6 $(picture 640 480 0 0)"
    [ "$(tr -d '\r' <"$console" | grep -ac 'domU| screen: detached: error 0, 0, 2040 grants free')" -eq 2 ] ||
        fail "the screen was not detached with all grants back"
}

test_minios_consoles_and_screen() {
    consoles_and_screen xen
}

test_minios_consoles_and_screen_on_xenport() {
    consoles_and_screen xenport
}

# A directory of Domain 0 in the guest: what either writes the other reads. It is mounted once: QEMU 7.2 ends by an assertion of
# its own when a guest connects a file system for the second time.
directory_of_domain_0() { # HV
    minios_config 64 2 "p9 = [ 'tag=host,path=/share,security_model=none' ]"
    cat >"$WORK/script" <<'END'
mkdir -p /share/many /share/full
echo "written by Domain 0" >/share/from-domain-0
mv /large /share/large
: >/share/full/file
i=0
while [ $i -lt 200 ]; do
    : >/share/many/a-name-of-some-length-$i
    i=$((i + 1))
done
xl create /minios.cfg
echo "dom0: created $?"
attend minios
await 'minios>'
echo "mount 9p0 host" >&8
await 'mount: /host'
for line in "df" "cat /host/from-domain-0" "sum /host/large" "mkdir /host/made" "mkdir /host/full" "write /host/made/words one two" \
    "write /host/made/words three" "fill /host/filled 2000000" "fill /host/filled 1500000" "mv /host/filled /host/made/filled" \
    "write /host/gone x" "rm /host/gone" "rm /host/full" "cat /host/nothing" "ls /host" "ls /host/many" "sync" "umount host"; do
    echo "$line" >&8
done
await 'umount: host'
echo "dom0: closed $(xenstore read "/local/domain/0/backend/9pfs/$domid/0/state")"
sed 's/^/dom0: words /' /share/made/words
md5sum </share/made/filled | sed 's/^/dom0: filled /'
ls /share | tr '\n' ' ' | sed 's/^/dom0: files /'
echo
echo "halt" >&8
sleep 2
tr -d '\r' </xenconsole.log | sed 's/^/domU| /'
cat /var/log/xen/qemu*.log 2>/dev/null | tail -n 10 | sed 's/^/dom0: log /'
END
    counting 3000000 >"$WORK/large"
    sum=$(cksum <"$WORK/large" | cut -d ' ' -f 1)
    filled=$(counting 1500000 | md5sum | cut -d ' ' -f 1)
    DOM0_QEMU=1 DOM0_DISKS=1 sh tests/system/dom0/ramdisk.sh "$WORK/dom0.cpio" "$WORK/script" "$WORK/minios.cfg" "$WORK/large" \
        "$B/ports/minios/minios.gz" || fail "the ramdisk could not be made"
    MEM=1800 dom0_boot "$1" 300 "dom0_mem=900M loglvl=warning"
    qemu_wait 120 'dom0: ready'
    qemu_wait 60 'dom0: created 0'
    qemu_wait 150 'dom0: done'
    qemu_stop
    shows_not 'dom0: .*(did not load|not seen)'
    shows 'domU\| /host: [1-9][0-9]* KiB, '
    shows 'domU\| written by Domain 0'
    shows "domU\| sum: $sum 3000000 /host/large"
    shows 'domU\| mkdir: /host/full: File exists'
    shows 'domU\| rm: /host/full: Directory not empty'
    shows 'domU\| cat: /host/nothing: No such file'
    shows 'domU\| made/'
    shows 'domU\| from-domain-0: 20 bytes'
    [ "$(tr -d '\r' <"$console" | grep -acE 'domU\| a-name-of-some-length-[0-9]+: 0 bytes')" -eq 200 ] ||
        fail "not every name of the large directory was listed"
    shows 'dom0: closed 6'
    shows 'dom0: words one two'
    shows 'dom0: words three'
    shows "dom0: filled $filled"
    shows 'dom0: files from-domain-0 full large made many'
}

test_minios_directory_of_domain_0() {
    directory_of_domain_0 xen
}

test_minios_directory_of_domain_0_on_xenport() {
    directory_of_domain_0 xenport
}
