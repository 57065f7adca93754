#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Makes docs/refusals.md, the table of all rules by which Xenport refuses something, from the source. Without an argument it
# prints the page; with --check it says whether the one in docs is up to date, in the words that mk/check.sh counts.

set -u
top=$(cd "$(dirname "$0")/.." && pwd)
cd "$top" || exit 2

# Lines "rule<TAB>errno<TAB>sentence<TAB>file", one for each call of refuse() and of table_entry.c's refuse_entry().
rules() {
    find xen -name '*.c' ! -path '*/fake/*' | LC_ALL=C sort | xargs awk '
        # Joins adjacent string literals of an argument and takes the quotes away; nothing when it is no literal.
        function text(s, out, i, c, inside) {
            for (i = 1; i <= length(s); i++) {
                c = substr(s, i, 1)
                if (c == "\\" && inside) { out = out c substr(s, ++i, 1) }
                else if (c == "\"") inside = !inside
                else if (inside) out = out c
            }
            return out
        }
        # Splits what follows the opening parenthesis into arguments.
        function arguments(s, i, c, depth, inside) {
            nr = 1; argument[1] = ""; depth = 1
            for (i = 1; i <= length(s); i++) {
                c = substr(s, i, 1)
                if (inside && c == "\\") { argument[nr] = argument[nr] c substr(s, ++i, 1); continue }
                if (c == "\"") inside = !inside
                if (!inside && c == "(") depth++
                if (!inside && c == ")" && --depth == 0) return
                if (!inside && c == "," && depth == 1) { argument[++nr] = ""; continue }
                argument[nr] = argument[nr] c
            }
        }
        function errnos(s, out) {
            while (match(s, /XEN_E[A-Z0-9]+/)) {
                out = out (out == "" ? "" : ", ") substr(s, RSTART + 4, RLENGTH - 4)
                s = substr(s, RSTART + RLENGTH)
            }
            return out == "" ? "as found" : out
        }
        function finish(s, at, name, first, prefix) {
            gsub(/[ \t\n]+/, " ", s)
            while (match(s, /[^a-z_]refuse(_entry)?\(/)) {
                name = substr(s, RSTART + 1, RLENGTH - 2)
                s = substr(s, RSTART + RLENGTH)
                arguments(s)
                first = name == "refuse_entry" ? 3 : 1
                prefix = first == 3 ? "L%u entry %#lx (frame %#lx) " : ""
                if (nr >= first + 2 && text(argument[first + 1]) != "")
                    print text(argument[first + 1]) "\t" errnos(argument[first]) "\t" prefix text(argument[first + 2]) "\t" file
            }
        }
        FNR == 1 { if (NR > 1) finish(all); all = ""; file = FILENAME }
        { all = all "\n" $0 }
        END { finish(all) }' | LC_ALL=C sort -u
}

page() {
    cat <<'HEAD'
# Why Xenport refuses

When a guest asks for something that it may not have, Xenport answers with the errno that stock Xen answers with and, with
`guest_loglvl=all`, says why on the console, once, where it found out:

```
(XEN) d0v0 refused #7: pv.l1.writable: entry 0x101e5067 maps frame 0x101e5 writable, but it is in use as an L4 table (3 times) (hypercall 1, error -16)
```

That is: domain and vCPU; the domain's how manieth refusal; the rule; the sentence with the values of this case; the call and the
errno. A domain's last ones are printed again when it crashes, and by the debug key for domains. The names of the rules are
stable. `as found` means that the errno is another function's answer. Made by `mk/refusals.sh` from the source: do not edit.

| rule | errno | sentence | file |
|---|---|---|---|
HEAD
    rules | awk -F '\t' '{ gsub(/\|/, "\\|"); printf "| `%s` | %s | %s | `%s` |\n", $1, $2, $3, $4 }'
}

case ${1:-} in
'') page ;;
--check)
    if page | cmp -s - docs/refusals.md; then
        echo "1 passed, 0 failed"
    else
        page | diff docs/refusals.md - | grep '^[<>]' | head -n 10
        echo "docs/refusals.md is not what the source says: sh mk/refusals.sh >docs/refusals.md"
        echo "0 passed, 1 failed"
        exit 1
    fi
    ;;
*) sed -n '3,4s/^# *//p' "$0" >&2 && exit 2 ;;
esac
