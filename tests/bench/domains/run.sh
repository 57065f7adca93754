#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# What further domains cost, on Xenport and on stock Xen (without mitigations, as Xenport has none), with the same guests and the same
# ramdisk: between two domains and beside many by a guest of our own (guest/), and by stock Linux with stock xl (script): xl create, a
# disk, a network card. QEMU's -icount makes elapsed time a count of instructions, with what all sleep together; a plugin counts those
# that are the hypervisor's own. The aim: no row slower, and half the cost in the hypervisor's part. It is shown and fails nothing.
# Results: build/bench/domains.txt, domains.json, and a table in index.html when tests/bench/run.sh has made that.
# LIMIT= seconds for each hypervisor (900). Status 1: a figure is missing.

set -eu
TOP=${TOP:-$(cd "$(dirname "$0")/../../.." && pwd)} B=${B:-$TOP/build}
cd "$TOP"
work=$B/bench
here=tests/bench/domains
parts=$B/tests/bench
mkdir -p "$work"
. tests/bench/lib.sh

# Stock Xen under QEMU mixes up the registers of two domains where there is XSAVE.
machine() { # LOG ARG…
    log=$1
    shift
    timeout "${LIMIT:-900}" qemu-system-x86_64 -accel tcg -cpu max,-smap,-smep,-xsave -icount shift=0,sleep=off -m 1024 -smp 1 -no-reboot \
        -display none -monitor none -serial stdio "$@" </dev/null 2>&1 | tr -d '\r' >"$log"
}

boot() { # HV LOG OPTIONS MODULES ARG…
    hypervisor "$1"
    log=$2 options="console=com1 com1=115200,8n1$options $3" modules=$4
    shift 4
    machine "$log" -kernel "$image" -append "$options" -initrd "$modules" "$@"
}

counted=$(counting part.so)
for hv in xenport xen; do
    echo "  BENCH    domains, $hv" >&2
    : >"$work/$hv-crowd.events"
    : >"$work/$hv-domains.events"
    # shellcheck disable=SC2086 # words, or none
    boot $hv "$work/$hv-crowd.log" dom0_mem=256M "$parts/domains/crowd" ${counted:+$counted "$work/$hv-crowd.events"}
    # shellcheck disable=SC2086
    boot $hv "$work/$hv-domains.log" 'dom0_mem=512M loglvl=none guest_loglvl=none' \
        "$B/stock/vmlinuz console=hvc0 loglevel=3 nokaslr norandmaps,$parts/domains/dom0.gz" ${counted:+$counted "$work/$hv-domains.events"}
    for log in crowd domains; do
        awk -f $here/collect.awk "$work/$hv-$log.events" "$work/$hv-$log.log"
    done >"$work/domains-$hv"
done

status=0
awk -f $here/table.awk "$work/domains-xenport" "$work/domains-xen" >"$work/domains.table" || status=1
awk -f $here/text.awk "$work/domains.table" | tee "$work/domains.txt"
awk -f $here/json.awk "$work/domains.table" >"$work/domains.json"
section domains domains $here/page.awk
echo "$work/domains.txt, domains.json, index.html"
exit $status
