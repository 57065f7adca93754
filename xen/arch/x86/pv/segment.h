/* SPDX-License-Identifier: BSD-2-Clause */
/* Addresses and selectors as the PV interface bends them. Pure. */
#ifndef PV_SEGMENT_H
#define PV_SEGMENT_H

#include <xen/types.h>

static inline bool address_canonical(uint64_t va)
{
    return ((int64_t)va >> 47) == ((int64_t)va >> 63);
}
/* A selector for ring 0-2 comes to mean ring 3. */
static inline uint16_t selector_fixed(uint16_t selector)
{
    return selector | 3;
}

#endif
