/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From nothing but the tables' contents and states, pins, bases, windows and registered areas: how many
 * references and type references each frame has to have, and of which type. Shares no code with what it looks
 * at (page_ref.c, l1_entry.c, table_entry.c, page_type.c). No guest runs meanwhile.
 */
#include <xen/arch.h>
#include <xen/domain.h>
#include <xen/grant_table.h>
#include <xen/log.h>
#include <xen/page_ref.h>
#include <xen/string.h>
#include <asm/mm_boot.h>
#include <asm/pv.h>
#include <asm/pv_mm.h>
#include "walk.h"

#define FAULTS_PRINTED 16
#define LDT_PAGES      16
#define NO_TYPE        0
#define SEVERAL_TYPES  0xff

/* What a frame should have. */
struct wanted {
    uint32_t references, types;
    int16_t linear;
    uint8_t type; /* PGT_* without its shift, NO_TYPE, SEVERAL_TYPES */
};

static struct wanted *wanted; /* max_page of them; stays once it has been made */
static unsigned long nr_faults;

static void __printf(2, 3) fault(uint64_t n, const char *fmt, ...)
{
    const struct page_info *pg = mfn_to_page(mfn(n));
    va_list ap;

    if (nr_faults++ >= FAULTS_PRINTED)
        return;
    printk("Frame %#lx (d%u, count %#lx, type %#lx): ", (unsigned long)n,
           pg->owner ? pg->owner->id : DOMID_INVALID, (unsigned long)pg->count_info,
           (unsigned long)pg->type_info);
    va_start(ap, fmt);
    vprintk(fmt, ap);
    va_end(ap);
    printk("\n");
}

static void want_type(uint64_t n, uint64_t type)
{
    struct wanted *w = &wanted[n];
    uint8_t t = (uint8_t)(type >> PGT_SHIFT);

    w->references++;
    w->types++;
    w->type = w->type == NO_TYPE || w->type == t ? t : SEVERAL_TYPES;
}

static void l1_entry(pte_t e)
{
    if (!mfn_valid(pte_mfn(e)))
        return; /* device memory */
    if (e.v & PTE_WRITE)
        want_type(pte_mfn(e).n, PGT_WRITABLE);
    else
        wanted[pte_mfn(e).n].references++;
}

static void upper_entry(uint64_t table, unsigned int level, unsigned int index, pte_t e)
{
    uint64_t n = pte_mfn(e).n;

    if (!mfn_valid(mfn(n)) || (e.v & PTE_LARGE)) {
        fault(table, "entry %u, %#lx, leads to no table", index, (unsigned long)e.v);
        return;
    }
    if (n == table)
        return;
    if ((mfn_to_page(mfn(n))->type_info & PGT_TYPE_MASK) != table_type(level)) {
        want_type(n, table_type(level - 1));
        return;
    }
    if (e.v & PTE_WRITE)
        fault(table, "entry %u, %#lx, is linear and writable", index, (unsigned long)e.v);
    wanted[table].linear--;
    wanted[n].linear++;
    want_type(n, table_type(level));
}

static void table(uint64_t n, const struct page_info *pg)
{
    uint64_t x = pg->type_info;
    unsigned int level = (unsigned int)((x & PGT_TYPE_MASK) >> PGT_SHIFT), held = PT_ENTRIES;
    const pte_t *entries = mfn_to_virt(mfn(n));

    if (level < 1 || level > 4 || !(x & PGT_COUNT_MASK))
        return;
    if (!(x & PGT_VALIDATED) == !(x & PGT_PARTIAL))
        fault(n, "is left in transition");
    if (!(x & PGT_VALIDATED))
        held = pg->nr_validated & ~PAGE_CHILD_PARTIAL;
    for (unsigned int i = 0; i < held; i++) {
        if (!pte_present(entries[i]) || (level == 4 && is_hypervisor_slot(i)))
            continue;
        if (!(entries[i].v & PTE_USER))
            fault(n, "entry %u, %#lx, is not for ring 3", i, (unsigned long)entries[i].v);
        if (level == 1)
            l1_entry(entries[i]);
        else
            upper_entry(n, level, i, entries[i]);
    }
}

/* What a frame holds on to by itself. */
static void own(uint64_t n, const struct page_info *pg)
{
    uint64_t type = pg->type_info & PGT_TYPE_MASK;

    wanted[n].references += !!(pg->count_info & PGC_ALLOCATED);
    /* A page of the hypervisor's is held as long as it is shared, whether or not its owner has given it back.
     */
    if (pg->count_info & PGC_HYPERVISOR)
        want_type(n, type);
    if (pg->type_info & PGT_PINNED)
        want_type(n, type);
    if (pg->type_info & PGT_PARTIAL)
        want_type(n, type);
}

static void want_if_valid(mfn_t m, uint64_t type)
{
    if (!mfn_eq(m, INVALID_MFN))
        want_type(m.n, type);
}

static void vcpu(const struct vcpu *v)
{
    unsigned long window = VCPU_WINDOWS_START + ((unsigned long)v->arch.window_slot << VCPU_WINDOW_SHIFT);

    want_if_valid(v->arch.guest_table, PGT_L4);
    want_if_valid(v->arch.guest_table_user, PGT_L4);
    want_if_valid(v->info_mfn, PGT_WRITABLE);
    for (unsigned int i = 0; i * 512 < v->arch.nr_gdt_entries; i++)
        want_type(v->arch.gdt_frames[i], PGT_SEGDESC);
    for (unsigned int i = 0; i < LDT_PAGES; i++)
        want_if_valid(hypervisor_frame_at(window + (VCPU_WINDOW_LDT + i) * PAGE_SIZE), PGT_SEGDESC);
}

/* Grants mapped for devices hold what no page-table entry does. */
static void grant_mapping(const struct grant_mapping *mapping)
{
    const struct grant_pin *pin;
    struct domain *granter;

    if (!(mapping->flags & GNTMAP_device_map))
        return;
    granter = domain_get_by_serial(mapping->granter, mapping->granter_serial);
    if (!granter) {
        printk("Page counts: a frame is mapped for devices, and domain %u that granted it is gone\n",
               mapping->granter);
        nr_faults++;
        return;
    }
    pin = &granter->grant_table->pins[mapping->ref / GRANTS_A_FRAME_V1][mapping->ref % GRANTS_A_FRAME_V1];
    if (mapping->flags & GNTMAP_readonly)
        wanted[pin->frame.n].references++;
    else
        want_type(pin->frame.n, PGT_WRITABLE);
    domain_put(granter);
}

static void event_frame(mfn_t m)
{
    want_type(m.n, PGT_WRITABLE);
}

static void domain(struct domain *d, void *data)
{
    const struct grant_table *gt = d->grant_table;
    const struct vcpu *v;

    for_each_vcpu(d, v) vcpu(v);
    evtchn_fifo_for_each_frame(d, event_frame);
    for (unsigned int i = 0; gt && i < gt->nr_mapping_frames; i++)
        for (unsigned int k = 0; k < MAPPINGS_A_FRAME; k++)
            grant_mapping(&gt->mappings[i][k]);
    if (d->arch.relinquish_at)
        wanted[page_to_mfn(d->arch.relinquish_at).n].references++;
    if (d->relinquish_page)
        wanted[page_to_mfn(d->relinquish_page).n].references++;
}

static void compare(uint64_t n, const struct page_info *pg)
{
    const struct wanted *w = &wanted[n];
    uint64_t references = pg->count_info & PGC_COUNT_MASK, types = pg->type_info & PGT_COUNT_MASK;

    if (references != w->references)
        fault(n, "has %lu references, should have %u", (unsigned long)references, w->references);
    if (types != w->types)
        fault(n, "has %lu type references, should have %u", (unsigned long)types, w->types);
    if (w->types && w->type != pg->type_info >> PGT_SHIFT)
        fault(n, "is used as another type (%u)", w->type);
    if (w->types && w->type >= 1 && w->type <= 4 && pg->linear != w->linear)
        fault(n, "counts %d linear entries, should %d", pg->linear, w->linear);
    if (w->references && !pg->owner)
        fault(n, "belongs to nobody and is referred to");
}

static bool make_room(void)
{
    size_t bytes = max_page * sizeof(*wanted);
    unsigned int order = 0;

    while ((PAGE_SIZE << order) < bytes)
        order++;
    if (!wanted)
        wanted = hypervisor_pages_alloc(order);
    if (!wanted)
        printk("Page counts: no memory to compute them, %lu KiB in a row are needed\n",
               (unsigned long)(bytes >> 10));
    else
        memset(wanted, 0, bytes);
    return wanted != NULL;
}

/* A free frame has no counts: the words are the allocator's. What a dying domain shared may have been taken
 * back or not. */
static bool concerns_us(uint64_t n)
{
    const struct page_info *pg = mfn_to_page(mfn(n));

    if (!mfn_valid(mfn(n)))
        return false;
    if (!pg->owner)
        return wanted[n].references;
    return !(pg->count_info & PGC_HYPERVISOR) || !pg->owner->is_dying;
}

bool arch_pages_check_prepare(void)
{
    return make_room();
}

unsigned long arch_pages_check(void)
{
    nr_faults = 0;
    if (!make_room())
        return 1;
    for (uint64_t n = 0; n < max_page; n++)
        if (concerns_us(n)) {
            table(n, mfn_to_page(mfn(n)));
            own(n, mfn_to_page(mfn(n)));
        }
    for_each_domain(domain, NULL);
    for (uint64_t n = 0; n < max_page; n++)
        if (concerns_us(n))
            compare(n, mfn_to_page(mfn(n)));
    return nr_faults;
}
