/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A second copy of the time record, and run states, kept up while user mode runs.
 *
 * vcpu.h: VCPUOP_register_vcpu_time_memory_area names a virtual address of the kernel where the record of
 * vcpu_info.time is written too, with the same version: even, and odd only while it is being written. An
 * address that is not mapped is taken (it may be later); NULL gives it up; one that cannot be a guest's is
 * -EFAULT.
 *
 * What goes wrong: the copy is written once and never again, so that a vDSO's clock goes astray; it is
 * written through the wrong tables; its version and vcpu_info's drift apart.
 */
#include "guest.h"

#include <xen/sched.h>

const char test_title[] = "the second time record";

static volatile struct vcpu_time_info area;

static long register_at(const volatile void *address)
{
    struct vcpu_register_time_memory_area op = {.addr.v = (void *)address};

    return hypercall_vcpu_op(VCPUOP_register_vcpu_time_memory_area, 0, &op);
}

static void sleep_ns(uint64_t duration)
{
    struct sched_poll poll = {.timeout = time_ns() + duration};

    hypercall_sched_op(SCHEDOP_poll, &poll);
}

/* Both are renewed at any moment: copies of the same moment are compared. */
static void check_same(void)
{
    const volatile struct vcpu_time_info *original = &shared_info.vcpu_info[0].time;
    struct vcpu_time_info first, second;

    do {
        first = *original;
        barrier();
        second = area;
        barrier();
    } while (first.version != original->version);
    CHECK_EQUAL(second.version, first.version);
    CHECK_EQUAL(second.version % 2, 0);
    CHECK_EQUAL(second.tsc_timestamp, first.tsc_timestamp);
    CHECK_EQUAL(second.system_time, first.system_time);
    CHECK_EQUAL(second.tsc_to_system_mul, first.tsc_to_system_mul);
    CHECK_EQUAL(second.tsc_shift, first.tsc_shift);
    CHECK_EQUAL(second.flags, first.flags);
}

void test_main(void)
{
    uint64_t before;
    unsigned int i;

    CHECK_RC(register_at((void *)0xffff830000001000), -XEN_EFAULT);
    CHECK_RC(register_at((void *)0x800000000000), -XEN_EFAULT);
    CHECK_RC(register_at((void *)0x1000), 0);
    CHECK_RC(register_at(NULL), 0);
    CHECK_RC(hypercall_vcpu_op(VCPUOP_register_vcpu_time_memory_area, 0, (void *)0x1000), -XEN_EFAULT);
    CHECK_RC(hypercall_vcpu_op(VCPUOP_register_vcpu_time_memory_area, 1, NULL), -XEN_ENOENT);

    CHECK_RC(register_at(&area), 0);
    check_same();
    /* Until the record is renewed: at a switch, or when the clock is set right. */
    before = area.version;
    for (i = 0; i < 300 && area.version == before; i++)
        sleep_ns(10000000);
    CHECK(area.version != before);
    check_same();

    CHECK_RC(register_at(NULL), 0);
    before = area.version;
    for (i = 0; i < 150; i++)
        sleep_ns(10000000);
    CHECK_EQUAL(area.version, before);
    CHECK(shared_info.vcpu_info[0].time.version != before);
    test_success();
}
