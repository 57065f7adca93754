/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the update flag of run states is for: another vCPU reads a consistent record, and the flag never
 * stays.
 *
 * vcpu.h: with VMASST_TYPE_runstate_update_flag the top bit of state_entry_time (XEN_RUNSTATE_UPDATE) is set
 * before a record is rewritten and cleared when it is whole. A reader on another CPU reads the time, the
 * rest, and the time again. The times of the four states add up to state_entry_time less a constant, in each
 * record, so that a torn one shows.
 *
 * What goes wrong: the flag comes after the record; it is left set when the record could not be written whole
 * (here time[] lies in a page that is not mapped), and readers wait for ever.
 *
 * How often a reader meets the flag is a matter of luck, and only told.
 */
#include "guest.h"

#include <xen/sched.h>

const char test_title[] = "run states read by another vCPU while they change";

#define SWITCHES 1500

static volatile struct vcpu_runstate_info area;
static uint8_t pages[2 * PAGE_SIZE] __attribute__((aligned(PAGE_SIZE)));
static volatile bool done;
static volatile uint64_t reads, torn, met, age_at_start;

static uint64_t total(const struct vcpu_runstate_info *r)
{
    return r->time[0] + r->time[1] + r->time[2] + r->time[3];
}

static void read_once(void)
{
    uint64_t time = area.state_entry_time;
    struct vcpu_runstate_info copy;

    if (time & XEN_RUNSTATE_UPDATE) {
        met++;
        return;
    }
    barrier();
    copy = area;
    barrier();
    if (area.state_entry_time != time) {
        return;
    }
    reads++;
    torn += time - total(&copy) != age_at_start;
}

static void reader(void)
{
    while (!done) {
        read_once();
    }
    done = false;
    for (;;) {
        hypercall_vcpu_op(VCPUOP_down, 1, NULL);
    }
}

static void sleep_ns(uint64_t duration)
{
    struct sched_poll poll = {.timeout = time_ns() + duration};

    hypercall_sched_op(SCHEDOP_poll, &poll);
}

static long register_at(volatile void *address)
{
    struct vcpu_register_runstate_memory_area op = {.addr.v = (void *)address};

    return hypercall_vcpu_op(VCPUOP_register_runstate_memory_area, 0, &op);
}

/* The flag and the time in one page, the rest in the next, which is not there. */
static void check_half_a_record(void)
{
    volatile struct vcpu_runstate_info *half =
        (volatile void *)(pages + PAGE_SIZE - offsetof(struct vcpu_runstate_info, time));
    uint64_t before;

    CHECK_RC(register_at(half), 0);
    CHECK_EQUAL(half->state, RUNSTATE_running);
    before = half->state_entry_time & ~XEN_RUNSTATE_UPDATE;
    REQUIRE(page_unmap(pages + PAGE_SIZE) == 0);
    sleep_ns(2000000);
    CHECK_EQUAL(half->state_entry_time & XEN_RUNSTATE_UPDATE, 0);
    CHECK(half->state_entry_time > before);
}

void test_main(void)
{
    uint64_t entered;
    unsigned int i;

    CHECK_RC(hypercall_vm_assist(VMASST_CMD_enable, VMASST_TYPE_runstate_update_flag), 0);
    CHECK_RC(register_at(&area), 0);
    do {
        entered = area.state_entry_time;
        age_at_start = entered - total((const struct vcpu_runstate_info *)&area);
    } while (area.state_entry_time != entered);
    REQUIRE(vcpu_launch(1, reader) == 0);
    for (i = 0; i < SWITCHES || (!reads && i < 100 * SWITCHES); i++) {
        sleep_ns(20000);
    }
    done = true;
    while (done) {
        cpu_relax();
    }
    printk("%lu records read, the flag was met %lu times\n", reads, met);
    CHECK(reads > 0);
    CHECK_EQUAL(torn, 0);
    check_half_a_record();
    test_success();
}
