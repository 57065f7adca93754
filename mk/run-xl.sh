#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Boots stock Linux with stock xl as Domain 0, with a shell on this terminal and domains that are ready to be created: mk/run.sh
# with the ramdisk of tests/system. Wishes as there (HV CMDLINE SMP MEM OPTS GDB). With --check it only says whether they make sense.

set -eu

if [ -n "${KERNEL:-}${RAMDISK:-}" ]; then
    echo "make run-xl has its own kernel and ramdisk; for others there is make run." >&2
    exit 2
fi
[ "${1:-}" != --check ] || exec mk/run.sh --check

# What Domain 0 does not have is for the domains that it creates.
case " ${OPTS:-}" in
*' dom0_mem='*) ;;
*) OPTS="dom0_mem=512M${OPTS:+ $OPTS}" ;;
esac
# What Linux and xl ask for in vain is a line for each with guest_loglvl=all.
OPTS="guest_loglvl=none/warning $OPTS"
export OPTS KERNEL="$B/stock/vmlinuz" RAMDISK="$B/tests/system/xl.gz"
export CMDLINE="console=hvc0 loglevel=4${CMDLINE:+ $CMDLINE}"
if [ -t 0 ] && [ "$HV" != xen ]; then
    echo "OPTS=guest_loglvl=all shows what Linux and xl ask for in vain, each with the reason."
fi
exec mk/run.sh
