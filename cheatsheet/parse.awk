# SPDX-License-Identifier: BSD-2-Clause
# Reads items/*.item (README.md has the format) and prints one line a field line, tab-separated:
#   file  line  chapter  item  field  text
# Item and field are "-" for the chapter's own head. What is not in the format is reported on standard error, and ends in status 1.

BEGIN { OFS = "\t"; item = "-" }

function wrong(sentence) {
    print FILENAME ":" FNR ": " sentence > "/dev/stderr"
    failed = 1
}

function finish_item() {
    if (item != "-" && nr_fields != 5)
        wrong("the item before this has not all of do, abi, call, mistake, tests, once each")
}

FNR == 1 {
    finish_item()
    chapter = FILENAME
    sub(/.*\/[0-9]+-/, "", chapter)
    sub(/\.item$/, "", chapter)
    item = "-"
    field = ""
}

/^[ \t]*$/ { next }

/^== / {
    finish_item()
    rest = substr($0, 4)
    colon = index(rest, ": ")
    if (!colon)
        wrong("an item begins with == name: title")
    item = substr(rest, 1, colon - 1)
    if (item !~ /^[a-z0-9-]+$/ || (chapter, item) in seen)
        wrong("an item's name is of a-z, 0-9 and -, and stands once in a chapter")
    seen[chapter, item] = 1
    nr_fields = 0
    print FILENAME, FNR, chapter, item, "title", substr(rest, colon + 2)
    next
}

/^[a-z]+:/ {
    colon = index($0, ":")
    field = substr($0, 1, colon - 1)
    known = item == "-" ? " chapter tier intro " : " do abi call mistake tests "
    if (!index(known, " " field " "))
        wrong("no such field here: " field)
    nr_fields++
    text = substr($0, colon + 1)
    sub(/^[ \t]+/, "", text)
    print FILENAME, FNR, chapter, item, field, text
    next
}

/^[ \t]/ && field != "" {
    text = $0
    sub(/^[ \t]+/, "", text)
    print FILENAME, FNR, chapter, item, field, text
    next
}

{ wrong("neither a field nor the going on of one") }

END {
    finish_item()
    exit failed
}
