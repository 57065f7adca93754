/* SPDX-License-Identifier: BSD-2-Clause */
/* The rules one by one: each test is one thing that a guest may not do, or must be able to do. */
#include <check.h>
#include <string.h>
#include <xen/errno.h>
#include "fake_machine.h"

#define P  PTE_PRESENT
#define W  PTE_WRITE
#define U  PTE_USER
#define PU (P | U)
#define PW (P | U | W)

enum { L4 = FIRST_GUEST, L3, L2, L1, DATA, DATA2, SPARE4, SPARE3, SPARE2, SPARE1, LOOSE };

Suite *rules_suite(void);

static uint64_t entry(uint64_t n, uint64_t flags)
{
    return pte_make(mfn(n), flags).v;
}
static uint64_t at(uint64_t table, unsigned int slot)
{
    return (table << PAGE_SHIFT) + slot * 8;
}

/*
 * One table of each level in slot 0, the L1 maps all of them read-only and DATA writable; pinned and in use
 * on both vCPUs.
 */
static void setup(void)
{
    machine_reset();
    frame(L4)[0].v = entry(L3, PW);
    frame(L3)[0].v = entry(L2, PW);
    frame(L2)[0].v = entry(L1, PW);
    for (unsigned int i = 0; i < 4; i++)
        frame(L1)[i].v = entry(L4 + i, PU);
    frame(L1)[4].v = entry(DATA, PW);
    ck_assert_int_eq(pv_pin_table(&guest, mfn(L4), 4), 0);
    for (unsigned int i = 0; i < NR_CPUS; i++)
        ck_assert_int_eq(pv_set_bases(&guest_vcpu[i], mfn(L4), INVALID_MFN), 0);
    oracle_check("setup");
}

static void teardown(void)
{
    oracle_check("the test");
    while (pv_relinquish_page_tables(&guest))
        ;
    oracle_check("relinquishing");
    for (uint64_t n = 0; n < NR_FRAMES; n++)
        ck_assert_uint_eq(type_count(n), 0);
}

static void make_hardware_domain(void)
{
    static struct range all = {0, ~0ull};

    guest.is_privileged = guest.is_hardware = true;
    guest.device_memory = (struct range_set){&all, 1};
}

START_TEST(table_cannot_be_mapped_writable)
{
    for (unsigned int i = 0; i < 4; i++) {
        ck_assert_int_eq(guest_mmu_update(at(L1, 8), entry(L4 + i, PW)), -XEN_EBUSY);
        ck_assert_int_eq(guest_mmu_update(at(L1, i), entry(L4 + i, PW)), -XEN_EBUSY);
        ck_assert_int_eq(guest_update_va(8 << PAGE_SHIFT, entry(L4 + i, PW), 0), -XEN_EBUSY);
    }
}
END_TEST

START_TEST(writable_frame_cannot_become_a_table)
{
    ck_assert_int_eq(guest_mmuext(MMUEXT_PIN_L1_TABLE, DATA), -XEN_EINVAL);
    ck_assert_int_eq(guest_mmu_update(at(L2, 1), entry(DATA, PW)), -XEN_EINVAL);
    ck_assert_int_eq(guest_mmu_update(at(L1, 4), 0), 0);
    ck_assert_int_eq(guest_mmu_update(at(L2, 1), entry(DATA, PW)), 0);
    ck_assert_uint_eq(type_of(DATA), PGT_L1);
}
END_TEST

START_TEST(entries_are_adjusted)
{
    ck_assert_int_eq(guest_mmu_update(at(L1, 9), entry(DATA, P | W)), 0);
    ck_assert_uint_eq(frame(L1)[9].v, entry(DATA, PW | PTE_GUEST_KERNEL));
    ck_assert_int_eq(guest_mmu_update(at(L1, 9), entry(DATA, PW)), 0);
    ck_assert_uint_eq(frame(L1)[9].v, entry(DATA, PW | PTE_GLOBAL));
    ck_assert_int_eq(guest_mmu_update(at(L2, 1), entry(SPARE1, P | W)), 0);
    ck_assert_uint_eq(frame(L2)[1].v, entry(SPARE1, PW));
}
END_TEST

START_TEST(bits_above_l1_are_refused)
{
    static const uint64_t bits[] = {PTE_LARGE, PTE_GLOBAL, PTE_PWT, PTE_PCD};
    static const unsigned int tables[] = {L2, L3, L4}, below[] = {SPARE1, SPARE2, SPARE3};

    for (unsigned int i = 0; i < ARRAY_SIZE(bits); i++)
        for (unsigned int t = 0; t < ARRAY_SIZE(tables); t++)
            ck_assert_int_eq(guest_mmu_update(at(tables[t], 1), entry(below[t], PW | bits[i])), -XEN_EINVAL);
    ck_assert_int_eq(guest_mmu_update(at(L1, 9), entry(DATA, PW | PTE_PCD)), -XEN_EINVAL);
    ck_assert_int_eq(guest_mmu_update(at(L1, 9), entry(DATA, PW | PTE_NX | PTE_AVAIL)), 0);
}
END_TEST

START_TEST(hypervisor_slots_are_refused)
{
    for (unsigned int i = HV_FIRST_SLOT; i <= HV_LAST_SLOT; i++) {
        ck_assert_int_eq(guest_mmu_update(at(L4, i), entry(SPARE3, PW)), -XEN_EINVAL);
        ck_assert_int_eq(guest_mmu_update(at(L4, i), 0), -XEN_EINVAL);
    }
    ck_assert_int_eq(guest_mmu_update(at(L4, 255), entry(SPARE3, PW)), 0);
    ck_assert_int_eq(guest_mmu_update(at(L4, 272), entry(SPARE3, PW)), 0);
    /* What a table has there before it is one does not matter. */
    frame(SPARE4)[260].v = entry(DATA, PW | PTE_LARGE);
    ck_assert_int_eq(guest_mmuext(MMUEXT_PIN_L4_TABLE, SPARE4), 0);
    ck_assert_uint_eq(frame(SPARE4)[260].v, hypervisor_l4[260].v);
}
END_TEST

START_TEST(foreign_frames_are_refused)
{
    ck_assert_int_eq(guest_mmu_update(at(L1, 9), entry(FIRST_FOREIGN, PU)), -XEN_EBUSY);
    ck_assert_int_eq(guest_mmu_update(at(L1, 9), entry(FIRST_FREE, PU)), -XEN_EBUSY);
    ck_assert_int_eq(guest_mmu_update(at(L1, 9), entry(FIRST_RAM, PU)), -XEN_EBUSY);
    ck_assert_int_eq(guest_mmu_update(at(L1, 9), entry(2, PU)), -XEN_EPERM);
    ck_assert_int_eq(guest_mmu_update(at(L1, 9), entry(1 << 20, PU)), -XEN_EPERM);
    ck_assert_int_eq(guest_mmu_update(at(L1, 9), entry((1ull << 40) - 1, PU)), -XEN_EINVAL);
    ck_assert_int_eq(guest_mmu_update(at(L2, 9), entry(FIRST_FOREIGN, PU)), -XEN_EINVAL);
    ck_assert_int_eq(guest_mmu_update(at(L2, 9), entry(1 << 20, PU)), -XEN_EINVAL);
    ck_assert_int_eq(guest_mmu_update(at(FIRST_FOREIGN, 0), 0), -XEN_EINVAL);
    ck_assert_int_eq(guest_mmuext(MMUEXT_PIN_L1_TABLE, FIRST_FOREIGN), -XEN_EINVAL);
    ck_assert_int_eq(guest_mmuext(MMUEXT_NEW_BASEPTR, FIRST_FOREIGN), -XEN_EINVAL);
}
END_TEST

START_TEST(privileged_domain_maps_foreign_frames_and_devices)
{
    mmu_update_t request = {at(L1, 9), entry(FIRST_FOREIGN, PW)};

    ck_assert_int_eq(guest_mmu_update_list(&request, 1, NULL, other.id), -XEN_EPERM);
    ck_assert_int_eq(guest_mmu_update_list(&request, 1, NULL, 99), -XEN_ESRCH);
    make_hardware_domain();
    ck_assert_int_eq(guest_mmu_update_list(&request, 1, NULL, other.id), 0);
    ck_assert_uint_eq(ref_count(FIRST_FOREIGN), 2);
    ck_assert_uint_eq(type_count(FIRST_FOREIGN), 1);
    /* The frame is now writable: its owner cannot make it a table. */
    ck_assert_int_eq(page_get_and_type(page(FIRST_FOREIGN), &other, PGT_L1), -XEN_EBUSY);
    request.ptr = at(L2, 9);
    ck_assert_int_eq(guest_mmu_update_list(&request, 1, NULL, other.id), -XEN_EINVAL);
    ck_assert_int_eq(guest_mmu_update(at(L1, 9), 0), 0);
    ck_assert_int_eq(guest_mmu_update(at(L1, 9), entry(2, PW | PTE_PCD)), 0);
    mmio_deny(3 << PAGE_SHIFT, PAGE_SIZE);
    ck_assert_int_eq(guest_mmu_update(at(L1, 9), entry(3, PU)), -XEN_EPERM);
    mmio_make_read_only(4 << PAGE_SHIFT, PAGE_SIZE);
    ck_assert_int_eq(guest_mmu_update(at(L1, 9), entry(4, PW)), 0);
    ck_assert_uint_eq(frame(L1)[9].v & W, 0);
    ck_assert_int_eq(guest_mmu_update(at(L1, 9), entry(1ull << 28, PU)), -XEN_EPERM);
    /* Where the hypervisor may write a table of messages. */
    ck_assert(mmio_is_device(2));
    ck_assert(!mmio_is_device(3));
    ck_assert(!mmio_is_device(4));
    ck_assert(!mmio_is_device(DATA));
    ck_assert(!mmio_is_device(1ull << 28));
    ck_assert(!mmio_is_device(1ull << 40 | 2));
}
END_TEST

#define TYPE (PTE_PWT | PTE_PCD | PTE_PAT)

/* Registers are never cached, whatever the entry asks; types that do not cache stay. */
START_TEST(entries_for_devices_are_uncached)
{
    static const uint64_t asked[] = {0,       PTE_PWT,           PTE_PCD,           PTE_PCD | PTE_PWT,
                                     PTE_PAT, PTE_PAT | PTE_PWT, PTE_PAT | PTE_PCD, TYPE};
    static const uint64_t given[] = {PTE_PCD | PTE_PWT, PTE_PCD | PTE_PWT, PTE_PCD, PTE_PCD | PTE_PWT,
                                     PTE_PAT, PTE_PCD | PTE_PWT, PTE_PAT | PTE_PCD, TYPE};

    make_hardware_domain();
    for (unsigned int i = 0; i < ARRAY_SIZE(asked); i++) {
        ck_assert_int_eq(guest_mmu_update(at(L1, 9), entry(0x5000, PW | asked[i])), 0);
        ck_assert_uint_eq(frame(L1)[9].v & (TYPE | W), given[i] | W);
        ck_assert_int_eq(
            guest_mmu_update(at(L1, 9) | MMU_PT_UPDATE_PRESERVE_AD, entry(0x5000, PU | asked[i])), 0);
        ck_assert_uint_eq(frame(L1)[9].v & (TYPE | W), given[i]);
    }
    /* RAM stays as it is asked for. */
    ck_assert_int_eq(guest_mmu_update(at(L1, 9), entry(DATA2, PW)), 0);
    ck_assert_uint_eq(frame(L1)[9].v & TYPE, 0);
    ck_assert_int_eq(guest_mmu_update(at(L1, 9), 0), 0);
}
END_TEST

/*
 * What the memory map tells between the firmware's entries: runs that touch are one; what goes on to the end
 * is none.
 */
START_TEST(reserved_runs)
{
    uint64_t first, after, end = 1ull << 28;

    mmio_reserve(0x6000ull << PAGE_SHIFT, 16 * PAGE_SIZE);
    mmio_deny(0x6010ull << PAGE_SHIFT, 16 * PAGE_SIZE);
    mmio_make_read_only(0x6030ull << PAGE_SHIFT, PAGE_SIZE);
    ck_assert(mmio_reserved_run(0x5000, end, &first, &after));
    ck_assert_uint_eq(first, 0x6000);
    ck_assert_uint_eq(after, 0x6020);
    ck_assert(mmio_reserved_run(0x6008, 0x6018, &first, &after));
    ck_assert_uint_eq(first, 0x6008);
    ck_assert_uint_eq(after, 0x6018);
    ck_assert(!mmio_reserved_run(0x5000, 0x6000, &first, &after));
    ck_assert(!mmio_reserved_run(0x6020, end, &first, &after));
    mmio_deny((end - 16) << PAGE_SHIFT, 16 * PAGE_SIZE);
    ck_assert(!mmio_reserved_run(0x6020, end, &first, &after));
    ck_assert(!mmio_reserved_run(0x6020, ~0ull, &first, &after));
    /* Reserved only: to map it is another question. */
    make_hardware_domain();
    ck_assert_int_eq(guest_mmu_update(at(L1, 9), entry(0x6000, PW | PTE_PCD)), 0);
    ck_assert_uint_eq(frame(L1)[9].v & W, W);
    ck_assert_int_eq(guest_mmu_update(at(L1, 9), entry(0x6010, PU)), -XEN_EPERM);
    ck_assert_int_eq(guest_mmu_update(at(L1, 9), 0), 0);
}
END_TEST

START_TEST(linear_entries)
{
    ck_assert_int_eq(guest_mmu_update(at(L4, 5), entry(L4, PW)), -XEN_EINVAL);
    ck_assert_int_eq(guest_mmu_update(at(L4, 5), entry(L4, PU)), 0);
    ck_assert_uint_eq(type_count(L4), 3);
    ck_assert_int_eq(guest_mmuext(MMUEXT_PIN_L4_TABLE, SPARE4), 0);
    ck_assert_int_eq(guest_mmu_update(at(L4, 6), entry(SPARE4, PW)), -XEN_EINVAL);
    ck_assert_int_eq(guest_mmu_update(at(L4, 6), entry(SPARE4, PU)), 0);
    /* Who is pointed to may not point, and the other way round. */
    ck_assert_int_eq(guest_mmu_update(at(SPARE4, 6), entry(L4, PU)), -XEN_EINVAL);
    ck_assert_int_eq(guest_mmu_update(at(L4, 7), entry(SPARE4, PU)), 0);
    oracle_check("linear entries");
    ck_assert_int_eq(guest_mmuext(MMUEXT_UNPIN_TABLE, SPARE4), 0);
    ck_assert_uint_eq(type_count(SPARE4), 2);
    ck_assert_int_eq(guest_mmu_update(at(L4, 6), 0), 0);
    ck_assert_int_eq(guest_mmu_update(at(L4, 7), 0), 0);
    ck_assert_uint_eq(type_count(SPARE4), 0);
    /* Only a valid table can be pointed to like that. */
    ck_assert_int_eq(guest_mmu_update(at(L4, 6), entry(LOOSE, PU)), 0);
    ck_assert_uint_eq(type_of(LOOSE), PGT_L3);
}
END_TEST

START_TEST(a_ring_of_tables_is_refused)
{
    /* An L2 whose entry would be the L3 above it. */
    ck_assert_int_eq(guest_mmu_update(at(L2, 7), entry(L3, PU)), -XEN_EINVAL);
    ck_assert_int_eq(guest_mmu_update(at(L2, 7), entry(L4, PU)), -XEN_EINVAL);
    ck_assert_int_eq(guest_mmu_update(at(L3, 7), entry(L1, PU)), -XEN_EINVAL);
}
END_TEST

START_TEST(pins)
{
    ck_assert_int_eq(guest_mmuext(MMUEXT_PIN_L4_TABLE, L4), -XEN_EINVAL);
    ck_assert_int_eq(guest_mmuext(MMUEXT_UNPIN_TABLE, L1), -XEN_EINVAL);
    ck_assert_int_eq(guest_mmuext(MMUEXT_PIN_L1_TABLE, L2), -XEN_EINVAL);
    ck_assert_int_eq(guest_mmuext(MMUEXT_PIN_L1_TABLE, L1), 0);
    ck_assert_int_eq(guest_mmu_update(at(L2, 0), 0), 0);
    ck_assert_uint_eq(type_count(L1), 1);
    ck_assert_int_eq(guest_mmuext(MMUEXT_UNPIN_TABLE, L1), 0);
    ck_assert_uint_eq(type_count(L1), 0);
    ck_assert_uint_eq(type_count(DATA), 0);
}
END_TEST

START_TEST(failed_validation_leaves_nothing)
{
    frame(SPARE1)[3].v = entry(DATA2, PW);
    frame(SPARE1)[4].v = entry(SPARE1, PW);
    frame(SPARE2)[0].v = entry(SPARE1, PW);
    ck_assert_int_eq(guest_mmuext(MMUEXT_PIN_L2_TABLE, SPARE2), -XEN_EBUSY);
    ck_assert_uint_eq(type_count(SPARE2) + type_count(SPARE1) + type_count(DATA2), 0);
    ck_assert_uint_eq(ref_count(SPARE2) + ref_count(SPARE1) + ref_count(DATA2), 3);
    frame(SPARE1)[4].v = 0;
    ck_assert_int_eq(guest_mmuext(MMUEXT_PIN_L2_TABLE, SPARE2), 0);
}
END_TEST

static void fill_tree(void)
{
    for (unsigned int i = 0; i < 8; i++) {
        frame(SPARE4)[i * 30].v = entry(SPARE3, PW);
        frame(SPARE3)[i * 40].v = entry(SPARE2, PW);
        frame(SPARE2)[i * 50].v = entry(SPARE1, PW);
        frame(SPARE1)[i * 60].v = entry(DATA2, PW);
    }
}

START_TEST(preemption_comes_to_the_same)
{
    fill_tree();
    machine_preempt(true);
    ck_assert_int_eq(guest_mmuext(MMUEXT_PIN_L4_TABLE, SPARE4), 0);
    oracle_check("a preempted pin");
    ck_assert_uint_eq(type_count(DATA2), 8);
    ck_assert_uint_eq(type_count(SPARE3), 8);
    ck_assert_int_eq(guest_mmuext(MMUEXT_UNPIN_TABLE, SPARE4), 0);
    oracle_check("a preempted unpin");
    ck_assert_uint_eq(type_count(SPARE4) + type_count(SPARE3) + type_count(SPARE2) + type_count(SPARE1) +
                          type_count(DATA2),
                      0);
    frame(SPARE4)[500].v = entry(DATA, PU);
    ck_assert_int_eq(guest_mmuext(MMUEXT_PIN_L4_TABLE, SPARE4), -XEN_EINVAL);
    oracle_check("a preempted pin that fails");
    ck_assert_uint_eq(type_count(SPARE4) + type_count(SPARE3) + type_count(SPARE2) + type_count(SPARE1) +
                          type_count(DATA2),
                      0);
}
END_TEST

START_TEST(abandoned_pin_can_be_taken_up)
{
    fill_tree();
    machine_preempt(true);
    machine_abandon = true;
    guest_mmuext(MMUEXT_PIN_L4_TABLE, SPARE4);
    ck_assert(page(SPARE4)->type_info & PGT_PARTIAL);
    oracle_check("an abandoned pin");
    ck_assert_int_eq(guest_mmu_update(at(L1, 9), entry(SPARE4, PW)), -XEN_EBUSY);
    ck_assert_int_eq(page_steal(&guest, page(SPARE4)), -XEN_EBUSY);
    machine_abandon = false;
    machine_set_current(1);
    ck_assert_int_eq(guest_mmuext(MMUEXT_PIN_L4_TABLE, SPARE4), 0);
    ck_assert_uint_eq(ref_count(SPARE4), 2);
}
END_TEST

START_TEST(done_counts_until_the_first_failure)
{
    mmu_update_t list[40];
    unsigned int done = 99;

    for (unsigned int i = 0; i < 40; i++)
        list[i] = (mmu_update_t){at(L1, 20 + i), entry(i == 25 ? L1 : DATA, PW)};
    ck_assert_int_eq(guest_mmu_update_list(list, 40, &done, DOMID_SELF), -XEN_EBUSY);
    ck_assert_uint_eq(done, 25);
    ck_assert_uint_eq(type_count(DATA), 26);
    machine_preempt(true);
    ck_assert_int_eq(guest_mmu_update_list(list, 25, &done, DOMID_SELF), 0);
    ck_assert_uint_eq(done, 25);
}
END_TEST

START_TEST(raw_write_to_plain_memory)
{
    ck_assert_int_eq(guest_mmu_update(at(DATA2, 7), 0x1234), 0);
    ck_assert_uint_eq(frame(DATA2)[7].v, 0x1234);
    ck_assert_uint_eq(type_count(DATA2), 0);
    ck_assert_int_eq(guest_mmuext(MMUEXT_CLEAR_PAGE, DATA2), 0);
    ck_assert_uint_eq(frame(DATA2)[7].v, 0);
    ck_assert_int_eq(guest_mmuext(MMUEXT_CLEAR_PAGE, L1), -XEN_EINVAL);
    ck_assert_int_eq(page_get_and_type(page(DATA2), &guest, PGT_SEGDESC), 0);
    ck_assert_int_eq(guest_mmu_update(at(DATA2, 7), 0x1234), -XEN_EINVAL);
    page_put_and_type(page(DATA2));
}
END_TEST

START_TEST(stale_translations_are_flushed_before_a_table_is_trusted)
{
    ck_assert(tlb_touch(0, 4 << PAGE_SHIFT));
    ck_assert(tlb_touch(1, 4 << PAGE_SHIFT));
    ck_assert_int_eq(guest_update_va(4 << PAGE_SHIFT, 0, 0), 0);
    ck_assert_int_eq(guest_mmuext(MMUEXT_PIN_L1_TABLE, DATA), 0);
    oracle_check("writable memory became a table");
}
END_TEST

START_TEST(stale_ways_are_flushed_before_a_table_is_writable)
{
    ck_assert(tlb_touch(1, 4 << PAGE_SHIFT));
    ck_assert_int_eq(guest_mmu_update(at(L2, 0), 0), 0);
    ck_assert_int_eq(guest_mmu_update(at(L1, 0), 0x1234), 0);
    oracle_check("a table became writable memory");
}
END_TEST

START_TEST(given_away_frames)
{
    ck_assert_int_eq(page_steal(&guest, page(DATA)), -XEN_EBUSY);
    ck_assert_int_eq(page_steal(&guest, page(L1)), -XEN_EBUSY);
    tlb_touch(0, 4 << PAGE_SHIFT);
    ck_assert(page_release_allocation(page(DATA)));
    ck_assert(!page_release_allocation(page(DATA)));
    ck_assert_ptr_eq(page(DATA)->owner, &guest);
    ck_assert_int_eq(guest_mmu_update(at(L1, 4), 0), 0);
    ck_assert_ptr_null(page(DATA)->owner);
    oracle_check("freeing");
    ck_assert_int_eq(page_steal(&guest, page(DATA2)), 0);
    ck_assert_int_eq(guest_mmu_update(at(L1, 9), entry(DATA2, PU)), -XEN_EBUSY);
}
END_TEST

START_TEST(bases)
{
    ck_assert_int_eq(guest_mmuext(MMUEXT_NEW_BASEPTR, L4), 0);
    ck_assert_int_eq(guest_mmuext(MMUEXT_NEW_BASEPTR, SPARE4), 0);
    ck_assert_int_eq(guest_mmuext(MMUEXT_NEW_USER_BASEPTR, L4), 0);
    ck_assert_int_eq(guest_mmuext(MMUEXT_NEW_USER_BASEPTR, L4), 0);
    ck_assert_int_eq(guest_mmuext(MMUEXT_NEW_USER_BASEPTR, L1), -XEN_EINVAL);
    oracle_check("new bases");
    ck_assert_int_eq(guest_mmuext(MMUEXT_UNPIN_TABLE, L4), 0);
    ck_assert_int_eq(guest_mmuext(MMUEXT_NEW_USER_BASEPTR, 0), 0);
    ck_assert_uint_eq(type_count(L4), 1); /* vCPU 1's */
    ck_assert_int_eq(guest_mmuext(MMUEXT_NEW_BASEPTR, DATA), -XEN_EINVAL);
    ck_assert_int_eq(guest_mmuext(77, 0), -XEN_ENOSYS);
    ck_assert_int_eq(guest_mmu_update(at(L1, 9) + 4, 0), -XEN_ENOSYS);
    ck_assert_int_eq(guest_mmuext(MMUEXT_MARK_SUPER, 0), -XEN_EOPNOTSUPP);
}
END_TEST

START_TEST(accessed_and_dirty_survive)
{
    frame(L1)[4].v |= PTE_ACCESSED | PTE_DIRTY;
    ck_assert_int_eq(guest_mmu_update(at(L1, 4) | MMU_PT_UPDATE_PRESERVE_AD, entry(DATA, P | U)), 0);
    ck_assert_uint_eq(frame(L1)[4].v, entry(DATA, PU | PTE_GLOBAL | PTE_ACCESSED | PTE_DIRTY));
    ck_assert_uint_eq(type_count(DATA), 0);
    ck_assert_int_eq(guest_mmu_update(at(L1, 4), entry(DATA, PU)), 0);
    ck_assert_uint_eq(frame(L1)[4].v, entry(DATA, PU | PTE_GLOBAL));
}
END_TEST

START_TEST(exchange_of_an_entry)
{
    pte_t old = frame(L1)[4], found;

    ck_assert_int_eq(l1_entry_exchange(&frame(L1)[4], (pte_t){1}, (pte_t){entry(DATA2, PW)}, &guest, &found),
                     0);
    ck_assert_uint_eq(found.v, old.v);
    ck_assert_uint_eq(type_count(DATA2), 0);
    ck_assert_int_eq(l1_entry_exchange(&frame(L1)[4], old, (pte_t){entry(L2, PW)}, &guest, &found),
                     -XEN_EBUSY);
    ck_assert_int_eq(l1_entry_exchange(&frame(L1)[4], old, (pte_t){entry(DATA2, PW)}, &guest, &found), 0);
    ck_assert_uint_eq(type_count(DATA2), 1);
    ck_assert_uint_eq(type_count(DATA), 0);
}
END_TEST

Suite *rules_suite(void)
{
    Suite *s = suite_create("page-type rules");
    TCase *c = tcase_create("rules");

    tcase_add_checked_fixture(c, setup, teardown);
    tcase_add_test(c, table_cannot_be_mapped_writable);
    tcase_add_test(c, writable_frame_cannot_become_a_table);
    tcase_add_test(c, entries_are_adjusted);
    tcase_add_test(c, bits_above_l1_are_refused);
    tcase_add_test(c, hypervisor_slots_are_refused);
    tcase_add_test(c, foreign_frames_are_refused);
    tcase_add_test(c, privileged_domain_maps_foreign_frames_and_devices);
    tcase_add_test(c, linear_entries);
    tcase_add_test(c, a_ring_of_tables_is_refused);
    tcase_add_test(c, pins);
    tcase_add_test(c, failed_validation_leaves_nothing);
    tcase_add_test(c, preemption_comes_to_the_same);
    tcase_add_test(c, abandoned_pin_can_be_taken_up);
    tcase_add_test(c, done_counts_until_the_first_failure);
    tcase_add_test(c, raw_write_to_plain_memory);
    tcase_add_test(c, stale_translations_are_flushed_before_a_table_is_trusted);
    tcase_add_test(c, stale_ways_are_flushed_before_a_table_is_writable);
    tcase_add_test(c, given_away_frames);
    tcase_add_test(c, bases);
    tcase_add_test(c, accessed_and_dirty_survive);
    tcase_add_test(c, entries_for_devices_are_uncached);
    tcase_add_test(c, reserved_runs);
    tcase_add_test(c, exchange_of_an_entry);
    suite_add_tcase(s, c);
    return s;
}
