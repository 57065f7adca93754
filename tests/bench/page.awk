# SPDX-License-Identifier: BSD-2-Clause
# Makes a self-contained page of the table: a row an operation, two bars on the scale of stock Xen's figure, a mark at the aim.

BEGIN {
    FS = "\t"
    print "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
    print "<title>Xenport: what crossings cost</title>\n<style>"
    print "body { font: 15px/1.4 system-ui, sans-serif; max-width: 70rem; margin: 1.5rem auto; padding: 0 1rem; color: #1b1f24; }"
    print "table { border-collapse: collapse; width: 100%; } td, th { padding: .3rem .6rem; text-align: right; }"
    print "td:first-child, th:first-child { text-align: left; } tr + tr { border-top: 1px solid #dde2e7; }"
    print "td.bars { width: 32%; } svg { display: block; width: 100%; height: 26px; }"
    print ".missed { color: #a33; } .reached { color: #17713a; }"
    print ".key { color: #57606a; } .key b { display: inline-block; width: .8rem; height: .8rem; margin: 0 .3rem 0 1rem; }"
    print "</style>\n</head>\n<body>\n<h1>What crossings and the start cost</h1>"
    print "<p>Instructions an operation, one CPU, QEMU counting them; the same guest on both. Fewer is better.</p>"
    print "<p class=\"key\"><b style=\"background:#0b5cad\"></b>Xenport" \
        "<b style=\"background:#b9c2cc\"></b>stock Xen 4.17 without" \
        " mitigations<b style=\"background:#d9480f;width:.2rem\"></b>aim</p>\n<table>"
}

function html(text) {
    gsub(/&/, "\\&amp;", text)
    gsub(/</, "\\&lt;", text)
    return text
}

function bar(y, width, colour) {
    return sprintf("<rect x=\"0\" y=\"%d\" width=\"%.2f\" height=\"11\" fill=\"%s\"/>", y, width > 100 ? 100 : width, colour)
}

NR == 1 { printf "<tr><th>operation</th><th>%s</th><th>%s</th><th>aim</th><th></th><th></th></tr>\n", $2, $3; next }
{
    bars = ""
    if ($3 + 0 > 0) {
        if ($2 != "-")
            bars = bar(1, 100 * $2 / $3, "#0b5cad")
        bars = bars bar(14, 100, "#b9c2cc")
        if ($4 != "-")
            bars = bars sprintf("<rect x=\"%.2f\" y=\"0\" width=\".6\" height=\"26\" fill=\"#d9480f\"/>", 100 * $4 / $3)
    }
    printf "<tr><td>%s</td><td>%s</td><td>%s</td><td>%s</td><td class=\"%s\">%s</td>", html($1), $2, $3, $4, $5, $5
    printf "<td class=\"bars\"><svg viewBox=\"0 0 100 26\" preserveAspectRatio=\"none\">%s</svg></td></tr>\n", bars
}

END { print "</table>\n</body>\n</html>" }
