/* SPDX-License-Identifier: BSD-2-Clause */
/* The record of refused requests. */
#include "suites.h"
#include <fake/fake.h>
#include <public/version.h>
#include <xen/hypercall.h>
#include <xen/param.h>
#include <xen/string.h>

static struct domain *d;

static void boot(const char *options)
{
    params_parse(options);
    fake_boot(1, 4096);
    d = fake_domain(4, 2, 16);
    fake_as(d->vcpu[1]);
    (void)fake_console_text();
}

START_TEST(a_refusal_says_who_what_and_why)
{
    const struct refusal *r;

    boot("guest_loglvl=all");
    d->vcpu[1]->hypercall_nr = __HYPERVISOR_mmu_update;
    ck_assert_int_eq(refuse(-XEN_EBUSY, "pv.type.busy", "frame %#x is in use as %s", 0x123, "L2"),
                     -XEN_EBUSY);
    r = fake_last_refusal(d);
    ck_assert_uint_eq(r->sequence, 1);
    ck_assert_uint_eq(r->vcpu, 1);
    ck_assert_uint_eq(r->hypercall, 1);
    ck_assert_int_eq(r->error, -XEN_EBUSY);
    ck_assert_str_eq(r->rule, "pv.type.busy");
    ck_assert_str_eq(r->text, "frame 0x123 is in use as L2");
    ck_assert_str_eq(
        fake_console_text(),
        "(XEN) d4v1 refused #1: pv.type.busy: frame 0x123 is in use as L2 (hypercall 1, error -16)\n");
}
END_TEST

START_TEST(by_default_it_is_kept_but_not_printed)
{
    boot("");
    (void)refuse(-XEN_EINVAL, "a.b", "no");
    ck_assert_str_eq(fake_console_text(), "");
    ck_assert_uint_eq(d->refusals.count, 1);
}
END_TEST

START_TEST(the_last_ones_are_kept_in_order)
{
    const char *text, *at;

    boot("");
    for (unsigned int i = 1; i <= 100; i++)
        (void)refuse(-XEN_EINVAL, "a.b", "number %u.", i);
    refusals_dump(d);
    text = fake_console_text();
    ck_assert_ptr_null(strstr(text, "number 84."));
    for (unsigned int i = 85; i <= 100; i++) {
        char expected[32];

        xp_snprintf(expected, sizeof(expected), "number %u.", i);
        at = strstr(text, expected);
        ck_assert_ptr_nonnull(at);
        text = at;
    }
}
END_TEST

START_TEST(long_sentences_are_cut)
{
    boot("");
    (void)refuse(-XEN_EINVAL, "a.b", "%0500d", 1);
    ck_assert_uint_eq(strlen(fake_last_refusal(d)->text), REFUSAL_TEXT_SIZE - 1);
}
END_TEST

START_TEST(hypercalls_in_a_multicall_are_named)
{
    multicall_entry_t calls[2] = {{.op = __HYPERVISOR_xen_version, .args = {XENVER_version}},
                                  {.op = __HYPERVISOR_xen_version, .args = {77}}};

    boot("");
    d->vcpu[1]->hypercall_nr = __HYPERVISOR_multicall;
    ck_assert_int_eq(do_multicall(VA(calls), 2), 0);
    ck_assert_uint_eq(fake_last_refusal(d)->hypercall, __HYPERVISOR_xen_version);
}
END_TEST

START_TEST(our_own_domains_have_none)
{
    boot("guest_loglvl=all");
    fake_as(idle_domain->vcpu[0]);
    ck_assert_int_eq(refuse(-XEN_EINVAL, "a.b", "at boot"), -XEN_EINVAL);
    ck_assert_ptr_nonnull(strstr(fake_console_text(), "at boot"));
    refusals_dump(idle_domain);
    ck_assert_str_eq(fake_console_text(), "");
}
END_TEST

TCase *refusal_tests(void)
{
    TCase *t = tcase_create("refusal");

    tcase_add_test(t, a_refusal_says_who_what_and_why);
    tcase_add_test(t, by_default_it_is_kept_but_not_printed);
    tcase_add_test(t, the_last_ones_are_kept_in_order);
    tcase_add_test(t, long_sentences_are_cut);
    tcase_add_test(t, hypercalls_in_a_multicall_are_named);
    tcase_add_test(t, our_own_domains_have_none);
    return t;
}
