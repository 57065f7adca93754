/* SPDX-License-Identifier: BSD-2-Clause */
/* A vCPU that is stopped where it is, and goes on from there even in a domain where it never was. */
#include <xenguest/vcpu.h>
#include "private.h"

_Static_assert(XG_HYPERCALL_vcpu_op == 24 && VCPUOP_down == 2, "as park.S has them");

void xg_vcpu_park(unsigned int vcpu, struct xg_vcpu_park *park)
{
    xg_arch_park(vcpu, &park->stack_pointer);
}

bool xg_vcpu_parked(unsigned int vcpu)
{
    return xg_vcpu_is_up(vcpu) == 0;
}

/* Its stack is as it left it: what is below the stack pointer is free. */
static int initialise(unsigned int vcpu, const struct xg_vcpu_park *park, uint64_t gs_base,
                      xg_mfn_t page_tables, void *context)
{
    struct xg_vcpu_start start = {.entry = xg_arch_unpark,
                                  .arg = (void *)(uintptr_t)park->stack_pointer,
                                  .stack_top = park->stack_pointer,
                                  .gs_base = gs_base,
                                  .page_tables = page_tables};

    return xg_vcpu_initialise(vcpu, &start, true, context);
}

int xg_vcpu_unpark(unsigned int vcpu, const struct xg_vcpu_park *park, bool anew, uint64_t gs_base,
                   xg_mfn_t page_tables, void *context)
{
    int rc = anew ? initialise(vcpu, park, gs_base, page_tables, context) : 0;

    return rc ? rc : xg_vcpu_up(vcpu);
}
