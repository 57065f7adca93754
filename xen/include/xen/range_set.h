/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Sets of numbers kept as ranges: which ports, frames or the like a domain may use. Few and seldom changed;
 * the caller locks.
 */
#ifndef XEN_RANGE_SET_H
#define XEN_RANGE_SET_H

#include <xen/types.h>

struct range {
    uint64_t first, last;
};

/* Empty when all zero. list: nr ranges, ascending, with gaps between them. */
struct range_set {
    struct range *list;
    unsigned int nr;
};

/* Are all of first to last in it? */
bool range_set_contains(const struct range_set *s, uint64_t first, uint64_t last);
/* first <= last. 0, or -XEN_ENOMEM: nothing has changed. */
int range_set_add(struct range_set *s, uint64_t first, uint64_t last) __must_check;
int range_set_remove(struct range_set *s, uint64_t first, uint64_t last) __must_check;
/* Makes it empty. */
void range_set_clear(struct range_set *s);

#endif
