# SPDX-License-Identifier: BSD-2-Clause
# Prints table.awk's lines as a section for the page that tests/bench/page.awk makes: libxenguest's bar above, Linux's below, a mark at half.

BEGIN {
    FS = "\t"
    print "<!-- frontends -->\n<h1>What the frontends cost a guest</h1>"
    print "<p>The same work on the same backends, by libxenguest in Mini-OS and by stock Linux as DomU: instructions of the guest's own CPU time" \
        " as the hypervisor accounts it. The aim is at most half of Linux&#39;s.</p>"
    print "<p class=\"key\"><b style=\"background:var(--ours)\"></b>libxenguest<b style=\"background:var(--xen)\"></b>Linux" \
        "<b style=\"background:var(--aim);width:.2rem\"></b>aim</p>"
    print "<div class=\"scroll\"><table>"
    print "<tr><th>operation</th><th>on</th><th>Linux</th><th>libxenguest</th><th>ratio</th><th></th><th></th></tr>"
}

$3 != "-" {
    printf "<tr><td>%s</td><td>%s</td><td>%d</td><td>%d</td><td>%s</td><td class=\"%s\">%s</td>", $2, $1 == "xen" ? "stock Xen" : "Xenport", $3, $4, $5, \
        $6 == "reached" ? "good" : "bad", $6
    printf "<td class=\"bars\"><svg viewBox=\"0 0 100 22\" preserveAspectRatio=\"none\" role=\"img\" aria-label=\"%d of %d\">", $4, $3
    printf "<rect x=\"0\" y=\"1\" width=\"%.2f\" height=\"9\" class=\"ours\"/>", ($4 > $3 ? 100 : 100 * $4 / $3)
    print "<rect x=\"0\" y=\"12\" width=\"100\" height=\"9\" class=\"xen\"/>" \
        "<rect x=\"50\" y=\"0\" width=\".6\" height=\"22\" class=\"aim\"/></svg></td></tr>"
}

END { print "</table></div>" }
