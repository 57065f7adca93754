#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Makes the ramdisk of a stock Linux from what mk/stock.sh unpacked: static busybox, the package's own modules that the file
# `modules` names with those that they depend on, and /init (FROM= is another folder with those two). Arguments: the ramdisk to
# make, and programs that go to /bin. A test appends an archive with its own /script (linux_script in lib.sh): the kernel unpacks one archive after the other.

set -eu
out=$1
shift
from=${FROM:-$(dirname "$0")}
root=$B/stock/root
version=$(ls "$root/lib/modules")
tree=$out.tree

rm -rf "$tree"
mkdir -p "$tree/bin" "$tree/proc" "$tree/sys" "$tree/dev" "$tree/tmp" "$tree/mnt" "$tree/lib/modules/$version"
ln -s bin "$tree/sbin"
cp "$(command -v busybox)" "$tree/bin/busybox"
cp "$from/init" "$tree/init"
[ $# -eq 0 ] || cp "$@" "$tree/bin/"

# The lines of modules.dep are "module: what it needs in turn"; a name's - and _ are the same.
busybox depmod -n -b "$root" "$version" | awk -v wanted="$(sed 's/#.*//; s/ .*//' "$from/modules" | tr '\n-' ' _')" '
    BEGIN { n = split(wanted, names, " "); for (i = 1; i <= n; i++) is_wanted[names[i]] = 1 }
    /^kernel\/[^ ]*:/ {
        file = $1
        sub(/:$/, "", file)
        name = file
        sub(/.*\//, "", name)
        sub(/\.ko$/, "", name)
        gsub(/-/, "_", name)
        if (name in is_wanted) {
            delete is_wanted[name]
            print file
            for (i = 2; i <= NF; i++)
                print $i
        }
    }
    END { for (name in is_wanted) { print "no module " name > "/dev/stderr"; exit 1 } }' >"$out.modules"
sort -u "$out.modules" | (cd "$root/lib/modules/$version" && cpio -pdmL --quiet "$tree/lib/modules/$version")
cp "$root/lib/modules/$version/modules.builtin" "$root/lib/modules/$version/modules.order" "$tree/lib/modules/$version/"
busybox depmod -b "$tree" "$version"

(cd "$tree" && find . | LC_ALL=C sort | cpio -o -H newc -R 0:0 --quiet) | gzip -1 >"$out.part"
mv "$out.part" "$out"
rm -rf "$tree" "$out.modules"
