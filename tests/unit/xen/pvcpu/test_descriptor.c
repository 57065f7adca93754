/* SPDX-License-Identifier: BSD-2-Clause */
/* Descriptors as guests ask for them, and what becomes of each. */
#include "suites.h" /* first: Check uses the name noreturn */
#include "descriptor_check.h"

#define CODE64_DPL0 0x00af9b000000ffffull
#define CODE64_DPL3 0x00affb000000ffffull
#define DATA_DPL0   0x00cf93000000ffffull
#define DATA_DPL3   0x00cff3000000ffffull
#define DPL(d)      (((d) >> 45) & 3)

static uint64_t system_descriptor(unsigned int type, unsigned int dpl, uint16_t selector)
{
    return 1ull << 47 | (uint64_t)dpl << 45 | (uint64_t)type << 40 | (uint64_t)selector << 16;
}

START_TEST(code_and_data_become_ring_3)
{
    uint64_t d = CODE64_DPL0;

    ck_assert(descriptor_ok(&d));
    ck_assert_uint_eq(d, CODE64_DPL3);
    d = DATA_DPL0;
    ck_assert(descriptor_ok(&d));
    ck_assert_uint_eq(d, DATA_DPL3);
    d = DATA_DPL3;
    ck_assert(descriptor_ok(&d));
    ck_assert_uint_eq(d, DATA_DPL3);
}
END_TEST

START_TEST(absent_and_empty_ones_pass_untouched)
{
    uint64_t d = 0;

    ck_assert(descriptor_ok(&d));
    ck_assert_uint_eq(d, 0);
    d = system_descriptor(9, 0, 0x10) & ~(1ull << 47);
    ck_assert(descriptor_ok(&d));
    ck_assert_uint_eq(d, system_descriptor(9, 0, 0x10) & ~(1ull << 47));
    d = system_descriptor(0, 0, 0x10);
    ck_assert(descriptor_ok(&d));
    ck_assert_uint_eq(d, system_descriptor(0, 0, 0x10));
}
END_TEST

/*
 * All system types but 0 (harmless) and 12 (a call gate): TSS, LDT, interrupt and trap gates, the reserved
 * ones.
 */
START_TEST(system_types_are_refused)
{
    for (unsigned int type = 1; type < 16; type++) {
        uint64_t d = system_descriptor(type, 3, 0x10);

        if (type != 12)
            ck_assert(!descriptor_ok(&d));
    }
}
END_TEST

START_TEST(call_gates_trap)
{
    uint64_t d = system_descriptor(12, 3, 0x10);

    ck_assert(descriptor_ok(&d));
    ck_assert_uint_eq(DPL(d), 0);
    ck_assert_uint_eq((d >> 16) & 0xffff, 0x13);
    d = system_descriptor(12, 3, 0xe033);
    ck_assert(descriptor_ok(&d));
    d = system_descriptor(12, 3, 0x14); /* in the LDT */
    ck_assert(descriptor_ok(&d));
}
END_TEST

/* Our own code segment, our TSS, reserved bits. */
START_TEST(call_gates_into_the_hypervisor)
{
    uint64_t d = system_descriptor(12, 3, 0xe008);

    ck_assert(!descriptor_ok(&d));
    d = system_descriptor(12, 3, 0xe040);
    ck_assert(!descriptor_ok(&d));
    d = system_descriptor(12, 3, 0x10) | 1ull << 36;
    ck_assert(!descriptor_ok(&d));
}
END_TEST

Suite *descriptor_suite(void)
{
    Suite *s = suite_create("descriptor");
    TCase *t = tcase_create("descriptor");

    tcase_add_test(t, code_and_data_become_ring_3);
    tcase_add_test(t, absent_and_empty_ones_pass_untouched);
    tcase_add_test(t, system_types_are_refused);
    tcase_add_test(t, call_gates_trap);
    tcase_add_test(t, call_gates_into_the_hypervisor);
    suite_add_tcase(s, t);
    return s;
}
