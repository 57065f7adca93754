# SPDX-License-Identifier: BSD-2-Clause
# Mini-OS as a DomU with what Debian's QEMU serves from Domain 0: further consoles and a screen with keyboard and mouse. Asserted is
# what Domain 0 got from the other end: the answers of the consoles, and pictures of the screen through VNC, whose checksums are
# computed here by the rule that the guest paints by.

# The checksum of the picture of so many pixels with the pointer there.
picture() { # WIDTH HEIGHT POINTER_X POINTER_Y
    perl -e '
        my ($w, $h, $px, $py) = @ARGV;
        print "P6\n$w $h\n255\n";
        for my $y (0 .. $h - 1) {
            my $row = "";
            for my $x (0 .. $w - 1) {
                my ($dx, $dy) = ($x - $px, $y - $py);
                if ($dx < 0 || $dx > 11 || $dy < 0 || $dy > 11) {
                    $row .= pack("C3", $x * 255 / ($w - 1), $y * 255 / ($h - 1), ($x ^ $y) & 255);
                } else {
                    $row .= ($dx % 11 && $dy % 11) ? "\xff\xff\xff" : "\0\0\0";
                }
            }
            print $row;
        }' "$@" | md5sum | cut -d ' ' -f 1
}

consoles_and_screen() { # HV
    # Stock xl counts channels from 0, and refuses number 0 because that is the first console: the first one is never there.
    cat >"$WORK/minios.cfg" <<END
name = "minios"
kernel = "/minios.gz"
memory = 64
vcpus = 1
vfb = [ 'vnc=1,vnclisten=127.0.0.1,vncdisplay=0' ]
channel = [ 'connection=pty,name=never', 'connection=pty,name=second', 'connection=pty,name=third' ]
on_poweroff = "destroy"
on_reboot = "destroy"
on_crash = "destroy"
END
    cat >"$WORK/script" <<'END'
ifconfig lo 127.0.0.1 up
xl create /minios.cfg
echo "dom0: created $?"
domid=$(xl domid minios)
mkfifo /typed
xenconsole --interactive "$domid" </typed >/xenconsole.log 2>&1 &
exec 8>/typed
await() {
    for second in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
        [ "$(grep -c "$1" /xenconsole.log 2>/dev/null)" -ge "${2:-1}" ] && return
        sleep 1
    done
    echo "dom0: not seen: $1"
}
await 'minios>'
echo "channel" >&8
await 'channels'
nr=0
# xenconsole lets one reader at a domain, of whatever console: the terminals themselves, then, as it finds them. Each once: QEMU
# 7.2 cannot open a console for a second time ("attempt to add duplicate property").
for number in 1 2; do
    nr=$((nr + 1))
    echo "channel $number" >&8
    await 'is connected' $nr
    tty=$(xenstore read "/local/domain/$domid/device/console/$number/tty")
    stty raw -echo <"$tty"
    : >/answers
    cat <"$tty" >/answers &
    reader=$!
    echo "line $nr of domain 0" >"$tty"
    for i in 0 1 2 3 4 5 6 7 8 9; do
        echo "a longer line, of which ten are sent at once: number $i"
    done >"$tty"
    for second in 1 2 3 4 5 6 7 8 9 10; do
        grep -q 'NUMBER 9' /answers && break
        sleep 1
    done
    echo end >"$tty"
    await 'channel: detached' $nr
    kill $reader
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
    DOM0_QEMU=1 DOM0_DISKS=1 sh tests/system/dom0/ramdisk.sh "$WORK/dom0.gz" "$WORK/script" "$WORK/minios.cfg" \
        "$B/ports/minios/minios.gz" || fail "the ramdisk could not be made"
    # QEMU's XSAVE does not wait for the hypervisor to change the FPU's owner, as FXSAVE does.
    CPU=$CPU,-xsave
    MEM=1800 qemu_boot "$1" 300 "$B/stock/vmlinuz console=hvc0 loglevel=4,$WORK/dom0.gz" "dom0_mem=900M loglvl=warning"
    qemu_wait 120 'dom0: ready'
    qemu_wait 60 'dom0: created 0'
    qemu_wait 200 'dom0: done'
    qemu_stop
    shows_not 'dom0: .*(did not load|not seen)'
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
