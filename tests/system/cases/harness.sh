# SPDX-License-Identifier: BSD-2-Clause
# The tests' own tools: what fails, hangs or says nothing is counted as a failure and shown.

# Runs one test of a file made here, in a build folder of its own, and leaves what it printed in $WORK/console.
run_one() { # SHELL-COMMANDS
    printf 'test_inner() {\n%s\n}\n' "$1" >"$WORK/inner.sh"
    B=$WORK/build SLOW=1 sh tests/system/one.sh "$WORK/inner.sh" inner >"$console" 2>&1
    shows "$2"
}

test_failure_is_reported() {
    run_one 'fail "this is why"' '^FAIL system/inner.inner \([0-9]+ s\): this is why$'
    run_one 'exit 3' '^FAIL .*: ended with status 3$'
    run_one 'skip "no such thing"' '^skip .*: no such thing$'
    run_one ':' '^ok +system/inner.inner'
}

# A machine that never says what is waited for: the test ends in time, and shows what the console showed.
test_hang_is_a_failure() {
    cp "$B/tests/bench/firmware_tsc" "$WORK/image"
    run_one "qemu_start 30 -no-shutdown -S -kernel '$WORK/image'; qemu_wait 2 'never said'" \
        '^FAIL .*: not shown within 2 seconds: never said$'
    run_one "qemu_start 90 -kernel '$WORK/image'; qemu_wait 60 'never said'" \
        '^FAIL .*: QEMU ended before the console showed: never said$'
    shows '\| firmware RDTSC'
    run_one "qemu_start 3 -S -kernel '$WORK/image'; qemu_end 20" '^FAIL .*: QEMU ended with status 124'
}

# The closing line is the sum of the parts; a part that says nothing, or fails without saying so, is a failure.
test_parts_are_summed() {
    sed '/^part build build$/,$d' mk/check.sh >"$WORK/check.sh"
    cat >>"$WORK/check.sh" <<'END'
beside sh -c 'echo "3 passed, 0 failed"; exit 5'
part one echo '75%: Checks: 8, Failures: 1, Errors: 1'
part two echo '5 passed, 0 failed, 2 skipped'
part silent true
part broken sh -c 'echo "1 passed, 0 failed"; exit 4'
wait "$beside_pid"
part late beside_ended
echo "sum: $passed $failed $skipped:$failures"
END
    B=$WORK/build sh "$WORK/check.sh" >"$console" 2>&1
    shows '^sum: 15 5 2: one silent broken late$'
}

# The order that they are run in is made for tests that are there.
test_seconds_are_of_tests() {
    sed -n '/^[^#]/s/ .*//p' tests/system/seconds | while IFS=. read -r suite name; do
        grep -qE "^(test|full)_$name\(\)" "tests/system/cases/$suite.sh" || echo "no such test: $suite.$name"
    done >"$console"
    [ ! -s "$console" ] || fail "tests/system/seconds is out of date"
}
