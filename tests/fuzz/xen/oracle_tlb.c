/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the CPUs' TLBs may remember: every writable translation and every way to an L1 table that a walk has
 * found since the CPU's last complete flush. None of it may allow a write to what has become something else,
 * or another's.
 */
#include <string.h>
#include <asm/pv.h>
#include <asm/pv_mm.h>
#include <fake/pv.h>
#include "world.h"

#define FRAMES (0x100 + NR_PAGES)

static struct {
    uint64_t flushed_at;
    const struct domain *writable[FRAMES]; /* whose the frame was; NULL: not remembered */
    bool table[FRAMES];                    /* remembered as an L1 table */
} tlb[FAKE_TLBS];

static void forget_what_is_flushed(unsigned int cpu)
{
    if (tlb[cpu].flushed_at == fake_flushed_at[cpu])
        return;
    memset(&tlb[cpu], 0, sizeof(tlb[cpu]));
    tlb[cpu].flushed_at = fake_flushed_at[cpu];
}

static void remember(unsigned int cpu, pte_t e)
{
    if (pte_present(e) && (e.v & PTE_WRITE) && mfn_valid(pte_mfn(e)))
        tlb[cpu].writable[pte_mfn(e).n] = mfn_to_page(pte_mfn(e))->owner;
}

void tlb_forget(void)
{
    memset(tlb, 0, sizeof(tlb));
    for (unsigned int cpu = 0; cpu < FAKE_TLBS; cpu++)
        tlb[cpu].flushed_at = fake_flushed_at[cpu];
}

void tlb_touch(const struct vcpu *v, uint64_t va)
{
    unsigned int cpu = v->id;
    mfn_t m = pv_current_base(v);
    uint64_t writable = PTE_WRITE;

    if (mfn_eq(m, INVALID_MFN) || is_hypervisor_slot(pt_index(va, 4)))
        return;
    forget_what_is_flushed(cpu);
    for (uint64_t n = 0; n < FRAMES; n++)
        if (tlb[cpu].table[n])
            remember(cpu, ((pte_t *)mfn_to_virt(mfn(n)))[pt_index(va, 1)]);
    for (unsigned int level = 4; level >= 1; level--) {
        pte_t e = ((pte_t *)mfn_to_virt(m))[pt_index(va, level)];

        /* A read-only way, as linear ones are, gives no writable translation. */
        if (level == 1 && writable)
            tlb[cpu].table[m.n] = true;
        if (!pte_present(e) || !(e.v & PTE_USER))
            return;
        writable &= e.v;
        m = pte_mfn(e);
        if (level == 1 && writable)
            remember(cpu, e);
    }
}

static void check(unsigned int cpu, uint64_t n, const char *after)
{
    const struct page_info *pg = mfn_to_page(mfn(n));
    uint64_t type = pg->type_info & PGT_TYPE_MASK;

    if (tlb[cpu].table[n] && type != PGT_L1)
        fail("after %s: CPU %u still walks frame %lu, now of type %lx", after, cpu, n, pg->type_info);
    if (!tlb[cpu].writable[n])
        return;
    if (tlb[cpu].writable[n] != pg->owner)
        fail("after %s: CPU %u may still write frame %lu, which has another owner", after, cpu, n);
    if (type != PGT_WRITABLE && type != PGT_NONE && (pg->type_info & PGT_VALIDATED))
        fail("after %s: CPU %u may still write frame %lu, type %lx", after, cpu, n, pg->type_info);
}

void oracle_tlb(const char *after)
{
    for (unsigned int cpu = 0; cpu < FAKE_TLBS; cpu++) {
        forget_what_is_flushed(cpu);
        for (uint64_t n = 0x100; n < FRAMES; n++)
            check(cpu, n, after);
    }
}
