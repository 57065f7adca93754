/* SPDX-License-Identifier: BSD-2-Clause */
/* See descriptor_check.h. */
#include "descriptor_check.h"

#define DESC_TYPE           (0xfull << 40)
#define DESC_CALL_GATE      (0xcull << 40)
#define DESC_S              (1ull << 44) /* code or data */
#define DESC_DPL_SHIFT      45
#define DESC_DPL            (3ull << DESC_DPL_SHIFT)
#define DESC_PRESENT        (1ull << 47)
#define GATE_SELECTOR_SHIFT 16
#define GATE_RESERVED       (0xffull << 32)

#define FIRST_RESERVED_ENTRY 7168 /* FIRST_RESERVED_GDT_ENTRY of the ABI */
#define FLAT_CODE            0xe033

/* A gate may lead into the guest's own segments, or to the flat code segment. */
static bool gate_target_ok(uint16_t selector)
{
    return selector >> 3 < FIRST_RESERVED_ENTRY || selector == FLAT_CODE || selector & 4;
}

static bool call_gate_ok(uint64_t *descriptor)
{
    uint64_t d = *descriptor;
    uint16_t selector = (uint16_t)(d >> GATE_SELECTOR_SHIFT);

    if (!gate_target_ok(selector) || d & GATE_RESERVED)
        return false;
    selector |= 3; /* where the gate's DPL, which is 3 by now, is kept */
    d &= ~(DESC_DPL | 0xffffull << GATE_SELECTOR_SHIFT);
    *descriptor = d | (uint64_t)selector << GATE_SELECTOR_SHIFT;
    return true;
}

bool descriptor_ok(uint64_t *descriptor)
{
    if (!(*descriptor & DESC_PRESENT) || !(*descriptor & (DESC_S | DESC_TYPE)))
        return true;
    if (*descriptor & DESC_S) {
        *descriptor |= DESC_DPL;
        return true;
    }
    return (*descriptor & DESC_TYPE) == DESC_CALL_GATE && call_gate_ok(descriptor);
}
