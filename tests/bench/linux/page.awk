# SPDX-License-Identifier: BSD-2-Clause
# Prints table.awk's lines as a section for the page that tests/bench/page.awk makes: in each bar what native takes is in one
# colour and what the hypervisor adds in another, Xenport above, bare stock Xen below.

BEGIN {
    FS = "\t"
    print "<!-- Linux -->\n<h1>What stock Linux's operations cost</h1>"
    print "<p>Instructions an operation of a program under Debian's kernel: native, as Domain 0 of stock Xen as Debian starts it and" \
        " without mitigations (bare), and of Xenport. The share is what Xenport adds to native over what bare stock Xen adds;" \
        " the aim is at most half.</p>"
    print "<div class=\"scroll\"><table>"
    print "<tr><th>operation</th><th>native</th><th>stock Xen</th><th>bare</th><th>Xenport</th><th>share</th><th></th><th></th></tr>"
}

function bar(y, native, whole, most, class) {
    return sprintf("<rect x=\"0\" y=\"%d\" width=\"%.2f\" height=\"9\" class=\"%s\"/>", y, 100 * whole / most, class) \
        sprintf("<rect x=\"0\" y=\"%d\" width=\"%.2f\" height=\"9\" fill=\"currentColor\" opacity=\".35\"/>", y, 100 * native / most)
}

{
    xen = $4 == "-" ? $3 : $4
    most = xen + 0 > $5 + 0 ? xen : $5
    bars = most + 0 > 0 ? bar(1, $2, $5, most, "ours") bar(12, $2, xen, most, "xen") : ""
    printf "<tr><td>%s</td><td>%s</td><td>%s</td><td>%s</td><td>%s</td><td>%s</td>", $1, $2, $3, $4, $5, $6
    printf "<td class=\"%s\">%s</td>", $7 == "reached" ? "good" : $7 == "missed" ? "bad" : "", $7 == "-" ? "" : $7
    printf "<td class=\"bars\"><svg viewBox=\"0 0 100 22\" preserveAspectRatio=\"none\" role=\"img\" aria-label=\"%s of %s\">%s</svg>", \
        $5, xen, bars
    print "</td></tr>"
}

END { print "</table></div>" }
