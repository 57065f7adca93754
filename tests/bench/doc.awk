# SPDX-License-Identifier: BSD-2-Clause
# Makes the table of docs/cost.md: the notes (name, tab, what was done; a name may end in * for all rows that begin so), then table.awk's
# lines.

BEGIN {
    FS = "\t"
    print "| operation | Xenport | stock Xen | ratio | aim | beside (CR3, all, page, IPI; stock Xen's) | what was done, what remains |"
    print "|---|---|---|---|---|---|---|"
}

FNR == 1 { file++ }
/^# / || /^$/ { next }
file == 1 {
    notes[++n] = $1
    text[n] = $2
    next
}

function note_of(name, i, stem) {
    for (i = 1; i <= n; i++) {
        stem = notes[i]
        if (stem == name || (sub(/\*$/, "", stem) && index(name, stem) == 1))
            return text[i]
    }
    return ""
}

function shown(counts) { return counts ~ /^-/ ? "" : counts == "0 0 0 0" ? "none" : counts }

$1 == "mean" { mean = $2; next }
$1 == "count" || $7 == "not measured" { next }
{
    beside = $8 == $9 ? shown($8) : shown($8) "; " shown($9)
    printf "| %s | %s | %s | %s | %s | %s | %s |\n", $1, $2, $3, $4, $5 == "-" ? "" : $5 ($7 == "missed" ? " (missed)" : ""), \
        beside, note_of($1)
}

END { printf "\nGeometric mean of the crossings' ratios: **%s**.\n", mean }
