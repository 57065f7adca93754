/* SPDX-License-Identifier: BSD-2-Clause */
/* HYPERVISOR_multicall. */
#include "suites.h"
#include <fake/fake.h>
#include <public/memory.h>
#include <public/version.h>
#include <xen/hypercall.h>
#include <xen/timer.h>

static struct domain *d;
static multicall_entry_t calls[8];
static xen_pfn_t frames[8];
static struct xen_memory_reservation reservation = {.nr_extents = 8, .domid = DOMID_SELF};

static void boot(void)
{
    fake_boot(1, 4096);
    d = fake_domain(1, 1, 40);
    fake_as(d->vcpu[0]);
    for (unsigned int i = 0; i < 8; i++)
        calls[i] =
            (multicall_entry_t){.op = __HYPERVISOR_xen_version, .result = 99, .args = {XENVER_version}};
    reservation.extent_start.p = frames;
}

START_TEST(each_entry_gets_its_result)
{
    boot();
    calls[2].op = 63;
    calls[3].op = 1ul << 33;
    calls[4].op = __HYPERVISOR_multicall;
    ck_assert_int_eq(do_multicall(VA(calls), 6), 0);
    ck_assert_int_eq((long)calls[0].result, 0x40011);
    ck_assert_int_eq((long)calls[2].result, -XEN_ENOSYS);
    ck_assert_int_eq((long)calls[3].result, -XEN_ENOSYS);
    ck_assert_int_eq((long)calls[4].result, -XEN_EINVAL);
    ck_assert_int_eq((long)calls[5].result, 0x40011);
    ck_assert_int_eq((long)calls[6].result, 99);
    ck_assert(!d->vcpu[0]->mc.active);
}
END_TEST

START_TEST(nothing_to_do_is_no_error)
{
    boot();
    ck_assert_int_eq(do_multicall(VA(calls), 0), 0);
}
END_TEST

START_TEST(iret_ends_the_list)
{
    boot();
    calls[1].op = __HYPERVISOR_iret;
    ck_assert_int_eq(do_multicall(VA(calls), 4), 0x12345);
    ck_assert_int_eq((long)calls[0].result, 0x40011);
    ck_assert_int_eq((long)calls[2].result, 99);
    ck_assert(!d->vcpu[0]->mc.active);
}
END_TEST

START_TEST(an_unreadable_or_unwritable_entry_ends_it_with_a_fault)
{
    boot();
    fake_fault_range(&calls[2], &calls[3]);
    ck_assert_int_eq(do_multicall(VA(calls), 4), -XEN_EFAULT);
    ck_assert_int_eq((long)calls[1].result, 0x40011);
    ck_assert_int_eq((long)calls[3].result, 99);
    ck_assert(!d->vcpu[0]->mc.active);
}
END_TEST

START_TEST(it_gives_way_between_entries)
{
    boot();
    timer_interrupt();
    ck_assert_int_eq(do_multicall(VA(calls), 4), FAKE_CONTINUED);
    ck_assert_uint_eq(fake_continuation.nr, __HYPERVISOR_multicall);
    ck_assert_uint_eq(fake_continuation.args[0], VA(&calls[1]));
    ck_assert_uint_eq(fake_continuation.args[1], 3);
    ck_assert_int_eq((long)calls[0].result, 0x40011);
    ck_assert_int_eq((long)calls[1].result, 99);
}
END_TEST

START_TEST(an_entry_that_gives_way_is_rewritten)
{
    boot();
    calls[0] = (multicall_entry_t){.op = __HYPERVISOR_memory_op,
                                   .args = {XENMEM_increase_reservation, VA(&reservation)}};
    timer_interrupt();
    ck_assert_int_eq(do_multicall(VA(calls), 2), FAKE_CONTINUED);
    ck_assert_uint_eq(fake_continuation.args[0], VA(&calls[0]));
    ck_assert_uint_eq(fake_continuation.args[1], 2);
    ck_assert_uint_eq(calls[0].op, __HYPERVISOR_memory_op);
    ck_assert_uint_eq(calls[0].args[0], XENMEM_increase_reservation | 1 << 6);
    fake_run_softirqs();
    ck_assert_int_eq(do_multicall(VA(calls), 2), 0);
    ck_assert_int_eq((long)calls[0].result, 8);
    ck_assert_uint_eq(d->tot_pages, 8);
}
END_TEST

TCase *multicall_tests(void)
{
    TCase *t = tcase_create("multicall");

    tcase_add_test(t, each_entry_gets_its_result);
    tcase_add_test(t, nothing_to_do_is_no_error);
    tcase_add_test(t, iret_ends_the_list);
    tcase_add_test(t, an_unreadable_or_unwritable_entry_ends_it_with_a_fault);
    tcase_add_test(t, it_gives_way_between_entries);
    tcase_add_test(t, an_entry_that_gives_way_is_rewritten);
    return t;
}
