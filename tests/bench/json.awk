# SPDX-License-Identifier: BSD-2-Clause
# Prints table.awk's lines as JSON: an object with the rows, the mean of the ratios, and how many rows passed.

BEGIN { FS = "\t"; print "{\n  \"unit\": \"instructions an operation\",\n  \"rows\": [" }

function quoted(text) {
    gsub(/[\\"]/, "\\\\&", text)
    return "\"" text "\""
}

function number(text) {
    return text == "-" || text == "" ? "null" : text
}

function side(name, instructions, counts) {
    if (split(counts, each, " ") < 4)
        split("- - - -", each, " ")
    printf " \"%s\": {\"instructions\": %s,", name, number(instructions)
    printf " \"cr3_loads\": %s, \"tlb_flushes\": %s,", number(each[1]), number(each[2])
    printf " \"page_flushes\": %s, \"ipis\": %s},", number(each[3]), number(each[4])
}

$1 == "mean" { mean = $2; next }
$1 == "count" { passed = $2; failed = $3; next }
{
    printf "%s    {\"name\": %s,", (NR > 1 ? ",\n" : ""), quoted($1)
    side("xenport", $2, $8)
    side("stock_xen", $3, $9)
    printf " \"ratio\": %s, \"aim\": %s, \"checked_in\": %s, \"verdict\": %s}", number($4), number($5), number($6), quoted($7)
}

END { printf "\n  ],\n  \"geometric_mean\": %s,\n  \"passed\": %d,\n  \"failed\": %d\n}\n", mean, passed, failed }
