/* SPDX-License-Identifier: BSD-2-Clause */
/* Vectors are given out each once, and rest before they are given out again; the words that name one. */
#include "suites.h"
#include <asm/vector.h>

#define FIRST 0x7e
#define LAST  0x84 /* with 0x80 in the middle: six in all */

START_TEST(each_is_given_out_once)
{
    struct vector_pool pool = {0};
    uint8_t expected[] = {0x7e, 0x7f, 0x81, 0x82, 0x83, 0x84};

    for (unsigned int i = 0; i < 6; i++)
        ck_assert_uint_eq(vector_take(&pool, FIRST, LAST), expected[i]);
    ck_assert_uint_eq(vector_take(&pool, FIRST, LAST), VECTOR_NONE);
    vector_give_back(&pool, 0x82);
    ck_assert_uint_eq(vector_take(&pool, FIRST, LAST), 0x82);
    ck_assert_uint_eq(vector_take(&pool, FIRST, LAST), VECTOR_NONE);
}
END_TEST

START_TEST(one_given_back_rests)
{
    struct vector_pool pool = {0};

    ck_assert_uint_eq(vector_take(&pool, FIRST, LAST), 0x7e);
    vector_give_back(&pool, 0x7e);
    ck_assert_uint_eq(vector_take(&pool, FIRST, LAST), 0x7f);
    for (unsigned int i = 0; i < 4; i++)
        ck_assert_uint_ne(vector_take(&pool, FIRST, LAST), 0x7e);
    ck_assert_uint_eq(vector_take(&pool, FIRST, LAST), 0x7e);
}
END_TEST

START_TEST(entries_of_an_ioapic)
{
    ck_assert_uint_eq(rte_make(0x31, false, false, true), 0x10031);
    ck_assert_uint_eq(rte_make(0x31, true, true, false), 0xa031);
    ck_assert_uint_eq(rte_make(0xdf, true, false, true), 0x180df);
}
END_TEST

/* Kinds of delivery beyond lowest priority (SMI, NMI, INIT, ExtINT) are not for guests; all other bits are
 * theirs to set. */
START_TEST(entries_that_guests_write)
{
    struct rte_wish wish;

    for (uint32_t kind = 0; kind < 8; kind++)
        ck_assert_int_eq(rte_read_wish(kind << 8, &wish), kind <= 1);
    ck_assert(rte_read_wish(0xa007, &wish));
    ck_assert(wish.level && wish.active_low && !wish.masked && wish.pirq == 7);
    ck_assert(rte_read_wish(0xfffe58ff, &wish));
    ck_assert(!wish.level && !wish.active_low && !wish.masked && wish.pirq == 0xff);
    ck_assert(rte_read_wish(0x10000, &wish));
    ck_assert(!wish.level && !wish.active_low && wish.masked && !wish.pirq);
}
END_TEST

START_TEST(messages)
{
    ck_assert_uint_eq(msi_address(0), 0xfee00000);
    ck_assert_uint_eq(msi_address(255), 0xfeeff000);
    ck_assert_uint_eq(msi_data(0x41), 0x4041);
}
END_TEST

Suite *suite_vector(void)
{
    Suite *s = suite_create("vectors and messages");
    TCase *t = tcase_create("vector");

    tcase_add_test(t, each_is_given_out_once);
    tcase_add_test(t, one_given_back_rests);
    tcase_add_test(t, entries_of_an_ioapic);
    tcase_add_test(t, entries_that_guests_write);
    tcase_add_test(t, messages);
    suite_add_tcase(s, t);
    return s;
}
