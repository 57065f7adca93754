#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Fetches Debian's own Xen, Linux and xl and unpacks them under $B/stock, once; none of it is installed. Arguments:
#   xen   $B/stock/xen: stock Xen as the ELF file that QEMU's -kernel takes
#   dom0  $B/stock/vmlinuz, $B/stock/root: stock Linux, xl and its daemons with their libraries
#   guests  $B/stock/root: GRUB and GNU Mach as kernels of a PV guest
#   qemu  $B/stock/root: the QEMU that serves screens, keyboards, consoles and file systems, with its libraries and key maps

set -eu
stock=$B/stock
[ "$(id -u)" = 0 ] && sudo='' || sudo=sudo

# In one go: apt takes longer to begin than to download.
download() {
    (cd "$stock/debs" && apt-get download -q -o APT::Sandbox::User= -o Acquire::Retries=3 "$@" >/dev/null)
}

# Package lists that are too old name files that are gone: they are renewed once, and all begins anew, since a kernel's package may have
# another name by now.
fetch() {
    mkdir -p "$stock/debs"
    for package; do
        echo "  FETCH    $package"
        rm -f "$stock/debs/${package}"_*.deb
    done
    download "$@" || {
        [ -z "${LISTS_RENEWED:-}" ] || exit 1
        $sudo apt-get update -q
        export LISTS_RENEWED=yes
        # shellcheck disable=SC2086 # words
        exec sh mk/stock.sh $wanted
    }
    for package; do
        dpkg-deb -x "$stock/debs/${package}"_*.deb "$stock/root"
    done
}

# The packages named and every library package that they need, one a line.
with_libraries() {
    seen='' todo="$*"
    while [ -n "$todo" ]; do
        # shellcheck disable=SC2086 # one word a package
        seen=$(printf '%s\n' $seen $todo | sort -u)
        # shellcheck disable=SC2086
        todo=$(apt-cache depends --important $todo |
            sed -n 's/^[ |]*\(Pre\)*Depends: \(lib[^<: ]*\|zlib1g\)$/\2/p' | sort -u | grep -vxF "$seen" || :)
    done
    printf '%s\n' "$seen"
}

have_lists() {
    [ -n "$(apt-cache search --names-only '^xen-hypervisor-4.17-amd64$' 2>/dev/null)" ] || $sudo apt-get update -q
}

stock_xen() {
    [ ! -e "$stock/xen" ] || return 0
    have_lists
    fetch xen-hypervisor-4.17-amd64
    gzip -dc "$stock/root/boot/xen-4.17-amd64.gz" >"$stock/xen.part"
    mv "$stock/xen.part" "$stock/xen"
}

stock_dom0() {
    [ ! -e "$stock/vmlinuz" ] || return 0
    have_lists
    linux=$(apt-cache depends linux-image-amd64 | sed -n 's/^ *Depends: //p' | head -n 1)
    # shellcheck disable=SC2046
    fetch "$linux" $(with_libraries xen-utils-4.17 xenstore-utils)
    cp "$stock/root/boot/vmlinuz-${linux#linux-image-}" "$stock/vmlinuz.part"
    mv "$stock/vmlinuz.part" "$stock/vmlinuz"
}

stock_guests() {
    [ ! -e "$stock/root/usr/lib/grub-xen" ] || [ ! -e "$stock/gnumach" ] || return 0
    have_lists
    fetch grub-xen-host gnumach-image-1.8-xen-486
    gzip -dc "$stock/root/boot/gnumach-1.8-xen-486.gz" >"$stock/gnumach.part"
    mv "$stock/gnumach.part" "$stock/gnumach"
}

# Its BIOSes stay packed: a PV guest needs none.
stock_qemu() {
    [ ! -e "$stock/qemu" ] || return 0
    have_lists
    # shellcheck disable=SC2046
    fetch qemu-system-data $(with_libraries qemu-system-xen)
    : >"$stock/qemu"
}

cd "$TOP"
wanted=$*
# Two at a time, as of tests that were started by themselves, would write into the same files.
mkdir -p "$stock"
exec 9>"$stock/lock"
flock 9
for what; do
    "stock_$what"
done
