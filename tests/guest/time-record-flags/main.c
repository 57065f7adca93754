/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The flags of a time record say what is so: nothing, on a processor whose counters are not known to go on
 * together.
 *
 * xen.h, struct vcpu_time_info: flags has XEN_PVCLOCK_TSC_STABLE_BIT where the counters of all CPUs are in
 * step, and XEN_PVCLOCK_GUEST_STOPPED for a guest that stood still; the other bits have no name.
 *
 * What goes wrong: the record is made on the hypervisor's stack, field by field, and copied as a whole: the
 * byte that no field was written to is what lay there. A guest that trusts bit 0 then compares times of two
 * CPUs, and reads rests of the hypervisor's work.
 *
 * Asserted: the byte is 0 after each of many sleeps, with another call before each, and in at least one new
 * record: stock Xen makes one when it compares its clocks, each second. QEMU's processor has no invariant
 * counter.
 */
#include "guest.h"

#include <xen/memory.h>
#include <xen/sched.h>
#include <xen/version.h>

const char test_title[] = "flags of the time record";

#define ROUNDS 200

/* Leaves something else on the hypervisor's stack each time. */
static void work(unsigned int round)
{
    static char answer[4096];
    struct mmuext_op flush = {.cmd = MMUEXT_TLB_FLUSH_LOCAL};

    switch (round % 6) {
    case 0:
        hypercall_xen_version(XENVER_extraversion, answer);
        break;
    case 1:
        hypercall_mmuext_op(&flush, 1, NULL, DOMID_SELF);
        break;
    case 2:
        hypercall_memory_op((int)(round % 20), answer);
        break;
    case 3:
        hypercall_vcpu_op(VCPUOP_get_runstate_info, 0, answer);
        break;
    case 4:
        hypercall_event_channel_op((int)(round % 12), answer);
        break;
    default:
        hypercall_sched_op(SCHEDOP_yield, NULL);
    }
}

static void sleep_ns(uint64_t duration_ns)
{
    struct sched_poll poll = {.timeout = time_ns() + duration_ns};

    hypercall_sched_op(SCHEDOP_poll, &poll);
}

void test_main(void)
{
    const volatile struct vcpu_time_info *time = &shared_info.vcpu_info[0].time;
    unsigned int records = 0, flags = time->flags, round;
    uint64_t end = time_ns() + PATIENCE_NS;

    for (round = 0; round < ROUNDS || (!records && time_ns() < end); round++) {
        uint32_t version = time->version;

        work(round);
        sleep_ns(500000);
        records += time->version != version;
        flags |= time->flags;
    }
    printk("%u new records in %u rounds\n", records, round);
    CHECK(records > 0);
    CHECK_EQUAL(flags, 0);
    test_success();
}
