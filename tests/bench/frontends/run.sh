#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# What the frontends cost the guest that they are in: libxenguest's in Mini-OS beside stock Linux's, on the same backends, on Xenport and
# on stock Xen (without mitigations), by each guest's CPU time. QEMU's -icount makes that a count of instructions; the hypervisor's work on
# the guest's behalf is in it for both. The aim: half of Linux's. It is shown and fails nothing.
# Results: build/bench/frontends.txt, and a table in index.html when tests/bench/run.sh has made that.
# HV=xenport or HV=xen takes that one alone; LIMIT= seconds for each (900). Status 1: a figure is missing.

set -eu
TOP=${TOP:-$(cd "$(dirname "$0")/../../.." && pwd)} B=${B:-$TOP/build}
cd "$TOP"
work=$B/bench
here=tests/bench/frontends
mkdir -p "$work"
. tests/bench/lib.sh

. tests/bench/lib.sh

machine() { # HV LOG
    hypervisor "$1"
    timeout "${LIMIT:-900}" qemu-system-x86_64 -accel tcg -cpu max,-smap,-smep,-xsave -icount shift=0,sleep=off -m 1024 -smp 1 -no-reboot \
        -display none -monitor none -serial stdio -kernel "$image" \
        -append "console=com1 com1=115200,8n1$options dom0_mem=512M loglvl=none guest_loglvl=none" \
        -initrd "$B/stock/vmlinuz console=hvc0 loglevel=3,$B/tests/bench/frontends/dom0.gz" </dev/null 2>&1 | tr -d '\r' >"$2"
}

status=0
for hv in ${HV:-xenport xen}; do
    echo "  BENCH    frontends, $hv" >&2
    machine "$hv" "$work/frontends-$hv.log"
    awk -v hv="$hv" -f $here/table.awk "$work/frontends-$hv.log" >"$work/frontends-$hv" || status=1
done

for hv in ${HV:-xenport xen}; do
    cat "$work/frontends-$hv"
done >"$work/frontends.table"
awk -f $here/text.awk "$work/frontends.table" | tee "$work/frontends.txt"
section frontends frontends $here/page.awk
echo "$work/frontends.txt, index.html"
exit $status
