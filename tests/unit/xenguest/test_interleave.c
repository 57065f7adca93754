/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Every interleaving of an operation of the library with one action of somebody else: the operation is run
 * again and again, instruction by instruction (the processor's trap flag), and the action – of Xen, another
 * domain, another vCPU – happens after the first instruction, then after the second, and so on to the end. No
 * luck is needed to meet the moment that matters.
 */
#define _GNU_SOURCE /* the registers in a ucontext_t */
#include <signal.h>
#include <string.h>
#include <ucontext.h>
#include <xenguest/clock.h>
#include <xenguest/errno.h>
#include <xenguest/event.h>
#include <xenguest/grant.h>
#include <xenguest/vcpu.h>
#include "fake_xen.h"
#include "suites.h"

#define TRAP_FLAG 0x100

static void (*meanwhile)(void);
static bool (*not_now)(void); /* the other one would have to wait here */
static unsigned int steps_left;
static volatile sig_atomic_t stepping, happened;

static void on_step(int signal, siginfo_t *info, void *context)
{
    greg_t *flags = &((ucontext_t *)context)->uc_mcontext.gregs[REG_EFL];

    *flags |= TRAP_FLAG;
    if (!stepping) {
        *flags &= ~(greg_t)TRAP_FLAG;
    } else if (fake.in_call || (not_now && not_now())) {
        return; /* for the other one this stretch is a single moment */
    } else if (steps_left) {
        steps_left--;
    } else {
        *flags &= ~(greg_t)TRAP_FLAG;
        happened = 1;
        meanwhile();
    }
}

/* False: the operation had ended before its `step`th instruction. */
static bool interleave(void (*operation)(void), unsigned int step)
{
    struct sigaction action = {.sa_sigaction = on_step, .sa_flags = SA_SIGINFO};

    ck_assert_int_eq(sigaction(SIGTRAP, &action, NULL), 0);
    steps_left = step;
    happened = 0;
    stepping = 1;
    raise(SIGTRAP);
    operation();
    stepping = 0;
    return happened;
}

static struct xg_events events;
static struct xg_event_handler handlers[128];
static struct xg_event_vcpu vcpus[2];
static xg_evtchn_t port, far_port; /* in different words of the pending bits */
static unsigned int raised, seen;
static int
    result; /* of the operation: it is looked at afterwards, Check itself is too long to be stepped through */

static void see(xg_evtchn_t of, struct xg_frame *frame, void *arg)
{
    seen = raised;
}

static void raise_event(void)
{
    raised++;
    fake_event_raise(port);
}

static void set_up_events(int queues)
{
    fake_reset();
    raised = seen = 0;
    meanwhile = raise_event;
    not_now = NULL;
    xg_events_init(&events, &fake.shared, handlers, 128, vcpus, 2);
    if (queues)
        ck_assert_int_eq(fake_go_over(&events), 0);
    ck_assert_int_eq(xg_event_alloc_unbound(&events, 0, see, NULL, &port), 0);
}

/* Both vCPUs take whatever upcall Xen has for them. */
static void run_all(void)
{
    for (fake_vcpu = 0; fake_vcpu < 2; fake_vcpu++)
        while (fake.shared.vcpu_info[fake_vcpu].evtchn_upcall_pending)
            xg_events_run(&events, NULL);
    fake_vcpu = 0;
}

static void raise_far_event(void)
{
    fake_event_raise(far_port);
}

static void demultiplex(void)
{
    xg_events_run(&events, NULL);
}

START_TEST(event_during_the_demultiplexer)
{
    unsigned int step;
    bool more = true;

    for (step = 1; more; step++) {
        set_up_events(_i);
        raise_event();
        more = interleave(demultiplex, step);
        run_all();
        ck_assert_msg(seen == raised, "lost after %u instructions", step);
    }
    ck_assert_uint_gt(step, 20);
}
END_TEST

START_TEST(other_event_during_the_demultiplexer)
{
    unsigned int step;
    bool more = true;

    for (step = 1; more; step++) {
        set_up_events(_i);
        fake.next_port = 100;
        ck_assert_int_eq(xg_event_alloc_unbound(&events, 0, see, NULL, &far_port), 0);
        meanwhile = raise_far_event;
        raise_event();
        more = interleave(demultiplex, step);
        run_all();
        ck_assert_msg(!xg_event_pending(&events, far_port), "lost after %u instructions", step);
    }
}
END_TEST

static void unmask(void)
{
    result = xg_event_unmask(&events, port);
}

START_TEST(event_during_unmask)
{
    unsigned int step;
    bool more = true;

    for (step = 1; more; step++) {
        set_up_events(_i);
        xg_event_mask(&events, port);
        more = interleave(unmask, step);
        run_all();
        ck_assert_int_eq(result, 0);
        ck_assert_msg(seen == raised, "lost after %u instructions", step);
    }
}
END_TEST

static void move(void)
{
    result = xg_event_bind_vcpu(&events, port, 1);
}

START_TEST(event_during_a_move)
{
    unsigned int step;
    bool more = true;

    for (step = 1; more; step++) {
        set_up_events(_i);
        more = interleave(move, step);
        run_all();
        ck_assert_int_eq(result, 0);
        ck_assert_msg(seen == raised, "lost after %u instructions", step);
    }
}
END_TEST

/* vCPU 1 looks before it is the owner: what it passes over must come back to it. */
static void raise_and_run(void)
{
    raise_event();
    run_all();
}

START_TEST(event_handled_during_a_move)
{
    unsigned int step;
    bool more = true;

    for (step = 1; more; step++) {
        set_up_events(_i);
        meanwhile = raise_and_run;
        more = interleave(move, step);
        run_all();
        ck_assert_int_eq(result, 0);
        ck_assert_msg(seen == raised, "lost after %u instructions", step);
    }
}
END_TEST

static struct xg_grants grants;
static xg_grant_ref_t ref, other_ref;
static bool mapped;

static void end_grant(void)
{
    result = xg_grant_end(&grants, ref);
}

/* As Xen maps: only what is permitted, and in one exchange. */
static void map_grant(void)
{
    uint16_t *flags = &grants.table[ref].flags, permitted = GTF_permit_access;

    mapped = __atomic_compare_exchange_n(flags, &permitted, GTF_permit_access | GTF_reading, false,
                                         __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
}

START_TEST(mapping_during_the_end_of_a_grant)
{
    unsigned int step;
    bool more = true;

    meanwhile = map_grant;
    for (step = 1; more; step++) {
        fake_reset();
        ck_assert_int_eq(xg_grants_init(&grants, 1), 0);
        ck_assert_int_eq(xg_grant_access(&grants, 1, xg_gfn(5), false, &ref), 0);
        mapped = false;
        more = interleave(end_grant, step);
        ck_assert_int_eq(result, mapped ? -XG_EBUSY : 0);
        ck_assert_uint_eq(grants.table[ref].flags, mapped ? GTF_permit_access | GTF_reading : 0);
    }
}
END_TEST

static void take_grant(void)
{
    result = xg_grant_access(&grants, 1, xg_gfn(5), false, &ref);
}

static void take_other_grant(void)
{
    (void)!xg_grant_access(&grants, 2, xg_gfn(6), false, &other_ref);
}

static bool lock_is_held(void)
{
    return grants.lock;
}

START_TEST(two_vcpus_take_references)
{
    unsigned int step;
    bool more = true;

    meanwhile = take_other_grant;
    not_now = lock_is_held;
    for (step = 1; more; step++) {
        fake_reset();
        ck_assert_int_eq(xg_grants_init(&grants, 1), 0);
        other_ref = 0;
        more = interleave(take_grant, step);
        ck_assert_int_eq(result, 0);
        ck_assert_uint_ne(ref, other_ref);
        ck_assert_uint_eq(grants.nr_free, 512 - XG_GRANT_RESERVED - (more ? 2 : 1));
        ck_assert_uint_eq(grants.table[ref].domid, 1);
    }
}
END_TEST

static uint64_t read_ns;

static void read_clock(void)
{
    read_ns = xg_clock_vcpu_ns(&fake.shared.vcpu_info[0]);
}

/* From 1,000 ns at TSC 0 to 9,000 ns at TSC 8,000: the same clock, new parameters. */
static void recalibrate(void)
{
    struct vcpu_time_info *time = &fake.shared.vcpu_info[0].time;

    time->version += 2;
    time->tsc_timestamp = 8000;
    time->system_time = 9000;
    time->tsc_to_system_mul = 0x40000000;
    time->tsc_shift = 2;
}

START_TEST(calibration_during_a_read)
{
    unsigned int step;
    bool more = true;

    meanwhile = recalibrate;
    for (step = 1; more; step++) {
        fake_reset();
        fake.tsc = 9000;
        fake.shared.vcpu_info[0].time = (struct vcpu_time_info){
            .version = 2, .system_time = 1000, .tsc_to_system_mul = 0x80000000, .tsc_shift = 1};
        more = interleave(read_clock, step);
        ck_assert_uint_eq(read_ns, 10000);
    }
}
END_TEST

static struct xg_wall_time wall;

static void read_wall(void)
{
    xg_clock_wall(&fake.shared, 5, &wall);
}

static void set_wall(void)
{
    fake.shared.wc_version += 2;
    fake.shared.wc_sec = 200;
    fake.shared.wc_nsec = 20;
}

START_TEST(wall_clock_is_set_during_a_read)
{
    unsigned int step;
    bool more = true;

    meanwhile = set_wall;
    for (step = 1; more; step++) {
        fake_reset();
        fake.shared.wc_sec = 100;
        fake.shared.wc_nsec = 10;
        more = interleave(read_wall, step);
        ck_assert((wall.seconds == 100 && wall.nanoseconds == 15) ||
                  (wall.seconds == 200 && wall.nanoseconds == 25));
    }
}
END_TEST

static struct xg_runstate_area area;
static struct xg_runstate state;

static void read_runstate(void)
{
    result = xg_runstate_read(&area, &state);
}

static void switch_runstate(void)
{
    struct vcpu_runstate_info *info = (struct vcpu_runstate_info *)area.storage;

    info->state_entry_time = 2;
    info->state = 2;
    info->time[3] = 2;
}

START_TEST(runstate_changes_during_a_read)
{
    unsigned int step;
    bool more = true;

    meanwhile = switch_runstate;
    for (step = 1; more; step++) {
        struct vcpu_runstate_info *info = (struct vcpu_runstate_info *)area.storage;

        info->state_entry_time = 1;
        info->state = 1;
        info->time[3] = 1;
        more = interleave(read_runstate, step);
        ck_assert_int_eq(result, 0);
        ck_assert_uint_eq(state.entered_ns, state.spent_ns[3]);
        ck_assert_uint_eq(state.entered_ns, state.state);
    }
}
END_TEST

TCase *interleave_tests(void)
{
    TCase *tests = tcase_create("interleavings");

    tcase_add_loop_test(tests, event_during_the_demultiplexer, 0, 2);
    tcase_add_loop_test(tests, other_event_during_the_demultiplexer, 0, 2);
    tcase_add_loop_test(tests, event_during_unmask, 0, 2);
    tcase_add_loop_test(tests, event_during_a_move, 0, 2);
    tcase_add_loop_test(tests, event_handled_during_a_move, 0, 2);
    tcase_add_test(tests, mapping_during_the_end_of_a_grant);
    tcase_add_test(tests, two_vcpus_take_references);
    tcase_add_test(tests, calibration_during_a_read);
    tcase_add_test(tests, wall_clock_is_set_during_a_read);
    tcase_add_test(tests, runstate_changes_during_a_read);
    return tests;
}
