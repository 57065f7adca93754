/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The run-state area: a running vCPU says so, and blocked time is accounted as blocked.
 *
 * vcpu.h: VCPUOP_get_runstate_info fills a record now; register_runstate_memory_area names one that is
 * written at each switch. time[] holds nanoseconds by state; their sum is the vCPU's age in system time. With
 * the assist runstate_update_flag the top bit of state_entry_time is set while the record is being written.
 *
 * What goes wrong: time of the present state is missing from the sum; the area is written through the wrong
 * address space; the flag is left set.
 */
#include "guest.h"

#include <xen/sched.h>

const char test_title[] = "run states: running, blocked, the sum";

#define TRIES 100

static volatile struct vcpu_runstate_info area;

static uint64_t total(const volatile struct vcpu_runstate_info *r)
{
    return r->time[0] + r->time[1] + r->time[2] + r->time[3];
}

/* Polls until a moment: how long that is still to come when the call begins depends on the host. */
static void sleep_until(uint64_t end)
{
    struct sched_poll poll = {.timeout = end};

    hypercall_sched_op(SCHEDOP_poll, &poll);
}

static void read_state(struct vcpu_runstate_info *state)
{
    CHECK_RC(hypercall_vcpu_op(VCPUOP_get_runstate_info, 0, state), 0);
}

/* Sleeps until nine tenths of it were blocked time at least, or it is clear that they never are. */
static void check_blocked(uint64_t duration)
{
    struct vcpu_runstate_info before, after;
    unsigned int tries = 0;

    do {
        read_state(&before);
        sleep_until(time_ns() + duration);
        read_state(&after);
    } while (after.time[RUNSTATE_blocked] - before.time[RUNSTATE_blocked] < duration / 10 * 9 &&
             ++tries < TRIES);
    CHECK(tries < TRIES);
}

void test_main(void)
{
    struct vcpu_register_runstate_memory_area op = {.addr.v = (void *)&area};
    struct vcpu_runstate_info before, after;
    uint64_t elapsed = time_ns();

    read_state(&before);
    CHECK_EQUAL(before.state, RUNSTATE_running);
    time_spin_ns(30000000);
    read_state(&after);
    CHECK(after.time[RUNSTATE_running] > before.time[RUNSTATE_running]);
    CHECK(after.time[RUNSTATE_running] - before.time[RUNSTATE_running] + after.time[RUNSTATE_runnable] -
              before.time[RUNSTATE_runnable] >=
          30000000);
    check_blocked(50000000);
    read_state(&after);
    elapsed = time_ns() - elapsed;

    CHECK_EQUAL(after.state, RUNSTATE_running);
    CHECK(after.state_entry_time >= before.state_entry_time && after.state_entry_time <= time_ns());
    CHECK(total(&after) - total(&before) <= elapsed);
    CHECK(total(&after) - total(&before) >= 79000000);

    CHECK_RC(hypercall_vcpu_op(VCPUOP_register_runstate_memory_area, 0, &op), 0);
    CHECK_EQUAL(area.state, RUNSTATE_running);
    CHECK(total(&area) >= after.time[RUNSTATE_running]);
    CHECK_RC(hypercall_vm_assist(VMASST_CMD_enable, VMASST_TYPE_runstate_update_flag), 0);
    before = area;
    check_blocked(20000000);
    CHECK(area.time[RUNSTATE_blocked] - before.time[RUNSTATE_blocked] >= 18000000);
    CHECK(area.state_entry_time > before.state_entry_time);
    CHECK_EQUAL(area.state_entry_time & XEN_RUNSTATE_UPDATE, 0);
    CHECK_EQUAL(area.state, RUNSTATE_running);

    CHECK_RC(hypercall_vcpu_op(VCPUOP_get_runstate_info, 1, &after), -XEN_ENOENT);
    CHECK_RC(hypercall_vcpu_op(VCPUOP_get_runstate_info, 0, (void *)0x1000), -XEN_EFAULT);
    test_success();
}
