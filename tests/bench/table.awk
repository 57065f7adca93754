# SPDX-License-Identifier: BSD-2-Clause
# Joins aims, Xenport's figures and stock Xen's (three files of "name: number") into lines of name, Xenport, Xen, aim, verdict,
# tab-separated, in the order of the aims; rows without an aim follow. The fourth file has "name: " of each row that is measured:
# status 1, and a sentence on standard error, when one of these has no figure on Xenport or on stock Xen.

BEGIN { OFS = "\t"; print "instructions", "Xenport", "stock Xen", "aim", "" }

FNR == 1 { for (file = 1; FILENAME != ARGV[file]; file++); }
/^# / || /^$/ { next }
{
    at = match($0, /: [0-9]*$/)
    name = substr($0, 1, at - 1)
    figure[name, file] = substr($0, at + 2)
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
        if ((name, 4) in figure) {
            measured++
            if (ours == "" || xen == "") {
                printf "%s: no figure on %s\n", name, ours == "" ? "Xenport" : "stock Xen" > "/dev/stderr"
                missing = 1
            }
        }
        print name, ours == "" ? "-" : ours, xen == "" ? "-" : xen, aim == "" ? "-" : aim, verdict
    }
    exit missing || !measured
}
