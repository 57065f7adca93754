/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * domctl about a domain that is dead and not gone: what it is given goes with it, and what it could keep it
 * does not get.
 */
#include "suites.h"
#include <fake/fake.h>
#include <xen/ctl.h>
#include <xen/event_channel.h>
#include <xen/memory.h>
#include <xen/mm.h>
#include <xen/page_ref.h>
#include <xen/softirq.h>
#include <xen/xmalloc.h>

static struct domain *d0, *d;
static struct page_info *kept;
static uint64_t pages;
static size_t bytes;

static long call(uint32_t cmd, struct xen_domctl *op)
{
    op->cmd = cmd;
    op->domain = 3;
    op->interface_version = XEN_DOMCTL_INTERFACE_VERSION;
    return do_domctl(VA(op));
}

static void boot(void)
{
    fake_boot(1, 4096);
    d0 = fake_domain(0, 1, 16);
    fake_as(d0->vcpu[0]);
    pages = page_alloc_free_pages();
    bytes = xmalloc_used_bytes();
    d = fake_domain(3, 1, 100);
    kept = domain_pages_alloc(d, 0, 0, true);
    ck_assert_ptr_nonnull(kept);
    ck_assert(page_get(kept, d));
}

static void kill_it(void)
{
    struct xen_domctl op = {0};

    ck_assert_int_eq(call(XEN_DOMCTL_destroydomain, &op), 0);
    domain_put(d);
    ck_assert(d->is_dead);
}

static void check_gone(void)
{
    struct xen_domctl op = {0};

    page_put(kept);
    ck_assert_int_eq(call(XEN_DOMCTL_pausedomain, &op), -XEN_ESRCH);
    ck_assert_uint_eq(xmalloc_used_bytes(), bytes);
    ck_assert_uint_eq(page_alloc_free_pages(), pages);
}

static long set_context(struct vcpu_guest_context *c)
{
    struct xen_domctl op = {0};

    set_xen_guest_handle_raw(op.u.vcpucontext.ctxt, c);
    return call(XEN_DOMCTL_setvcpucontext, &op);
}

START_TEST(a_dead_domain_takes_no_first_context)
{
    static struct vcpu_guest_context c;

    boot();
    kill_it();
    ck_assert_int_eq(set_context(NULL), 0);
    ck_assert_int_eq(set_context(&c), -XEN_EINVAL);
    ck_assert(!d->vcpu[0]->is_initialised);
    check_gone();
}
END_TEST

START_TEST(what_a_dead_domain_is_given_goes_with_it)
{
    static uint32_t distance = 10, node, place;
    static xen_vmemrange_t range = {.end = 0x100000};
    struct xen_domctl op = {.u.vnuma = {.nr_vnodes = 1, .nr_vmemranges = 1, .nr_vcpus = 1}};

    boot();
    kill_it();
    set_xen_guest_handle_raw(op.u.vnuma.vdistance, &distance);
    set_xen_guest_handle_raw(op.u.vnuma.vcpu_to_vnode, &node);
    set_xen_guest_handle_raw(op.u.vnuma.vnode_to_pnode, &place);
    set_xen_guest_handle_raw(op.u.vnuma.vmemrange, &range);
    ck_assert_int_eq(call(XEN_DOMCTL_setvnumainfo, &op), 0);
    op = (struct xen_domctl){.u.max_vcpus.max = 1};
    ck_assert_int_eq(call(XEN_DOMCTL_max_vcpus, &op), 0);
    op = (struct xen_domctl){0};
    ck_assert_int_eq(call(XEN_DOMCTL_settimeoffset, &op), 0);
    ck_assert_int_eq(call(XEN_DOMCTL_soft_reset, &op), -XEN_EINVAL);
    check_gone();
}
END_TEST

START_TEST(vcpus_made_for_a_dead_domain_go_with_it)
{
    struct xen_domctl op = {0};

    boot();
    vcpu_destroy(d->vcpu[0]);
    kill_it();
    op.u.max_vcpus.max = 1;
    ck_assert_int_eq(call(XEN_DOMCTL_max_vcpus, &op), 0);
    ck_assert_ptr_nonnull(d->vcpu[0]);
    check_gone();
}
END_TEST

/* It would hold the reference for ever. */
START_TEST(a_dead_domain_handles_no_virq)
{
    struct xen_domctl op = {.u.set_virq_handler.virq = VIRQ_DOM_EXC};

    boot();
    ck_assert_int_eq(call(XEN_DOMCTL_set_virq_handler, &op), 0);
    ck_assert_int_eq(call(XEN_DOMCTL_set_virq_handler, &op), 0);
    op.u.set_virq_handler.virq = VIRQ_TBUF;
    ck_assert_int_eq(call(XEN_DOMCTL_set_virq_handler, &op), 0);
    kill_it();
    ck_assert_int_eq(call(XEN_DOMCTL_set_virq_handler, &op), -XEN_EINVAL);
    check_gone();
}
END_TEST

TCase *domctl_tests(void)
{
    TCase *t = tcase_create("domctl");

    tcase_add_test(t, a_dead_domain_takes_no_first_context);
    tcase_add_test(t, what_a_dead_domain_is_given_goes_with_it);
    tcase_add_test(t, vcpus_made_for_a_dead_domain_go_with_it);
    tcase_add_test(t, a_dead_domain_handles_no_virq);
    return t;
}
