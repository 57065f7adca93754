#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Makes the ramdisk of a stock Domain 0 from what mk/stock.sh unpacked: static busybox, xl and its daemons with just the
# libraries that they need, the Xen modules of the kernel. Arguments: the ramdisk to make (packed if its name ends in .gz), the
# script that its init runs (none: it gives a shell), and files that go to /. With DOM0_DISKS=1 also what serves disks: the block backend, loop devices, a hotplug
# script, the machine's own disks and a file system; with DOM0_CARDS=1 what serves network cards: the network backend, a bridge,
# a hotplug script, a DNS server; with DOM0_QEMU=1 the QEMU that serves screens, keyboards, further consoles and file systems (it
# and its libraries are large), a VNC client and one of sockets. DOM0_PROGRAMS= are static programs for /bin;
# DOM0_UTILS= names further programs of xen-utils: of the store's daemons the init starts oxenstored if it is one of them.

set -eu
out=$1 script=$2
shift 2
root=$B/stock/root
tree=$out.tree
programs="xl xenstored xenconsoled xen-init-dom0 libxl-save-helper xenconsole ${DOM0_UTILS:-}"
modules="xen-privcmd xen-evtchn xen-gntdev xen-gntalloc xenfs"

rm -rf "$tree"
mkdir -p "$tree/bin" "$tree/modules" "$tree/etc/xen" "$tree/lib64" "$tree/usr/lib/xen-4.17/bin" "$tree/usr/lib/xen-4.17/lib" \
    "$tree/proc" "$tree/sys" "$tree/dev"
cp "$(command -v busybox)" "$tree/bin/busybox"
cp tests/system/dom0/init "$tree/init"
chmod +x "$tree/init"
if [ "$script" = none ]; then
    cp tests/system/xl/motd "$tree/etc/motd"
else
    cp "$script" "$tree/script"
fi
: >"$tree/etc/xen/xl.conf"
# Where oxenstored finds the kernel's end of the store: it has no defaults.
printf '%s\n' 'xenstored-kva = /proc/xen/xsd_kva' 'xenstored-port = /proc/xen/xsd_port' >"$tree/etc/xen/oxenstored.conf"
[ $# -eq 0 ] || cp "$@" "$tree/"

# Copies each library that a file names, and what those name in turn.
libraries_of() {
    readelf -d "$1" 2>/dev/null | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p'
}

copy_libraries() {
    for soname in $(libraries_of "$1"); do
        [ ! -e "$tree/usr/lib/xen-4.17/lib/$soname" ] || continue
        library=$(find "$root/usr/lib" "$root/lib" -name "$soname" 2>/dev/null | head -n 1)
        [ -n "$library" ] || { echo "$1 needs $soname, which is not in $root" >&2 && exit 1; }
        cp -L "$library" "$tree/usr/lib/xen-4.17/lib/$soname"
        copy_libraries "$tree/usr/lib/xen-4.17/lib/$soname"
    done
}

for program in $programs; do
    cp "$root/usr/lib/xen-4.17/bin/$program" "$tree/usr/lib/xen-4.17/bin/"
    copy_libraries "$root/usr/lib/xen-4.17/bin/$program"
done
if [ -n "${DOM0_DISKS:-}${DOM0_CARDS:-}" ]; then
    cp "$root/usr/bin/xenstore" "$tree/usr/lib/xen-4.17/bin/"
    copy_libraries "$root/usr/bin/xenstore"
    mkdir -p "$tree/etc/xen/scripts"
    cp tests/system/dom0/block tests/system/dom0/vif-bridge "$tree/etc/xen/scripts/"
    chmod +x "$tree/etc/xen/scripts/"*
fi
[ -z "${DOM0_DISKS:-}" ] || modules="$modules xen-blkback loop virtio_pci virtio_blk crc32c_generic ext4"
if [ -n "${DOM0_CARDS:-}" ]; then
    modules="$modules xen-netback bridge"
    cp "$B/tests/system/dns" "$tree/bin/dns"
fi
# Programs of the tests' own, which need no libraries.
[ -z "${DOM0_PROGRAMS:-}" ] || cp $DOM0_PROGRAMS "$tree/bin/"
if [ -n "${DOM0_QEMU:-}" ]; then
    sh mk/stock.sh qemu >&2
    mkdir -p "$tree/usr/libexec" "$tree/usr/share/qemu/keymaps"
    cp "$root/usr/libexec/xen-qemu-system-i386" "$tree/usr/libexec/"
    copy_libraries "$root/usr/libexec/xen-qemu-system-i386"
    cp "$root/usr/share/qemu/keymaps/en-us" "$tree/usr/share/qemu/keymaps/"
    cp "$B/tests/system/vnc" "$B/tests/system/talk" "$tree/bin/"
fi
# The C library loads this one itself, when a thread is cancelled.
cp -L "$(find "$root" -name libgcc_s.so.1 | head -n 1)" "$tree/usr/lib/xen-4.17/lib/"
mv "$tree/usr/lib/xen-4.17/lib/ld-linux-x86-64.so.2" "$tree/lib64/"

# Modules in an order in which each finds what it depends on.
add_module() {
    name=$(echo "$1" | tr - _)
    ! grep -qsx "$name.ko" "$tree/modules/order" || return 0
    file=$(find "$root/lib/modules" -name "$1.ko" -o -name "$name.ko" | head -n 1)
    [ -n "$file" ] || return 0
    for needed in $(readelf -p .modinfo "$file" | sed -n 's/.*\] *depends=//p' | tr , ' '); do
        add_module_of_name "$needed"
    done
    name=$(basename "$file" .ko | tr - _)
    cp "$file" "$tree/modules/$name.ko"
    echo "$name.ko" >>"$tree/modules/order"
}

# A dependency is written with _ where the file's name may have -.
add_module_of_name() (
    add_module "$(find "$root/lib/modules" -name "$(echo "$1" | sed 's/[-_]/[-_]/g').ko" -exec basename {} .ko \; | head -n 1)"
)

for module in $modules; do
    add_module "$module"
done

case $out in
*.gz) pack='gzip -1' ;;
*) pack=cat ;;
esac
(cd "$tree" && find . | LC_ALL=C sort | cpio -o -H newc -R 0:0 --quiet) | $pack >"$out.part"
mv "$out.part" "$out"
rm -rf "$tree"
