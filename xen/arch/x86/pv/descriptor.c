/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The guest's GDT and LDT: their frames are of type PGT_SEGDESC, checked when they become so and never
 * writable by the guest, and are mapped in the vCPU's window; LDT frames only when the processor first looks
 * at them. Loading the processor is context_switch.c's.
 */
#include <asm/desc.h>
#include <asm/flushtlb.h>
#include <xen/guest_access.h>
#include <xen/log.h>
#include <xen/mm.h>
#include <xen/refusal.h>
#include <xen/spinlock.h>
#include "calls.h"
#include "descriptor_check.h"
#include "entry.h"
#include "walk.h"

#define ENTRIES_PER_PAGE    512
#define GDT_ENTRIES_MAX     (GDT_RESERVED_PAGE * ENTRIES_PER_PAGE)
#define LDT_PAGES           16
#define PTE_DESCRIPTOR_PAGE (PTE_HV_DATA)

static inline unsigned long window(const struct vcpu *v)
{
    return VCPU_WINDOWS_START + ((unsigned long)v->arch.window_slot << VCPU_WINDOW_SHIFT);
}
static inline unsigned long ldt_window(const struct vcpu *v)
{
    return window(v) + VCPU_WINDOW_LDT * PAGE_SIZE;
}

bool pv_segdesc_page_ok(mfn_t m)
{
    uint64_t *d = mfn_to_virt(m);

    for (unsigned int i = 0; i < ENTRIES_PER_PAGE; i++)
        if (d[i] && !descriptor_ok(&d[i])) {
            refuse(-XEN_EINVAL, "descriptor.page",
                   "descriptor %u of frame %#lx, %#018lx, is not allowed in a GDT or LDT", i,
                   (unsigned long)m.n, (unsigned long)d[i]);
            return false;
        }
    return true;
}

/* Stands where the guest has no GDT page: a selector into it is #GP, as one beyond the table would be. */
static const uint8_t zero_page[PAGE_SIZE] __aligned(PAGE_SIZE);

/*
 * A page of v's window: nothing, or a frame. The window belongs to v alone, which runs on one CPU: only that
 * one can have seen it.
 */
static int window_set(struct vcpu *v, unsigned long va, mfn_t m)
{
    uint64_t flags = mfn_eq(m, INVALID_MFN)              ? 0
                     : mfn_eq(m, virt_to_mfn(zero_page)) ? PTE_HV_RO
                                                         : PTE_DESCRIPTOR_PAGE;
    int rc = map_hypervisor_pages(va, m, 1, flags);

    if (!rc && v == current)
        flush_tlb_one_local(va);
    else if (!rc)
        flush_tlb_one_mask(v->dirty_cpus, va);
    return rc;
}

int pv_empty_gdt(struct vcpu *v)
{
    int rc = 0;

    for (unsigned int i = 0; !rc && i < GDT_RESERVED_PAGE; i++)
        rc = map_hypervisor_pages(window(v) + i * PAGE_SIZE, virt_to_mfn(zero_page), 1, PTE_HV_RO);
    return rc;
}

void pv_drop_gdt(struct vcpu *v)
{
    unsigned int nr = (v->arch.nr_gdt_entries + ENTRIES_PER_PAGE - 1) / ENTRIES_PER_PAGE;

    v->arch.nr_gdt_entries = 0;
    for (unsigned int i = 0; i < nr; i++) {
        if (window_set(v, window(v) + i * PAGE_SIZE, virt_to_mfn(zero_page)))
            BUG();
        page_put_and_type(mfn_to_page(mfn(v->arch.gdt_frames[i])));
        v->arch.gdt_frames[i] = 0;
    }
}

static int take_frames(struct vcpu *v, const uint64_t *frames, unsigned int nr)
{
    for (unsigned int i = 0; i < nr; i++) {
        mfn_t m = mfn(frames[i]);

        if (mfn_valid(m) && !page_get_and_type(mfn_to_page(m), v->domain, PGT_SEGDESC))
            continue;
        while (i--)
            page_put_and_type(mfn_to_page(mfn(frames[i])));
        return refuse(
            -XEN_EINVAL, "gdt.frame",
            "frame %#lx cannot become a descriptor page of the domain: is it still mapped writable?",
            (unsigned long)m.n);
    }
    return 0;
}

int pv_set_gdt(struct vcpu *v, const uint64_t *frames, unsigned int nr_entries)
{
    unsigned int nr = (nr_entries + ENTRIES_PER_PAGE - 1) / ENTRIES_PER_PAGE;
    int rc;

    if (nr_entries > GDT_ENTRIES_MAX)
        return refuse(-XEN_EINVAL, "gdt.size", "%u entries: from %u on the table is the hypervisor's",
                      nr_entries, GDT_ENTRIES_MAX);
    rc = take_frames(v, frames, nr);
    if (rc)
        return rc;
    pv_drop_gdt(v);
    v->arch.nr_gdt_entries = nr_entries;
    for (unsigned int i = 0; i < nr; i++) {
        v->arch.gdt_frames[i] = frames[i];
        rc = window_set(v, window(v) + i * PAGE_SIZE, mfn(frames[i]));
        BUG_ON(rc); /* the tables of the window were made with the vCPU */
    }
    return 0;
}

long do_set_gdt(uint64_t frames_va, unsigned int entries)
{
    uint64_t frames[GDT_RESERVED_PAGE];
    unsigned int nr = (entries + ENTRIES_PER_PAGE - 1) / ENTRIES_PER_PAGE;

    if (entries > GDT_ENTRIES_MAX)
        return refuse(-XEN_EINVAL, "gdt.size", "%u entries: from %u on the table is the hypervisor's",
                      entries, GDT_ENTRIES_MAX);
    if (copy_from_guest(frames, frames_va, nr * sizeof(frames[0])))
        return refuse(-XEN_EFAULT, "gdt.list", "no readable list of frames at %#lx",
                      (unsigned long)frames_va);
    return pv_set_gdt(current, frames, entries);
}

/* The type under which a descriptor may be written into the frame. */
static uint64_t type_for_update(const struct page_info *pg)
{
    return (READ_ONCE(pg->type_info) & PGT_TYPE_MASK) == PGT_SEGDESC ? PGT_SEGDESC : PGT_WRITABLE;
}

long do_update_descriptor(uint64_t address, uint64_t descriptor)
{
    mfn_t m = paddr_to_mfn(address);
    uint64_t given = descriptor, *entry;

    if (address % sizeof(descriptor) || !descriptor_ok(&descriptor))
        return refuse(-XEN_EINVAL, "descriptor.value",
                      "descriptor %#018lx for machine address %#lx is not allowed", (unsigned long)given,
                      (unsigned long)address);
    if (!mfn_valid(m) || page_get_and_type(mfn_to_page(m), current->domain, type_for_update(mfn_to_page(m))))
        return refuse(-XEN_EINVAL, "descriptor.frame",
                      "machine address %#lx lies in no frame of the domain that may hold descriptors",
                      (unsigned long)address);
    entry = (uint64_t *)((char *)mfn_to_virt(m) + (address & ~PAGE_MASK));
    __atomic_store_n(entry, descriptor, __ATOMIC_RELAXED);
    page_put_and_type(mfn_to_page(m));
    return 0;
}

void pv_load_ldt(struct vcpu *v)
{
    ldt_load(ldt_window(v), v->arch.nr_ldt_entries);
}

/* The frame behind a page of the LDT, by v's current page tables; INVALID_MFN when there is none. */
static mfn_t ldt_frame(struct vcpu *v, unsigned int page)
{
    return guest_frame_at(v, v->arch.ldt_base + page * PAGE_SIZE);
}

bool pv_map_ldt_page(struct vcpu *v, unsigned long offset)
{
    unsigned int page = (unsigned int)(offset >> PAGE_SHIFT);
    unsigned long va = ldt_window(v) + page * PAGE_SIZE;
    mfn_t m;

    if (page >= LDT_PAGES || offset >= v->arch.nr_ldt_entries * 8ul ||
        !mfn_eq(hypervisor_frame_at(va), INVALID_MFN))
        return false;
    m = ldt_frame(v, page);
    if (!mfn_valid(m) || page_get_and_type(mfn_to_page(m), v->domain, PGT_SEGDESC))
        return false;
    if (window_set(v, va, m)) {
        page_put_and_type(mfn_to_page(m));
        return false;
    }
    v->arch.nr_ldt_mapped++;
    return true;
}

void pv_drop_ldt(struct vcpu *v)
{
    for (unsigned int page = 0; page < LDT_PAGES && v->arch.nr_ldt_mapped; page++) {
        unsigned long va = ldt_window(v) + page * PAGE_SIZE;
        mfn_t m = hypervisor_frame_at(va);

        if (mfn_eq(m, INVALID_MFN))
            continue;
        if (window_set(v, va, INVALID_MFN))
            BUG();
        page_put_and_type(mfn_to_page(m));
        v->arch.nr_ldt_mapped--;
    }
}
