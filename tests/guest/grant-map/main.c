/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A grant is mapped: the entry that appears, the marks for its giver, and what may not be mapped.
 *
 * grant_table.h: GNTTABOP_map_grant_ref puts the granted frame at a virtual address (any byte of the page),
 * or with contains_pte into the page-table entry at a machine address; device_map alone needs no entry.
 * GTF_reading, and GTF_writing for a writable mapping, stand in the entry of the grant while it is in use.
 * Each element has its own status; the call answers 0. The entry is present, accessed, dirty and not
 * executable, for the kernel unless application_map is given, with three bits of the guest's own
 * (XENFEAT_gnttab_map_avail_bits).
 *
 * What goes wrong: marks that stay or never come; a page table that becomes writable by a grant of it (its
 * reading is allowed); DOMID_SELF, which names no granter; a handle given out for a mapping that was refused.
 */
#include "guest.h"
#include "grant.h"

const char test_title[] = "grants: what can be mapped, and how";

#define IN_USE (GTF_reading | GTF_writing)

static volatile char data[PAGE_SIZE] __attribute__((aligned(PAGE_SIZE))) = "granted";
static volatile char window[PAGE_SIZE] __attribute__((aligned(PAGE_SIZE)));

enum { WRITABLE = 8, READ_ONLY, OTHERS, MMIO, TRANSFER, TABLE, TABLE_FRAME };

static void make_grants(void)
{
    domid_t self = grant_self();

    grant_v1[WRITABLE] = (struct grant_entry_v1){GTF_permit_access, self, (uint32_t)mfn_of(data)};
    grant_v1[READ_ONLY] =
        (struct grant_entry_v1){GTF_permit_access | GTF_readonly, self, (uint32_t)mfn_of(data)};
    grant_v1[OTHERS] = (struct grant_entry_v1){GTF_permit_access, 5, (uint32_t)mfn_of(data)};
    grant_v1[MMIO] = (struct grant_entry_v1){GTF_permit_access, self, 0xfee00};
    grant_v1[TRANSFER] = (struct grant_entry_v1){GTF_accept_transfer, self, 0};
    grant_v1[TABLE] =
        (struct grant_entry_v1){GTF_permit_access, self, (uint32_t)PTE_MFN(*page_entry(data, 2))};
    grant_v1[TABLE_FRAME] = (struct grant_entry_v1){GTF_permit_access, self, (uint32_t)grant_frames[0]};
}

static uint64_t entry(void)
{
    return *page_entry(window, 1);
}

/* What the entry is but for the frame; bit 52 marks a guest kernel's page. */
static uint64_t entry_bits(void)
{
    return entry() & ~0x0007fffffffff000ul;
}
#define KERNEL_PAGE (1ul << 52)

static void kinds_of_mapping(void)
{
    uint64_t address = (unsigned long)window, slot = maddr_of(page_entry(window, 1));
    grant_handle_t handle = grant_map_at(window + 0x123, GNTMAP_host_map, WRITABLE);
    struct gnttab_map_grant_ref both = {.host_addr = address, .flags = GNTMAP_host_map | GNTMAP_device_map,
                                        .ref = WRITABLE, .dom = grant_self()};

    CHECK_EQUAL(PTE_MFN(entry()), mfn_of(data));
    CHECK_EQUAL(entry_bits(), PTE_RW | PTE_NX | KERNEL_PAGE);
    CHECK_EQUAL(grant_v1[WRITABLE].flags, GTF_permit_access | IN_USE);
    CHECK_EQUAL(window[0], 'g');
    window[0] = 'G';
    CHECK_EQUAL(data[0], 'G');
    CHECK_EQUAL(grant_unmap(address, 0, handle), GNTST_okay);
    CHECK_EQUAL(entry(), 0);
    CHECK_EQUAL(grant_v1[WRITABLE].flags, GTF_permit_access);

    handle = grant_map_at(window, GNTMAP_host_map | GNTMAP_readonly, READ_ONLY);
    CHECK_EQUAL(entry_bits(), (PTE_RW & ~PTE_WRITABLE) | PTE_NX | KERNEL_PAGE);
    CHECK_EQUAL(grant_v1[READ_ONLY].flags, GTF_permit_access | GTF_readonly | GTF_reading);
    CHECK_EQUAL(grant_unmap(address, 0, handle), GNTST_okay);

    handle =
        grant_map_at(window, GNTMAP_host_map | GNTMAP_application_map | 5u << _GNTMAP_guest_avail0, WRITABLE);
    CHECK_EQUAL(entry_bits(), PTE_RW | PTE_NX | PTE_GLOBAL | 5ul << 9);
    CHECK_EQUAL(grant_unmap(address, 0, handle), GNTST_okay);

    handle = grant_map_at((void *)slot, GNTMAP_host_map | GNTMAP_contains_pte, WRITABLE);
    CHECK_EQUAL(entry_bits(), PTE_RW | PTE_NX | KERNEL_PAGE);
    CHECK_EQUAL(grant_unmap(address, 0, handle), GNTST_general_error);
    CHECK_EQUAL(grant_unmap(slot, 0, handle), GNTST_okay);

    CHECK_EQUAL(grant_map(&both), GNTST_okay);
    CHECK_EQUAL(both.dev_bus_addr, mfn_of(data) << PAGE_SHIFT);
    CHECK_EQUAL(grant_unmap(0, both.dev_bus_addr, both.handle), GNTST_okay);
    CHECK_EQUAL(grant_v1[WRITABLE].flags, GTF_permit_access | IN_USE);
    CHECK_EQUAL(grant_unmap(address, both.dev_bus_addr, both.handle), GNTST_okay);
    CHECK_EQUAL(grant_v1[WRITABLE].flags, GTF_permit_access);
}

/* A page table may be looked at by a grant, and the grant table's own frame changed. */
static void tables(void)
{
    grant_handle_t handle = grant_map_at(window, GNTMAP_host_map | GNTMAP_readonly, TABLE);

    CHECK_EQUAL(((volatile uint64_t *)window)[((unsigned long)window >> PAGE_SHIFT) % 512], entry());
    CHECK_EQUAL(grant_unmap((unsigned long)window, 0, handle), GNTST_okay);
    handle = grant_map_at(window, GNTMAP_host_map, TABLE_FRAME);
    CHECK_EQUAL(grant_unmap((unsigned long)window, 0, handle), GNTST_okay);
}

static void refused(void)
{
    uint64_t address = (unsigned long)window, slot = maddr_of(page_entry(window, 1));
    domid_t self = grant_self();

    grant_map_refused(address, 0, WRITABLE, self, GNTST_bad_gntref);
    grant_map_refused(address, GNTMAP_host_map, WRITABLE, 5, GNTST_bad_domain);
    grant_map_refused(address, GNTMAP_host_map, WRITABLE, DOMID_SELF, GNTST_bad_domain);
    grant_map_refused(address, GNTMAP_host_map, 512, self, GNTST_bad_gntref);
    grant_map_refused(address, GNTMAP_host_map, READ_ONLY, self, GNTST_general_error);
    grant_map_refused(address, GNTMAP_host_map, OTHERS, self, GNTST_general_error);
    grant_map_refused(address, GNTMAP_host_map, MMIO, self, GNTST_bad_page);
    grant_map_refused(address, GNTMAP_host_map, TRANSFER, self, GNTST_general_error);
    grant_map_refused(address, GNTMAP_host_map, TABLE, self, GNTST_general_error);
    grant_map_refused(0xffff830000000000, GNTMAP_host_map, WRITABLE, self, GNTST_general_error);
    grant_map_refused(0x1000, GNTMAP_host_map, WRITABLE, self, GNTST_general_error);
    grant_map_refused(0x8000000000000000, GNTMAP_host_map, WRITABLE, self, GNTST_general_error);
    grant_map_refused(slot + 1, GNTMAP_host_map | GNTMAP_contains_pte, WRITABLE, self, GNTST_general_error);
    grant_map_refused(maddr_of(data), GNTMAP_host_map | GNTMAP_contains_pte, WRITABLE, self,
                      GNTST_general_error);
    grant_map_refused(0xfee00000, GNTMAP_host_map | GNTMAP_contains_pte, WRITABLE, self, GNTST_general_error);
    for (grant_ref_t ref = WRITABLE; ref <= TABLE_FRAME; ref++) {
        CHECK_EQUAL(grant_v1[ref].flags & IN_USE, 0);
    }
}

static void arguments(void)
{
    struct gnttab_map_grant_ref op = {.flags = 0};

    CHECK_RC(hypercall_grant_table_op(GNTTABOP_map_grant_ref, &op, 0), 0);
    CHECK_RC(hypercall_grant_table_op(GNTTABOP_map_grant_ref, &op, 0x80000000), -XEN_EINVAL);
    CHECK_RC(hypercall_grant_table_op(GNTTABOP_map_grant_ref, (void *)0x1000, 1), -XEN_EFAULT);
    CHECK_RC(hypercall_grant_table_op(GNTTABOP_map_grant_ref, (void *)0xffff830000000000, 1), -XEN_EFAULT);
    CHECK_RC(hypercall_grant_table_op(0x1000, &op, 1), -XEN_EINVAL);
    CHECK_RC(hypercall_grant_table_op(GNTTABOP_dump_table, &op, 1), -XEN_ENOSYS);
}

void test_main(void)
{
    grant_initialise(1);
    make_grants();
    kinds_of_mapping();
    tables();
    refused();
    arguments();
    test_success();
}
