/* SPDX-License-Identifier: BSD-2-Clause */
/* What the files of this guest share: its two kinds of rows. */
#ifndef DOMAINS_H
#define DOMAINS_H

#include "bench.h"

/* pair.c: between this domain and another. */
void bench_pair(void);
/* crowd.c: what the hypervisor does while many domains are there. */
void bench_crowd(void);

#endif
