# SPDX-License-Identifier: BSD-2-Clause
# Prints table.awk's lines as JSON: a list of rows; numbers are instructions, except where the name says milliseconds.

BEGIN { FS = "\t"; print "[" }

function number(text) { return text == "-" || text == "" ? "null" : text }

{
    printf "%s  {\"name\": \"%s\", \"native\": %s, \"stock_xen\": %s, \"stock_xen_bare\": %s, \"xenport\": %s,", \
        (NR > 1 ? ",\n" : ""), $1, number($2), number($3), number($4), number($5)
    printf " \"share\": %s, \"verdict\": \"%s\"}", number($6), $7
}

END { print "\n]" }
