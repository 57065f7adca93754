/* SPDX-License-Identifier: BSD-2-Clause */
/* Batches of page-table updates when all goes well, when one is refused, and when Xen does not say the truth;
 * single operations; the walk. */
#include <string.h>
#include <xenguest/errno.h>
#include <xenguest/mmu.h>
#include "fake_xen.h"
#include "suites.h"

static struct xg_mmu_batch batch;
static xg_mfn_t table;

static xg_maddr_t slot(unsigned int index)
{
    return xg_mfn_to_maddr(table, index * 8);
}

static uint64_t entry(unsigned int index)
{
    return ((uint64_t *)fake_page(table))[index];
}

static uint64_t value(unsigned int index)
{
    return xg_pte(fake_mfn(40), XG_PTE_READONLY) | (uint64_t)(index & 7) << 9;
}

static void set_up(void)
{
    table = fake_table(1);
    xg_mmu_batch_init(&batch, XG_DOMID_SELF);
}

static void queue(unsigned int from, unsigned int to)
{
    for (; from < to; from++)
        ck_assert_int_eq(xg_mmu_batch_set(&batch, slot(from), value(from)), 0);
}

START_TEST(nothing_queued_is_no_call)
{
    set_up();
    ck_assert_int_eq(xg_mmu_batch_flush(&batch), 0);
    ck_assert_uint_eq(fake.nr_calls, 0);
}
END_TEST

START_TEST(one_call_for_many)
{
    unsigned int i;

    set_up();
    queue(0, 20);
    ck_assert_uint_eq(fake.nr_calls, 0);
    ck_assert_int_eq(xg_mmu_batch_flush(&batch), 0);
    ck_assert_uint_eq(fake.nr_calls, 1);
    ck_assert_uint_eq(batch.nr_applied, 20);
    for (i = 0; i < 20; i++)
        ck_assert_uint_eq(entry(i), value(i));
}
END_TEST

START_TEST(full_queue_flushes_itself)
{
    set_up();
    queue(0, XG_MMU_BATCH_ENTRIES + 1);
    ck_assert_uint_eq(fake.nr_calls, 1);
    ck_assert_uint_eq(batch.nr, 1);
    ck_assert_int_eq(xg_mmu_batch_flush(&batch), 0);
    ck_assert_uint_eq(batch.nr_applied, XG_MMU_BATCH_ENTRIES + 1);
}
END_TEST

START_TEST(commands_are_in_the_low_bits)
{
    set_up();
    ck_assert_int_eq(xg_mmu_batch_set_keep_bits(&batch, slot(1), value(1)), 0);
    ck_assert_uint_eq(batch.storage[0][0] & 7, MMU_PT_UPDATE_PRESERVE_AD);
    ck_assert_int_eq(xg_mmu_batch_set_m2p(&batch, fake_mfn(7), xg_pfn(9)), 0);
    ck_assert_int_eq(xg_mmu_batch_flush(&batch), 0);
    ck_assert_uint_eq(fake.m2p[fake_mfn(7).n], 9);
}
END_TEST

START_TEST(refusal_in_the_middle)
{
    set_up();
    queue(0, 10);
    fake_refuse(__HYPERVISOR_mmu_update, -XEN_EBUSY, 6);
    ck_assert_int_eq(xg_mmu_batch_flush(&batch), -XG_EBUSY);
    ck_assert_uint_eq(batch.nr_applied, 6);
    ck_assert_uint_eq(batch.nr_dropped, 4);
    ck_assert_uint_eq(batch.refused.ptr, slot(6).n);
    ck_assert_uint_eq(batch.refused.value, value(6));
    ck_assert_uint_eq(entry(5), value(5));
    ck_assert_uint_eq(entry(6), 0);
    /* The queue is empty and usable. */
    ck_assert_uint_eq(batch.nr, 0);
    queue(20, 21);
    ck_assert_int_eq(xg_mmu_batch_flush(&batch), 0);
    ck_assert_uint_eq(entry(20), value(20));
}
END_TEST

START_TEST(refusal_of_the_first_and_the_last)
{
    set_up();
    queue(0, 3);
    fake_refuse(__HYPERVISOR_mmu_update, -XEN_EPERM, 0);
    ck_assert_int_eq(xg_mmu_batch_flush(&batch), -XG_EPERM);
    ck_assert_uint_eq(batch.nr_dropped, 3);
    ck_assert_uint_eq(batch.refused.ptr, slot(0).n);
    queue(0, 3);
    fake_refuse(__HYPERVISOR_mmu_update, -XEN_EPERM, 2);
    ck_assert_int_eq(xg_mmu_batch_flush(&batch), -XG_EPERM);
    ck_assert_uint_eq(batch.nr_dropped, 1);
    ck_assert_uint_eq(batch.refused.ptr, slot(2).n);
}
END_TEST

START_TEST(refusal_when_the_queue_was_full)
{
    set_up();
    queue(0, XG_MMU_BATCH_ENTRIES);
    fake_refuse(__HYPERVISOR_mmu_update, -XEN_EINVAL, 10);
    ck_assert_int_eq(xg_mmu_batch_set(&batch, slot(100), value(100)), -XG_EINVAL);
    ck_assert_uint_eq(batch.nr, 0);
    ck_assert_uint_eq(batch.nr_dropped, XG_MMU_BATCH_ENTRIES - 10);
    ck_assert_uint_eq(entry(100), 0);
}
END_TEST

/* Xen answers 0 and has done less: that must not pass as success. */
START_TEST(short_success_is_an_error)
{
    set_up();
    queue(0, 5);
    fake.lie_done = true;
    fake.lie_done_value = 3;
    ck_assert_int_eq(xg_mmu_batch_flush(&batch), -XG_EIO);
    ck_assert_uint_eq(batch.nr_dropped, 2);
    ck_assert_uint_eq(batch.refused.ptr, slot(3).n);
}
END_TEST

START_TEST(more_done_than_asked_is_an_error)
{
    set_up();
    queue(0, 5);
    fake.lie_done = true;
    fake.lie_done_value = 0x80000000;
    ck_assert_int_eq(xg_mmu_batch_flush(&batch), -XG_EIO);
    ck_assert_uint_eq(batch.nr_applied, 0);
    ck_assert_uint_eq(batch.nr, 0);
}
END_TEST

static struct mmuext_op last_op;

static void keep_op(const struct fake_call *call)
{
    if (call->number == __HYPERVISOR_mmuext_op)
        last_op = *(struct mmuext_op *)call->a[0];
}

START_TEST(single_operations)
{
    fake.on_call = keep_op;
    ck_assert_int_eq(xg_mmu_pin(xg_mfn(77), 4), 0);
    ck_assert_uint_eq(last_op.cmd, MMUEXT_PIN_L4_TABLE);
    ck_assert_uint_eq(last_op.arg1.mfn, 77);
    ck_assert_int_eq(xg_mmu_pin(xg_mfn(77), 1), 0);
    ck_assert_uint_eq(last_op.cmd, MMUEXT_PIN_L1_TABLE);
    ck_assert_int_eq(xg_mmu_pin(xg_mfn(77), 0), -XG_EINVAL);
    ck_assert_int_eq(xg_mmu_pin(xg_mfn(77), 5), -XG_EINVAL);
    ck_assert_int_eq(xg_mmu_set_base(xg_mfn(3)), 0);
    ck_assert_uint_eq(last_op.cmd, MMUEXT_NEW_BASEPTR);
    ck_assert_int_eq(xg_mmu_set_user_base(xg_mfn(0)), 0);
    ck_assert_uint_eq(last_op.cmd, MMUEXT_NEW_USER_BASEPTR);
    ck_assert_int_eq(xg_mmu_flush_page((void *)0x1000, true), 0);
    ck_assert_uint_eq(last_op.cmd, MMUEXT_INVLPG_ALL);
    ck_assert_uint_eq(last_op.arg1.linear_addr, 0x1000);
    ck_assert_int_eq(xg_mmu_set_ldt((void *)0x2000, 8), 0);
    ck_assert_uint_eq(last_op.arg2.nr_ents, 8);
    fake_refuse(__HYPERVISOR_mmuext_op, -XEN_EBUSY, 0);
    ck_assert_int_eq(xg_mmu_unpin(xg_mfn(77)), -XG_EBUSY);
}
END_TEST

#define ADDRESS 0xffffc03000405678ull

/* Tables of all four levels for ADDRESS, by hand. */
static xg_mfn_t chain(unsigned int levels)
{
    xg_mfn_t root = fake_table(4), above = root;
    unsigned int level;

    for (level = 4; level > 4 - levels + 1; level--) {
        xg_mfn_t below = fake_table(level - 1);

        ((uint64_t *)fake_page(above))[xg_pte_index(ADDRESS, level)] = xg_pte(below, XG_PTE_TABLE);
        above = below;
    }
    return root;
}

START_TEST(walk_to_the_end)
{
    struct xg_walk walk;
    xg_mfn_t root = chain(4);

    ck_assert_int_eq(xg_mmu_walk(root, ADDRESS, &walk), 0);
    ck_assert_uint_eq(walk.level, 1);
    ck_assert_uint_eq(walk.entry, 0);
    ck_assert_uint_eq(walk.where.n & 0xfff, xg_pte_index(ADDRESS, 1) * 8);
}
END_TEST

START_TEST(walk_says_where_it_ends)
{
    struct xg_walk walk;
    xg_mfn_t root = chain(2);

    ck_assert_int_eq(xg_mmu_walk(root, ADDRESS, &walk), -XG_ENOENT);
    ck_assert_uint_eq(walk.level, 3);
    ck_assert_int_eq(xg_mmu_walk(xg_mfn(1), ADDRESS, &walk), -XG_EFAULT);
    ((uint64_t *)fake_page(root))[xg_pte_index(ADDRESS, 4)] = xg_pte(xg_mfn(0xffffff), XG_PTE_TABLE);
    ck_assert_int_eq(xg_mmu_walk(root, ADDRESS, &walk), -XG_EFAULT);
}
END_TEST

TCase *mmu_tests(void)
{
    TCase *tests = tcase_create("mmu");

    tcase_add_test(tests, nothing_queued_is_no_call);
    tcase_add_test(tests, one_call_for_many);
    tcase_add_test(tests, full_queue_flushes_itself);
    tcase_add_test(tests, commands_are_in_the_low_bits);
    tcase_add_test(tests, refusal_in_the_middle);
    tcase_add_test(tests, refusal_of_the_first_and_the_last);
    tcase_add_test(tests, refusal_when_the_queue_was_full);
    tcase_add_test(tests, short_success_is_an_error);
    tcase_add_test(tests, more_done_than_asked_is_an_error);
    tcase_add_test(tests, single_operations);
    tcase_add_test(tests, walk_to_the_end);
    tcase_add_test(tests, walk_says_where_it_ends);
    return tests;
}
