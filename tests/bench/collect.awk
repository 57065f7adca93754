# SPDX-License-Identifier: BSD-2-Clause
# Joins what QEMU logged (plugin/events.c's marks, writes to the local APIC) with the guest's console: lines of name, instructions,
# CR3 loads, flushes of the whole TLB, of one page, and IPIs an operation, tab-separated; "-" for what is not known. The marks come
# in pairs, in the order of the rows. Files: the log, the console.

BEGIN { OFS = "\t" }

FILENAME == ARGV[1] && /^apic_mem_writel 0x300 / { ipis++ }
FILENAME == ARGV[1] && /^mark / {
    if (++marks % 2 == 0) {
        cr3[marks / 2] = $2
        all[marks / 2] = $3
        page[marks / 2] = $4
        ipi[marks / 2] = ipis + 0
    }
    ipis = 0
}

function each(count, operations) {
    if (count == "")
        return "-"
    count /= operations
    # The warm-up and what comes by chance (a timer) is no share of an operation.
    return count < 0.05 ? "0" : sprintf("%.2g", count)
}

FILENAME == ARGV[2] && /^row: .*: [0-9]+ of [0-9]+$/ {
    row++
    at = match($0, /: [0-9]+ of [0-9]+$/)
    print substr($0, 6, at - 6), $(NF - 2), each(cr3[row], $NF), each(all[row], $NF), each(page[row], $NF), each(ipi[row], $NF)
}
