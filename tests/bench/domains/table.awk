# SPDX-License-Identifier: BSD-2-Clause
# Joins Xenport's and stock Xen's rows (collect.awk) into lines of
#   name  Xenport stock ratio (elapsed)  Xenport stock ratio (the hypervisor's part)  Domain 0's CPU time: Xenport stock
#   the other's: Xenport stock  verdict
# tab-separated. reached: not slower, and at most half in the hypervisor's part. Status 1, and a sentence, when a row lacks a figure.

BEGIN { FS = OFS = "\t"; PART_AIM = 0.5; ELAPSED_AIM = 1.005; ROWS = 20 }

FNR == 1 { file++ }
{
    if (!($1 in seen)) {
        seen[$1] = 1
        names[++n] = $1
    }
    for (i = 2; i <= 5; i++)
        figure[$1, file, i] = $i
}

function ratio_of(ours, xen) { return ours + 0 > 0 && xen + 0 > 0 ? sprintf("%.2f", ours / xen) : "-" }
function shown(value) { return value == "" ? "-" : value }

function verdict_of(elapsed, part) {
    if (elapsed == "-")
        return "-"
    if (elapsed > ELAPSED_AIM)
        return "slower"
    return part == "-" ? "-" : part <= PART_AIM ? "reached" : "missed"
}

END {
    for (r = 1; r <= n; r++) {
        name = names[r]
        for (f = 1; f <= 2; f++)
            if (figure[name, f, 2] == "") {
                printf "%s: no figure: %s\n", name, f == 1 ? "Xenport" : "stock Xen" >"/dev/stderr"
                missing = 1
            }
        elapsed = ratio_of(figure[name, 1, 2], figure[name, 2, 2])
        part = figure[name, 1, 3] == "0" ? "0.00" : ratio_of(figure[name, 1, 3], figure[name, 2, 3])
        line = name OFS shown(figure[name, 1, 2]) OFS shown(figure[name, 2, 2]) OFS elapsed
        line = line OFS shown(figure[name, 1, 3]) OFS shown(figure[name, 2, 3]) OFS part
        for (i = 4; i <= 5; i++)
            line = line OFS shown(figure[name, 1, i]) OFS shown(figure[name, 2, i])
        print line, verdict_of(elapsed, part)
    }
    if (n < ROWS)
        printf "%d rows, not %d\n", n, ROWS >"/dev/stderr"
    exit missing || n < ROWS
}
