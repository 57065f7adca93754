/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A frame is one thing at a time: a table of one level, descriptors, or writable memory.
 *
 * A hypervisor checks a frame once, when it gets its use, and trusts it afterwards. If a frame can have two
 * uses, the second use's rules change what the first one's check has approved: a level-1 table read as one of
 * level 2 turns mappings of the guest's pages into tables that the guest writes; a descriptor page that is
 * also memory has any descriptor in it. The counts behind this were wrong on failure paths more than once
 * (compare XSA-47, XSA-102, XSA-286, XSA-310): after something was refused, or half-way.
 *
 * Asserted, for each use and each other use: the second is refused while the first lasts, also after the
 * first was refused a second time, and the frame is free for anything when it ends. And a page table given
 * back to the hypervisor stays a page table until it is unpinned.
 */
#include "guest.h"

#include <xen/memory.h>

const char test_title[] = "a frame has one type at a time";

static uint64_t table[512] __attribute__((aligned(PAGE_SIZE)));
static uint64_t given[512] __attribute__((aligned(PAGE_SIZE)));
static uint64_t window[512] __attribute__((aligned(PAGE_SIZE)));

static long as_gdt(void)
{
    uint64_t frame = mfn_of(table);

    return hypercall_set_gdt(&frame, 512);
}

static long no_gdt(void)
{
    return hypercall_set_gdt(NULL, 0);
}

/* Every use of the frame but the one that it has. */
static void check_others(unsigned int level, bool gdt, bool writable)
{
    unsigned int other;

    for (other = 1; other <= 4; other++) {
        if (other != level) {
            CHECK(page_pin(table, other) < 0);
        }
    }
    if (!writable) {
        CHECK(page_unprotect(table) < 0);
        CHECK(hypercall_update_va_mapping((unsigned long)window, PTE_MAKE(mfn_of(table), PTE_RW),
                                          UVMF_INVLPG) < 0);
    }
    if (!gdt) {
        CHECK(as_gdt() < 0);
    }
    CHECK(hypercall_update_descriptor(maddr_of(table), 0) < 0 || gdt || writable);
}

static void give_back_while_pinned(void)
{
    uint64_t mfn = mfn_of(given), entry = PTE_MAKE(mfn, PTE_RW), got;
    struct xen_memory_reservation op = {.nr_extents = 1, .domid = DOMID_SELF};
    struct mmuext_op unpin = {.cmd = MMUEXT_UNPIN_TABLE, .arg1.mfn = mfn};
    unsigned int n;

    REQUIRE(page_protect(given) == 0 && page_pin(given, 1) == 0);
    got = mfn;
    set_xen_guest_handle(op.extent_start, &got);
    hypercall_memory_op(XENMEM_decrease_reservation, &op);
    CHECK_RC(hypercall_update_va_mapping((unsigned long)given, 0, UVMF_INVLPG | UVMF_ALL), 0);
    for (n = 0; n < 64; n++) {
        got = 0x1000 + n;
        CHECK_RC(hypercall_memory_op(XENMEM_populate_physmap, &op), 1);
        CHECK(got != mfn);
    }
    CHECK(hypercall_update_va_mapping((unsigned long)given, entry, UVMF_INVLPG) < 0);
    CHECK_RC(hypercall_mmuext_op(&unpin, 1, NULL, DOMID_SELF), 0);
    CHECK(hypercall_mmuext_op(&unpin, 1, NULL, DOMID_SELF) < 0);
    CHECK(hypercall_update_va_mapping((unsigned long)given, entry, UVMF_INVLPG) < 0);
}

void test_main(void)
{
    unsigned int level;

    for (level = 1; level <= 4; level++) {
        CHECK(page_pin(table, level) < 0); /* mapped writable */
    }
    CHECK(as_gdt() < 0);
    for (level = 1; level <= 4; level++) {
        CHECK_RC(page_protect(table), 0);
        CHECK_RC(page_pin(table, level), 0);
        check_others(level, false, false);
        check_others(level, false, false);
        CHECK_RC(page_unpin(table), 0);
        CHECK_RC(page_unprotect(table), 0);
        memset(table, 0, PAGE_SIZE); /* level 4 has got the hypervisor's slots */
    }
    CHECK_RC(page_protect(table), 0);
    CHECK_RC(as_gdt(), 0);
    check_others(0, true, false);
    CHECK_RC(no_gdt(), 0);
    CHECK_RC(page_unprotect(table), 0);
    give_back_while_pinned();
    test_success();
}
