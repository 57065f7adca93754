/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The records that the hypervisor writes into guest memory are never page tables.
 *
 * vcpu_info is written through a mapping of the hypervisor's own, at any time, long after the guest named the
 * frame: it needs a reference and a writable type for as long as it is registered, or the guest makes the
 * frame a page table and has the hypervisor write events and times into it. The runstate area is named by
 * address: each write must go through the guest's own rights, so that one that is read-only by then is left
 * alone.
 *
 * Asserted: a page table cannot be registered; a registered frame cannot become a page table or descriptors,
 * nor does it come back as a fresh frame after it was given back; a runstate area whose page has become a
 * page table is not written any more.
 */
#include "guest.h"

#include <xen/memory.h>
#include <xen/sched.h>

const char test_title[] = "vcpu_info and runstate areas are never page tables";

static uint64_t info_page[512] __attribute__((aligned(PAGE_SIZE)));
static uint64_t table[512] __attribute__((aligned(PAGE_SIZE)));

static long register_info(uint64_t mfn, uint32_t offset)
{
    struct vcpu_register_vcpu_info info = {.mfn = mfn, .offset = offset};

    return hypercall_vcpu_op(VCPUOP_register_vcpu_info, 0, &info);
}

static void refused_frames(void)
{
    const void *any = table;
    unsigned int level;

    for (level = 2; level <= 4; level++) {
        CHECK(register_info(PTE_MFN(*page_entry(any, level)), 0) < 0);
    }
    CHECK(register_info(mfn_of((void *)start_info->pt_base), 0) < 0);
    CHECK(register_info(0x100, 0) < 0 || machine_to_phys_mapping[0x100] < start_info->nr_pages);
    CHECK(register_info(0xfee00, 0) < 0);
    CHECK(register_info(~0ul, 0) < 0);
    CHECK(register_info(mfn_of(info_page), PAGE_SIZE - 8) < 0);
}

static void registered_frame(void)
{
    uint64_t mfn = mfn_of(info_page), got = mfn;
    struct xen_memory_reservation op = {.nr_extents = 1, .domid = DOMID_SELF};
    unsigned int n;

    REQUIRE(register_info(mfn, 0) == 0);
    CHECK(page_protect(info_page) == 0);
    for (n = 1; n <= 4; n++) {
        CHECK(page_pin(info_page, n) < 0);
    }
    CHECK(hypercall_set_gdt(&mfn, 512) < 0);
    set_xen_guest_handle(op.extent_start, &got);
    hypercall_memory_op(XENMEM_decrease_reservation, &op);
    CHECK(page_unmap(info_page) == 0);
    for (n = 0; n < 64; n++) {
        got = 0x100000 + n;
        REQUIRE(hypercall_memory_op(XENMEM_populate_physmap, &op) == 1);
        CHECK(got != mfn);
    }
}

static void runstate_area(void)
{
    struct vcpu_register_runstate_memory_area area = {.addr.p = (uint64_t)table};
    unsigned int n;

    REQUIRE(hypercall_vcpu_op(VCPUOP_register_runstate_memory_area, 0, &area) == 0);
    CHECK(table[1] != 0 || table[2] != 0);
    /* The record may be written once more before the page is protected, and then be no valid table. */
    for (n = 0; n < 20; n++) {
        memset(table, 0, PAGE_SIZE);
        REQUIRE(page_protect(table) == 0);
        if (table[0] == 0 && table[1] == 0 && page_pin(table, 1) == 0) {
            break;
        }
        REQUIRE(page_unprotect(table) == 0);
    }
    REQUIRE(n < 20);
    for (n = 0; n < 20; n++) {
        struct sched_poll poll = {.timeout = time_ns() + 1000000};

        hypercall_sched_op(SCHEDOP_poll, &poll);
    }
    for (n = 0; n < 512; n++) {
        CHECK_EQUAL(table[n], 0);
    }
}

void test_main(void)
{
    refused_frames();
    runstate_area();
    registered_frame();
    CHECK(hypercall_xen_version(0, NULL) > 0);
    test_success();
}
