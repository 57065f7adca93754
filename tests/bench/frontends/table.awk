# SPDX-License-Identifier: BSD-2-Clause
# From Domain 0's console under the hypervisor hv: lines of hypervisor, row, Linux's and libxenguest's instructions, the ratio and the verdict,
# tab-separated; at last how many notifications a sequential read took. Status 1: a figure is missing.

BEGIN { FS = ": "; OFS = "\t" }

/^row: / {
    cost[$2, $3] = $4
    if ($2 == "lin")
        rows[++nr] = $3
}

/^minios\| bench-disk: / { notifications = substr($0, length("minios| bench-disk: ") + 1) }

END {
    for (i = 1; i <= nr; i++) {
        linux = cost["lin", rows[i]]
        ours = cost["minios", rows[i]]
        if (linux + 0 == 0 || ours + 0 == 0)
            missing = 1
        else
            print hv, rows[i], linux, ours, sprintf("%.2f", ours / linux), ours * 2 <= linux ? "reached" : "missed"
    }
    print hv, "64 KiB reads", "-", notifications, "-", "-"
    exit missing || nr != 5
}
