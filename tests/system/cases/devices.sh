# SPDX-License-Identifier: BSD-2-Clause
# One Mini-OS as a DomU with two disks, a card, a screen, a keyboard and a mouse at once, served by stock Linux (blkback, netback behind a
# bridge) and Debian's QEMU. Everything is asserted from Domain 0: the files and the raw disk that the guest wrote (e2fsck on this machine
# has nothing to mend), what ping, wget and nc got, pictures of the screen through VNC, the nodes of the store.

. tests/system/minios.sh

every_device() { # HV
    disk_image 24M 1024
    minios_config 64 2 \
        "disk = [ 'phy:/dev/vda,xvda,w', 'phy:/dev/loop0,xvdb,w' ]" \
        "vif = [ 'mac=00:16:3e:00:00:07,bridge=xenbr0,script=vif-bridge' ]" \
        "vfb = [ 'vnc=1,vnclisten=127.0.0.1,vncdisplay=0' ]"
    cat >"$WORK/script" <<'END'
mkdir /disk
mount -t ext4 /dev/vda /disk && echo "written by Linux" >/disk/from-linux
mkdir /disk/folder
umount /disk
dd if=/dev/zero of=/raw.img bs=1M count=4 2>/dev/null
losetup /dev/loop0 /raw.img || echo "dom0: losetup failed"
bridge
ip link set lo up
mkdir -p /var/lib/misc /www
: >/var/lib/misc/udhcpd.leases
cat >/etc/udhcpd.conf <<CONF
start 10.77.0.20
end 10.77.0.29
interface xenbr0
option subnet 255.255.255.0
option router 10.77.0.1
option dns 10.77.0.1
option lease 600
CONF
udhcpd -f /etc/udhcpd.conf >/udhcpd.log 2>&1 &
dns 10.77.0.1 files.test 10.77.0.1 >/dns.log &
mv /large /www/large
httpd -f -vv -p 8080 -h /www 2>/httpd.log &
xl create /minios.cfg
echo "dom0: created $?"
attend minios
echoes() {
    awk '/^Icmp: [0-9]/ { print $10 }' /proc/net/snmp
}
state() {
    xenstore read "/local/domain/0/backend/$1/$domid/$2/state"
}
await 'minios>'
echo "store-write data/hello world" >&8
echo "net up" >&8
await '1 cards'
echo "dom0: guest wrote $(xenstore read /local/domain/$domid/data/hello)"
guest=$(sed -n 's/.*address \(10\.77\.0\.2[0-9]\), netmask 255.255.255.0, gateway 10.77.0.1.*/\1/p' /xenconsole.log | head -n 1)
echo "dom0: leased $(grep -c 'sending ACK to' /udhcpd.log) guest at $guest"
for line in "httpd" "echod" "mount 51712 disk" "df" "cat /disk/from-linux" "mkdir /disk/folder/inner" \
    "write /disk/folder/inner/words one two" "write /disk/folder/inner/words three" "fill /disk/large 6000000" "sum /disk/large" \
    "fill /disk/gone 2000000" "rm /disk/gone" "fill /disk/folder/old 70000" "mv /disk/folder/old /disk/folder/new" "rm /disk/folder" \
    "cat /disk/nothing" "ls /disk" "ls /disk/folder" "sync" "screen 200"; do
    echo "$line" >&8
done
await 'httpd: listens'
await 'echod: listens'
# While the guest writes its files.
ping -c 5 -W 5 "$guest" | sed -n 's/^\(.*packets received\).*/dom0: ping \1/p'
ping -c 3 -W 5 -s 4000 "$guest" | sed -n 's/^\(.*packets received\).*/dom0: fragments \1/p'
awk -v guest="$guest" '$1 == guest { print "dom0: neighbour " $4 }' /proc/net/arp
within 60 wget -q -O - "http://$guest/" | sed 's/^/dom0: page /'
within 60 wget -q -O - "http://$guest/nothing" 2>&1 | sed 's/^/dom0: /'
echo "echo of a line" | nc -w 5 "$guest" 7 | sed 's/^/dom0: /'
await 'screen: absolute'
# While the screen is shown.
within 100 wget -q -O - "http://$guest/pattern/4000000" | md5sum >/pattern &
fetching=$!
vnc 127.0.0.1 5900 size picture /p1 move 100 50 wait 500 picture /p2 | sed 's/^/dom0: size /'
wait $fetching
sed 's/^/dom0: pattern /' /pattern
echo "dom0: states $(state vbd 51712)$(state vbd 51728)$(state vif 0)$(state vfb 0)$(state vkbd 0)"
vnc 127.0.0.1 5900 press release key 113
await 'screen: detached'
md5sum </p1 | sed 's/^/dom0: picture 1 /'
md5sum </p2 | sed 's/^/dom0: picture 2 /'
echo "dom0: screen closed: $(state vfb 0)$(state vkbd 0)"
# The other disk, while the first one stays mounted.
echo "blk 51728 large" >&8
await 'blk: detached'
dd if=/raw.img bs=4096 count=256 2>/dev/null | md5sum | sed 's/^/dom0: raw /'
before=$(echoes)
echo "ping 10.77.0.1 5" >&8
await 'ping: 5 of 5 answered'
echo "dom0: echoed $(($(echoes) - before))"
echo "host files.test" >&8
await 'files.test: 10.77.0.1'
echo "host nowhere.test" >&8
await 'nowhere.test: unknown'
sed 's/^/dom0: /' /dns.log
# In parts that the windows of both ends hold: nc writes without reading meanwhile.
for part in 0 1 2 3 4 5 6 7; do
    dd if=/www/large bs=128k skip=$part count=1 2>/dev/null | within 20 nc -w 10 "$guest" 7 >>/echoed
done
echo "dom0: large $(md5sum </www/large)"
echo "dom0: echoed $(md5sum </echoed)"
echo "fetch files.test 8080 /large" >&8
await 'fetch: 1048576 bytes'
grep -c 'url:/large' /httpd.log | sed 's/^/dom0: fetched /'
echo "store-watch data 5" >&8
# A watch begins with an event.
await 'changed: data'
xenstore write "/local/domain/$domid/data/from-dom0" "told by Domain 0"
await 'watched: data'
echo "store-read data/from-dom0" >&8
echo "store-ls data" >&8
for times in 1 2; do
    xl network-detach minios 0
    echo "dom0: unplugged $?"
    ping -c 1 -W 1 "$guest" | sed -n 's/^\(.*packets received\).*/dom0: unplugged \1/p'
    xl network-attach minios mac=00:16:3e:00:00:07 bridge=xenbr0 script=vif-bridge
    echo "dom0: plugged $?"
    until_true ping -c 1 -W 1 "$guest"
    ping -c 3 -W 5 "$guest" | sed -n 's/^\(.*packets received\).*/dom0: again \1/p'
done
echo "net" >&8
echo "halt" >&8
gone minios
mount -t ext4 -o ro /dev/vda /disk || echo "dom0: mount failed"
sed 's/^/dom0: words /' /disk/folder/inner/words
md5sum </disk/large | sed 's/^/dom0: file /'
md5sum </disk/folder/new | sed 's/^/dom0: new /'
ls /disk | tr '\n' ' ' | sed 's/^/dom0: files /'
echo
umount /disk
tr -d '\r' </xenconsole.log | sed 's/^/domU| /'
cat /var/log/xen/*.log 2>/dev/null | grep -v 'initialise() failed' | tail -n 20 | sed 's/^/dom0: log /'
dmesg | grep -iE 'vif|vbd|back' | tail -n 20 | sed 's/^/dom0: dmesg /'
END
    perl -e 'print pack("V*", map { $_ * 2654435761 & 0xffffffff } 1 .. 1 << 18)' >"$WORK/large"
    sum=$(cksum <"$WORK/large" | cut -d ' ' -f 1)
    DOM0_QEMU=1 DOM0_DISKS=1 DOM0_CARDS=1 sh tests/system/dom0/ramdisk.sh "$WORK/dom0.cpio" "$WORK/script" "$WORK/minios.cfg" "$WORK/large" \
        "$B/ports/minios/minios.gz" || fail "the ramdisk could not be made"
    MEM=1800 dom0_boot "$1" 300 "dom0_mem=900M loglvl=warning" \
        -drive "file=$WORK/disk.img,format=raw,if=virtio"
    qemu_wait 120 'dom0: ready'
    qemu_wait 60 'dom0: created 0'
    qemu_wait 200 'dom0: done'
    qemu_end 40
    shows_not 'dom0: .*(did not load|not seen)'
    shows_not 'dom0: .*failed$'
    shows 'dom0: guest wrote world'
    shows 'domU\| .*changed: data/from-dom0'
    shows 'domU\| told by Domain 0'
    shows 'domU\| from-dom0 = "told by Domain 0"'
    shows 'dom0: states 42444'
    # The card.
    # As often as it asked.
    shows 'dom0: leased [1-9] guest at 10\.77\.0\.2[0-9]'
    shows 'dom0: neighbour 00:16:3e:00:00:07'
    shows 'dom0: ping 5 packets transmitted, 5 packets received'
    shows 'dom0: fragments 3 packets transmitted, 3 packets received'
    shows 'dom0: echoed 5$'
    shows 'dom0: dns: 10\.77\.0\.2[0-9] asks for files\.test'
    shows 'dom0: dns: 10\.77\.0\.2[0-9] asks for nowhere\.test'
    shows 'dom0: echo of a line'
    shows 'dom0: page <h1>Mini-OS on libxenguest</h1>'
    shows 'dom0: page <tr><td>0</td><td>10\.77\.0\.2[0-9]</td>'
    shows 'dom0: .*404 Not Found'
    shows "dom0: pattern $(counting 4000000 | md5sum | cut -d' ' -f1)"
    shows "dom0: echoed $(md5sum <"$WORK/large")"
    shows 'dom0: fetched [1-9]'
    shows "domU\| fetch: 1048576 bytes, checksum $sum,"
    # Frames of several segments: that the backend was to cut up, and that it had not cut up.
    shows 'domU\|   .*, trains [1-9][0-9]*, received [1-9]'
    for seen_of in 'dom0: unplugged 0' 'dom0: unplugged 1 packets transmitted, 0 packets received' 'dom0: plugged 0' \
        'dom0: again 3 packets transmitted, 3 packets received'; do
        [ "$(tr -d '\r' <"$console" | grep -ac "$seen_of")" -eq 2 ] || fail "not two times: $seen_of"
    done
    # The screen. QEMU's coordinates are a rounding step below those that VNC gave it.
    shows 'dom0: size 640 480'
    shows "dom0: picture 1 $(picture 640 480 0 0)"
    shows "dom0: picture 2 $(picture 640 480 99 49)"
    shows 'domU\| screen: key 272 pressed'
    shows 'dom0: screen closed: 66'
    # The disks.
    expected=$(perl -e 'for $n (0 .. 255) { print pack("Q<*", map { $n << 32 | $_ } 0 .. 511) }' | md5sum | cut -d' ' -f1)
    shows "dom0: raw $expected"
    shows 'domU\| blk: 1 queues, 256 requests each'
    shows 'domU\| written by Linux'
    shows 'domU\| /disk: 24[0-9]* KiB, '
    shows "domU\| sum: $(counting 6000000 | cksum | cut -d' ' -f1) 6000000 /disk/large"
    shows 'domU\| rm: /disk/folder: '
    shows 'domU\| cat: /disk/nothing: No such file'
    shows 'domU\| folder/'
    shows 'domU\| inner/'
    shows 'domU\| new: 70000 bytes'
    shows 'dom0: words one two'
    shows 'dom0: words three'
    shows "dom0: file $(counting 6000000 | md5sum | cut -d' ' -f1)"
    shows "dom0: new $(counting 70000 | md5sum | cut -d' ' -f1)"
    shows 'dom0: files folder from-linux large lost\+found'
    e2fsck -fn "$WORK/disk.img" >"$WORK/e2fsck" 2>&1 || fail "e2fsck finds: $(tail -n 5 "$WORK/e2fsck" | tr '\n' ' ')"
}

test_minios_every_device() {
    every_device xen
}

test_minios_every_device_on_xenport() {
    every_device xenport
}
