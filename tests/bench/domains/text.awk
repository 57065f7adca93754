# SPDX-License-Identifier: BSD-2-Clause
# Prints table.awk's lines for a terminal.

BEGIN {
    FS = "\t"
    line("", "elapsed,", "instr.", "", "hypervisor's", "part", "", "Domain 0's, Xen's", "the other's, Xen's", "")
    line("domains", "Xenport", "stock Xen", "ratio", "Xenport", "stock Xen", "ratio", "CPU time", "CPU time", \
        "aim: not slower, half the part")
}

function line(name, ours, xen, ratio, part, xens, share, first, other, verdict, text) {
    text = sprintf("%-50s %10s %10s %6s %12s %10s %6s %19s %19s  %s", name, ours, xen, ratio, part, xens, share, first, other, verdict)
    sub(/ +$/, "", text)
    print text
}

function pair(ours, xen) { return ours == "-" ? "" : ours " " xen }

{ line($1, $2, $3, $4, $5, $6, $7, pair($8, $9), pair($10, $11), $12) }
