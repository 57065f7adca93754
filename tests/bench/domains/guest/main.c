/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What other domains cost: a guest that runs as Domain 0 on Xenport and on stock Xen, makes further domains
 * by itself (the framework's domain.c, without a toolstack), and times what goes on between them and beside
 * them.
 */
#include "domains.h"

const char test_title[] = "what other domains cost";

void test_main(void)
{
    bench_pair();
    bench_crowd();
    test_success();
}
