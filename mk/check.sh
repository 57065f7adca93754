#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Runs every part of the tests and adds them up: ends with N passed, N failed, N skipped. Argument: check or full. A part says how
# many of its tests passed, in Check's own words or in those of the closing line; a part that fails without saying so, or says
# nothing, counts as one failure.

set -u
cd "$TOP" || exit 2
mode=${1:-check}
logs=$B/check
rm -rf "$logs"
mkdir -p "$logs"
passed=0 failed=0 skipped=0 failures=

# Adds up what a log counts: "N passed failed skipped parts".
counts() {
    awk '
        /^[0-9]+%: Checks: [0-9]+, Failures: [0-9]+, Errors: [0-9]+/ {
            gsub(/[^0-9 ]/, "")
            p += $2 - $3 - $4; f += $3 + $4; parts++
        }
        /^[0-9]+ passed, [0-9]+ failed(, [0-9]+ skipped)?$/ {
            gsub(/[^0-9 ]/, "")
            p += $1; f += $2; s += $3; parts++
        }
        END { print p + 0, f + 0, s + 0, parts + 0 }' "$1"
}

# NAME COMMAND…: runs a part; what it prints is shown as it comes, except the count of its own, which is not the last word.
part() {
    part_name=$1
    shift
    log=$logs/$part_name.log
    echo "== $part_name"
    part_began=$(date +%s)
    {
        "$@" 2>&1 </dev/null
        echo $? >"$log.status"
    } | tee "$log" | awk '
        /^[0-9]+ passed, [0-9]+ failed/ || /^[0-9]+%: Checks: / { print "   " $0; fflush(); next }
        { print; fflush() }'
    # shellcheck disable=SC2046 # four numbers
    set -- $(counts "$log")
    status=$(cat "$log.status")
    if [ "$4" -eq 0 ]; then
        echo "   $part_name counted no test (status $status)"
        set -- 0 1 0
    elif [ "$status" -ne 0 ] && [ "$2" -eq 0 ]; then
        echo "   $part_name ended with status $status"
        set -- "$1" 1 "$3"
    fi
    passed=$((passed + $1)) failed=$((failed + $2)) skipped=$((skipped + $3))
    [ "$2" -eq 0 ] || failures="$failures $part_name"
    echo "   $part_name: $(($(date +%s) - part_began)) s"
}

# COMMAND…: runs it beside the parts that follow, for a later part `beside_ended`.
beside() {
    {
        "$@" >"$logs/beside" 2>&1 </dev/null
        echo $? >"$logs/beside.status"
    } &
    beside_pid=$!
}

beside_ended() {
    cat "$logs/beside"
    return "$(cat "$logs/beside.status")"
}

# check or check-full, of the hypercalls and of what the library hears.
fuzzers() {
    fuzzers_status=0
    for fuzzers_folder in tests/fuzz/xen tests/fuzz; do
        "${MAKE:-make}" --no-print-directory -C "$fuzzers_folder" "$1" || fuzzers_status=1
    done
    return $fuzzers_status
}

make_part() {
    part "$1" "${MAKE:-make}" --no-print-directory -C "$2" check
}

# Everything that the tests need, first; a tree that does not build has one failure and no other result. What is fetched comes meanwhile.
build() {
    mk/stock.sh xen dom0 guests qemu &
    "${MAKE:-make}" --no-print-directory all && wait $! &&
        for folder in tests/bench tests/system tests/guest; do
            "${MAKE:-make}" --no-print-directory -C "$folder" all || return 1
        done && mk/iso.sh && echo "1 passed, 0 failed"
}

part build build
if [ "$failed" -eq 0 ]; then
    [ "$mode" = full ] && fuzz=check-full || fuzz=check
    # One processor's work, for as long as all unit tests together.
    beside fuzzers $fuzz
    for makefile in tests/unit/*/Makefile; do
        folder=$(dirname "$makefile")
        make_part "unit-$(basename "$folder")" "$folder"
    done
    wait "$beside_pid"
    part fuzz beside_ended
    part refusals sh mk/refusals.sh --check
    part links sh mk/links.sh
    make_part cheatsheet cheatsheet
    [ "$mode" = full ] && long=--full || long=
    # They wait, too: for the end of a start, and for each other.
    jobs=$(($(nproc) + 1))
    # shellcheck disable=SC2086 # no word, or one
    part guest-xenport sh tests/guest/run.sh --hv xenport --jobs $jobs $long
    part guest-xenport-smap sh tests/guest/run.sh --hv xenport --jobs $jobs --cpu max
    part guest-xen sh tests/guest/run.sh --hv xen --jobs $jobs
    if [ "$mode" = full ]; then
        part guest-xenport-4-cpus sh tests/guest/run.sh --hv xenport --smp 4 --limit 180
        part guest-xen-4-cpus sh tests/guest/run.sh --hv xen --smp 4 --limit 180
    fi
    part bench sh tests/bench/run.sh --check
    # shellcheck disable=SC2086
    part system sh tests/system/run.sh $long
fi

[ -z "$failures" ] || echo "Failed:$failures (what each printed: $logs)"
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
