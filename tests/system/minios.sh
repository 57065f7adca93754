# SPDX-License-Identifier: BSD-2-Clause
# What the tests of Mini-OS below stock xl have in common: its configuration, and what it paints and writes. Sourced by cases.

# The lines are those of its devices.
minios_config() { # MEMORY VCPUS [LINE…]
    memory=$1 vcpus=$2
    shift 2
    cat >"$WORK/minios.cfg" <<END
name = "minios"
kernel = "/minios.gz"
memory = $memory
vcpus = $vcpus
on_poweroff = "destroy"
on_reboot = "destroy"
on_crash = "destroy"
END
    [ $# -eq 0 ] || printf '%s\n' "$@" >>"$WORK/minios.cfg"
}

# An ext2 file system in $WORK/disk.img.
disk_image() { # SIZE BYTES_A_BLOCK
    truncate -s "$1" "$WORK/disk.img"
    mke2fs -q -F -t ext2 -b "$2" "$WORK/disk.img" || fail "mke2fs does not make a file system"
}

# The 64-bit words that count, so many bytes of them: what `fill` writes and the web server's /pattern is.
counting() { # BYTES
    perl -e 'for $n (0 .. $ARGV[0] / 8 - 1) { print pack("Q<", $n) }' "$1"
}

# The checksum of the picture of so many pixels with the pointer there: the rule by which `screen` paints.
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
