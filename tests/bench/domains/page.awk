# SPDX-License-Identifier: BSD-2-Clause
# Prints table.awk's lines as a section for the page that tests/bench/page.awk makes: in each bar what elapses, and in it in a darker
# colour the hypervisor's part; Xenport above, stock Xen below. Rows of many domains show that part alone.

BEGIN {
    FS = "\t"
    print "<!-- domains -->\n<h1>What further domains cost</h1>"
    print "<p>Xenport beside stock Xen 4.17 without mitigations, one CPU, the same guests and the same ramdisk; instructions (with what all" \
        " sleep together, a nanosecond each) of one operation, and how many of them are the hypervisor's own. The aim: no row slower, and half" \
        " in the hypervisor's part. CPU times are what each domain's runstate says, Xenport / stock Xen.</p>"
    print "<div class=\"scroll\"><table>"
    print "<tr><th>operation</th><th>Xenport</th><th>stock Xen</th><th>ratio</th><th>its part</th><th>stock Xen's</th><th>ratio</th>" \
        "<th></th><th></th><th class=\"counts\">CPU time of Domain 0; of the other</th></tr>"
}

function html(text) {
    gsub(/&/, "\\&amp;", text)
    gsub(/</, "\\&lt;", text)
    gsub(/'/, "\\&#39;", text)
    return text
}

function rect(y, width, attributes) {
    return sprintf("<rect x=\"0\" y=\"%d\" width=\"%.2f\" height=\"9\" %s/>", y, width, attributes)
}

function bar(y, whole, part, most, class) {
    return rect(y, 100 * whole / most, "class=\"" class "\"") rect(y, 100 * part / most, "fill=\"currentColor\" opacity=\".45\"")
}

{
    crowd = $1 ~ /a millisecond$/
    ours = crowd ? $5 : $2
    xen = crowd ? $6 : $3
    most = xen + 0 > ours + 0 ? xen : ours
    bars = most + 0 > 0 ? bar(1, ours, $5, most, "ours") bar(12, xen, $6, most, "xen") : ""
    printf "<tr><td>%s</td><td>%s</td><td>%s</td><td>%s</td><td>%s</td><td>%s</td><td>%s</td>", html($1), $2, $3, $4, $5, $6, $7
    printf "<td class=\"%s\">%s</td>", $12 == "reached" ? "good" : $12 == "-" ? "" : "bad", $12 == "-" ? "" : $12
    printf "<td class=\"bars\"><svg viewBox=\"0 0 100 22\" preserveAspectRatio=\"none\" role=\"img\" aria-label=\"%s of %s\">%s</svg></td>", \
        ours, xen, bars
    printf "<td class=\"counts\">%s</td></tr>\n", $8 == "-" ? "" : $8 " / " $9 "; " $10 " / " $11
}

END { print "</table></div>" }
