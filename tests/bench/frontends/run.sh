#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# What the frontends cost the guest that they are in: libxenguest's in Mini-OS beside stock Linux's, on the same backends, on stock Xen
# (without mitigations), by each guest's CPU time. QEMU's -icount makes that a count of instructions; the hypervisor's work on the
# guest's behalf is in it for both. The aim: half of Linux's. It is shown and fails nothing. Results: build/bench/frontends.txt.
# HV=xenport takes Xenport. Status 1: a figure is missing.

set -eu
TOP=${TOP:-$(cd "$(dirname "$0")/../../.." && pwd)} B=${B:-$TOP/build}
work=$B/bench
mkdir -p "$work"
case ${HV:-xen} in
xenport) image=$B/xen/xenport options= ;;
*) image=$B/stock/xen options=' spec-ctrl=no xpti=no pv-l1tf=no' ;;
esac
echo "  BENCH    frontends" >&2
timeout "${LIMIT:-900}" qemu-system-x86_64 -accel tcg -cpu max,-smap,-smep,-xsave -icount shift=0,sleep=off -m 1024 -smp 1 -no-reboot \
    -display none -monitor none -serial stdio -kernel "$image" \
    -append "console=com1 com1=115200,8n1$options dom0_mem=512M loglvl=none guest_loglvl=none" \
    -initrd "$B/stock/vmlinuz console=hvc0 loglevel=3,$B/tests/bench/frontends/dom0.gz" </dev/null 2>&1 | tr -d '\r' >"$work/frontends.log"

awk -F': ' '
    /^row: / { cost[$2, $3] = $4; if ($2 == "lin") rows[++nr] = $3 }
    /^minios\| bench-disk: / { last = $0 }
    END {
        printf "%-26s %10s %12s %7s\n", "instructions", "Linux", "libxenguest", "ratio"
        for (i = 1; i <= nr; i++) {
            a = cost["lin", rows[i]]; b = cost["minios", rows[i]]
            if (a + 0 == 0 || b + 0 == 0) { bad = 1; continue }
            printf "%-26s %10d %12d %7.2f%s\n", rows[i], a, b, b / a, (b * 2 > a ? "  (aim: 0.5)" : "")
        }
        sub(/^minios\| /, "", last)
        print last
        exit bad || nr != 5
    }' "$work/frontends.log" | tee "$work/frontends.txt"
[ "$(grep -c . "$work/frontends.txt")" -ge 7 ]
