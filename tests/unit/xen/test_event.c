/* SPDX-License-Identifier: BSD-2-Clause */
/* Event channels: each operation, each errno, and what becomes pending. */
#include "suites.h"
#include <fake/fake.h>
#include <xen/event_channel.h>
#include <xen/percpu.h>
#include <xen/softirq.h>

static struct domain *d1, *d2;

static void boot(void)
{
    fake_boot(2, 4096);
    d1 = fake_domain(1, 2, 16);
    d2 = fake_domain(2, 1, 16);
    fake_as(d1->vcpu[0]);
}

static long op(int cmd, void *arg)
{
    return do_event_channel_op(cmd, VA(arg));
}

static bool pending(const struct domain *d, evtchn_port_t port)
{
    return evtchn_port_is_pending(d, port);
}

static evtchn_port_t alloc(domid_t remote)
{
    struct evtchn_alloc_unbound a = {.dom = DOMID_SELF, .remote_dom = remote};

    ck_assert_int_eq(op(EVTCHNOP_alloc_unbound, &a), 0);
    return a.port;
}

static long bind_interdomain(domid_t remote, evtchn_port_t port, evtchn_port_t *local)
{
    struct evtchn_bind_interdomain b = {.remote_dom = remote, .remote_port = port};
    long rc = op(EVTCHNOP_bind_interdomain, &b);

    *local = b.local_port;
    return rc;
}

static long send(evtchn_port_t port)
{
    struct evtchn_send s = {.port = port};

    return op(EVTCHNOP_send, &s);
}

static long close_port(evtchn_port_t port)
{
    struct evtchn_close c = {.port = port};

    return op(EVTCHNOP_close, &c);
}

static struct evtchn_status status(evtchn_port_t port)
{
    struct evtchn_status s = {.dom = DOMID_SELF, .port = port};

    ck_assert_int_eq(op(EVTCHNOP_status, &s), 0);
    return s;
}

/* As a guest that has handled everything: nothing pending anywhere. */
static void handle_all(struct vcpu *v)
{
    v->info->evtchn_upcall_pending = 0;
    v->info->evtchn_pending_sel = 0;
    for (unsigned int i = 0; i < 64; i++)
        v->domain->shared_info->evtchn_pending[i] = 0;
}

START_TEST(ports_are_given_out_lowest_first)
{
    boot();
    ck_assert_uint_eq(alloc(2), 1);
    ck_assert_uint_eq(alloc(2), 2);
    ck_assert_uint_eq(alloc(2), 3);
    ck_assert_int_eq(close_port(2), 0);
    ck_assert_uint_eq(alloc(2), 2);
    ck_assert_uint_eq(alloc(2), 4);
}
END_TEST

START_TEST(all_ports_but_the_first_can_be_used)
{
    struct evtchn_alloc_unbound a = {.dom = DOMID_SELF, .remote_dom = 2};

    boot();
    for (unsigned int i = 1; i < 4096; i++)
        ck_assert_uint_eq(alloc(2), i);
    ck_assert_int_eq(op(EVTCHNOP_alloc_unbound, &a), -XEN_ENOSPC);
}
END_TEST

START_TEST(binding_makes_a_channel_and_an_event)
{
    evtchn_port_t offered, local;
    struct evtchn_status s;

    boot();
    offered = alloc(2);
    ck_assert_uint_eq(status(offered).status, EVTCHNSTAT_unbound);
    ck_assert_uint_eq(status(offered).u.unbound.dom, 2);
    fake_as(d2->vcpu[0]);
    ck_assert_int_eq(bind_interdomain(1, offered, &local), 0);
    ck_assert(pending(d2, local));
    ck_assert(!pending(d1, offered));
    ck_assert_uint_eq(d2->vcpu[0]->info->evtchn_upcall_pending, 1);
    ck_assert_int_eq(send(local), 0);
    ck_assert(pending(d1, offered));
    s = status(local);
    ck_assert_uint_eq(s.status, EVTCHNSTAT_interdomain);
    ck_assert_uint_eq(s.u.interdomain.dom, 1);
    ck_assert_uint_eq(s.u.interdomain.port, offered);
}
END_TEST

START_TEST(only_the_domain_that_was_named_may_bind)
{
    evtchn_port_t offered, local;

    boot();
    offered = alloc(7);
    fake_as(d2->vcpu[0]);
    ck_assert_int_eq(bind_interdomain(1, offered, &local), -XEN_EINVAL);
    ck_assert_int_eq(bind_interdomain(1, 50, &local), -XEN_EINVAL);
    ck_assert_int_eq(bind_interdomain(1, 5000, &local), -XEN_EINVAL);
    ck_assert_int_eq(bind_interdomain(9, 1, &local), -XEN_ESRCH);
    /* Nothing is left of the failures. */
    ck_assert_uint_eq(alloc(1), 1);
}
END_TEST

START_TEST(a_loopback_has_two_ports_of_one_domain)
{
    evtchn_port_t a, b;

    boot();
    a = alloc(DOMID_SELF);
    ck_assert_int_eq(bind_interdomain(DOMID_SELF, a, &b), 0);
    ck_assert_uint_ne(a, b);
    handle_all(d1->vcpu[0]);
    ck_assert_int_eq(send(a), 0);
    ck_assert(pending(d1, b));
    ck_assert(!pending(d1, a));
    ck_assert_int_eq(close_port(a), 0);
    ck_assert_uint_eq(status(b).status, EVTCHNSTAT_unbound);
    ck_assert_uint_eq(status(b).u.unbound.dom, 1);
    ck_assert_uint_eq(status(a).status, EVTCHNSTAT_closed);
}
END_TEST

START_TEST(closing_makes_the_other_end_unbound)
{
    evtchn_port_t offered, local, again;

    boot();
    offered = alloc(2);
    fake_as(d2->vcpu[0]);
    ck_assert_int_eq(bind_interdomain(1, offered, &local), 0);
    ck_assert_int_eq(close_port(local), 0);
    ck_assert(!pending(d2, local));
    ck_assert_int_eq(close_port(local), -XEN_EINVAL);
    ck_assert_int_eq(bind_interdomain(1, offered, &again), 0);
    ck_assert_uint_eq(again, local);
}
END_TEST

START_TEST(what_is_not_open_is_refused)
{
    static const evtchn_port_t bad[] = {0, 1, 63, 64, 4095, 4096, 0xffffffff};

    boot();
    for (unsigned int i = 0; i < ARRAY_SIZE(bad); i++) {
        struct evtchn_bind_vcpu b = {.port = bad[i], .vcpu = 0};

        ck_assert_int_eq(close_port(bad[i]), -XEN_EINVAL);
        ck_assert_int_eq(send(bad[i]), -XEN_EINVAL);
        ck_assert_int_eq(op(EVTCHNOP_bind_vcpu, &b), -XEN_EINVAL);
    }
    ck_assert_str_eq(fake_last_refusal(d1)->rule, "evtchn.port");
}
END_TEST

START_TEST(sending_to_nobody_succeeds)
{
    evtchn_port_t offered;

    boot();
    offered = alloc(2);
    ck_assert_int_eq(send(offered), 0);
    ck_assert(!pending(d1, offered));
}
END_TEST

START_TEST(a_virq_is_bound_once)
{
    struct evtchn_bind_virq b = {.virq = VIRQ_TIMER, .vcpu = 1};

    boot();
    ck_assert_int_eq(op(EVTCHNOP_bind_virq, &b), 0);
    ck_assert_uint_eq(status(b.port).status, EVTCHNSTAT_virq);
    ck_assert_uint_eq(status(b.port).vcpu, 1);
    ck_assert_uint_eq(status(b.port).u.virq, VIRQ_TIMER);
    ck_assert_int_eq(op(EVTCHNOP_bind_virq, &b), -XEN_EEXIST);
    send_guest_vcpu_virq(d1->vcpu[0], VIRQ_TIMER);
    ck_assert(!pending(d1, b.port));
    send_guest_vcpu_virq(d1->vcpu[1], VIRQ_TIMER);
    ck_assert(pending(d1, b.port));
    ck_assert_uint_eq(d1->vcpu[1]->info->evtchn_upcall_pending, 1);
    ck_assert_uint_eq(d1->vcpu[0]->info->evtchn_upcall_pending, 0);
    /* It cannot be sent by hand. */
    ck_assert_int_eq(send(b.port), -XEN_EINVAL);
    ck_assert_int_eq(close_port(b.port), 0);
    send_guest_vcpu_virq(d1->vcpu[1], VIRQ_TIMER);
    ck_assert(!pending(d1, b.port));
    ck_assert_int_eq(op(EVTCHNOP_bind_virq, &b), 0);
}
END_TEST

START_TEST(virqs_that_cannot_be_bound)
{
    struct evtchn_bind_virq b = {.virq = NR_VIRQS, .vcpu = 0};

    boot();
    ck_assert_int_eq(op(EVTCHNOP_bind_virq, &b), -XEN_EINVAL);
    b = (struct evtchn_bind_virq){.virq = VIRQ_CONSOLE, .vcpu = 1};
    ck_assert_int_eq(op(EVTCHNOP_bind_virq, &b), -XEN_EINVAL);
    b = (struct evtchn_bind_virq){.virq = VIRQ_TIMER, .vcpu = 2};
    ck_assert_int_eq(op(EVTCHNOP_bind_virq, &b), -XEN_ENOENT);
    b = (struct evtchn_bind_virq){.virq = VIRQ_TIMER, .vcpu = 0xffffffff};
    ck_assert_int_eq(op(EVTCHNOP_bind_virq, &b), -XEN_ENOENT);
}
END_TEST

START_TEST(a_global_virq_may_move)
{
    struct evtchn_bind_virq b = {.virq = VIRQ_CONSOLE, .vcpu = 0};
    struct evtchn_bind_vcpu move;

    boot();
    ck_assert_int_eq(op(EVTCHNOP_bind_virq, &b), 0);
    move = (struct evtchn_bind_vcpu){.port = b.port, .vcpu = 1};
    ck_assert_int_eq(op(EVTCHNOP_bind_vcpu, &move), 0);
    send_guest_global_virq(d1, VIRQ_CONSOLE);
    ck_assert_uint_eq(d1->vcpu[1]->info->evtchn_upcall_pending, 1);
    ck_assert_uint_eq(d1->vcpu[0]->info->evtchn_upcall_pending, 0);
}
END_TEST

START_TEST(timers_and_ipis_stay_where_they_were_bound)
{
    struct evtchn_bind_virq b = {.virq = VIRQ_TIMER, .vcpu = 0};
    struct evtchn_bind_ipi i = {.vcpu = 1};
    struct evtchn_bind_vcpu move;

    boot();
    ck_assert_int_eq(op(EVTCHNOP_bind_virq, &b), 0);
    ck_assert_int_eq(op(EVTCHNOP_bind_ipi, &i), 0);
    move = (struct evtchn_bind_vcpu){.port = b.port, .vcpu = 1};
    ck_assert_int_eq(op(EVTCHNOP_bind_vcpu, &move), -XEN_EINVAL);
    move = (struct evtchn_bind_vcpu){.port = i.port, .vcpu = 0};
    ck_assert_int_eq(op(EVTCHNOP_bind_vcpu, &move), -XEN_EINVAL);
    move.vcpu = 2;
    ck_assert_int_eq(op(EVTCHNOP_bind_vcpu, &move), -XEN_ENOENT);
    i.vcpu = 2;
    ck_assert_int_eq(op(EVTCHNOP_bind_ipi, &i), -XEN_ENOENT);
}
END_TEST

START_TEST(an_ipi_goes_to_its_vcpu)
{
    struct evtchn_bind_ipi i = {.vcpu = 1};

    boot();
    ck_assert_int_eq(op(EVTCHNOP_bind_ipi, &i), 0);
    ck_assert_int_eq(send(i.port), 0);
    ck_assert(pending(d1, i.port));
    ck_assert_uint_eq(d1->vcpu[1]->info->evtchn_upcall_pending, 1);
    ck_assert_uint_eq(d1->vcpu[1]->info->evtchn_pending_sel, 1);
}
END_TEST

START_TEST(a_masked_port_waits_for_unmask)
{
    struct evtchn_bind_ipi i = {.vcpu = 0};
    struct evtchn_unmask u;

    boot();
    ck_assert_int_eq(op(EVTCHNOP_bind_ipi, &i), 0);
    d1->shared_info->evtchn_mask[0] = 1ul << i.port;
    ck_assert_int_eq(send(i.port), 0);
    ck_assert(pending(d1, i.port));
    ck_assert_uint_eq(d1->vcpu[0]->info->evtchn_upcall_pending, 0);
    ck_assert_uint_eq(d1->vcpu[0]->info->evtchn_pending_sel, 0);
    u.port = i.port;
    ck_assert_int_eq(op(EVTCHNOP_unmask, &u), 0);
    ck_assert_uint_eq(d1->vcpu[0]->info->evtchn_upcall_pending, 1);
    ck_assert_uint_eq(d1->vcpu[0]->info->evtchn_pending_sel, 1);
    ck_assert_uint_eq(d1->shared_info->evtchn_mask[0], 0);
    u.port = 4096;
    ck_assert_int_eq(op(EVTCHNOP_unmask, &u), -XEN_EINVAL);
    /* A closed port that exists: nothing happens. */
    u.port = 40;
    ck_assert_int_eq(op(EVTCHNOP_unmask, &u), 0);
}
END_TEST

START_TEST(reset_closes_everything)
{
    struct evtchn_bind_virq b = {.virq = VIRQ_TIMER, .vcpu = 0};
    struct evtchn_reset r = {.dom = DOMID_SELF};
    evtchn_port_t offered, local;

    boot();
    offered = alloc(2);
    ck_assert_int_eq(op(EVTCHNOP_bind_virq, &b), 0);
    fake_as(d2->vcpu[0]);
    ck_assert_int_eq(bind_interdomain(1, offered, &local), 0);
    fake_as(d1->vcpu[0]);
    ck_assert_int_eq(op(EVTCHNOP_reset, &r), 0);
    ck_assert_uint_eq(status(offered).status, EVTCHNSTAT_closed);
    ck_assert_uint_eq(d1->vcpu[0]->virq_to_port[VIRQ_TIMER], 0);
    fake_as(d2->vcpu[0]);
    ck_assert_uint_eq(status(local).status, EVTCHNSTAT_unbound);
    r.dom = 1;
    ck_assert_int_eq(op(EVTCHNOP_reset, &r), -XEN_EPERM);
    r.dom = 9;
    ck_assert_int_eq(op(EVTCHNOP_reset, &r), -XEN_ESRCH);
}
END_TEST

/* One port a call; whoever begins another one meanwhile is told so, and so is who goes on with none. */
START_TEST(reset_gives_way_between_ports)
{
    struct evtchn_reset r = {.dom = DOMID_SELF};
    evtchn_port_t last = 0;
    unsigned int calls = 1;

    boot();
    for (unsigned int i = 0; i < 40; i++)
        last = alloc(2);
    ck_assert_int_eq(op(EVTCHNOP_reset_cont, &r), -XEN_EBUSY);
    this_cpu(softirq_pending) = 1ul << SOFTIRQ_SCHEDULE;
    ck_assert_int_eq(op(EVTCHNOP_reset, &r), FAKE_CONTINUED);
    ck_assert_uint_eq(fake_continuation.nr, __HYPERVISOR_event_channel_op);
    ck_assert_uint_eq(fake_continuation.args[0], EVTCHNOP_reset_cont);
    ck_assert_uint_eq(status(1).status, EVTCHNSTAT_closed);
    ck_assert_uint_eq(status(last).status, EVTCHNSTAT_unbound);
    ck_assert_int_eq(op(EVTCHNOP_reset, &r), -XEN_EBUSY);
    while (op((int)fake_continuation.args[0], &r) == FAKE_CONTINUED)
        calls++;
    ck_assert_uint_ge(calls, 40);
    ck_assert_uint_eq(status(last).status, EVTCHNSTAT_closed);
    this_cpu(softirq_pending) = 0;
    ck_assert_int_eq(op(EVTCHNOP_reset, &r), 0);
}
END_TEST

START_TEST(other_domains_are_not_an_unprivileged_ones_business)
{
    struct evtchn_alloc_unbound a = {.dom = 2, .remote_dom = 1};
    struct evtchn_status s = {.dom = 2, .port = 1};
    struct domain *d0;

    boot();
    ck_assert_int_eq(op(EVTCHNOP_alloc_unbound, &a), -XEN_EPERM);
    ck_assert_int_eq(op(EVTCHNOP_status, &s), -XEN_EPERM);
    a.dom = 9;
    ck_assert_int_eq(op(EVTCHNOP_alloc_unbound, &a), -XEN_ESRCH);
    d0 = fake_domain(0, 1, 16);
    fake_as(d0->vcpu[0]);
    a.dom = 2;
    ck_assert_int_eq(op(EVTCHNOP_alloc_unbound, &a), 0);
    ck_assert_int_eq(op(EVTCHNOP_status, &s), 0);
    ck_assert_uint_eq(s.u.unbound.dom, 1);
}
END_TEST

static long bind_pirq(unsigned int pirq, evtchn_port_t *port)
{
    struct evtchn_bind_pirq b = {.pirq = pirq};
    long rc = op(EVTCHNOP_bind_pirq, &b);

    *port = b.port;
    return rc;
}

START_TEST(a_pirq_is_bound_once_and_arrives_where_it_is_moved)
{
    struct evtchn_bind_vcpu move = {.vcpu = 1};
    evtchn_port_t port, other;

    boot();
    ck_assert_int_eq(bind_pirq(FAKE_PIRQS, &port), -XEN_EINVAL);
    ck_assert_int_eq(bind_pirq(2, &port), 0);
    ck_assert_int_eq(bind_pirq(2, &other), -XEN_EEXIST);
    ck_assert_uint_eq(fake_pirq[2].port, port);
    ck_assert_int_eq(status(port).status, EVTCHNSTAT_pirq);
    ck_assert_uint_eq(status(port).u.pirq, 2);
    ck_assert_int_eq(send(port), -XEN_EINVAL);
    evtchn_send_pirq(d1, port);
    ck_assert(pending(d1, port) && d1->vcpu[0]->info->evtchn_upcall_pending);
    handle_all(d1->vcpu[0]);
    move.port = port;
    ck_assert_int_eq(op(EVTCHNOP_bind_vcpu, &move), 0);
    ck_assert_uint_eq(fake_pirq[2].vcpu, 1);
    evtchn_send_pirq(d1, port);
    ck_assert(!d1->vcpu[0]->info->evtchn_upcall_pending && d1->vcpu[1]->info->evtchn_upcall_pending);
}
END_TEST

START_TEST(a_pirq_that_comes_late_finds_nobody)
{
    evtchn_port_t port;

    boot();
    ck_assert_int_eq(bind_pirq(1, &port), 0);
    ck_assert_int_eq(close_port(port), 0);
    ck_assert_uint_eq(fake_pirq[1].port, 0);
    evtchn_send_pirq(d1, port);
    ck_assert(!pending(d1, port));
    ck_assert_int_eq(bind_pirq(1, &port), 0);
}
END_TEST

START_TEST(bad_arguments_and_commands)
{
    struct evtchn_alloc_unbound a = {.dom = DOMID_SELF, .remote_dom = 2};

    boot();
    ck_assert_int_eq(do_event_channel_op(EVTCHNOP_send, 0x10), -XEN_EFAULT);
    ck_assert_int_eq(do_event_channel_op(EVTCHNOP_alloc_unbound, 0xffff800000000000), -XEN_EFAULT);
    fake_fault_range(&a.port, &a.port + 1);
    ck_assert_int_eq(op(EVTCHNOP_alloc_unbound, &a), -XEN_EFAULT);
    ck_assert_int_eq(op(99, &a), -XEN_ENOSYS);
    ck_assert_int_eq(op(-1, &a), -XEN_ENOSYS);
}
END_TEST

TCase *event_tests(void)
{
    TCase *t = tcase_create("event_channel");

    tcase_add_test(t, ports_are_given_out_lowest_first);
    tcase_add_test(t, all_ports_but_the_first_can_be_used);
    tcase_add_test(t, binding_makes_a_channel_and_an_event);
    tcase_add_test(t, only_the_domain_that_was_named_may_bind);
    tcase_add_test(t, a_loopback_has_two_ports_of_one_domain);
    tcase_add_test(t, closing_makes_the_other_end_unbound);
    tcase_add_test(t, what_is_not_open_is_refused);
    tcase_add_test(t, sending_to_nobody_succeeds);
    tcase_add_test(t, a_virq_is_bound_once);
    tcase_add_test(t, virqs_that_cannot_be_bound);
    tcase_add_test(t, a_global_virq_may_move);
    tcase_add_test(t, timers_and_ipis_stay_where_they_were_bound);
    tcase_add_test(t, an_ipi_goes_to_its_vcpu);
    tcase_add_test(t, a_masked_port_waits_for_unmask);
    tcase_add_test(t, reset_closes_everything);
    tcase_add_test(t, reset_gives_way_between_ports);
    tcase_add_test(t, other_domains_are_not_an_unprivileged_ones_business);
    tcase_add_test(t, a_pirq_is_bound_once_and_arrives_where_it_is_moved);
    tcase_add_test(t, a_pirq_that_comes_late_finds_nobody);
    tcase_add_test(t, bad_arguments_and_commands);
    return t;
}
