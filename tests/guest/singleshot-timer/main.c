/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The vCPU's single-shot and periodic timers: absolute times, past times, the "future" flag, stopping.
 *
 * vcpu.h: VCPUOP_set_singleshot_timer takes absolute system time; one that is past raises VIRQ_TIMER at once
 * and answers 0. With VCPU_SSHOTTMR_future the header promises -ETIME; since 4.17 the flag is ignored. A vCPU
 * may set its own only. The periodic timer has a least period of 1 ms and one is on at 100 Hz for a vCPU that
 * never said otherwise, if it has VIRQ_TIMER bound.
 *
 * What goes wrong: a past time answers an error, whereupon Linux stops with a BUG; stop_periodic is refused
 * for other vCPUs, which Linux calls for all; single shot and periodic share one timer, and one cancels the
 * other.
 */
#include "guest.h"

const char test_title[] = "the vCPU's timers";

#define PERIOD_NS 5000000ul
#define PERIODS   20

static evtchn_port_t timer;

static long single_shot(uint64_t when, uint32_t flags, unsigned int vcpu)
{
    struct vcpu_set_singleshot_timer op = {.timeout_abs_ns = when, .flags = flags};

    return hypercall_vcpu_op(VCPUOP_set_singleshot_timer, vcpu, &op);
}

static long periodic(uint64_t period)
{
    struct vcpu_set_periodic_timer op = {.period_ns = period};

    return hypercall_vcpu_op(VCPUOP_set_periodic_timer, 0, &op);
}

/* Events in a number of ms of running. */
static unsigned int events_in_ms(unsigned int ms)
{
    unsigned int before = event_count[timer];

    time_spin_ns(ms * 1000000ul);
    return event_count[timer] - before;
}

/* Some may be missing where a busy host let no time to run; there are never more than periods. */
static void check_period(void)
{
    unsigned int first = event_count[timer];
    uint64_t begin = time_ns();

    /* Running: the timer stands still while the vCPU does not. */
    while (event_count[timer] - first < PERIODS) {
        cpu_relax();
    }
    CHECK(time_ns() - begin >= (PERIODS - 2) * PERIOD_NS);
}

void test_main(void)
{
    unsigned int count;
    uint64_t due;

    CHECK_RC(hypercall_vcpu_op(VCPUOP_stop_periodic_timer, 0, NULL), 0);
    CHECK_RC(event_bind_virq(VIRQ_TIMER, 0, &timer), 0);
    event_unmask_locally(timer);
    event_enable();
    CHECK_RC(hypercall_vcpu_op(VCPUOP_stop_periodic_timer, 0, NULL), 0);
    CHECK_RC(hypercall_vcpu_op(VCPUOP_stop_periodic_timer, 0, NULL), 0);
    events_in_ms(20);
    CHECK_EQUAL(events_in_ms(40), 0);

    due = time_ns() + 5000000;
    count = event_count[timer];
    CHECK_RC(single_shot(due, 0, 0), 0);
    while (event_count[timer] == count) {
        cpu_relax();
    }
    CHECK(time_ns() >= due);
    CHECK_EQUAL(events_in_ms(20), 0);

    count = event_count[timer];
    CHECK_RC(single_shot(time_ns() - 1000000, 0, 0), 0);
    CHECK_RC(single_shot(time_ns() - 1000000, VCPU_SSHOTTMR_future, 0), 0);
    events_in_ms(20);
    CHECK_EQUAL(event_count[timer], count + 2);
    /* Stopped before it was due, which a busy host may prevent. */
    do {
        due = time_ns() + 10000000;
        CHECK_RC(single_shot(due, VCPU_SSHOTTMR_future, 0), 0);
        CHECK_RC(hypercall_vcpu_op(VCPUOP_stop_singleshot_timer, 0, NULL), 0);
    } while (time_ns() >= due);
    CHECK_EQUAL(events_in_ms(30), 0);
    CHECK_RC(single_shot(time_ns() + 10000000, 0, 1), -XEN_EINVAL);
    CHECK_RC(single_shot(time_ns() + 10000000, 0, 9000), -XEN_ENOENT);
    CHECK_RC(hypercall_vcpu_op(VCPUOP_set_singleshot_timer, 0, (void *)0x1000), -XEN_EFAULT);

    CHECK_RC(periodic(999999), -XEN_EINVAL);
    CHECK_RC(periodic(PERIOD_NS), 0);
    CHECK_RC(single_shot(time_ns() + 3600000000000, 0, 0), 0);
    check_period();
    CHECK_RC(hypercall_vcpu_op(VCPUOP_stop_periodic_timer, 0, NULL), 0);
    events_in_ms(10);
    CHECK_EQUAL(events_in_ms(40), 0);
    test_success();
}
