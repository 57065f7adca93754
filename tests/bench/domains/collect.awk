# SPDX-License-Identifier: BSD-2-Clause
# Joins what QEMU's plugin logged (plugin/part.c's marks, in pairs, in the order of the rows) with the console's rows: lines of name,
# elapsed ns, the hypervisor's instructions, Domain 0's CPU time and the other domain's, tab-separated, of one operation; "-" for what is not known.
# Rows that are named warm are left out; of a row that is there more than once, the least counts. Files: the log, the console.

BEGIN { OFS = "\t" }

FILENAME == ARGV[1] && /^mark / {
    if (++marks % 2 == 0)
        part[marks / 2] = $2
}

FILENAME == ARGV[2] && /^row: .*: [0-9]+ of [0-9]+(, [0-9]+ [0-9]+)?$/ {
    row++
    at = match($0, /: [0-9]+ of [0-9]+(, [0-9]+ [0-9]+)?$/)
    name = substr($0, 6, at - 6)
    split(substr($0, at + 2), word, /[ ,]+/)
    if (name == "warm" || (name in elapsed && elapsed[name] <= word[1]))
        next
    if (!(name in elapsed))
        names[++n] = name
    elapsed[name] = word[1]
    line[name] = name OFS word[1] OFS ((row in part) ? sprintf("%.0f", part[row] / word[3]) : "-") OFS \
        (word[4] == "" ? "-" : word[4]) OFS (word[5] == "" ? "-" : word[5])
}

END {
    for (i = 1; i <= n; i++)
        print line[names[i]]
}
