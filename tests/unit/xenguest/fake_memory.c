/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The fake hypervisor's memory: page types with the one rule that matters to a guest (nothing is a page table
 * and writable), reservations, grant frames, and the port functions over it.
 */
#include "fake_xen.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <check.h>
#include <xenguest/mmu.h>
#include <xenguest/shared.h>

#define GRANT_MFN 0x9000

/* Index into fake.memory, or -1. Reversed, so that nobody gets far with treating a pfn as an mfn. */
static int frame_index(xg_mfn_t mfn)
{
    if (mfn.n < FAKE_MFN_BASE || mfn.n >= FAKE_MFN_BASE + FAKE_FRAMES)
        return -1;
    return (int)(FAKE_MFN_BASE + FAKE_FRAMES - 1 - mfn.n);
}

xg_mfn_t fake_mfn(unsigned int pfn)
{
    return xg_mfn(FAKE_MFN_BASE + FAKE_FRAMES - 1 - pfn);
}

void *fake_page(xg_mfn_t mfn)
{
    int index = frame_index(mfn);

    return index < 0 ? NULL : fake.memory[index];
}

void fake_start_info(struct start_info *info)
{
    memset(info, 0, sizeof(*info));
    strcpy(info->magic, "xen-3.0-x86_64");
    info->nr_pages = FAKE_FRAMES;
    info->mfn_list = (unsigned long)fake.p2m;
}

xg_mfn_t fake_table(unsigned int level)
{
    void *page = xg_os_page_alloc();
    xg_mfn_t mfn = xg_os_address_to_mfn(page);
    int index = frame_index(mfn);

    memset(page, 0, 4096);
    fake.type[index] = (unsigned char)level;
    fake.writable[index] = false;
    return mfn;
}

/* Whether a table of `level` may have this entry; gives the frame behind it its type. */
static long take_reference(unsigned int level, uint64_t value)
{
    int index = frame_index(xg_pte_mfn(value));

    if (!(value & XG_PTE_PRESENT))
        return 0;
    if (index < 0)
        return -XEN_EINVAL;
    if (level == 1)
        return (value & XG_PTE_WRITE) && fake.type[index] ? -XEN_EBUSY : 0;
    if (fake.writable[index] || (fake.type[index] && fake.type[index] != level - 1))
        return -XEN_EBUSY;
    fake.type[index] = (unsigned char)(level - 1);
    return 0;
}

static long update_one(const struct mmu_update *update)
{
    xg_mfn_t mfn = xg_maddr_to_mfn(xg_maddr(update->ptr));
    int index = frame_index(mfn);
    long rc;

    if (index < 0)
        return -XEN_EINVAL;
    if ((update->ptr & 3) == MMU_MACHPHYS_UPDATE) {
        fake.m2p[mfn.n] = update->val;
        return 0;
    }
    rc = take_reference(fake.type[index], update->val);
    if (!rc)
        memcpy(fake.memory[index] + (update->ptr & 0xff8), &update->val, 8);
    return rc;
}

long fake_mmu_update(const struct mmu_update *updates, unsigned int nr, unsigned int *done, uint32_t domid)
{
    unsigned int i, limit = nr;
    long rc = 0, refusal = 0;

    fake_take_refusal(__HYPERVISOR_mmu_update, &limit, &refusal);
    for (i = 0; i < nr && !rc; i++)
        rc = i == limit ? refusal : update_one(&updates[i]);
    i -= rc != 0;
    if (fake.lie_done)
        i = fake.lie_done_value;
    if (done)
        *done = i;
    return fake.lie_done ? 0 : rc;
}

long fake_update_va_mapping(uint64_t address, uint64_t entry)
{
    uint64_t offset = address - (uint64_t)(uintptr_t)fake.memory;
    uint64_t index = offset / 4096;

    if (index >= FAKE_FRAMES)
        return 0;
    if ((entry & XG_PTE_WRITE) && fake.type[index])
        return -XEN_EBUSY;
    fake.writable[index] = entry & XG_PTE_WRITE;
    return 0;
}

static long reserve(unsigned int command, struct xen_memory_reservation *request)
{
    xen_pfn_t *frames = request->extent_start.p;
    unsigned int limit = UINT32_MAX;
    unsigned long i;
    long refusal;

    fake_take_refusal(__HYPERVISOR_memory_op, &limit, &refusal);
    if (!limit)
        return refusal;
    for (i = 0; i < request->nr_extents && i < limit; i++) {
        if (command == XENMEM_decrease_reservation) {
            fake.m2p[frames[i]] = ~0ull;
            fake.reservation--;
            continue;
        }
        if (fake.reservation >= fake.reservation_limit)
            break;
        fake.reservation++;
        fake.m2p[fake_mfn((unsigned int)frames[i]).n] = frames[i];
        frames[i] = fake_mfn((unsigned int)frames[i]).n;
    }
    return (long)i;
}

long fake_memory_op(unsigned int command, void *argument)
{
    switch (command) {
    case XENMEM_machphys_mapping: {
        struct xen_machphys_mapping *mapping = argument;

        mapping->v_start = (unsigned long)fake.m2p;
        mapping->v_end = (unsigned long)(fake.m2p + FAKE_MFN_BASE + FAKE_FRAMES);
        mapping->max_mfn = FAKE_MFN_BASE + FAKE_FRAMES - 1;
        return 0;
    }
    case XENMEM_maximum_ram_page:
        return FAKE_MFN_BASE + FAKE_FRAMES;
    case XENMEM_current_reservation:
        return (long)fake.reservation;
    case XENMEM_maximum_reservation:
        return (long)fake.reservation_limit;
    case XENMEM_decrease_reservation:
    case XENMEM_populate_physmap:
        return reserve(command, argument);
    default:
        return -XEN_ENOSYS;
    }
}

long fake_grant_table_op(unsigned int command, void *argument)
{
    struct gnttab_query_size *query = argument;
    struct gnttab_setup_table *setup = argument;
    unsigned int i;

    if (command == GNTTABOP_query_size) {
        query->nr_frames = 1;
        query->max_nr_frames = fake.grant_frames;
        query->status = GNTST_okay;
        return 0;
    }
    if (command != GNTTABOP_setup_table)
        return -XEN_ENOSYS;
    setup->status = setup->nr_frames <= fake.grant_frames ? GNTST_okay : GNTST_general_error;
    for (i = 0; i < setup->nr_frames && i < 4; i++)
        setup->frame_list.p[i] = GRANT_MFN + i;
    return 0;
}

/* ---- The port ---- */

xg_mfn_t xg_os_address_to_mfn(const void *address)
{
    uint64_t offset = (uint64_t)(uintptr_t)address - (uint64_t)(uintptr_t)fake.memory;

    return fake_mfn((unsigned int)(offset / 4096));
}

void *xg_os_mfn_to_address(xg_mfn_t mfn)
{
    return fake.nothing_mapped ? NULL : fake_page(mfn);
}

unsigned long xg_os_events_save(void)
{
    return xg_upcall_save(&fake.shared.vcpu_info[fake_vcpu]);
}

void xg_os_events_restore(unsigned long saved)
{
    xg_upcall_restore(&fake.shared.vcpu_info[fake_vcpu], saved);
}

unsigned int xg_os_vcpu_id(void)
{
    return fake_vcpu;
}

void xg_os_panic(const char *function, const char *reason)
{
    if (!fake.panic || strcmp(fake.panic, function))
        fprintf(stderr, "panic: %s: %s\n", function, reason);
    _Exit(99);
}

void *xg_os_page_alloc(void)
{
    unsigned int i;

    for (i = 0; i < FAKE_FRAMES && !fake.out_of_pages; i++)
        if (!fake.allocated[i]) {
            fake.allocated[i] = true;
            return fake.memory[i];
        }
    return NULL;
}

void xg_os_page_free(void *page)
{
    int index = frame_index(xg_os_address_to_mfn(page));

    ck_assert_msg(fake.writable[index], "a page was freed that is not mapped writable");
    fake.allocated[index] = false;
    fake.nr_frees++;
}

unsigned int fake_free_pages(void)
{
    unsigned int i, nr = 0;

    for (i = 0; i < FAKE_FRAMES; i++)
        nr += !fake.allocated[i];
    return nr;
}

void *xg_os_frames_map(const xg_mfn_t *frames, unsigned int nr, xg_domid_t owner)
{
    if (fake.nothing_mapped || nr > 4 || frames[0].n != GRANT_MFN)
        return NULL;
    return fake.grant_memory;
}

void xg_os_frames_unmap(void *address, unsigned int nr)
{
}
