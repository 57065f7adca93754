/* SPDX-License-Identifier: BSD-2-Clause */
/* A row's end: what the guests that are timed print for run.sh, "row: NAME: instructions of operations". */
#include "bench.h"

void row_report(const char *name, uint64_t spent, unsigned long nr, long rc)
{
    if (rc)
        test_failure("%s: errno %ld", name, rc);
    else
        printk("row: %s: %lu of %lu\n", name, spent / nr, nr);
}

void row_end(const char *name, uint64_t start, unsigned long nr, long rc)
{
    uint64_t spent = read_tsc() - start;

    MARK();
    row_report(name, spent, nr, rc);
}
