/* SPDX-License-Identifier: BSD-2-Clause */
/* HYPERVISOR_set_trap_table: the guest's virtual IDT. */
#include <xen/guest_access.h>
#include <xen/hypercall.h>
#include <xen/refusal.h>
#include <xen/string.h>
#include "calls.h"
#include "segment.h"

long do_set_trap_table(uint64_t traps_va)
{
    struct vcpu *v = current;
    struct trap_info entry;

    if (!traps_va) {
        memset(v->arch.traps, 0, sizeof(v->arch.traps));
        return 0;
    }
    for (;; traps_va += sizeof(entry)) {
        if (copy_from_guest(&entry, traps_va, sizeof(entry)))
            return refuse(-XEN_EFAULT, "trap-table.list", "no readable entry at %#lx",
                          (unsigned long)traps_va);
        if (!entry.address)
            return 0;
        if (!address_canonical(entry.address))
            return refuse(-XEN_EINVAL, "trap-table.address", "handler %#lx of vector %u is not canonical",
                          entry.address, entry.vector);
        v->arch.traps[entry.vector] =
            (struct trap_bounce_target){.address = entry.address,
                                        .cs = entry.cs,
                                        .flags = entry.flags & (TARGET_DPL | TARGET_MASK_EVENTS)};
        if (hypercall_preempt_check())
            return hypercall_continue(__HYPERVISOR_set_trap_table, 1, traps_va + sizeof(entry));
    }
}
