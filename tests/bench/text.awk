# SPDX-License-Identifier: BSD-2-Clause
# Prints table.awk's lines for a terminal; the counts beside are Xenport's, then stock Xen's: CR3 loads, flushes of the whole TLB, of
# a page, IPIs. Nothing stands where all are 0.

BEGIN {
    FS = "\t"
    line("instructions an operation", "Xenport", "stock Xen", "ratio", "aim", "verdict", "CR3 loads, flushes all/page, IPIs")
}

function line(name, ours, xen, ratio, aim, verdict, counts) {
    text = sprintf("%-52s %10s %10s %6s %6s  %-12s %s", name, ours, xen, ratio, aim, verdict, counts)
    sub(/ +$/, "", text)
    print text
}

function shown(counts) { return counts == "0 0 0 0" || counts ~ /^-/ ? "" : counts }

$1 == "mean" { printf "geometric mean of the crossings' ratios: %s (aim 0.333)\n", $2; next }
$1 == "count" { next }
{
    counts = shown($8)
    if (shown($9) != "")
        counts = (counts == "" ? "0 0 0 0" : counts) "; " $9
    line($1, $2, $3, $4, $5, $7, counts)
}
