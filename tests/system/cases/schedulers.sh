# SPDX-License-Identifier: BSD-2-Clause
# Stock xl under each scheduler: it creates a domain, and asks for and sets what the scheduler has; where Debian's stock Xen has the
# scheduler (credit, credit2), it is asked the same and answers the same.

under() { # HV SCHEDULER XL'S COMMANDS…
    hv=$1 scheduler=$2
    shift 2
    {
        cat <<'END'
say() {
    sed 's/^/sched: /'
}
xl info | grep xen_scheduler | say
xl create /minios.cfg >/create.log 2>&1
echo "dom0: created $?"
cat /create.log | sed 's/^/dom0: /'
xenconsole "$(xl domid minios)" </dev/null >/xenconsole.log 2>&1 &
await 'minios>'
grep -q 'minios>' /xenconsole.log && echo 'dom0: the guest has its prompt'
END
        for command; do
            echo "echo '# $command' | say"
            echo "$command 2>&1 | say"
        done
        echo 'xl destroy minios'
        echo 'echo "dom0: destroyed $?"'
    } >"$WORK/script"
    DOM0_DISKS=1 sh tests/system/dom0/ramdisk.sh "$WORK/dom0.cpio" "$WORK/script" tests/system/xl/minios.cfg \
        "$B/ports/minios/minios.gz" || fail "the ramdisk could not be made"
    SMP=2 MEM=1024 dom0_boot "$hv" 240 "dom0_mem=600M sched=$scheduler loglvl=none guest_loglvl=none"
    qemu_wait 120 'dom0: ready'
    qemu_wait 100 'dom0: done'
    qemu_stop
    shows 'dom0: created 0'
    shows 'dom0: the guest has its prompt'
    shows 'dom0: destroyed 0'
    tr -d '\r' <"$console" | sed -n 's/^sched: //p' >"$WORK/$hv"
}

answers() {
    grep -qE -e "$1" "$WORK/xenport" || fail "xl does not say: $1"
}

# What the two hypervisors answer under a scheduler that both have.
both() { # SCHEDULER COMMANDS…
    under xen "$@"
    under xenport "$@"
    diff "$WORK/xen" "$WORK/xenport" >"$console" || fail "other answers than on stock Xen (<)"
}

set_credit2='xl sched-credit2 -d minios -w 512 -c 50'
set_credit='xl sched-credit -d minios -w 512 -c 50'
set_rtds='xl sched-rtds -d minios -v all -p 20000 -b 5000 -e 0'

test_credit2() {
    under xenport credit2 'xl sched-credit2' "$set_credit2" 'xl sched-credit2' 'xl sched-credit2 -s'
    answers '^xen_scheduler *: credit2$'
    answers '^Cpupool Pool-0: ratelimit=1000us'
    answers '^minios +[0-9]+ +256 +0$'
    answers '^minios +[0-9]+ +512 +50$'
}

test_sedf() {
    under xenport sedf 'xl sched-rtds' "$set_rtds" 'xl sched-rtds -d minios -v all'
    answers '^xen_scheduler *: rtds$'
    answers '^minios +[0-9]+ +10000 +4000'
    answers '^minios +[0-9]+ +0 +20000 +5000 +no'
}

full_credit() {
    under xenport credit 'xl sched-credit' "$set_credit" 'xl sched-credit' 'xl sched-credit -s'
    answers '^Cpupool Pool-0: tslice=30ms ratelimit=1000us migration-delay=0us'
    answers '^minios +[0-9]+ +256 +0$'
    answers '^minios +[0-9]+ +512 +50$'
}

full_bvt() {
    under xenport bvt 'xl sched-credit' 'xl sched-credit -d minios -w 512' 'xl sched-credit -d minios'
    answers '^xen_scheduler *: credit$'
    answers '^minios +[0-9]+ +512 +0$'
}

full_round_robin() {
    under xenport rr 'xl list minios'
    answers '^xen_scheduler *: null$'
    answers '^minios '
}

full_credit2_as_on_xen() {
    both credit2 'xl sched-credit2' "$set_credit2" 'xl sched-credit2' 'xl sched-credit2 -s -r 500' 'xl sched-credit2 -s -r 50' \
        'xl sched-credit2 -d minios -w 0' 'xl sched-credit2 -d minios -c 5000' 'xl sched-credit2 -d minios -c 0' 'xl sched-credit2' \
        'xl sched-credit' 'xl sched-rtds' 'xl vcpu-pin minios 0 0 1' 'xl vcpu-list minios | grep -o "[^ ]* / [^ ]*$"'
}

full_credit_as_on_xen() {
    both credit 'xl sched-credit' "$set_credit" 'xl sched-credit' 'xl sched-credit -s -t 10 -r 500' 'xl sched-credit -s -t 0 -r 500' \
        'xl sched-credit -s -t 1 -r 5000' 'xl sched-credit -s -m 50' 'xl sched-credit -s' 'xl sched-credit -d minios -c 0' \
        'xl sched-credit -d minios -w 70000' 'xl sched-credit' 'xl sched-credit2'
}
