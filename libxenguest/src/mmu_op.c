/* SPDX-License-Identifier: BSD-2-Clause */
/* mmuext_op and update_va_mapping, one at a time: pins, base pointers, flushes, LDT. */
#include <xenguest/mmu.h>
#include "private.h"

static int operate(unsigned int command, uint64_t mfn_or_address, unsigned int nr_entries)
{
    struct mmuext_op op;

    xg_bytes_zero(&op, sizeof(op));
    op.cmd = command;
    op.arg1.mfn = mfn_or_address; /* the other members of the union are as wide */
    op.arg2.nr_ents = nr_entries;
    return (int)hypercall_mmuext_op(&op, 1, NULL, DOMID_SELF);
}

int xg_mmu_update_va(const void *address, xg_pte_t entry, enum xg_flush flush)
{
    return (int)hypercall_update_va_mapping(XG_ADDRESS(address), entry, flush);
}

int xg_mmu_pin(xg_mfn_t table, unsigned int level)
{
    if (level < 1 || level > 4)
        return -XG_EINVAL;
    return operate(MMUEXT_PIN_L1_TABLE + level - 1, table.n, 0);
}

int xg_mmu_unpin(xg_mfn_t table)
{
    return operate(MMUEXT_UNPIN_TABLE, table.n, 0);
}

int xg_mmu_set_base(xg_mfn_t table)
{
    return operate(MMUEXT_NEW_BASEPTR, table.n, 0);
}

int xg_mmu_set_user_base(xg_mfn_t table)
{
    return operate(MMUEXT_NEW_USER_BASEPTR, table.n, 0);
}

int xg_mmu_flush_tlb(bool all_vcpus)
{
    return operate(all_vcpus ? MMUEXT_TLB_FLUSH_ALL : MMUEXT_TLB_FLUSH_LOCAL, 0, 0);
}

int xg_mmu_flush_page(const void *address, bool all_vcpus)
{
    return operate(all_vcpus ? MMUEXT_INVLPG_ALL : MMUEXT_INVLPG_LOCAL, XG_ADDRESS(address), 0);
}

int xg_mmu_set_ldt(const void *address, unsigned int nr_entries)
{
    return operate(MMUEXT_SET_LDT, XG_ADDRESS(address), nr_entries);
}
