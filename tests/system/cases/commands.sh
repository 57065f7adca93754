# SPDX-License-Identifier: BSD-2-Clause
# The commands that a person types, as far as other suites do not run them: run, run-linux and run-xl with their
# variables, deps, clean, help.

command=run

run() { # VARIABLE=VALUE…
    env -u KERNEL -u CMDLINE -u RAMDISK -u OPTS -u GDB -u DISK HV=xenport SMP=1 MEM=512 "$@" timeout $((90 * SLOW)) mk/$command.sh </dev/null >"$console" 2>&1
}

test_run_boots_minios() {
    run SMP=2 CMDLINE='run=cpus;halt' || fail "QEMU ended with status $?"
    shows 'vcpu 1: online'
    shows 'halting'
}

test_run_boots_stock_xen() {
    run HV=xen CMDLINE='run=bootinfo;reboot' || fail "QEMU ended with status $?"
    shows 'extraversion: \.[0-9]'
}

test_run_takes_another_kernel() {
    run KERNEL="$B/ports/skeleton/skeleton" CMDLINE='with, commas' RAMDISK=LICENSE MEM=128 OPTS=dom0_mem=32M ||
        fail "QEMU ended with status $?"
    shows 'Domain 0, 8192 pages'
    shows 'command line "with, commas"'
    shows "module of $(wc -c <LICENSE) bytes"
}

# By mk/run.sh itself, and by make before it builds anything.
refuses() { # VARIABLE=VALUE SENTENCE
    ! run "$1" || fail "$1 was taken"
    [ "$(cat "$console")" = "$2" ] || fail "not the one sentence on $1: $2"
    ! env -u MAKEFLAGS -u MAKELEVEL make --no-print-directory $command "$1" B="$WORK/build" </dev/null >"$console" 2>&1 || fail "make takes $1"
    [ "$(head -n 1 "$console")" = "$2" ] || fail "make does not begin with the sentence on $1: $2"
    [ ! -e "$WORK/build" ] || fail "something is built in spite of $1"
}

test_run_names_what_is_wrong() {
    refuses HV=kvm 'HV=kvm: there is xenport (the default) and xen (stock Xen 4.17).'
    refuses KERNEL=/nowhere/kernel '/nowhere/kernel: no such file, or it may not be read.'
    refuses KERNEL=/etc '/etc: a directory; a file is needed.'
    refuses RAMDISK=/etc '/etc: a directory; a file is needed.'
    for smp in 0 two -1 ''; do
        refuses SMP=$smp "SMP=$smp: SMP is the machine's number of CPUs, a number from 1 up."
    done
    for mem in 0 abc 1G; do
        refuses MEM=$mem "MEM=$mem: MEM is the machine's memory in MiB, a number from 1 up."
    done
}

# A person types into the shell of stock Linux, and finds the disk that was asked for.
test_run_linux_gives_a_shell() {
    echo 'what is on the disk' >"$WORK/disk, raw"
    truncate -s 1M "$WORK/disk, raw"
    mkfifo "$WORK/typed"
    exec 9<>"$WORK/typed"
    env -u KERNEL -u RAMDISK -u GDB HV=xenport SMP=2 MEM=512 CMDLINE='with, words' OPTS=dom0_mem=300M DISK="$WORK/disk, raw" \
        timeout $((180 * SLOW)) mk/run-linux.sh <&9 >"$console" 2>&1 &
    qemu=$!
    qemu_wait 120 'linux# '
    qemu_send 'modprobe -a virtio_pci virtio_blk; head -n 1 /dev/vda | tr a-z A-Z'
    qemu_wait 20 '^WHAT IS ON THE DISK'
    qemu_send 'sed s/with/WITH/ /proc/cmdline; echo $(nproc) CPUs'
    qemu_wait 10 'WITH, words'
    qemu_wait 10 '^2 CPUs'
    qemu_send 'poweroff -f'
    qemu_end 60
}

test_run_linux_names_what_is_wrong() {
    command=run-linux
    refuses HV=kvm 'HV=kvm: there is xenport (the default) and xen (stock Xen 4.17).'
    refuses SMP=0 "SMP=0: SMP is the machine's number of CPUs, a number from 1 up."
    refuses MEM=1G "MEM=1G: MEM is the machine's memory in MiB, a number from 1 up."
    refuses DISK=/etc 'DISK=/etc: a directory; an image of a disk is needed.'
    refuses DISK=/nowhere/disk "DISK=/nowhere/disk: no such file; 'truncate -s 1G /nowhere/disk' makes an empty disk."
    refuses KERNEL=LICENSE 'make run-linux has its own kernel and ramdisk; for others there is make run.'
}

# A person creates a domain with its console, leaves the console, and destroys it.
test_run_xl_gives_xl() {
    mkfifo "$WORK/typed"
    exec 9<>"$WORK/typed"
    env -u KERNEL -u RAMDISK -u GDB HV=xenport SMP=1 MEM=1024 CMDLINE= OPTS= timeout $((240 * SLOW)) mk/run-xl.sh <&9 >"$console" 2>&1 &
    qemu=$!
    qemu_wait 120 'xl create -c /linux.cfg'
    qemu_wait 20 'dom0# '
    qemu_send 'xl create -c /minios.cfg'
    qemu_wait 60 'minios> '
    qemu_send 'halt'
    qemu_wait 30 'dom0# '
    qemu_send 'xl list | tr a-z A-Z'
    qemu_wait 30 'DOMAIN-0 '
    qemu_send 'poweroff -f'
    qemu_end 60
}

test_run_xl_names_what_is_wrong() {
    command=run-xl
    refuses HV=kvm 'HV=kvm: there is xenport (the default) and xen (stock Xen 4.17).'
    refuses MEM=1G "MEM=1G: MEM is the machine's memory in MiB, a number from 1 up."
    refuses KERNEL=LICENSE 'make run-xl has its own kernel and ramdisk; for others there is make run.'
}

# QEMU waits: nothing of the hypervisor is seen, but the line to type is.
test_run_waits_for_a_debugger() {
    env HV=xenport SMP=1 MEM=512 GDB=1 timeout $((60 * SLOW)) mk/run.sh </dev/null >"$console" 2>&1 &
    qemu=$!
    qemu_wait 20 "type: gdb .*/xen/xenport-syms -ex 'target remote :1234'"
    sleep 1
    shows_not 'XEN'
    qemu_stop
}

test_deps_names_what_is_missing() {
    mkdir "$WORK/mk"
    cp mk/deps.sh "$WORK/mk"
    cp packages.txt "$WORK"
    DEPS=skip "$WORK/mk/deps.sh" run linux check >"$console" 2>&1 || fail "something is missing here"
    [ ! -s "$console" ] || fail "not silent when all is there"
    echo 'no-such-package  run  nothing' >>"$WORK/packages.txt"
    ! DEPS=skip "$WORK/mk/deps.sh" run >"$console" 2>&1 || fail "what is missing was overlooked"
    shows '^Missing packages: no-such-package$'
    shows 'apt-get install .* no-such-package$'
}

test_clean_keeps_what_was_fetched() {
    mkdir -p "$WORK/build/xen" "$WORK/build/stock" "$WORK/build/newlib"
    B=$WORK/build mk/clean.sh
    [ "$(ls "$WORK/build")" = "newlib
stock" ] || fail "left: $(ls "$WORK/build")"
}

test_help_lists_every_target() {
    cat mk/help.txt >"$console"
    for target in run run-linux run-xl check bench iso cheatsheet install deps clean distclean check-full; do
        grep -q "make $target" mk/help.txt || fail "no line for make $target"
        grep -qE "^([a-z -]* )?$target( [a-z -]*)?:" Makefile || fail "no target $target"
    done
}
