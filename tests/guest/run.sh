#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Boots guest tests under QEMU, reads their verdicts and prints one line for each and a closing count.
#
#   run.sh [--hv xenport|xen|both] [--hv-image FILE] [--smp N] [--jobs N] [--limit SECONDS]
#          [--cpu MODEL] [--full] [NAME...]
#
# Without --hv each test runs on both hypervisors; without a name all tests run. B (environment) is the build folder; the
# tests must have been built. Exit status: 0 when none failed. A test folder's file `args` has lines KEY=VALUE: options (of
# the hypervisor), cmdline (of the guest), smp, cpu, qemu (further arguments), ramdisk (its size in bytes), expect=crash,
# only=xenport|xen|domu (a system test's), limit (seconds, in place of --limit); with --full a key full_KEY goes before KEY, and so does xen_KEY on stock Xen.
# A file `expect` has patterns for the hypervisor's own lines. Docs: docs/guest-tests.md.

here=$(cd "$(dirname "$0")" && pwd)
B=${B:-$here/../../build}

hv=both image='' smp='' cpu_model=${GUEST_TEST_CPU:-max,-smap,-smep} jobs=2 limit_seconds=120 full=${GUEST_TEST_FULL-}
while [ $# -gt 0 ]; do
    case $1 in
    --hv) hv=$2 && shift 2 ;;
    --hv-image) image=$2 && shift 2 ;;
    --smp) smp=$2 && shift 2 ;;
    --cpu) cpu_model=$2 && shift 2 ;;
    --jobs) jobs=$2 && shift 2 ;;
    --limit) limit_seconds=$2 && shift 2 ;;
    --full) full=--full && shift ;;
    -*) sed -n '5,6s/^# *//p' "$0" >&2 && exit 2 ;;
    *) break ;;
    esac
done
case $hv in
xenport) image=${image:-$B/xen/xenport} ;;
xen) image=${image:-$B/stock/xen} ;;
both) ;;
*) echo "run.sh: no hypervisor '$hv': xenport, xen or both" >&2 && exit 2 ;;
esac

# $1 test, $2 key: the value of the test's args file, or nothing.
argument() {
    [ -f "$here/$1/args" ] || return 0
    value=
    [ -z "$full" ] || value=$(sed -n "s/^full_$2=//p" "$here/$1/args")
    [ -n "$value" ] || value=$(sed -n "s/^${hv}_$2=//p" "$here/$1/args")
    [ -n "$value" ] || value=$(sed -n "s/^$2=//p" "$here/$1/args")
    echo "$value"
}

# $1 file, $2 bytes: byte n is the low byte of n * 7 + n / 4096.
make_ramdisk() {
    LC_ALL=C awk -v size="$2" 'BEGIN { for (n = 0; n < size; n++) printf "%c", (n * 7 + int(n / 4096)) % 256 }' >"$1"
}

# $1 test: boots it, its console goes to $work/$1.log. Answers QEMU's status (124: the limit).
boot() {
    cmdline=$(argument "$1" cmdline)
    module="$B/tests/guest/$1/$1${cmdline:+ $cmdline}"
    ramdisk=$(argument "$1" ramdisk)
    if [ -n "$ramdisk" ]; then
        make_ramdisk "$work/$1.ramdisk" "$ramdisk"
        module="$module,$work/$1.ramdisk"
    fi
    own_smp=$(argument "$1" smp)
    cpu=$(argument "$1" cpu)
    own_limit=$(argument "$1" limit)
    # shellcheck disable=SC2046
    timeout --foreground -k 10 "${own_limit:-$limit_seconds}" qemu-system-x86_64 -accel tcg -cpu "${cpu:-$cpu_model}" -m 512 \
        -smp "${own_smp:-${smp:-1}}" -no-reboot -display none -monitor none -serial stdio $(argument "$1" qemu) \
        -kernel "$image" -initrd "$module" -append "console=com1 com1=115200,8n1 dom0_mem=256M dom0_max_vcpus=1 \
guest_loglvl=all loglvl=all $(argument "$1" options)" </dev/null >"$work/$1.log" 2>&1
}

# $1 test: prints the first thing that the hypervisor was to say and did not. The guest's own lines "EXPECT: words" each ask for a
# later line of the hypervisor's that has these words in this order; so does each line of the file `expect`, anywhere.
unsaid() {
    tr -d '\r' <"$work/$1.log" | awk -v patterns="$here/$1/expect" '
        function holds(line, words, n, i, at, list) {
            n = split(words, list, / +/)
            for (i = 1; i <= n; i++) {
                at = index(line, list[i])
                if (!at)
                    return 0
                line = substr(line, at + length(list[i]))
            }
            return 1
        }
        BEGIN { while ((getline line < patterns) > 0) if (line != "") anywhere[++wanted] = line }
        /^EXPECT: / { if (open != "") exit; open = substr($0, 9); next }
        /^\(XEN\) / {
            if (open != "" && holds($0, open)) open = ""
            for (i = 1; i <= wanted; i++) if (anywhere[i] != "" && holds($0, anywhere[i])) anywhere[i] = ""
        }
        END {
            if (open != "") { print open; exit }
            for (i = 1; i <= wanted; i++) if (anywhere[i] != "") { print anywhere[i]; exit }
        }'
}

# $1 test, $2 QEMU's status: prints ok, skip, or the reason of a failure.
judge() {
    verdict=$(tr -d '\r' <"$work/$1.log" | sed -n 's/^.*Test result: \([A-Z]*\).*$/\1/p' | tail -n 1)
    if [ "$2" -eq 124 ]; then
        echo "hangs: no end after ${own_limit:-$limit_seconds} s"
    elif [ "$(argument "$1" expect)" = crash ]; then
        if [ -z "$verdict" ] && sed '1,/Test expects a crash:/d' "$work/$1.log" | grep -qi 'crashed'; then
            echo ok
        else
            echo "${verdict:-no crash reported}"
        fi
    else
        case $verdict in
        SUCCESS) echo ok ;;
        SKIP) echo skip ;;
        '') echo 'ERROR: no verdict' ;;
        *) echo "$verdict" ;;
        esac
    fi
}

run_one() {
    only=$(argument "$1" only)
    if [ -n "$only" ] && [ "$only" != "$hv" ]; then
        outcome=skip
        : >"$work/$1.log"
    else
        boot "$1"
        outcome=$(judge "$1" $?)
        if [ "$outcome" = ok ] && [ "$hv" = xenport ]; then
            missing=$(unsaid "$1")
            [ -z "$missing" ] || outcome="not said on the console: $missing"
        fi
    fi
    case $outcome in
    ok) echo "ok $1 ($hv)" ;;
    skip) echo "skip $1 ($hv)" ;;
    *) echo "not ok $1 ($hv): $outcome" ;;
    esac
    echo "$outcome" >"$work/$1.outcome"
}

if [ "$hv" = both ]; then
    counts=$(mktemp)
    for one in xenport xen; do
        sh "$0" --hv $one --cpu "$cpu_model" ${smp:+--smp "$smp"} --jobs "$jobs" --limit "$limit_seconds" $full "$@" | tee -a "$counts" | sed '/^[0-9]* passed, /d'
    done
    awk '/^[0-9]+ passed, / { parts++; passed += $1; failed += $3; skipped += $5 }
        END { if (parts != 2) failed++; print passed + 0 " passed, " failed + 0 " failed, " skipped + 0 " skipped"
              exit failed > 0 }' "$counts"
    status=$?
    rm -f "$counts"
    exit $status
fi

[ -f "$image" ] || { echo "run.sh: no $hv image at $image" >&2 && exit 2; }
if [ -n "$GUEST_TEST_WORK" ]; then
    work=$GUEST_TEST_WORK
    run_one "$1"
    exit 0
fi

[ $# -gt 0 ] || set -- $(cd "$here" && for main in */main.c; do grep -qsx only=domu "${main%main.c}args" || dirname "$main"; done)
for name; do
    [ -f "$B/tests/guest/$name/$name" ] || { echo "run.sh: $name is not built: make -C tests/guest" >&2 && exit 2; }
done
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export B
export GUEST_TEST_FULL="$full" GUEST_TEST_CPU="$cpu_model"
printf '%s\n' "$@" | GUEST_TEST_WORK=$work xargs -P "$jobs" -n 1 \
    sh "$0" --hv "$hv" --hv-image "$image" --limit "$limit_seconds" ${smp:+--smp "$smp"}

passed=0 failed=0 skipped=0
for name; do
    case $(cat "$work/$name.outcome" 2>/dev/null) in
    ok) passed=$((passed + 1)) ;;
    skip) skipped=$((skipped + 1)) ;;
    *)
        failed=$((failed + 1))
        printf '\n===== console of %s (%s)\n' "$name" "$hv"
        tail -n 60 "$work/$name.log"
        ;;
    esac
done
echo "$passed passed, $failed failed, $skipped skipped"
[ $failed -eq 0 ]
