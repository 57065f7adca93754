#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Runs one system test and prints its verdict. Arguments: the file of cases, the test's name, and its
# function, if that is not test_NAME. A failed one's console is shown.

set -u
file=$1 name=$2 function=${3:-test_$2}
cd "$TOP" || exit 2
suite=$(basename "$file" .sh)
WORK=$B/tests/system/$suite.$name
rm -rf "$WORK"
mkdir -p "$WORK"

. tests/system/lib.sh
. "$file"

ended() {
    status=$?
    trap - EXIT
    qemu_stop
    seconds=$(($(date +%s) - began))
    case $status in
    0) verdict=ok ;;
    77) verdict=skip ;;
    *) verdict=FAIL ;;
    esac
    echo "$verdict" >"$WORK/verdict"
    echo "$suite.$name $seconds" >"$WORK/seconds"
    {
        printf '%-4s system/%s.%s (%d s)' "$verdict" "$suite" "$name" "$seconds"
        [ $status -eq 0 ] || printf ': %s' "$(cat "$WORK/reason" 2>/dev/null || echo "ended with status $status")"
        echo
        if [ $verdict = FAIL ]; then
            [ ! -s "$WORK/command" ] || sed 's/^/     | /' "$WORK/command"
            [ ! -s "$console" ] || tr -d '\000\r' <"$console" | tail -n 80 | sed 's/^/     | /'
            [ ! -s "$WORK/errors" ] || sed 's/^/     ! /' "$WORK/errors"
        fi
    } >"$WORK/report"
    cat "$WORK/report"
    exit 0
}
trap ended EXIT
trap 'echo "its time was up" >"$WORK/reason"; exit 1' TERM INT HUP

began=$(date +%s)
"$function"
