# SPDX-License-Identifier: BSD-2-Clause
# Prints table.awk's lines for a terminal.

BEGIN { FS = "\t"; line("stock Linux", "native", "stock Xen", "bare", "Xenport", "share", "aim: at most half of what bare Xen adds") }

function line(name, native, xen, bare, ours, share, verdict) {
    printf "%-42s %13s %13s %13s %13s %6s  %s\n", name, native, xen, bare, ours, share, verdict
}

{ line($1, $2, $3, $4, $5, $6, $7) }
