/* SPDX-License-Identifier: BSD-2-Clause */
/* The scheduler on fake time: who runs, for how long, and who is woken by what. */
#include "suites.h"
#include "sched_fixture.h"
#include <stdio.h>
#include <fake/fake.h>
#include <public/sched.h>
#include <xen/event_channel.h>
#include <xen/param.h>
#include <xen/sched.h>

static struct domain *d;

/* On the CPU where v runs, as v. */
static void be(struct vcpu *v)
{
    ck_assert_int_eq(v->runstate.state, RUNSTATE_running);
    fake_on_cpu(v->cpu);
    ck_assert_ptr_eq(current, v);
}

START_TEST(vcpus_share_one_cpu_equally)
{
    d = sched_begin(1, 5);
    fake_advance(fake_now + SECONDS(1));
    for (unsigned int i = 0; i < 5; i++) {
        uint64_t ms = sched_time_in(d->vcpu[i], RUNSTATE_running) / 1000000;

        ck_assert_uint_ge(ms, 195);
        ck_assert_uint_le(ms, 205);
        ck_assert_uint_ge(sched_time_in(d->vcpu[i], RUNSTATE_runnable) / 1000000, 795);
    }
}
END_TEST

START_TEST(vcpus_spread_over_the_cpus)
{
    d = sched_begin(4, 4);
    for (unsigned int i = 0; i < 4; i++)
        ck_assert_int_eq(d->vcpu[i]->runstate.state, RUNSTATE_running);
    fake_advance(fake_now + SECONDS(1));
    for (unsigned int i = 0; i < 4; i++) {
        ck_assert_uint_eq(sched_time_in(d->vcpu[i], RUNSTATE_running), SECONDS(1));
        ck_assert_uint_eq(d->vcpu[i]->arch.nr_switched_to, 1);
    }
}
END_TEST

START_TEST(alone_no_timer_disturbs)
{
    d = sched_begin(1, 1);
    ck_assert_int_eq(fake_deadline[0], 0);
    be(d->vcpu[0]);
    ck_assert_int_eq(do_sched_op(SCHEDOP_yield, 0), 0);
    fake_run_softirqs();
    ck_assert_ptr_eq(fake_running_on(0), d->vcpu[0]);
    ck_assert_uint_eq(d->vcpu[0]->arch.nr_switched_to, 1);
}
END_TEST

START_TEST(yield_lets_the_other_run)
{
    struct vcpu *first;

    d = sched_begin(1, 2);
    first = fake_running_on(0);
    be(first);
    ck_assert_int_eq(do_sched_op(SCHEDOP_yield, 0), 0);
    fake_run_softirqs();
    ck_assert_ptr_ne(fake_running_on(0), first);
    ck_assert(!fake_running_on(0)->is_idle);
}
END_TEST

START_TEST(block_waits_for_an_event)
{
    struct evtchn_bind_virq b = {.virq = VIRQ_TIMER, .vcpu = 0};
    struct vcpu *v;

    d = sched_begin(1, 1);
    v = d->vcpu[0];
    be(v);
    ck_assert_int_eq(do_event_channel_op(EVTCHNOP_bind_virq, VA(&b)), 0);
    v->info->evtchn_upcall_mask = 1;
    ck_assert_int_eq(do_sched_op(SCHEDOP_block, 0), 0);
    fake_run_softirqs();
    ck_assert(fake_running_on(0)->is_idle);
    ck_assert_int_eq(v->runstate.state, RUNSTATE_blocked);
    ck_assert_int_eq(v->info->evtchn_upcall_mask, 0);
    fake_advance(fake_now + MILLISECONDS(7));
    send_guest_vcpu_virq(v, VIRQ_TIMER);
    fake_run_softirqs();
    ck_assert_ptr_eq(fake_running_on(0), v);
    ck_assert_uint_eq(sched_time_in(v, RUNSTATE_blocked), MILLISECONDS(7));
}
END_TEST

START_TEST(block_returns_at_once_when_an_event_waits)
{
    d = sched_begin(1, 1);
    be(d->vcpu[0]);
    d->vcpu[0]->info->evtchn_upcall_pending = 1;
    ck_assert_int_eq(do_sched_op(SCHEDOP_block, 0), 0);
    fake_run_softirqs();
    ck_assert_ptr_eq(fake_running_on(0), d->vcpu[0]);
}
END_TEST

/* The event comes after block has decided to stop, before the CPU has switched. */
START_TEST(an_event_between_block_and_switch_is_not_lost)
{
    struct evtchn_bind_ipi i = {.vcpu = 0};
    struct evtchn_send s;

    d = sched_begin(1, 1);
    be(d->vcpu[0]);
    ck_assert_int_eq(do_event_channel_op(EVTCHNOP_bind_ipi, VA(&i)), 0);
    ck_assert_int_eq(do_sched_op(SCHEDOP_block, 0), 0);
    s.port = i.port;
    ck_assert_int_eq(do_event_channel_op(EVTCHNOP_send, VA(&s)), 0);
    fake_run_softirqs();
    ck_assert_ptr_eq(fake_running_on(0), d->vcpu[0]);
}
END_TEST

/* The first half of vcpu_unblock on another CPU. */
static void unblock_begins(void)
{
    fake_on_timer_program = NULL;
    clear_bit(VPF_BLOCKED, &d->vcpu[0]->pause_flags);
}

/*
 * It comes while the CPU is about to switch away, after the policy has chosen: the slice timer is set in
 * between.
 */
START_TEST(an_unblock_during_the_switch_is_not_lost)
{
    d = sched_begin(1, 3);
    while (fake_running_on(0) != d->vcpu[0])
        fake_advance(fake_now + MILLISECONDS(1));
    be(d->vcpu[0]);
    ck_assert_int_eq(do_sched_op(SCHEDOP_block, 0), 0);
    timer_stop(&sched_cpu_of(0)->slice_timer);
    fake_on_timer_program = unblock_begins;
    fake_run_softirqs();
    ck_assert_ptr_null(fake_on_timer_program);
    vcpu_wake(d->vcpu[0]);
    for (unsigned int i = 0; i < 20 && fake_running_on(0) != d->vcpu[0]; i++)
        fake_advance(fake_now + MILLISECONDS(1));
    ck_assert_ptr_eq(fake_running_on(0), d->vcpu[0]);
}
END_TEST

static evtchn_port_t new_port(void)
{
    struct evtchn_bind_ipi i = {.vcpu = 0};

    ck_assert_int_eq(do_event_channel_op(EVTCHNOP_bind_ipi, VA(&i)), 0);
    return i.port;
}

static long poll(evtchn_port_t *ports, unsigned int nr, s_time_t timeout)
{
    struct sched_poll p = {.nr_ports = nr, .timeout = (uint64_t)timeout};

    p.ports.p = ports;
    return do_sched_op(SCHEDOP_poll, VA(&p));
}

static void send(evtchn_port_t port)
{
    struct evtchn_send s = {.port = port};

    fake_as(d->vcpu[0]);
    ck_assert_int_eq(do_event_channel_op(EVTCHNOP_send, VA(&s)), 0);
    fake_run_softirqs();
}

START_TEST(poll_waits_for_one_of_its_ports)
{
    evtchn_port_t ports[3];

    d = sched_begin(1, 1);
    be(d->vcpu[0]);
    for (unsigned int i = 0; i < 3; i++)
        ports[i] = new_port();
    d->shared_info->evtchn_mask[0] = ~0ul;
    ck_assert_int_eq(poll(&ports[1], 1, 0), 0);
    fake_run_softirqs();
    ck_assert(fake_running_on(0)->is_idle);
    send(ports[0]);
    ck_assert(fake_running_on(0)->is_idle);
    send(ports[1]);
    ck_assert_ptr_eq(fake_running_on(0), d->vcpu[0]);
    ck_assert_int_eq(d->vcpu[0]->poll_port, 0);
    ck_assert_uint_eq(d->poll_mask[0], 0);
    /* It is pending still: the next poll does not wait. */
    be(d->vcpu[0]);
    ck_assert_int_eq(poll(ports, 3, 0), 0);
    fake_run_softirqs();
    ck_assert_ptr_eq(fake_running_on(0), d->vcpu[0]);
}
END_TEST

START_TEST(poll_ends_at_its_time)
{
    evtchn_port_t port;
    s_time_t begin;

    d = sched_begin(1, 1);
    be(d->vcpu[0]);
    port = new_port();
    begin = fake_now;
    ck_assert_int_eq(poll(&port, 1, begin + MILLISECONDS(3)), 0);
    fake_advance(begin + MILLISECONDS(3) - 1);
    ck_assert(fake_running_on(0)->is_idle);
    fake_advance(begin + MILLISECONDS(3));
    ck_assert_ptr_eq(fake_running_on(0), d->vcpu[0]);
    ck_assert_uint_eq(d->poll_mask[0], 0);
}
END_TEST

START_TEST(poll_with_a_past_timeout_and_no_ports_returns)
{
    d = sched_begin(1, 1);
    be(d->vcpu[0]);
    ck_assert_int_eq(poll(NULL, 0, 1), 0);
    fake_advance(fake_now);
    ck_assert_ptr_eq(fake_running_on(0), d->vcpu[0]);
}
END_TEST

START_TEST(an_early_event_stops_the_polls_timer)
{
    evtchn_port_t port;

    d = sched_begin(1, 1);
    be(d->vcpu[0]);
    port = new_port();
    ck_assert_int_eq(poll(&port, 1, fake_now + SECONDS(1)), 0);
    fake_run_softirqs();
    send(port);
    ck_assert(!timer_is_active(&d->vcpu[0]->poll_timer));
}
END_TEST

START_TEST(bad_polls_are_refused)
{
    evtchn_port_t port = 64;

    d = sched_begin(1, 1);
    be(d->vcpu[0]);
    ck_assert_int_eq(poll(&port, 129, 0), -XEN_EINVAL);
    ck_assert_int_eq(poll(&port, 1, 0), -XEN_EINVAL);
    ck_assert_int_eq(poll((evtchn_port_t *)0x10, 1, 0), -XEN_EFAULT);
    ck_assert_int_eq(do_sched_op(SCHEDOP_poll, 0x10), -XEN_EFAULT);
    ck_assert_int_eq(do_sched_op(99, 0), -XEN_ENOSYS);
    ck_assert_uint_eq(d->vcpu[0]->pause_flags, 0);
    ck_assert_uint_eq(d->poll_mask[0], 0);
    fake_run_softirqs();
    ck_assert_ptr_eq(fake_running_on(0), d->vcpu[0]);
}
END_TEST

START_TEST(a_paused_vcpu_does_not_run)
{
    d = sched_begin(2, 2);
    fake_on_cpu(0);
    vcpu_pause_nosync(d->vcpu[1]);
    vcpu_pause_nosync(d->vcpu[1]);
    fake_run_softirqs();
    ck_assert_int_eq(d->vcpu[1]->runstate.state, RUNSTATE_offline);
    ck_assert(!d->vcpu[1]->is_running);
    vcpu_unpause(d->vcpu[1]);
    fake_run_softirqs();
    ck_assert_int_eq(d->vcpu[1]->runstate.state, RUNSTATE_offline);
    vcpu_unpause(d->vcpu[1]);
    fake_run_softirqs();
    ck_assert_int_eq(d->vcpu[1]->runstate.state, RUNSTATE_running);
}
END_TEST

START_TEST(an_idle_cpu_takes_waiting_work)
{
    d = sched_begin(2, 3);
    /* Three on two CPUs; then one of the pair's neighbours goes away. */
    fake_advance(fake_now + MILLISECONDS(20));
    for (unsigned int i = 0; i < 3; i++)
        if (d->vcpu[i]->cpu == 1)
            vcpu_pause_nosync(d->vcpu[i]);
    fake_run_softirqs();
    ck_assert(!fake_running_on(0)->is_idle);
    fake_advance(fake_now + MILLISECONDS(20));
    ck_assert(!fake_running_on(1)->is_idle ||
              d->vcpu[0]->pause_count + d->vcpu[1]->pause_count + d->vcpu[2]->pause_count == 2);
}
END_TEST

START_TEST(affinity_is_obeyed)
{
    d = sched_begin(2, 2);
    fake_on_cpu(0);
    ck_assert_int_eq(vcpu_set_affinity(d->vcpu[0], cpumask_of(1)), 0);
    ck_assert_int_eq(vcpu_set_affinity(d->vcpu[1], cpumask_of(1)), 0);
    ck_assert_int_eq(vcpu_set_affinity(d->vcpu[1], cpumask_of(5)), -XEN_EINVAL);
    fake_run_softirqs();
    fake_advance(fake_now + SECONDS(1));
    ck_assert(fake_running_on(0)->is_idle);
    ck_assert_uint_eq(d->vcpu[0]->cpu, 1);
    ck_assert_uint_eq(d->vcpu[1]->cpu, 1);
    ck_assert_uint_ge(sched_time_in(d->vcpu[0], RUNSTATE_running), MILLISECONDS(490));
    ck_assert_uint_ge(sched_time_in(d->vcpu[1], RUNSTATE_running), MILLISECONDS(490));
}
END_TEST

START_TEST(run_times_add_up_to_the_time)
{
    d = sched_begin(2, 3);
    for (unsigned int i = 0; i < 50; i++) {
        struct vcpu *v = fake_running_on(i % 2);

        if (!v->is_idle) {
            be(v);
            ck_assert_int_eq(do_sched_op(i % 3 ? SCHEDOP_yield : SCHEDOP_block, 0), 0);
        }
        fake_advance(fake_now + MICROSECONDS(777));
        fake_on_cpu(0);
        vcpu_unblock(d->vcpu[i % 3]);
    }
    for (unsigned int i = 0; i < 3; i++) {
        uint64_t sum = 0;

        for (int state = 0; state < 4; state++)
            sum += sched_time_in(d->vcpu[i], state);
        ck_assert_uint_eq(sum, (uint64_t)(fake_now - SECONDS(1)));
    }
}
END_TEST

static const char *const names[][2] = {{"credit2", "credit2"}, {"credit", "credit"}, {"sedf", "sedf"},
                                       {"rtds", "sedf"},       {"bvt", "bvt"},       {"rr", "rr"},
                                       {"null", "rr"}};

START_TEST(schedulers_are_chosen_by_name)
{
    char option[32];

    snprintf(option, sizeof(option), "sched=%s", names[_i][0]);
    params_parse(option);
    d = sched_begin(2, 5);
    ck_assert_str_eq(sched_default->policy->name, names[_i][1]);
    fake_advance(fake_now + SECONDS(1));
    for (unsigned int i = 0; i < 5; i++)
        ck_assert_uint_ge(sched_time_in(d->vcpu[i], RUNSTATE_running), MILLISECONDS(300));
}
END_TEST

START_TEST(credit2_is_the_default)
{
    d = sched_begin(1, 1);
    ck_assert_str_eq(sched_default->policy->name, "credit2");
}
END_TEST

START_TEST(misspelt_schedulers_are_named_and_replaced)
{
    params_parse("sched=rx");
    fake_boot(1, 4096);
    ck_assert_ptr_nonnull(strstr(fake_console_text(), "sched=rx: there is no such scheduler: using credit2"));
}
END_TEST

START_TEST(the_old_interface_does_the_same)
{
    d = sched_begin(1, 2);
    be(fake_running_on(0));
    ck_assert_int_eq(do_sched_op_compat(SCHEDOP_yield, 0), 0);
    ck_assert_int_eq(do_sched_op_compat(SCHEDOP_poll, 0), -XEN_ENOSYS);
    ck_assert_int_eq(do_sched_op_compat(SCHEDOP_shutdown, SHUTDOWN_crash), 0);
    fake_run_softirqs();
    ck_assert(fake_running_on(0)->is_idle);
    ck_assert_uint_eq(d->shutdown_code, SHUTDOWN_crash);
}
END_TEST

/* In a guest there is nobody else to be shut down. */
START_TEST(only_a_privileged_domain_shuts_another_down)
{
    static struct sched_remote_shutdown request = {.domain_id = 2, .reason = SHUTDOWN_crash};
    struct domain *other;

    d = sched_begin(2, 1);
    other = fake_domain(2, 1, 16);
    fake_run_softirqs();
    be(d->vcpu[0]);
    request.domain_id = 2;
    ck_assert_int_eq(do_sched_op(SCHEDOP_remote_shutdown, (uint64_t)&request), -XEN_EPERM);
    ck_assert(!other->is_shutting_down);
    request.domain_id = 1;
    ck_assert_int_eq(do_sched_op(SCHEDOP_remote_shutdown, (uint64_t)&request), -XEN_EPERM);
    ck_assert(!d->is_shutting_down);
    request.domain_id = 2;
    d->is_privileged = true;
    ck_assert_int_eq(do_sched_op(SCHEDOP_remote_shutdown, (uint64_t)&request), 0);
    ck_assert(other->is_shutting_down);
    ck_assert_uint_eq(other->shutdown_code, SHUTDOWN_crash);
    ck_assert(!d->is_shutting_down);
}
END_TEST

TCase *sched_tests(void)
{
    TCase *t = tcase_create("sched");

    tcase_add_test(t, vcpus_share_one_cpu_equally);
    tcase_add_test(t, vcpus_spread_over_the_cpus);
    tcase_add_test(t, alone_no_timer_disturbs);
    tcase_add_test(t, yield_lets_the_other_run);
    tcase_add_test(t, block_waits_for_an_event);
    tcase_add_test(t, block_returns_at_once_when_an_event_waits);
    tcase_add_test(t, an_event_between_block_and_switch_is_not_lost);
    tcase_add_test(t, an_unblock_during_the_switch_is_not_lost);
    tcase_add_test(t, poll_waits_for_one_of_its_ports);
    tcase_add_test(t, poll_ends_at_its_time);
    tcase_add_test(t, poll_with_a_past_timeout_and_no_ports_returns);
    tcase_add_test(t, an_early_event_stops_the_polls_timer);
    tcase_add_test(t, bad_polls_are_refused);
    tcase_add_test(t, a_paused_vcpu_does_not_run);
    tcase_add_test(t, an_idle_cpu_takes_waiting_work);
    tcase_add_test(t, affinity_is_obeyed);
    tcase_add_test(t, run_times_add_up_to_the_time);
    tcase_add_loop_test(t, schedulers_are_chosen_by_name, 0, ARRAY_SIZE(names));
    tcase_add_test(t, credit2_is_the_default);
    tcase_add_test(t, misspelt_schedulers_are_named_and_replaced);
    tcase_add_test(t, the_old_interface_does_the_same);
    tcase_add_test(t, only_a_privileged_domain_shuts_another_down);
    return t;
}
