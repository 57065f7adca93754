# SPDX-License-Identifier: BSD-2-Clause
# What the tests of stock Linux are written with, over tests/system/lib.sh. The kernel is the package's file as it is.
#
#   linux_script                standard input becomes the /script that init runs, in place of a shell
#   linux_boot HV SECONDS CMDLINE [OPTIONS [ARG…]]
#                               boots it on HV (xenport, xen, or native: on QEMU's machine itself) with the ramdisk and the
#                               script; the console is the serial port. RAMDISK=none boots without one
#   linux_ends SECONDS          the script came to its end, nothing in it failed, and the machine was powered off
#   linux_is_sound              the kernel neither panicked nor complained of itself

linux_script() {
    mkdir -p "$WORK/files"
    cat >"$WORK/files/script"
    (cd "$WORK/files" && find . | cpio -o -H newc -R 0:0 --quiet) | gzip -1 | cat "$B/tests/system/linux/ramdisk.gz" - >"$WORK/ramdisk.gz"
}

linux_boot() {
    linux_hv=$1 linux_seconds=$2 cmdline=$3 options=${4:-}
    shift 3
    [ $# -eq 0 ] || shift
    kernel=${LINUX:-$B/stock/vmlinuz}
    ramdisk=${RAMDISK:-$WORK/ramdisk.gz}
    [ -e "$ramdisk" ] || ramdisk=$B/tests/system/linux/ramdisk.gz
    [ "${RAMDISK:-}" != none ] || ramdisk=
    if [ "$linux_hv" = native ]; then
        qemu_start "$linux_seconds" -cpu "$CPU" -m "${MEM:-512}" -smp "${SMP:-1}" -kernel "$kernel" \
            ${ramdisk:+-initrd "$ramdisk"} -append "console=ttyS0 loglevel=4 $cmdline" "$@"
    else
        [ "$linux_hv" != xenport ] || [ -z "${LINUX_UNPACKED:-}" ] || kernel=$LINUX_UNPACKED
        qemu_boot "$linux_hv" "$linux_seconds" \
            "$kernel console=hvc0 loglevel=4 $(echo "$cmdline" | sed 's/,/,,/g')${ramdisk:+,$ramdisk}" \
            "guest_loglvl=all ${options:-dom0_mem=384M}" "$@"
    fi
}

linux_ends() {
    qemu_wait "$1" 'linux: done'
    shows_not 'linux: FAILED'
    qemu_end 60
}

linux_is_sound() {
    shows_not 'Kernel panic|BUG:|Oops|WARNING: CPU|stalls? on CPU|general protection|soft lockup|blocked for more than'
}
