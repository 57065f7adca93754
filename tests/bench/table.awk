# SPDX-License-Identifier: BSD-2-Clause
# Joins aims, Xenport's figures and stock Xen's (three files of "name: number") into lines of name, Xenport, Xen, aim, verdict,
# tab-separated, in the order of the aims; rows without an aim follow. Status 1 when one of the two was not measured at all.

BEGIN { OFS = "\t"; print "instructions", "Xenport", "stock Xen", "aim", "" }

FNR == 1 { file++ }
/^# / || /^$/ { next }
{
    at = match($0, /: [0-9]*$/)
    name = substr($0, 1, at - 1)
    figure[name, file] = substr($0, at + 2)
    count[file]++
    if (!(name in seen)) {
        seen[name] = 1
        names[++n] = name
    }
}

END {
    for (i = 1; i <= n; i++) {
        name = names[i]
        ours = figure[name, 2]
        xen = figure[name, 3]
        aim = figure[name, 1]
        if (ours == "" && xen == "")
            verdict = "not measured"
        else if (ours == "")
            verdict = "not on Xenport"
        else if (aim == "")
            verdict = ""
        else
            verdict = ours + 0 <= aim + 0 ? "reached" : "missed"
        print name, ours == "" ? "-" : ours, xen == "" ? "-" : xen, aim == "" ? "-" : aim, verdict
    }
    exit !(count[2] > 2 && count[3] > 2)
}
