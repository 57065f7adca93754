/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a processor would see: walks from every base by the rules of the manual (SDM vol. 3, 4.5), knowing
 * nothing of references and types but at the end: no frame that is reached as a table may be reached as
 * writable memory, by anybody.
 */
#include <string.h>
#include <asm/pv_mm.h>
#include "world.h"

#define FRAMES (0x100 + NR_PAGES)

static bool is_table[FRAMES], is_writable[FRAMES];
static uint16_t visited[FRAMES]; /* bit 2 * level + writable: by this domain */

static void leaf(const struct domain *d, pte_t e, bool writable, const char *after)
{
    uint64_t n = pte_mfn(e).n;
    const struct page_info *pg;

    if (!mfn_valid(mfn(n))) {
        if (!d->is_hardware)
            fail("after %s: domain %u maps frame %#lx, a device", after, d->id, n);
        return;
    }
    pg = mfn_to_page(mfn(n));
    if (!pg->owner || (pg->owner != d && !d->is_privileged && !grant_maps(d, n, e.v & PTE_WRITE)))
        fail("after %s: domain %u maps frame %lu, which is not its own", after, d->id, n);
    if (writable && (e.v & PTE_WRITE))
        is_writable[n] = true;
}

/* `level` is what the processor takes the table for. */
static void walk(const struct domain *d, uint64_t n, unsigned int level, bool writable, const char *after)
{
    const pte_t *entries = mfn_to_virt(mfn(n));

    if (!mfn_valid(mfn(n)) || mfn_to_page(mfn(n))->owner != d)
        fail("after %s: domain %u has frame %lu as a table, which is not its own", after, d->id, n);
    if (visited[n] & 1u << (2 * level + writable))
        return;
    visited[n] |= (uint16_t)(1u << (2 * level + writable));
    is_table[n] = true;
    for (unsigned int i = 0; i < PT_ENTRIES; i++) {
        pte_t e = entries[i];

        /* Without USER, ring 3 does not get through: the hypervisor's slots. */
        if (!pte_present(e) || !(e.v & PTE_USER))
            continue;
        if (level == 1)
            leaf(d, e, writable, after);
        else if (e.v & PTE_LARGE)
            fail("after %s: slot %u of table %lu, reached as L%u, is a superpage", after, i, n, level);
        else
            walk(d, pte_mfn(e).n, level - 1, writable && (e.v & PTE_WRITE), after);
    }
}

static void base(const struct domain *d, mfn_t m, const char *after)
{
    const pte_t *entries = mfn_to_virt(m);

    if (mfn_eq(m, INVALID_MFN))
        return;
    walk(d, m.n, 4, true, after);
    if (memcmp(entries + HV_FIRST_SLOT + 1, hypervisor_l4 + HV_FIRST_SLOT + 1,
               (HV_LAST_SLOT - HV_FIRST_SLOT) * sizeof(pte_t)))
        fail("after %s: base %lu has not the hypervisor's slots", after, m.n);
    if (entries[HV_FIRST_SLOT].v && entries[HV_FIRST_SLOT].v != hypervisor_l4[HV_FIRST_SLOT].v)
        fail("after %s: base %lu has something else in the hypervisor's first slot", after, m.n);
}

void oracle_walk(const char *after)
{
    const struct vcpu *v;

    memset(is_table, 0, sizeof(is_table));
    memset(is_writable, 0, sizeof(is_writable));
    for (unsigned int i = 0; i < NR_DOMAINS; i++) {
        memset(visited, 0, sizeof(visited));
        if (!world.d[i])
            continue;
        for_each_vcpu(world.d[i], v)
        {
            base(world.d[i], v->arch.guest_table, after);
            base(world.d[i], v->arch.guest_table_user, after);
        }
    }
    for (uint64_t n = 0; n < FRAMES; n++)
        if (is_table[n] && is_writable[n])
            fail("after %s: frame %lu is a page table that a guest can write", after, n);
}
