#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# What crossings and the start cost, in instructions, on Xenport and on stock Xen: QEMU's -icount makes the TSC count them, so
# that a figure repeats. A plugin of QEMU's counts CR3 loads, TLB flushes and IPIs beside, where QEMU has plugins.
#
#   run.sh           both hypervisors: the table on the terminal, and build/bench/ with table.txt, table.json and index.html
#   run.sh --check   Xenport alone, beside stock Xen's figures that are checked in: a test a row, and a closing count
#   run.sh --accept  both, and makes what was measured the checked-in figures and the table of docs/cost.md
#
# ROUNDS= for Mini-OS's rows (500). Status 1: a row costs over a tenth more than its checked-in figure, or over 0.7 of stock Xen;
# one is not measured any more; or the geometric mean of the ratios is over a third. An aim that is missed is shown and is no
# error. Stock Xen runs without mitigations, as Xenport has none.

set -eu
TOP=${TOP:-$(cd "$(dirname "$0")/../.." && pwd)} B=${B:-$TOP/build}
cd "$TOP"
mode=${1:---measure}
work=$B/bench
mkdir -p "$work"
. tests/bench/lib.sh
bench=$TOP/tests/bench
figures=$bench/figures
ROUNDS=${ROUNDS:-500}

machine() { # LOG QEMU's ARG…
    log=$1
    shift
    timeout 300 qemu-system-x86_64 -accel tcg -cpu max,-smap,-smep -icount shift=0,sleep=off -m 512 -smp 1 -no-reboot \
        -display none -monitor none -serial stdio "$@" </dev/null 2>&1 | tr -d '\r' >"$log"
}

boot() { # LOG HV OPTIONS MODULE QEMU's ARG…
    hypervisor "$2"
    log=$1 options="console=com1 com1=115200,8n1 dom0_mem=256M$options $3" module=$4
    shift 4
    machine "$log" -kernel "$image" -append "$options" -initrd "$module" "$@"
}

first_tsc() { # LOG
    digits=$(sed -n 's/.*RDTSC: 0x\([0-9a-f]\{16\}\).*/\1/p' "$1")
    echo $((0x${digits:-0}))
}

# Instructions from the firmware's end to a guest's first one: the least of several starts, since what waits for the clock chip's next
# second, as stock Xen does, waits for the host's.
start_of() { # HV OPTIONS
    least=
    for start in 1 2 3; do
        boot "$work/$1-start.log" "$1" "$2" "$B/tests/bench/first_tsc"
        tsc=$(($(first_tsc "$work/$1-start.log") - firmware))
        if [ "$tsc" -gt 0 ] && [ "$tsc" -lt "${least:-$((tsc + 1))}" ]; then
            least=$tsc
        fi
    done
    echo "${least:-}"
}

# Rows of one hypervisor, into $work/HV: the guest, Mini-OS's own bench, the start.
measure() { # HV
    hv=$1
    [ "$mode" = --check ] || echo "  BENCH    crossings, $hv" >&2
    : >"$work/$hv.events"
    # shellcheck disable=SC2086 # words, or none
    boot "$work/$hv.log" "$hv" dom0_max_vcpus=2 "$B/tests/bench/crossings" ${counted:+$counted "$work/$hv.events"}
    if ! grep -q 'Test result: SUCCESS' "$work/$hv.log"; then
        echo "the guest has not come to its end on $hv ($work/$hv.log)" >&2
        grep -v '^(XEN)' "$work/$hv.log" | tail -n 5 >&2
    fi
    awk -f "$bench/collect.awk" "$work/$hv.events" "$work/$hv.log" >"$work/$hv"
    boot "$work/$hv-minios.log" "$hv" '' "$B/ports/minios/minios.gz run=bench+$ROUNDS;reboot"
    sed -n 's/^\([^:(][^:]*\): \([0-9][0-9]*\)$/Mini-OS: \1\t\2\t-\t-\t-\t-/p' "$work/$hv-minios.log" >>"$work/$hv"
    for level in default all; do
        options=
        [ $level = default ] || options='loglvl=all guest_loglvl=all'
        printf 'start to the first instruction, loglvl %s\t%s\t-\t-\t-\t-\n' $level "$(start_of "$hv" "$options")" >>"$work/$hv"
    done
}

# The start has no aim in instructions: it is a tenth of what stock Xen takes here.
aims() {
    cat "$bench/aims"
    sed -n 's/^\(start .*\)\t\([0-9][0-9]*\)\t-\t-.*/\1: \2/p' "$work/xen" | awk -F ': ' '{ printf "%s: %d\n", $1, $2 / 10 }'
}

counted=$(counting events.so -trace apic_mem_writel)
machine "$work/firmware.log" -kernel "$B/tests/bench/firmware_tsc"
firmware=$(first_tsc "$work/firmware.log")
measure xenport
if [ "$mode" = --check ]; then
    awk -F '\t' -v OFS='\t' '!/^# / && $3 != "-" { print $1, $3, "-", "-", "-", "-" }' "$figures" >"$work/xen"
else
    measure xen
fi
aims >"$work/aims"
awk -f "$bench/table.awk" "$work/aims" "$figures" "$work/xenport" "$work/xen" >"$work/table"
awk -f "$bench/text.awk" "$work/table" >"$work/table.txt"
passed=$(sed -n 's/^count\t\([0-9]*\)\t.*/\1/p' "$work/table")
failed=$(sed -n 's/^count\t[0-9]*\t//p' "$work/table")

if [ "$mode" = --check ]; then
    grep -E ' (worse|over 0\.7|not measured)' "$work/table.txt" || :
    tail -n 1 "$work/table.txt"
    echo "$passed passed, $failed failed"
    [ "$failed" -eq 0 ]
    exit
fi

cat "$work/table.txt"
awk -f "$bench/json.awk" "$work/table" >"$work/table.json"
awk -f "$bench/page.awk" "$work/table" >"$work/index.html"
echo "$work/table.txt, table.json, index.html"
if [ "$mode" = --accept ]; then
    {
        echo "# Made by run.sh --accept: name, Xenport's and stock Xen's instructions an operation."
        awk -F '\t' -v OFS='\t' '$1 != "mean" && $1 != "count" && $2 != "-" { print $1, $2, $3 }' "$work/table"
    } >"$figures"
    awk -f "$bench/doc.awk" "$bench/notes" "$work/table" >"$work/table.md"
    awk -v table="$work/table.md" '
        /^<!-- end of the table -->/ { inside = 0 }
        !inside
        /^<!-- made by tests\/bench\/run.sh --accept -->/ { inside = 1; while ((getline line < table) > 0) print line }
        ' docs/cost.md >"$work/cost.md"
    cat "$work/cost.md" >docs/cost.md
    exit 0
fi
[ "$failed" -eq 0 ]
