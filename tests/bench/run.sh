#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# What crossings and the start cost, in instructions, on Xenport and on stock Xen: QEMU's -icount makes the TSC count them, so
# that a figure repeats. Prints a table beside the aims and makes a page of it. Stock Xen runs without mitigations, as Xenport has
# none. Ends with status 1 when a figure is missing that Mini-OS's bench or the start is to give; an aim that is missed is shown
# and is no error, nor is one of an operation that the bench has not.

set -eu
TOP=${TOP:-$(cd "$(dirname "$0")/../.." && pwd)} B=${B:-$TOP/build}
cd "$TOP"
work=$B/bench
mkdir -p "$work"
ROUNDS=${ROUNDS:-500}

machine() { # LOG QEMU's ARG…
    log=$1
    shift
    timeout 300 qemu-system-x86_64 -accel tcg -cpu max,-smap,-smep -icount shift=0,sleep=off -m 512 -smp 1 -no-reboot \
        -display none -monitor none -serial stdio "$@" </dev/null 2>&1 | tr -d '\r' >"$log"
}

boot() { # LOG HV OPTIONS MODULE
    case $2 in
    xenport) image=$B/xen/xenport options= ;;
    xen) image=$B/stock/xen options=' spec-ctrl=no xpti=no pv-l1tf=no' ;;
    esac
    machine "$1" -kernel "$image" -append "console=com1 com1=115200,8n1 dom0_mem=256M$options $3" -initrd "$4"
}

first_tsc() { # LOG
    digits=$(sed -n 's/.*RDTSC: 0x\([0-9a-f]\{16\}\).*/\1/p' "$1")
    echo $((0x${digits:-0}))
}

# Instructions from the firmware's end to a guest's first one: the least of several starts, since stock Xen waits for the clock
# chip's next second, which is the host's.
start_of() { # HV OPTIONS
    least=
    for start in 1 2 3; do
        boot "$work/$1-start.log" "$1" "$2" "$B/tests/bench/first_tsc"
        tsc=$(($(first_tsc "$work/$1-start.log") - firmware))
        if [ "$tsc" -gt 0 ] && [ "$tsc" -lt "${least:-$((tsc + 1))}" ]; then
            least=$tsc
        fi
    done
    echo "$least"
}

machine "$work/firmware.log" -kernel "$B/tests/bench/firmware_tsc"
firmware=$(first_tsc "$work/firmware.log")
for hv in xenport xen; do
    echo "  BENCH    $hv" >&2
    boot "$work/$hv.log" "$hv" '' "$B/ports/minios/minios.gz run=bench+$ROUNDS;reboot"
    sed -n 's/^\([^:(][^:]*\): \([0-9][0-9]*\)$/\1: \2/p' "$work/$hv.log" >"$work/$hv"
    for level in default all; do
        options=
        [ $level = default ] || options='loglvl=all guest_loglvl=all'
        echo "start to the first instruction, loglvl $level: $(start_of $hv "$options")" >>"$work/$hv"
    done
done

# The start has no aim in instructions: it is a tenth of what stock Xen takes here.
{
    cat tests/bench/aims
    sed -n 's/^\(start .*\): \([0-9][0-9]*\)$/\1: \2/p' "$work/xen" | awk -F ': ' '{ printf "%s: %d\n", $1, $2 / 10 }'
} >"$work/aims"

{
    sed -n 's/^ *report[a-z_]*("\([^"]*\)".*/\1: /p' ports/minios/apps/bench.c
    printf 'start to the first instruction, loglvl %s: \n' default all
} >"$work/rows"

awk -f tests/bench/table.awk "$work/aims" "$work/xenport" "$work/xen" "$work/rows" >"$work/table" || status=1
cut -f 1-5 "$work/table" | awk -F '\t' '{ printf "%-46s %14s %14s %14s  %s\n", $1, $2, $3, $4, $5 }'
awk -f tests/bench/page.awk "$work/table" >"$work/index.html"
echo "$work/index.html"
exit "${status:-0}"
