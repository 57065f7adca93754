/* SPDX-License-Identifier: BSD-2-Clause */
/* HYPERVISOR_memory_op: reservations and questions. */
#include "suites.h"
#include <fake/fake.h>
#include <public/memory.h>
#include <xen/arch.h>
#include <xen/hypercall.h>
#include <xen/mm.h>
#include <xen/timer.h>

static struct domain *d;
static xen_pfn_t list[64];

static void boot(void)
{
    fake_boot(1, 4096);
    d = fake_domain(1, 1, 40);
    fake_as(d->vcpu[0]);
}

static long reserve(unsigned long cmd, xen_pfn_t *extents, unsigned long nr, unsigned int order,
                    unsigned int flags, domid_t id)
{
    struct xen_memory_reservation r = {
        .nr_extents = nr, .extent_order = order, .mem_flags = flags, .domid = id};

    r.extent_start.p = extents;
    return do_memory_op(cmd, VA(&r));
}

static long question(unsigned long cmd, domid_t id)
{
    struct xen_memory_domain arg = {.domid = id};

    return do_memory_op(cmd, VA(&arg));
}

START_TEST(increase_gives_frames_up_to_the_maximum)
{
    boot();
    ck_assert_int_eq(reserve(XENMEM_increase_reservation, list, 10, 0, 0, DOMID_SELF), 10);
    for (unsigned int i = 0; i < 10; i++)
        ck_assert_ptr_eq(mfn_to_page(mfn(list[i]))->owner, d);
    ck_assert_int_eq(reserve(XENMEM_increase_reservation, list, 64, 0, 0, DOMID_SELF), 30);
    ck_assert_int_eq(question(XENMEM_current_reservation, DOMID_SELF), 40);
    ck_assert_int_eq(question(XENMEM_maximum_reservation, DOMID_SELF), 40);
    ck_assert_str_eq(fake_last_refusal(d)->rule, "memory.none");
}
END_TEST

START_TEST(populate_sets_the_machine_to_physical_table)
{
    boot();
    list[0] = 0x800;
    ck_assert_int_eq(reserve(XENMEM_populate_physmap, list, 1, 3, 0, DOMID_SELF), 1);
    for (unsigned int i = 0; i < 8; i++)
        ck_assert_uint_eq(arch_m2p_get(mfn(list[0] + i)), 0x800 + i);
    ck_assert_uint_eq(list[0] % 8, 0);
}
END_TEST

START_TEST(decrease_frees_and_stops_at_the_first_foreign_frame)
{
    boot();
    ck_assert_int_eq(reserve(XENMEM_increase_reservation, list, 8, 0, 0, DOMID_SELF), 8);
    list[5] = 0;
    ck_assert_int_eq(reserve(XENMEM_decrease_reservation, list, 8, 0, 0, DOMID_SELF), 5);
    ck_assert_uint_eq(d->tot_pages, 3);
    ck_assert_str_eq(fake_last_refusal(d)->rule, "memory.not-owned");
    list[5] = ~0ul;
    ck_assert_int_eq(reserve(XENMEM_decrease_reservation, &list[5], 1, 0, 0, DOMID_SELF), 0);
}
END_TEST

START_TEST(what_is_wrong_before_the_first_extent_answers_nothing_done)
{
    boot();
    ck_assert_int_eq(do_memory_op(XENMEM_increase_reservation, 0x10), 0);
    ck_assert_int_eq(reserve(XENMEM_increase_reservation, list, 1, 10, 0, DOMID_SELF), 0);
    ck_assert_int_eq(reserve(XENMEM_increase_reservation, list, 1ul << 40, 0, 0, DOMID_SELF), 0);
    ck_assert_int_eq(reserve(XENMEM_increase_reservation, list, 1, 0, XENMEMF_address_bits(12), DOMID_SELF),
                     0);
    ck_assert_int_eq(reserve(XENMEM_increase_reservation, list, 1, 0, 0, 9), 0);
    (void)fake_domain(2, 1, 16);
    ck_assert_int_eq(reserve(XENMEM_increase_reservation, list, 1, 0, 0, 2), 0);
    ck_assert_str_eq(fake_last_refusal(d)->rule, "domain.privilege");
    fake_fault_range(&list[2], &list[3]);
    ck_assert_int_eq(reserve(XENMEM_populate_physmap, list, 4, 0, 0, DOMID_SELF), 2);
    ck_assert_uint_eq(d->tot_pages, 2);
}
END_TEST

START_TEST(address_bits_are_kept)
{
    boot();
    ck_assert_int_eq(reserve(XENMEM_increase_reservation, list, 4, 0, XENMEMF_address_bits(22), DOMID_SELF),
                     4);
    for (unsigned int i = 0; i < 4; i++)
        ck_assert_uint_lt(list[i], 1u << 10);
}
END_TEST

START_TEST(a_long_call_gives_way_and_goes_on)
{
    boot();
    timer_interrupt();
    ck_assert_int_eq(reserve(XENMEM_increase_reservation, list, 8, 0, 0, DOMID_SELF), FAKE_CONTINUED);
    ck_assert_uint_eq(fake_continuation.nr, __HYPERVISOR_memory_op);
    ck_assert_uint_eq(fake_continuation.args[0], XENMEM_increase_reservation | 1 << 6);
    fake_run_softirqs();
    ck_assert_int_eq(reserve(fake_continuation.args[0], list, 8, 0, 0, DOMID_SELF), 8);
    ck_assert_uint_eq(d->tot_pages, 8);
}
END_TEST

START_TEST(questions)
{
    struct domain *d0;

    boot();
    d->shared_info->arch.max_pfn = 1000;
    ck_assert_int_eq(do_memory_op(XENMEM_maximum_ram_page, 0), (long)max_page);
    ck_assert_int_eq(question(XENMEM_maximum_gpfn, DOMID_SELF), 999);
    ck_assert_int_eq(question(XENMEM_current_reservation, 9), -XEN_ESRCH);
    ck_assert_int_eq(do_memory_op(XENMEM_current_reservation, 0x10), -XEN_EFAULT);
    ck_assert_int_eq(question(XENMEM_current_reservation | 1 << 6, DOMID_SELF), -XEN_EINVAL);
    ck_assert_int_eq(do_memory_op(63, 0), -XEN_ENOSYS);
    d0 = fake_domain(0, 1, 16);
    ck_assert_int_eq(question(XENMEM_maximum_reservation, 0), -XEN_EPERM);
    fake_as(d0->vcpu[0]);
    ck_assert_int_eq(question(XENMEM_maximum_reservation, 1), 40);
}
END_TEST

TCase *memory_op_tests(void)
{
    TCase *t = tcase_create("memory_op");

    tcase_add_test(t, increase_gives_frames_up_to_the_maximum);
    tcase_add_test(t, populate_sets_the_machine_to_physical_table);
    tcase_add_test(t, decrease_frees_and_stops_at_the_first_foreign_frame);
    tcase_add_test(t, what_is_wrong_before_the_first_extent_answers_nothing_done);
    tcase_add_test(t, address_bits_are_kept);
    tcase_add_test(t, a_long_call_gives_way_and_goes_on);
    tcase_add_test(t, questions);
    return t;
}
