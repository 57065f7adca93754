/* SPDX-License-Identifier: BSD-2-Clause */
/* Domains: creation, finding, reference counts, shutdown with its consequences, destruction. */
#include "suites.h"
#include <fake/fake.h>
#include <public/sched.h>
#include <xen/grant_table.h>
#include <xen/mm.h>
#include <xen/param.h>
#include <xen/sched.h>
#include <xen/xmalloc.h>

static int create(domid_t id, unsigned int nr_vcpus, struct domain **out)
{
    struct domain_config config = {.max_vcpus = nr_vcpus, .max_grant_frames = -1, .max_mapping_frames = -1};

    return domain_create(id, &config, out);
}

START_TEST(ids_are_unique_and_in_range)
{
    struct domain *d, *other;

    fake_boot(1, 4096);
    ck_assert_int_eq(create(5, 1, &d), 0);
    ck_assert_int_eq(create(5, 1, &other), -XEN_EEXIST);
    ck_assert_int_eq(create(DOMID_SELF, 1, &other), -XEN_EINVAL);
    ck_assert_int_eq(create(6, 0, &other), -XEN_EINVAL);
    ck_assert_int_eq(create(6, MAX_VCPUS + 1, &other), -XEN_EINVAL);
}
END_TEST

START_TEST(a_failed_creation_leaves_nothing)
{
    struct domain *d, *other;
    uint64_t pages;
    size_t bytes;

    fake_boot(1, 4096);
    ck_assert_int_eq(create(5, 1, &d), 0);
    pages = page_alloc_free_pages();
    bytes = xmalloc_used_bytes();
    ck_assert_int_eq(create(5, 1, &other), -XEN_EEXIST);
    ck_assert_uint_eq(page_alloc_free_pages(), pages);
    ck_assert_uint_eq(xmalloc_used_bytes(), bytes);
}
END_TEST

START_TEST(creation_without_memory_fails_cleanly)
{
    struct domain *d;
    void *p;

    fake_boot(1, 300);
    /* Domains until there is no room for another; then everything still stands. */
    for (domid_t id = 1; create(id, 64, &d) == 0; id++)
        ck_assert_uint_lt(id, 300);
    while ((p = hypervisor_pages_alloc(0)) != NULL)
        ;
    ck_assert_int_eq(create(1000, 1, &d), -XEN_ENOMEM);
}
END_TEST

START_TEST(a_new_domain_is_found_and_knows_the_time)
{
    const struct vcpu_guest_context context = {.flags = 0};
    struct domain *d, *found;

    fake_boot(1, 4096);
    d = fake_domain(3, 2, 16);
    found = domain_get_by_id(3);
    ck_assert_ptr_eq(found, d);
    domain_put(found);
    ck_assert_ptr_null(domain_get_by_id(4));
    ck_assert_ptr_null(domain_get_by_id(DOMID_XEN));
    /* What a toolstack clears is there again when it sets the first context. */
    memset(d->shared_info, 0, PAGE_SIZE);
    ck_assert_int_eq(vcpu_set_context(d->vcpu[1], &context), 0);
    ck_assert_uint_eq(d->shared_info->wc_sec, 0);
    ck_assert_int_eq(vcpu_set_context(d->vcpu[0], &context), 0);
    ck_assert_uint_eq(d->shared_info->wc_sec, 12345);
    ck_assert_uint_eq(d->shared_info->wc_sec_hi, 1);
    ck_assert_uint_eq(d->shared_info->wc_nsec, 678);
    ck_assert_uint_eq(d->shared_info->wc_version % 2, 0);
    fake_as(d->vcpu[1]);
    found = domain_get_by_any_id(DOMID_SELF);
    ck_assert_ptr_eq(found, d);
}
END_TEST

START_TEST(a_domain_killed_gives_everything_back)
{
    struct domain *d;
    uint64_t pages;
    size_t bytes;
    int rc, calls = 0;

    fake_boot(2, 4096);
    pages = page_alloc_free_pages();
    bytes = xmalloc_used_bytes();
    d = fake_domain(3, 4, 100);
    domain_unpause(d);
    ck_assert_ptr_nonnull(domain_pages_alloc(d, 6, 0, true));
    fake_advance(fake_now + MILLISECONDS(20));
    fake_on_cpu(0);
    fake_as(idle_domain->vcpu[0]);
    /* On the machine the other CPUs switch while this one waits. */
    domain_pause_nosync(d);
    fake_run_softirqs();
    d->arch.nr_relinquish_restarts = 3;
    do {
        rc = domain_kill(d);
        calls++;
        fake_run_softirqs();
    } while (rc == -XEN_ERESTART);
    ck_assert_int_eq(rc, 0);
    ck_assert_int_ge(calls, 4);
    ck_assert_ptr_null(domain_get_by_id(3));
    domain_put(d);
    ck_assert_uint_eq(xmalloc_used_bytes(), bytes);
    ck_assert_uint_eq(page_alloc_free_pages(), pages);
}
END_TEST

START_TEST(a_foreign_reference_keeps_a_dying_domain)
{
    struct domain *d;
    struct page_info *pg;
    uint64_t pages;
    int rc;

    fake_boot(1, 4096);
    pages = page_alloc_free_pages();
    d = fake_domain(3, 1, 100);
    pg = domain_pages_alloc(d, 2, 0, true);
    ck_assert(page_get(&pg[2], d));
    while ((rc = domain_kill(d)) == -XEN_ERESTART)
        fake_run_softirqs();
    ck_assert_int_eq(rc, 0);
    domain_put(d);
    ck_assert_uint_eq(d->tot_pages, 1);
    page_put(&pg[2]);
    ck_assert_uint_eq(page_alloc_free_pages(), pages);
}
END_TEST

START_TEST(shutdown_stops_a_domain)
{
    struct domain *d;

    fake_boot(1, 4096);
    d = fake_domain(3, 1, 100);
    domain_unpause(d);
    fake_run_softirqs();
    fake_on_cpu(0);
    domain_shutdown(d, SHUTDOWN_suspend);
    fake_run_softirqs();
    ck_assert(d->is_shut_down);
    ck_assert_uint_eq(d->shutdown_code, SHUTDOWN_suspend);
    ck_assert(fake_running_on(0)->is_idle);
    domain_resume(d);
    fake_run_softirqs();
    ck_assert_ptr_eq(fake_running_on(0), d->vcpu[0]);
    ck_assert(!d->is_shut_down);
}
END_TEST

START_TEST(a_crash_is_told_once)
{
    struct domain *d;
    const char *text;

    fake_boot(1, 4096);
    d = fake_domain(3, 1, 100);
    domain_unpause(d);
    fake_run_softirqs();
    fake_on_cpu(0);
    (void)refuse(-XEN_EBUSY, "test.rule", "the frame %u is in use", 7);
    domain_crash(d, "its stack at %#x is not writable", 0x1000);
    domain_crash(d, "again");
    text = fake_console_text();
    ck_assert_ptr_nonnull(
        strstr(text, "(XEN) Domain 3 (vcpu#0) crashed on cpu#0: its stack at 0x1000 is not writable\n"));
    ck_assert_ptr_nonnull(strstr(text, "registers of d3v0"));
    ck_assert_ptr_nonnull(strstr(text, "test.rule: the frame 7 is in use"));
    ck_assert_ptr_null(strstr(text, "again"));
    ck_assert_uint_eq(d->shutdown_code, SHUTDOWN_crash);
}
END_TEST

static void end_of_domain0(uint8_t reason, enum fake_end expected, const char *message)
{
    volatile s_time_t before;
    struct domain *d;
    enum fake_end how;

    fake_boot(1, 4096);
    d = fake_domain(0, 1, 100);
    fake_as(d->vcpu[0]);
    before = fake_now;
    how = fake_catch_end();
    if (how == FAKE_GOES_ON)
        domain_shutdown(d, reason);
    ck_assert_int_eq(how, expected);
    ck_assert_ptr_nonnull(strstr(fake_console_text(), message));
    if (reason == SHUTDOWN_crash && expected == FAKE_REBOOT)
        ck_assert_int_ge(fake_now - before, SECONDS(5));
}

START_TEST(domain_0s_end_is_the_machines)
{
    static const struct {
        uint8_t reason;
        enum fake_end end;
        const char *message;
    } cases[] = {
        {SHUTDOWN_poweroff, FAKE_POWER_OFF, "Hardware Dom0 halted: halting machine\n"},
        {SHUTDOWN_reboot, FAKE_REBOOT, "Hardware Dom0 shutdown: rebooting machine\n"},
        {SHUTDOWN_crash, FAKE_REBOOT, "Hardware Dom0 crashed: rebooting machine in 5 seconds.\n"},
        {SHUTDOWN_suspend, FAKE_REBOOT,
         "Hardware Dom0 shutdown (unknown reason 2): rebooting machine in 5 seconds.\n"},
        {77, FAKE_REBOOT, "Hardware Dom0 shutdown (unknown reason 77): rebooting machine in 5 seconds.\n"},
    };

    end_of_domain0(cases[_i].reason, cases[_i].end, cases[_i].message);
}
END_TEST

START_TEST(noreboot_halts_after_a_crash)
{
    params_parse("noreboot");
    end_of_domain0(SHUTDOWN_crash, FAKE_HALT, "'noreboot' set - not rebooting.\n");
}
END_TEST

TCase *domain_tests(void)
{
    TCase *t = tcase_create("domain");

    tcase_add_test(t, ids_are_unique_and_in_range);
    tcase_add_test(t, a_failed_creation_leaves_nothing);
    tcase_add_test(t, creation_without_memory_fails_cleanly);
    tcase_add_test(t, a_new_domain_is_found_and_knows_the_time);
    tcase_add_test(t, a_domain_killed_gives_everything_back);
    tcase_add_test(t, a_foreign_reference_keeps_a_dying_domain);
    tcase_add_test(t, shutdown_stops_a_domain);
    tcase_add_test(t, a_crash_is_told_once);
    tcase_add_loop_test(t, domain_0s_end_is_the_machines, 0, 5);
    tcase_add_test(t, noreboot_halts_after_a_crash);
    return t;
}
