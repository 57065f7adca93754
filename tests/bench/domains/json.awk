# SPDX-License-Identifier: BSD-2-Clause
# Prints table.awk's lines as JSON: a list of rows; elapsed and CPU times in ns, which under -icount are instructions and sleep.

BEGIN { FS = "\t"; print "[" }

function number(text) { return text == "-" || text == "" ? "null" : text }
function pair(ours, xen) { return "{\"xenport\": " number(ours) ", \"stock_xen\": " number(xen) "}" }

{
    printf "%s  {\"name\": \"%s\", \"elapsed\": %s, \"hypervisor\": %s, \"domain_0\": %s, \"other\": %s, \"verdict\": \"%s\"}", \
        (NR > 1 ? ",\n" : ""), $1, pair($2, $3), pair($5, $6), pair($8, $9), pair($10, $11), $12
}

END { print "\n]" }
