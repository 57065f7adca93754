#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# What stock Linux's operations cost in instructions, native, on stock Xen (as Debian starts it, and bare: without mitigations) and
# as Domain 0 of Xenport, one program and one run; and how long each takes from the start of the machine to Linux's init. Beside
# each row is what Xenport adds to native, as shares of what stock Xen adds and of what the bare one does; the aim is half. It is
# shown and fails nothing.
# Results: build/bench/linux.txt, linux.json, and a table in index.html when tests/bench/run.sh has made that.
# Status 1: a figure is missing.

set -eu
TOP=${TOP:-$(cd "$(dirname "$0")/../../.." && pwd)} B=${B:-$TOP/build}
cd "$TOP"
work=$B/bench
here=tests/bench/linux
mkdir -p "$work"
. tests/bench/lib.sh
ramdisk=$B/tests/bench/linux/ramdisk.gz
# The same addresses at each start, so that figures repeat.
words='loglevel=4 nokaslr norandmaps'

# The same machine with one CPU for all: the rest of the arguments are QEMU's.
machine() { # LOG ARG…
    log=$1
    shift
    timeout 300 qemu-system-x86_64 -accel tcg -cpu max,-smap,-smep -m 512 -smp 1 -no-reboot -display none -monitor none \
        -serial stdio "$@" </dev/null 2>&1 | tr -d '\r' >"$log"
}

start() { # SIDE LOG ARG…
    side=$1 log=$2
    shift 2
    case $side in
    native)
        machine "$log" "$@" -kernel "$B/stock/vmlinuz" -initrd "$ramdisk" -append "console=ttyS0 $words"
        return
        ;;
    xenport) hypervisor xenport ;;
    xen) hypervisor xen && options= ;;
    bare) hypervisor xen ;;
    esac
    machine "$log" "$@" -kernel "$image" -append "console=com1 com1=115200,8n1 dom0_mem=256M$options" \
        -initrd "$B/stock/vmlinuz console=hvc0 $words,$ramdisk"
}

# Milliseconds of the host from the start of QEMU to init's first words: the least of three.
wall_time() { # SIDE
    least=
    for attempt in 1 2 3; do
        log=$work/linux-$1-start.log
        : >"$log"
        began=$(date +%s%3N)
        start "$1" /dev/stdout | awk '/operations: init TSC/ { system("date +%s%3N"); exit }' >"$log"
        ended=$(tail -n 1 "$log")
        [ -n "$ended" ] || continue
        [ $((ended - began)) -ge "${least:-$((ended - began + 1))}" ] || least=$((ended - began))
    done
    echo "${least:-}"
}

for side in native xen bare xenport; do
    echo "  BENCH    Linux, $side" >&2
    start $side "$work/linux-$side.log" -icount shift=0,sleep=off
    {
        sed -n 's/^\([a-z][^:(]*\): \([0-9][0-9]*\)$/\1\t\2/p' "$work/linux-$side.log"
        sed -n 's/^operations: init TSC: \([0-9]*\)$/start to init, instructions\t\1/p' "$work/linux-$side.log"
        [ $side = bare ] || printf 'start to init, milliseconds of this host\t%s\n' "$(wall_time $side)"
    } >"$work/linux-$side"
done

status=0
awk -f $here/table.awk "$work/linux-native" "$work/linux-xen" "$work/linux-bare" "$work/linux-xenport" >"$work/linux.table" || status=1
awk -f $here/text.awk "$work/linux.table" | tee "$work/linux.txt"
awk -f $here/json.awk "$work/linux.table" >"$work/linux.json"
section linux Linux $here/page.awk
echo "$work/linux.txt, linux.json, index.html"
exit $status
