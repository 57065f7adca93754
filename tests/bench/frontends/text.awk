# SPDX-License-Identifier: BSD-2-Clause
# Prints table.awk's lines for a terminal.

BEGIN {
    FS = "\t"
    printf "%-9s %-26s %10s %12s %6s  %s\n", "on", "instructions", "Linux", "libxenguest", "ratio", "aim: half"
}

$3 == "-" { printf "%-9s %s: %s\n", $1, $2, $4; next }
{ printf "%-9s %-26s %10d %12d %6s  %s\n", $1, $2, $3, $4, $5, $6 }
