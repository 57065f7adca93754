#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Boots a guest as Domain 0 in QEMU, with the console on this terminal. All wishes come in the environment: B HV KERNEL
# CMDLINE RAMDISK SMP MEM OPTS GDB (see `make help`). With --check it only says whether they make sense: before anything is built.
# Other arguments are QEMU's.

set -eu

refuse() { # SENTENCE
    echo "$1" >&2
    exit 2
}

check_number() { # NAME VALUE WHAT
    case $2 in
    '' | 0* | *[!0-9]*) refuse "$1=$2: $1 is the $3, a number from 1 up." ;;
    esac
}

check_file() { # FILE
    [ ! -d "$1" ] || refuse "$1: a directory; a file is needed."
    [ -r "$1" ] || refuse "$1: no such file, or it may not be read."
}

case "$HV" in
xenport) hypervisor=$B/xen/xenport symbols=$B/xen/xenport-syms ;;
xen) hypervisor=$B/stock/xen symbols= ;;
*) refuse "HV=$HV: there is xenport (the default) and xen (stock Xen 4.17)." ;;
esac
check_number SMP "$SMP" "machine's number of CPUs"
check_number MEM "$MEM" "machine's memory in MiB"
[ "$MEM" -ge 8 ] || refuse "MEM=$MEM: with less than 8 MiB the machine's own firmware does not start."
[ -z "${KERNEL:-}" ] || check_file "$KERNEL"
[ -z "${RAMDISK:-}" ] || check_file "$RAMDISK"
[ "${1:-}" != --check ] || exit 0

kernel=${KERNEL:-$B/ports/minios/minios.gz}
check_file "$hypervisor"
check_file "$kernel"

# QEMU separates modules by commas; a doubled comma stands for itself.
modules=$(printf '%s' "$kernel${CMDLINE:+ $CMDLINE}" | sed 's/,/,,/g')
[ -z "${RAMDISK:-}" ] || modules="$modules,$(printf '%s' "$RAMDISK" | sed 's/,/,,/g')"

debugger=
if [ -n "${GDB:-}" ]; then
    debugger='-s -S'
    echo "QEMU waits. In another terminal, type: gdb ${symbols:-$kernel} -ex 'target remote :1234'"
fi

# Ctrl-A belongs to the hypervisor (three times: its debug keys), so that QEMU's own key is Ctrl-].
[ -t 0 ] && echo "Ctrl-] x ends QEMU; Ctrl-A three times switches the input between Domain 0 and the hypervisor."

# Stock Xen under QEMU's emulation of SMAP kills stock Linux at its first traps, hence no SMAP.
# shellcheck disable=SC2086 # no word, or two
exec qemu-system-x86_64 -accel tcg -cpu max,-smap,-smep -smp "$SMP" -m "$MEM" -no-reboot -display none \
    -serial mon:stdio -echr 0x1d $debugger -kernel "$hypervisor" \
    -append "console=com1 com1=115200,8n1 guest_loglvl=all${OPTS:+ $OPTS}" -initrd "$modules" "$@"
