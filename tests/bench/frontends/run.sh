#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# What the frontends cost the guest that they are in: libxenguest's in Mini-OS beside stock Linux's, on the same backends, on Xenport and
# on stock Xen (without mitigations), by each guest's CPU time. QEMU's -icount makes that a count of instructions; the hypervisor's work on
# the guest's behalf is in it for both. The aim: half of Linux's. It is shown and fails nothing.
# Results: build/bench/frontends.txt, and a table in index.html when tests/bench/run.sh has made that.
# HV=xenport or HV=xen takes that one alone. Status 1: a figure is missing.

set -eu
TOP=${TOP:-$(cd "$(dirname "$0")/../../.." && pwd)} B=${B:-$TOP/build}
cd "$TOP"
work=$B/bench
here=tests/bench/frontends
mkdir -p "$work"

machine() { # HV LOG
    case $1 in
    xenport) image=$B/xen/xenport options= ;;
    xen) image=$B/stock/xen options=' spec-ctrl=no xpti=no pv-l1tf=no' ;;
    esac
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
if [ -e "$work/index.html" ]; then
    awk -f $here/page.awk "$work/frontends.table" >"$work/frontends.section"
    awk -v section="$work/frontends.section" '
        /^<!-- frontends -->$/ { exit }
        /^<\/body>/ { exit }
        { print }
        END { while ((getline line < section) > 0) print line; print "</body>\n</html>" }' "$work/index.html" >"$work/index.part"
    mv "$work/index.part" "$work/index.html"
fi
echo "$work/frontends.txt, index.html"
exit $status
