# SPDX-License-Identifier: BSD-2-Clause
# Joins the aims ("name: number"), the checked-in figures, Xenport's and stock Xen's rows (collect.awk) into lines of
#   name  Xenport  stock Xen  ratio  aim  checked in  verdict  Xenport's counts  stock Xen's counts
# tab-separated, in the order of measuring; aims of rows that nobody measures follow. A row of Xenport's fails when it costs over a
# tenth more than what is checked in, or over 0.7 of stock Xen; what is checked in and is not measured any more has failed as well.
# The last lines are the mean of the ratios and the sum: "mean N" and "count PASSED FAILED".

BEGIN { FS = OFS = "\t"; MEAN_AIM = 1 / 3; RATIO_AIM = 0.7; TOLERANCE = 1.1 }

FNR == 1 { file++ }
/^# / || /^$/ { next }
file == 1 {
    at = match($0, /: [0-9]+$/)
    aim[substr($0, 1, at - 1)] = substr($0, at + 2)
    aims[++nr_aims] = substr($0, 1, at - 1)
    next
}
file == 2 { before[$1] = $2; checked_in[++nr_checked_in] = $1; next }
{
    if (!($1 in seen)) {
        seen[$1] = 1
        names[++n] = $1
    }
    figure[$1, file] = $2
    counts[$1, file] = $3 " " $4 " " $5 " " $6
}

function shown(value) { return value == "" ? "-" : value }

function verdict_of(name, ours, xen) {
    if (ours == "")
        return "not measured"
    if (name in before && ours > before[name] * TOLERANCE)
        return "worse"
    if (xen != "" && ours > xen * RATIO_AIM)
        return "over " RATIO_AIM
    if (name in aim)
        return ours <= aim[name] + 0 ? "reached" : "missed"
    return ""
}

# Rows that begin so are no crossings, or the same ones again with a library's share.
function in_mean(name) { return name !~ /^(start|Mini-OS)/ }

END {
    for (i = 1; i <= nr_checked_in; i++)
        if (!((checked_in[i], 3) in figure)) {
            if (!(checked_in[i] in seen))
                names[++n] = checked_in[i]
            seen[checked_in[i]] = 1
        }
    for (i = 1; i <= nr_aims; i++)
        if (!(aims[i] in seen))
            names[++n] = aims[i]
    for (i = 1; i <= n; i++) {
        name = names[i]
        ours = figure[name, 3]
        xen = figure[name, 4]
        verdict = verdict_of(name, ours, xen)
        if (verdict ~ /^(worse|over)/ || (verdict == "not measured" && name in before))
            failed++
        else if (verdict != "not measured")
            passed++
        ratio = ""
        if (ours > 0 && xen > 0) {
            ratio = sprintf("%.2f", ours / xen)
            if (in_mean(name)) {
                logs += log(ours / xen)
                nr_ratios++
            }
        }
        print name, shown(ours), shown(xen), shown(ratio), shown(aim[name]), shown(before[name]), verdict, \
            shown(counts[name, 3]), shown(counts[name, 4])
    }
    mean = nr_ratios ? exp(logs / nr_ratios) : 1
    if (mean > MEAN_AIM)
        failed++
    else
        passed++
    printf "mean\t%.3f\ncount\t%d\t%d\n", mean, passed, failed
}
