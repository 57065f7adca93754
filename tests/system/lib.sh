# SPDX-License-Identifier: BSD-2-Clause
# What every system test is written with: QEMU driven over its serial port, and verdicts. Sourced by one.sh, which sets $name
# (of the test) and $WORK (its folder). Each test has at most one QEMU at a time.
#
#   qemu_start SECONDS ARG…     starts QEMU; the console goes to $console, and QEMU is ended after SECONDS at the latest
#   qemu_boot HV SECONDS MODULES [OPTIONS [ARG…]]
#                               starts QEMU with the hypervisor HV (xenport, xen), multiboot modules and hypervisor options
#   dom0_boot HV SECONDS [OPTIONS [ARG…]]
#                               the same with stock Linux as Domain 0 and the ramdisk $WORK/dom0.cpio (dom0/ramdisk.sh)
#   qemu_send TEXT              types TEXT and Enter
#   qemu_wait SECONDS REGEXP    waits until the console shows REGEXP (extended) after what was waited for before
#   qemu_end SECONDS            waits until QEMU ends by itself
#   qemu_stop                   ends QEMU
#   fail SENTENCE               ends the test; its console is shown
#   skip SENTENCE               ends the test without a verdict

# Every limit is so many times as long as it says: it says what an idle machine would need.
: "${SLOW:=3}"

console=$WORK/console
qemu=
seen=0

# Stock Xen under QEMU's emulation of SMAP kills stock Linux at its first traps; the other processors follow suit.
CPU=max,-smap,-smep

# QEMU's XSAVE does not wait for the hypervisor to change the FPU's owner, as FXSAVE does: on stock Xen, which changes it late, the
# programs of one vCPU compute with the registers of another, and die of it. So: no XSAVE where several vCPUs share a processor.
without_xsave() {
    CPU=${CPU%,-xsave},-xsave
}

fail() {
    echo "$*" >"$WORK/reason"
    exit 1
}

skip() {
    echo "$*" >"$WORK/reason"
    exit 77
}

qemu_start() {
    seconds=$(($1 * SLOW))
    shift
    rm -f "$WORK/keyboard"
    mkfifo "$WORK/keyboard"
    : >"$console"
    seen=0
    echo "qemu-system-x86_64 $*" >"$WORK/command"
    timeout -k 5 "$seconds" qemu-system-x86_64 -accel tcg -display none -monitor none -serial stdio -no-reboot \
        -d cpu_reset -D "$WORK/resets" "$@" <"$WORK/keyboard" >"$console" 2>"$WORK/errors" &
    qemu=$!
    # Open for reading as well, so that neither end waits for the other and QEMU never sees an end of its input.
    exec 9<>"$WORK/keyboard"
}

qemu_boot() {
    hypervisor=$1 boot_seconds=$2 modules=$3 options=${4:-}
    shift 3
    [ $# -eq 0 ] || shift
    case $hypervisor in
    xenport) image=$B/xen/xenport ;;
    xen) image=$B/stock/xen ;;
    esac
    qemu_start "$boot_seconds" -cpu "$CPU" -m "${MEM:-512}" -smp "${SMP:-1}" -kernel "$image" \
        -append "console=com1 com1=115200,8n1 ${options:-guest_loglvl=all}" ${modules:+-initrd "$modules"} "$@"
}

# What is of no interest below a stack of domains is left out: the kernel's file is unpacked already, and it does not test its ciphers.
# A word that it does not know is a variable of its init's.
dom0_boot() {
    dom0_hv=$1 dom0_seconds=$2 dom0_options=${3:-}
    shift 2
    [ $# -eq 0 ] || shift
    without_xsave
    MEM=${MEM:-1500} qemu_boot "$dom0_hv" "$dom0_seconds" \
        "${DOM0_KERNEL:-$B/stock/vmlinux} console=hvc0 loglevel=3 cryptomgr.notests slow=$SLOW,$WORK/dom0.cpio" "$dom0_options" "$@"
}

qemu_send() {
    printf '%s\r' "$1" >&9
}

# Ctrl-A three times: the hypervisor's switch of the input.
qemu_switch_input() {
    printf '\001\001\001' >&9
}

qemu_runs() {
    [ -n "$qemu" ] && kill -0 "$qemu" 2>/dev/null
}

qemu_sees() {
    match=$(tail -c +$((seen + 1)) "$console" | tr '\000' ' ' | grep -aobE -m 1 -e "$1" | head -n 1) || return 1
    [ -n "$match" ] || return 1
    text=${match#*:}
    seen=$((seen + ${match%%:*} + $(printf '%s' "$text" | wc -c)))
}

qemu_wait() {
    deadline=$(($(date +%s) + $1 * SLOW))
    until qemu_sees "$2"; do
        if ! qemu_runs; then
            qemu_sees "$2" && return
            fail "QEMU ended before the console showed: $2"
        fi
        [ "$(date +%s)" -lt "$deadline" ] || fail "not shown within $1 seconds: $2"
        sleep 0.1
    done
}

qemu_end() {
    deadline=$(($(date +%s) + $1 * SLOW))
    while qemu_runs; do
        [ "$(date +%s)" -lt "$deadline" ] || fail "QEMU did not end within $1 seconds"
        sleep 0.1
    done
    qemu_status=0
    wait "$qemu" || qemu_status=$?
    qemu=
    [ "$qemu_status" -eq 0 ] || fail "QEMU ended with status $qemu_status (124: its time was up)"
}

qemu_stop() {
    [ -n "$qemu" ] || return 0
    kill "$qemu" 2>/dev/null
    wait "$qemu" 2>/dev/null
    qemu=
}

# QEMU's log of resets names the one that a triple fault causes.
no_triple_fault() {
    ! grep -qi 'triple fault' "$WORK/resets" 2>/dev/null || fail "triple fault"
}

shows() {
    tr -d '\r' <"$console" | grep -aqE -e "$1" || fail "the console does not show: $1"
}

shows_not() {
    ! tr -d '\r' <"$console" | grep -aqE -e "$1" || fail "the console shows: $1"
}
