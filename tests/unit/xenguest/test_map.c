/* SPDX-License-Identifier: BSD-2-Clause */
/* Mapping ranges: tables made on the way, under Xen's rule that a table is never writable, and clean failure
 * at each step. */
#include <string.h>
#include <xenguest/errno.h>
#include <xenguest/map.h>
#include "fake_xen.h"
#include "suites.h"

#define ADDRESS 0xffffc00000200000ull

static struct xg_map map;
static xg_mfn_t frames[8];

static void set_up(void)
{
    unsigned int i;

    xg_map_init(&map, fake_table(4));
    for (i = 0; i < 8; i++)
        frames[i] = fake_mfn(40 + i);
}

START_TEST(makes_the_tables)
{
    unsigned int i;

    set_up();
    ck_assert_int_eq(xg_map_frames(&map, ADDRESS, frames, 8, XG_PTE_DATA, XG_DOMID_SELF), 0);
    ck_assert_uint_eq(map.nr_tables, 3);
    for (i = 0; i < 8; i++)
        ck_assert_uint_eq(xg_map_lookup(&map, ADDRESS + i * 4096).n, frames[i].n);
    ck_assert(!xg_mfn_valid(xg_map_lookup(&map, ADDRESS + 8 * 4096)));
    /* The second range needs no more of them. */
    ck_assert_int_eq(xg_map_frames(&map, ADDRESS + 0x10000, frames, 1, XG_PTE_DATA, XG_DOMID_SELF), 0);
    ck_assert_uint_eq(map.nr_tables, 3);
}
END_TEST

START_TEST(crosses_tables)
{
    set_up();
    ck_assert_int_eq(xg_map_frames(&map, ADDRESS + 0x1fe000, frames, 8, XG_PTE_DATA, XG_DOMID_SELF), 0);
    ck_assert_uint_eq(map.nr_tables, 4);
    ck_assert_uint_eq(xg_map_lookup(&map, ADDRESS + 0x1ff000).n, frames[1].n);
    ck_assert_uint_eq(xg_map_lookup(&map, ADDRESS + 0x200000).n, frames[2].n);
}
END_TEST

/* One more table, and no entry of its is written by itself; the frames around it are. */
START_TEST(whole_table_at_once)
{
    static xg_mfn_t many[600];
    unsigned int i;

    set_up();
    for (i = 0; i < 600; i++)
        many[i] = frames[i % 8];
    ck_assert_int_eq(xg_map_frames(&map, ADDRESS - 0x2000, many, 600, XG_PTE_DATA, XG_DOMID_SELF), 0);
    ck_assert_uint_eq(map.nr_tables, 5);
    ck_assert_uint_eq(map.batch.nr_applied, 600 - 512);
    for (i = 0; i < 600; i++)
        ck_assert_uint_eq(xg_map_lookup(&map, ADDRESS - 0x2000 + i * 4096ul).n, many[i].n);
    ck_assert(!xg_mfn_valid(xg_map_lookup(&map, ADDRESS + 598 * 4096ul)));
    /* There is a table now: what it holds is replaced entry by entry. */
    ck_assert_int_eq(xg_map_frames(&map, ADDRESS, many + 1, 512, XG_PTE_READONLY, XG_DOMID_SELF), 0);
    ck_assert_uint_eq(map.nr_tables, 5);
    ck_assert_uint_eq(xg_map_lookup(&map, ADDRESS).n, many[1].n);
}
END_TEST

START_TEST(refused_whole_table_is_tried_by_entry)
{
    static xg_mfn_t many[512];
    unsigned int i;

    set_up();
    for (i = 0; i < 512; i++)
        many[i] = frames[i % 8];
    ck_assert_int_eq(xg_map_frames(&map, ADDRESS, many, 1, XG_PTE_DATA, XG_DOMID_SELF), 0);
    fake_refuse(__HYPERVISOR_mmu_update, -XEN_EINVAL, 0);
    ck_assert_int_eq(xg_map_frames(&map, ADDRESS + 0x200000, many, 512, XG_PTE_DATA, XG_DOMID_SELF), 0);
    ck_assert_uint_eq(fake.nr_frees, 1);
    ck_assert_uint_eq(map.nr_tables, 4);
    for (i = 0; i < 512; i++)
        ck_assert_uint_eq(xg_map_lookup(&map, ADDRESS + 0x200000 + i * 4096ul).n, many[i].n);
}
END_TEST

/* Frames of another domain are never put into a table unseen. */
START_TEST(foreign_frames_go_by_entry)
{
    static xg_mfn_t many[512];
    unsigned int i;

    set_up();
    for (i = 0; i < 512; i++)
        many[i] = frames[i % 8];
    ck_assert_int_eq(xg_map_frames(&map, ADDRESS, many, 512, XG_PTE_DATA, 7), 0);
    ck_assert_uint_eq(map.batch.nr_applied, 512);
}
END_TEST

START_TEST(no_page_for_a_table)
{
    set_up();
    fake.out_of_pages = true;
    ck_assert_int_eq(xg_map_frames(&map, ADDRESS, frames, 1, XG_PTE_DATA, XG_DOMID_SELF), -XG_ENOMEM);
    ck_assert_uint_eq(map.nr_tables, 0);
}
END_TEST

START_TEST(refused_table_is_given_back_writable)
{
    set_up();
    fake_refuse(__HYPERVISOR_mmu_update, -XEN_EINVAL, 0);
    ck_assert_int_eq(xg_map_frames(&map, ADDRESS, frames, 1, XG_PTE_DATA, XG_DOMID_SELF), -XG_EINVAL);
    ck_assert_uint_eq(fake.nr_frees, 1);
    ck_assert_uint_eq(map.nr_tables, 0);
}
END_TEST

START_TEST(page_that_stays_writable_is_given_back)
{
    set_up();
    fake_refuse(__HYPERVISOR_update_va_mapping, -XEN_EINVAL, 0);
    ck_assert_int_eq(xg_map_frames(&map, ADDRESS, frames, 1, XG_PTE_DATA, XG_DOMID_SELF), -XG_EINVAL);
    ck_assert_uint_eq(fake.nr_frees, 1);
}
END_TEST

START_TEST(refused_entry_is_reported)
{
    set_up();
    frames[3] = xg_mfn(3);
    ck_assert_int_eq(xg_map_frames(&map, ADDRESS, frames, 8, XG_PTE_DATA, XG_DOMID_SELF), -XG_EINVAL);
    ck_assert_uint_eq(xg_map_lookup(&map, ADDRESS + 0x2000).n, frames[2].n);
    ck_assert(!xg_mfn_valid(xg_map_lookup(&map, ADDRESS + 0x4000)));
    ck_assert_uint_eq(map.batch.refused.value, xg_pte(xg_mfn(3), XG_PTE_DATA));
}
END_TEST

START_TEST(owner_is_named)
{
    set_up();
    ck_assert_int_eq(xg_map_frames(&map, ADDRESS, frames, 1, XG_PTE_DATA, 7), 0);
    ck_assert_uint_eq(fake_last(__HYPERVISOR_mmu_update)->a[3], 7);
    /* The tables, though, are our own. */
    ck_assert_uint_eq(fake.calls[1].number, __HYPERVISOR_mmu_update);
    ck_assert_uint_eq(fake.calls[1].a[3], XG_DOMID_SELF);
}
END_TEST

START_TEST(clear_passes_over_holes)
{
    set_up();
    ck_assert_int_eq(xg_map_frames(&map, ADDRESS, frames, 2, XG_PTE_DATA, XG_DOMID_SELF), 0);
    ck_assert_int_eq(xg_map_clear(&map, ADDRESS - 0x1000, 4), 0);
    ck_assert(!xg_mfn_valid(xg_map_lookup(&map, ADDRESS)));
    ck_assert_uint_eq(fake_count(__HYPERVISOR_mmuext_op), 1);
}
END_TEST

START_TEST(protect_keeps_the_frame)
{
    struct xg_walk walk;

    set_up();
    ck_assert_int_eq(xg_map_frames(&map, ADDRESS, frames, 2, XG_PTE_DATA, XG_DOMID_SELF), 0);
    ck_assert_int_eq(xg_map_protect(&map, ADDRESS, 2, XG_PTE_READONLY), 0);
    ck_assert_int_eq(xg_mmu_walk(map.root, ADDRESS, &walk), 0);
    ck_assert_uint_eq(walk.entry, xg_pte(frames[0], XG_PTE_READONLY));
    ck_assert_int_eq(xg_map_protect(&map, ADDRESS, 3, XG_PTE_DATA), -XG_ENOENT);
}
END_TEST

START_TEST(clear_reports_a_refusal_and_still_flushes)
{
    set_up();
    ck_assert_int_eq(xg_map_frames(&map, ADDRESS, frames, 2, XG_PTE_DATA, XG_DOMID_SELF), 0);
    fake_refuse(__HYPERVISOR_mmu_update, -XEN_EPERM, 1);
    ck_assert_int_eq(xg_map_clear(&map, ADDRESS, 2), -XG_EPERM);
    ck_assert_uint_eq(fake_count(__HYPERVISOR_mmuext_op), 1);
}
END_TEST

TCase *map_tests(void)
{
    TCase *tests = tcase_create("map");

    tcase_add_test(tests, makes_the_tables);
    tcase_add_test(tests, crosses_tables);
    tcase_add_test(tests, whole_table_at_once);
    tcase_add_test(tests, refused_whole_table_is_tried_by_entry);
    tcase_add_test(tests, foreign_frames_go_by_entry);
    tcase_add_test(tests, no_page_for_a_table);
    tcase_add_test(tests, refused_table_is_given_back_writable);
    tcase_add_test(tests, page_that_stays_writable_is_given_back);
    tcase_add_test(tests, refused_entry_is_reported);
    tcase_add_test(tests, owner_is_named);
    tcase_add_test(tests, clear_passes_over_holes);
    tcase_add_test(tests, protect_keeps_the_frame);
    tcase_add_test(tests, clear_reports_a_refusal_and_still_flushes);
    return tests;
}
