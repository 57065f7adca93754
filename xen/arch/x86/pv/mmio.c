/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Frames that are no RAM: who may map them, and how. The hardware domain has all of the machine's but those
 * that the hypervisor lives by, others those that a toolstack gives them; memory types that would let a
 * processor cache registers become uncached.
 */
#include <xen/domain.h>
#include <xen/errno.h>
#include <xen/log.h>
#include <asm/cpu.h>
#include <asm/pv_mm.h>

#define NR_RANGES 32

/* What is so about a range. */
#define NO_ACCESS 1u
#define NO_WRITE  2u
#define RESERVED  4u /* told in the memory map */

struct mmio_range {
    uint64_t first, last; /* frames */
    unsigned int flags;
};
static struct mmio_range kept[NR_RANGES];
static unsigned int nr_kept;

/*
 * Ranges that are read-only as long as a device has its MSI-X table there: frame << 8 | number of frames, 0:
 * free. One writer at a time (pci_lock); readers see a whole word.
 */
#define NR_GUARDED    128
#define GUARD_NR_BITS 8
static uint64_t guarded[NR_GUARDED];

static uint64_t end_of_addresses(void)
{
    return 1ull << (cpu_features.physical_address_bits - PAGE_SHIFT);
}

static void keep(paddr_t start, uint64_t size, unsigned int flags)
{
    BUG_ON(nr_kept == NR_RANGES || !size);
    kept[nr_kept++] = (struct mmio_range){PFN_DOWN(start), PFN_DOWN(start + size - 1), flags};
}

void mmio_deny(paddr_t start, uint64_t size)
{
    keep(start, size, NO_ACCESS | RESERVED);
}

void mmio_make_read_only(paddr_t start, uint64_t size)
{
    keep(start, size, NO_WRITE);
}

void mmio_reserve(paddr_t start, uint64_t size)
{
    keep(start, size, RESERVED);
}

bool mmio_guard(uint64_t first, unsigned int nr)
{
    for (unsigned int i = 0; i < NR_GUARDED; i++)
        if (!guarded[i]) {
            WRITE_ONCE(guarded[i], first << GUARD_NR_BITS | nr);
            return true;
        }
    return false;
}

void mmio_unguard(uint64_t first, unsigned int nr)
{
    for (unsigned int i = 0; i < NR_GUARDED; i++)
        if (guarded[i] == (first << GUARD_NR_BITS | nr)) {
            WRITE_ONCE(guarded[i], 0);
            return;
        }
}

static bool is_guarded(uint64_t frame)
{
    for (unsigned int i = 0; i < NR_GUARDED; i++) {
        uint64_t g = READ_ONCE(guarded[i]);

        if (frame - (g >> GUARD_NR_BITS) < (g & ((1u << GUARD_NR_BITS) - 1)))
            return true;
    }
    return false;
}

bool mmio_is_read_only(uint64_t frame)
{
    for (unsigned int i = 0; i < nr_kept; i++)
        if ((kept[i].flags & NO_WRITE) && frame >= kept[i].first && frame <= kept[i].last)
            return true;
    return is_guarded(frame);
}

/* What must change in an entry's memory type: cached and write-through become uncached. */
static uint64_t type_change(pte_t e)
{
    switch (e.v & (PTE_PWT | PTE_PCD | PTE_PAT)) {
    case 0:
        return PTE_PWT | PTE_PCD;
    case PTE_PWT:
        return PTE_PCD;
    case PTE_PAT | PTE_PWT:
        return PTE_PAT | PTE_PCD;
    }
    return 0;
}

bool mmio_permitted(struct domain *d, uint64_t first, uint64_t last)
{
    bool rc;

    if (last >= end_of_addresses())
        return false;
    for (unsigned int i = 0; i < nr_kept; i++)
        if ((kept[i].flags & NO_ACCESS) && first <= kept[i].last && last >= kept[i].first)
            return false;
    spin_lock(&d->device_memory_lock);
    rc = range_set_contains(&d->device_memory, first, last);
    spin_unlock(&d->device_memory_lock);
    return rc;
}

int mmio_permit(struct domain *d, uint64_t first, uint64_t last, bool allow)
{
    int rc;

    spin_lock(&d->device_memory_lock);
    rc = allow ? range_set_add(&d->device_memory, first, last)
               : range_set_remove(&d->device_memory, first, last);
    spin_unlock(&d->device_memory_lock);
    return rc;
}

int mmio_map(struct domain *d, pte_t e)
{
    uint64_t frame = pte_mfn(e).n, change = type_change(e);

    if (!mmio_permitted(d, frame, frame))
        return -XEN_EPERM;
    for (unsigned int i = 0; i < nr_kept; i++) {
        if (frame < kept[i].first || frame > kept[i].last)
            continue;
        if (kept[i].flags & NO_WRITE)
            change |= e.v & PTE_WRITE;
    }
    if (is_guarded(frame))
        change |= e.v & PTE_WRITE;
    return (int)change;
}

bool mmio_is_device(uint64_t frame)
{
    if (frame >= end_of_addresses() || mfn_valid(mfn(frame)))
        return false;
    for (unsigned int i = 0; i < nr_kept; i++)
        if ((kept[i].flags & (NO_ACCESS | NO_WRITE)) && frame >= kept[i].first && frame <= kept[i].last)
            return false;
    return true;
}

static const struct mmio_range *reserved_at(uint64_t frame)
{
    for (unsigned int i = 0; i < nr_kept; i++)
        if ((kept[i].flags & RESERVED) && frame >= kept[i].first && frame <= kept[i].last)
            return &kept[i];
    return NULL;
}

static uint64_t next_reserved(uint64_t frame)
{
    uint64_t next = end_of_addresses();

    for (unsigned int i = 0; i < nr_kept; i++)
        if ((kept[i].flags & RESERVED) && kept[i].first >= frame)
            next = min(next, kept[i].first);
    return next;
}

bool mmio_reserved_run(uint64_t from, uint64_t end, uint64_t *first, uint64_t *after)
{
    const struct mmio_range *r;

    *first = reserved_at(from) ? from : next_reserved(from);
    for (*after = *first; (r = reserved_at(*after));)
        *after = r->last + 1;
    /* What lies at the very end goes on beyond: no gap. */
    if (*first >= end || *after >= end_of_addresses())
        return false;
    *after = min(*after, end);
    return true;
}
