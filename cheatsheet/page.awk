# SPDX-License-Identifier: BSD-2-Clause
# Makes the page of the checklist from what parse.awk prints: one self-contained HTML file.

BEGIN { FS = "\t" }

function html(text) {
    gsub(/&/, "\\&amp;", text)
    gsub(/</, "\\&lt;", text)
    gsub(/>/, "\\&gt;", text)
    while (match(text, /`[^`]*`/))
        text = substr(text, 1, RSTART - 1) "<code>" substr(text, RSTART + 1, RLENGTH - 2) "</code>" \
            substr(text, RSTART + RLENGTH)
    return text
}

function words(text, class,    n, i, list, out) {
    n = split(text, list, " ")
    for (i = 1; i <= n; i++)
        out = out "<code" class ">" (list[i] == "-" ? "the kernel alone" : html(list[i])) "</code> "
    return out
}

{ key = $3 SUBSEP $4 }
!($3 in chapter_seen) { chapter_seen[$3] = 1; chapters[++nr_chapters] = $3 }
$4 != "-" && !(key in item_seen) { item_seen[key] = 1; items[$3, ++nr_items[$3]] = $4; total++ }
{ value[key, $5] = value[key, $5] (((key, $5) in value) && value[key, $5] != "" ? " " : "") $6 }

END {
    print "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">"
    print "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">"
    print "<title>Xenport: the porting checklist</title>\n<style>"
    while ((getline line < "page.css") > 0)
        print line
    print "</style>\n</head>\n<body>\n<header>\n<h1>The porting checklist</h1>"
    printf "<p>%d items on the way to a kernel that runs on the Xen paravirtual interface, tiers 0 to 3. ", total
    print "Each says what to do, the names in the ABI, the call of libxenguest that does it, the classic mistake, and the tests" \
        " that prove it.</p>\n<nav>"
    for (c = 1; c <= nr_chapters; c++) {
        id = chapters[c]
        printf "<a href=\"#%s\"><b>%s</b> tier %s · %d items</a>\n", id, html(value[id, "-", "chapter"]), \
            value[id, "-", "tier"], nr_items[id]
    }
    print "</nav>\n</header>\n<main>"
    for (c = 1; c <= nr_chapters; c++) {
        id = chapters[c]
        printf "<section id=\"%s\">\n<h2>%s <span class=\"tier\">tier %s</span></h2>\n<p class=\"intro\">%s</p>\n", id, \
            html(value[id, "-", "chapter"]), value[id, "-", "tier"], html(value[id, "-", "intro"])
        for (i = 1; i <= nr_items[id]; i++) {
            item = items[id, i]
            name = id "." item
            printf "<article id=\"%s\">\n<h3>%s <a href=\"#%s\">%s</a></h3>\n", name, html(value[id, item, "title"]), name, name
            printf "<p>%s</p>\n", html(value[id, item, "do"])
            printf "<p class=\"mistake\"><b>Classic mistake</b> %s</p>\n<dl>\n", html(value[id, item, "mistake"])
            printf "<dt>ABI</dt><dd>%s</dd>\n", words(value[id, item, "abi"], "")
            printf "<dt>libxenguest</dt><dd>%s</dd>\n", words(value[id, item, "call"], "")
            printf "<dt>Proved by</dt><dd>%s</dd>\n</dl>\n</article>\n", words(value[id, item, "tests"], " class=\"test\"")
        }
        print "</section>"
    }
    print "</main>\n</body>\n</html>"
}
