/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From nothing but the tables' contents, their states, pins, bases, windows and registered areas: how many
 * references and type references each frame has to have, and of which type; how many frames each domain has.
 */
#include <string.h>
#include <xen/grant_table.h>
#include <asm/pv_mm.h>
#include <fake/pv.h>
#include "world.h"

#define FRAMES (0x100 + NR_PAGES)

static struct {
    uint64_t references, types;
    uint64_t wanted[16]; /* type references by type */
    int linear;
} want[FRAMES];

static struct page_info *page(uint64_t n)
{
    return mfn_to_page(mfn(n));
}

static void want_type(uint64_t n, uint64_t type)
{
    if (!mfn_valid(mfn(n)))
        fail("something refers to frame %#lx, which is no RAM", n);
    want[n].references++;
    want[n].types++;
    want[n].wanted[type >> PGT_SHIFT]++;
}

static void l1_entry(pte_t e)
{
    uint64_t n = pte_mfn(e).n;

    if (!pte_present(e) || !mfn_valid(mfn(n)))
        return;
    if (e.v & PTE_WRITE)
        want_type(n, PGT_WRITABLE);
    else
        want[n].references++;
}

static void table_entry(uint64_t table, unsigned int level, pte_t e)
{
    uint64_t n = pte_mfn(e).n;

    if (!pte_present(e) || n == table)
        return;
    if (!mfn_valid(mfn(n)))
        fail("table %lu leads to frame %lu, which is no RAM", table, n);
    if ((page(n)->type_info & PGT_TYPE_MASK) != table_type(level)) {
        want_type(n, table_type(level - 1));
        return;
    }
    want[table].linear--;
    want[n].linear++;
    want_type(n, table_type(level));
}

static void table(uint64_t n, const char *after)
{
    uint64_t x = page(n)->type_info;
    unsigned int level = table_level(x), held;

    if (level < 1 || level > 4 || !(x & PGT_COUNT_MASK))
        return;
    if (!!(x & PGT_VALIDATED) == !!(x & PGT_PARTIAL))
        fail("after %s: table %lu is left in transition: %lx", after, n, x);
    held = x & PGT_VALIDATED ? PT_ENTRIES : page(n)->nr_validated & 0x3ff;
    for (unsigned int i = 0; i < held; i++) {
        pte_t e = ((pte_t *)mfn_to_virt(mfn(n)))[i];

        if (level == 1)
            l1_entry(e);
        else if (level < 4 || !is_hypervisor_slot(i))
            table_entry(n, level, e);
    }
}

static void vcpu(const struct vcpu *v)
{
    if (!mfn_eq(v->arch.guest_table, INVALID_MFN))
        want_type(v->arch.guest_table.n, PGT_L4);
    if (!mfn_eq(v->arch.guest_table_user, INVALID_MFN))
        want_type(v->arch.guest_table_user.n, PGT_L4);
    if (!mfn_eq(v->info_mfn, INVALID_MFN))
        want_type(v->info_mfn.n, PGT_WRITABLE);
    for (unsigned int i = 0; i < FAKE_WINDOW_PAGES; i++)
        if (!mfn_eq(fake_window_frame(v->arch.window_slot, i), INVALID_MFN))
            want_type(fake_window_frame(v->arch.window_slot, i).n, PGT_SEGDESC);
}

/* Of a grant for devices; one for the host is a page-table entry. */
static void device_mapping(const struct grant_mapping *m)
{
    const struct domain *granter = granter_of(m);
    uint64_t n;

    if (!(m->flags & GNTMAP_device_map))
        return;
    if (!granter)
        fail("a frame is mapped for devices, and domain %u that granted it is gone", m->granter);
    n = grant_pin_at(granter, m->ref)->frame.n;
    if (m->flags & GNTMAP_readonly)
        want[n].references++;
    else
        want_type(n, PGT_WRITABLE);
}

static void event_frame(mfn_t m)
{
    want_type(m.n, PGT_WRITABLE);
}

static void domain(const struct domain *d)
{
    const struct vcpu *v;

    for_each_vcpu(d, v) vcpu(v);
    evtchn_fifo_for_each_frame(d, event_frame);
    want_type(virt_to_mfn(d->shared_info).n, PGT_WRITABLE);
    for (unsigned int i = 0; i < d->grant_table->nr_frames; i++)
        want_type(virt_to_mfn(d->grant_table->frames[i]).n, PGT_WRITABLE);
    for (unsigned int i = 0; i < d->grant_table->nr_status_frames; i++)
        want_type(virt_to_mfn(d->grant_table->status[i]).n, PGT_WRITABLE);
    for (unsigned int i = 0; i < d->grant_table->nr_mapping_frames * MAPPINGS_A_FRAME; i++)
        device_mapping(&d->grant_table->mappings[i / MAPPINGS_A_FRAME][i % MAPPINGS_A_FRAME]);
    if (d->arch.relinquish_at)
        want[page_to_mfn(d->arch.relinquish_at).n].references++;
    if (d->relinquish_page)
        want[page_to_mfn(d->relinquish_page).n].references++;
}

static void own(uint64_t n)
{
    uint64_t x = page(n)->type_info;

    want[n].references += !!(page(n)->count_info & PGC_ALLOCATED);
    if (x & PGT_PINNED)
        want_type(n, x & PGT_TYPE_MASK);
    if (x & PGT_PARTIAL)
        want_type(n, x & PGT_TYPE_MASK);
}

static void compare(uint64_t n, const char *after)
{
    uint64_t x = page(n)->type_info, references = page(n)->count_info & PGC_COUNT_MASK,
             types = x & PGT_COUNT_MASK;

    if (references != want[n].references)
        fail("after %s: frame %lu has %lu references, should have %lu (type %lx)", after, n, references,
             want[n].references, x);
    if (types != want[n].types)
        fail("after %s: frame %lu has %lu type references, should have %lu (type %lx)", after, n, types,
             want[n].types, x);
    if (want[n].wanted[x >> PGT_SHIFT] != want[n].types)
        fail("after %s: frame %lu is of type %lx and used as another", after, n, x);
    if (types && x >= PGT_L1 && x < PGT_SEGDESC && page(n)->linear != want[n].linear)
        fail("after %s: frame %lu counts %d linear entries, should %d", after, n, page(n)->linear,
             want[n].linear);
    if (references && !page(n)->owner)
        fail("after %s: frame %lu has %lu references and no owner", after, n, references);
}

/* The list of a domain's frames is whole and as long as is said; none is free. */
static void accounts(const struct domain *d, const char *after)
{
    uint64_t nr = 0, owned = 0, shared = 0;
    uint32_t before = 0;

    for (uint32_t n = d->page_list; n; before = n, n = page(n)->next, nr++)
        if (page(n)->owner != d || page(n)->prev != before ||
            (page(n)->count_info & (PGC_FREE | PGC_HYPERVISOR)) || nr > FRAMES)
            fail("after %s: frame %u on the list of domain %u does not belong there", after, n, d->id);
    for (uint64_t n = 0; n < FRAMES; n++)
        if (page(n)->owner == d)
            *(page(n)->count_info & PGC_HYPERVISOR ? &shared : &owned) += 1;
    if (nr != d->tot_pages || owned != nr || shared != d->xenheap_pages)
        fail(
            "after %s: domain %u has %lu frames on its list, %lu counted, %lu owned, %lu shared, %lu counted",
            after, d->id, nr, d->tot_pages, owned, shared, d->xenheap_pages);
    if (d->tot_pages > d->max_pages)
        fail("after %s: domain %u has %lu frames of at most %lu", after, d->id, d->tot_pages, d->max_pages);
}

void oracle_counts(const char *after)
{
    memset(want, 0, sizeof(want));
    for (uint64_t n = 0x100; n < FRAMES; n++)
        if (!(page(n)->count_info & PGC_FREE)) {
            table(n, after);
            own(n);
        }
    for (unsigned int i = 0; i < NR_DOMAINS; i++)
        if (world.d[i]) {
            domain(world.d[i]);
            accounts(world.d[i], after);
        }
    for (uint64_t n = 0; n < FRAMES; n++)
        if (!(page(n)->count_info & PGC_FREE))
            compare(n, after);
}
