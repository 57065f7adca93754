#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Runs the system tests, one more at a time than there are processors (tests also wait), those that the file `seconds` says are long
# first, and ends with N passed, N failed, N skipped. Arguments: --full, for those that take long as well (functions full_NAME beside
# test_NAME), and a regular expression that selects tests by suite.name. JOBS= sets how many run at a time, SLOW=6 makes every limit
# six times as long (it is 3 otherwise).

set -u
TOP=${TOP:-$(cd "$(dirname "$0")/../.." && pwd)} B=${B:-$TOP/build}
export TOP B
cd "$TOP" || exit 2
kinds=test limit=400
[ "${1:-}" != --full ] || { shift && kinds='test|full' limit=2400; }
work=$B/tests/system
mkdir -p "$work"
rm -rf "$work"/*.*/

for file in tests/system/cases/*.sh; do
    sed -nE "s/^(($kinds)_([a-z0-9_]*))\(\) \{.*/\1 \3/p" "$file" | while read -r function name; do
        echo "$(basename "$file" .sh).$name $file $name $function"
    done
done | awk -v wanted="${1:-.}" '
    NR == FNR { seconds[$1] = $2; next }
    $1 ~ wanted { print seconds[$1] + 0, $2, $3, $4 }' tests/system/seconds - |
    sort -s -k 1,1nr | cut -d ' ' -f 2- >"$work/list"

# They would have one folder.
twice=$(cut -d ' ' -f 1,2 "$work/list" | sort | uniq -d)
[ -z "$twice" ] || { echo "two tests of one name: $twice" >&2 && exit 2; }

# A test's own limits end it long before this one does.
xargs -r -P "${JOBS:-$(($(nproc) + 1))}" -L 1 timeout -k 15 $((limit * ${SLOW:-3})) sh tests/system/one.sh <"$work/list"

count() {
    cat "$work"/*.*/verdict 2>/dev/null | grep -cx "$1"
}
passed=$(count ok) skipped=$(count skip)
failed=$(($(wc -l <"$work/list") - passed - skipped))
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ] && [ $((passed + skipped)) -gt 0 ]
