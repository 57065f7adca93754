# SPDX-License-Identifier: BSD-2-Clause
# Makes a self-contained page of table.awk's lines: a row an operation, two bars on the scale of stock Xen's figure, a mark at the aim.

BEGIN {
    FS = "\t"
    print "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">"
    print "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">"
    print "<title>Xenport: what crossings cost</title>\n<style>"
    print ":root { --ink: #1b1f24; --soft: #57606a; --line: #dde2e7; --ground: #fff; --ours: #0b5cad; --xen: #b9c2cc; --aim: #d9480f;"
    print "  --bad: #a3262a; --good: #17713a; }"
    print "@media (prefers-color-scheme: dark) { :root { --ink: #e4e8ec; --soft: #9aa4af; --line: #333a42; --ground: #15181c;"
    print "  --ours: #5aa2ea; --xen: #4c5661; --aim: #ff9457; --bad: #ff8d8d; --good: #6cd394; } }"
    print "body { font: 15px/1.4 system-ui, sans-serif; max-width: 78rem; margin: 1.5rem auto; padding: 0 1rem; color: var(--ink);"
    print "  background: var(--ground); }"
    print ".scroll { overflow-x: auto; }"
    print "table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }"
    print "td, th { padding: .25rem .6rem; text-align: right; white-space: nowrap; } th { color: var(--soft); font-weight: 500; }"
    print "td:first-child, th:first-child, td.counts, th.counts { text-align: left; } tr + tr { border-top: 1px solid var(--line); }"
    print "td.counts { color: var(--soft); font-size: 13px; } td.bars { width: 30%; min-width: 12rem; }"
    print "svg { display: block; width: 100%; height: 22px; } .ours { fill: var(--ours); } .xen { fill: var(--xen); } .aim { fill: var(--aim); }"
    print ".bad { color: var(--bad); } .good { color: var(--good); }"
    print ".key { color: var(--soft); } .key b { display: inline-block; width: .8rem; height: .8rem; margin: 0 .3rem 0 1rem; }"
    print ".key b:first-child { margin-left: 0; }"
    print "</style>\n</head>\n<body>\n<h1>What crossings cost</h1>"
}

function html(text) {
    gsub(/&/, "\\&amp;", text)
    gsub(/</, "\\&lt;", text)
    return text
}

function bar(y, width, class) {
    return sprintf("<rect x=\"0\" y=\"%d\" width=\"%.2f\" height=\"9\" class=\"%s\"/>", y, width > 100 ? 100 : width, class)
}

function bars_of(ours, xen, aim, bars) {
    if (xen + 0 <= 0)
        return ""
    bars = (ours == "-" ? "" : bar(1, 100 * ours / xen, "ours")) bar(12, 100, "xen")
    if (aim != "-" && aim + 0 <= xen + 0)
        bars = bars sprintf("<rect x=\"%.2f\" y=\"0\" width=\".6\" height=\"22\" class=\"aim\"/>", 100 * aim / xen)
    return "<svg viewBox=\"0 0 100 22\" preserveAspectRatio=\"none\" role=\"img\" aria-label=\"" ours " of " xen "\">" bars "</svg>"
}

function shown(counts) { return counts ~ /^-/ ? "" : counts == "0 0 0 0" ? "none" : counts }

function class_of(verdict) { return verdict == "reached" ? "good" : verdict == "" || verdict == "not measured" ? "" : "bad" }

$1 == "mean" { mean = $2; next }
$1 == "count" { next }
{
    rows = rows sprintf("<tr><td>%s</td><td>%s</td><td>%s</td><td>%s</td><td>%s</td><td class=\"%s\">%s</td><td class=\"bars\">%s</td><td class=\"counts\">%s</td></tr>\n", \
        html($1), $2, $3, $4, $5, class_of($7), $7, bars_of($2, $3, $5), $8 == $9 ? shown($8) : shown($8) " / " shown($9))
}

END {
    print "<p>Instructions an operation, one CPU, QEMU counting them; the same guest on both. Fewer is better."
    printf "The geometric mean of the crossings' ratios is <strong>%s</strong>.</p>\n", mean
    print "<p class=\"key\"><b style=\"background:var(--ours)\"></b>Xenport<b style=\"background:var(--xen)\"></b>stock Xen 4.17 without" \
        " mitigations<b style=\"background:var(--aim);width:.2rem\"></b>aim. Beside:" \
        " CR3 loads, flushes of the whole TLB, of a page, and IPIs an operation; Xenport / stock Xen.</p>"
    print "<div class=\"scroll\"><table>"
    print "<tr><th>operation</th><th>Xenport</th><th>stock Xen</th><th>ratio</th><th>aim</th><th></th><th></th>" \
        "<th class=\"counts\">beside</th></tr>"
    printf "%s</table></div>\n</body>\n</html>\n", rows
}
