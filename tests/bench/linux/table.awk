# SPDX-License-Identifier: BSD-2-Clause
# Joins four files of "name TAB number" (native, stock Xen, bare stock Xen, Xenport) into lines of
#   name  native  stock Xen  bare  Xenport  share  verdict
# where share is what Xenport adds to native over what bare stock Xen adds (stock Xen as it is, where there is no bare figure).
# Status 1, and a sentence, when a row lacks a figure or there is none.

BEGIN { FS = OFS = "\t"; AIM = 0.5; split("native,stock Xen,bare stock Xen,Xenport", sides, ",") }

FNR == 1 { for (file = 1; FILENAME != ARGV[file]; file++); }
{
    figure[$1, file] = $2
    if (!($1 in seen)) {
        seen[$1] = 1
        names[++n] = $1
    }
}

function share_of(native, xen, ours) {
    return xen > native ? sprintf("%.2f", (ours - native) / (xen - native)) : ""
}

END {
    for (i = 1; i <= n; i++) {
        name = names[i]
        for (file = 1; file <= 4; file++)
            if (figure[name, file] == "" && !(file == 3 && name ~ /milliseconds/)) {
                printf "%s: no figure: %s\n", name, sides[file] >"/dev/stderr"
                missing = 1
            }
        xen = figure[name, 3] == "" ? figure[name, 2] : figure[name, 3]
        share = share_of(figure[name, 1] + 0, xen + 0, figure[name, 4] + 0)
        # Of the time of a host that does other things as well there is no verdict.
        verdict = share == "" || figure[name, 4] == "" || name ~ /milliseconds/ ? "-" : share <= AIM ? "reached" : "missed"
        print name, figure[name, 1], figure[name, 2], figure[name, 3] == "" ? "-" : figure[name, 3], figure[name, 4], \
            share == "" ? "-" : share, verdict
    }
    exit missing || n < 9
}
