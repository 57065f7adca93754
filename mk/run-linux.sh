#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Boots stock Linux, Debian's own file, as Domain 0 with a shell on this terminal: mk/run.sh with this kernel and the ramdisk of
# tests/system/linux. Wishes as there (HV CMDLINE SMP MEM OPTS GDB), and DISK, an image that Linux sees as /dev/vda. With --check it
# only says whether they make sense.

set -eu

refuse() { # SENTENCE
    echo "$1" >&2
    exit 2
}

if [ -n "${KERNEL:-}${RAMDISK:-}" ]; then
    refuse "make run-linux has its own kernel and ramdisk; for others there is make run."
fi
if [ -n "${DISK:-}" ]; then
    [ ! -d "$DISK" ] || refuse "DISK=$DISK: a directory; an image of a disk is needed."
    [ -e "$DISK" ] || refuse "DISK=$DISK: no such file; 'truncate -s 1G $DISK' makes an empty disk."
    [ -r "$DISK" ] && [ -w "$DISK" ] || refuse "DISK=$DISK: may not be read and written."
fi
[ "${1:-}" != --check ] || exec mk/run.sh --check

# A person who looks at Linux has not asked for what it asks for in vain; it is a line for each with guest_loglvl=all.
export OPTS="guest_loglvl=none/warning${OPTS:+ $OPTS}"
export KERNEL="$B/stock/vmlinuz" RAMDISK="$B/tests/system/linux/ramdisk.gz"
export CMDLINE="console=hvc0 loglevel=4${CMDLINE:+ $CMDLINE}"
if [ -t 0 ]; then
    echo "In Linux: 'modprobe -a virtio_pci virtio_blk ext4 e1000 …' finds devices, 'busybox --list' is what can be typed, 'poweroff -f' ends it."
    [ "$HV" = xen ] || echo "OPTS=guest_loglvl=all shows what Linux asks for in vain, each with the reason."
fi
if [ -n "${DISK:-}" ]; then
    exec mk/run.sh -drive "if=virtio,format=raw,file=$(printf '%s' "$DISK" | sed 's/,/,,/g')"
fi
exec mk/run.sh
