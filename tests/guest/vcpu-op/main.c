/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * vcpu_op: initialise, up, is_up, down, and the errnos for vCPUs that are not there.
 *
 * vcpu.h: a vCPU is initialised once from a context, then started and stopped; is_up answers 1 or 0. Numbers
 * past the domain's maximum answer -ENOENT: Linux probes all up to 8,191 and takes any other error for a
 * vCPU. Up before initialise is -EINVAL, initialise twice -EEXIST. A second vCPU starts with the registers of
 * its context and events masked.
 *
 * What goes wrong: the probe allocates; the context's errors (a bad cs, a CR3 that is no table) are found
 * only when the vCPU runs, and crash the domain; down of the calling vCPU returns.
 */
#include "guest.h"

const char test_title[] = "vcpu_op: bring-up and errnos";

static volatile unsigned int started;

static void second(void)
{
    started = 1 + vcpu_id();
    hypercall_vcpu_op(VCPUOP_down, vcpu_id(), NULL);
    started = 99;
    for (;;) {
        hypercall_vcpu_op(VCPUOP_down, vcpu_id(), NULL);
    }
}

static bool wait_down(unsigned int id)
{
    uint64_t end = time_ns() + PATIENCE_NS;

    while (hypercall_vcpu_op(VCPUOP_is_up, id, NULL) == 1) {
        if (time_ns() > end) {
            return false;
        }
        hypercall(__HYPERVISOR_sched_op, 0, 0, 0, 0, 0);
    }
    return true;
}

void test_main(void)
{
    static struct vcpu_guest_context context;

    CHECK_RC(hypercall_vcpu_op(VCPUOP_is_up, 0, NULL), 1);
    CHECK_RC(hypercall_vcpu_op(VCPUOP_is_up, 1, NULL), 0);
    CHECK_RC(hypercall_vcpu_op(VCPUOP_is_up, 2, NULL), -XEN_ENOENT);
    CHECK_RC(hypercall_vcpu_op(VCPUOP_is_up, 8191, NULL), -XEN_ENOENT);
    CHECK_RC(hypercall_vcpu_op(VCPUOP_is_up, 0x7fffffff, NULL), -XEN_ENOENT);
    CHECK_RC(hypercall_vcpu_op(VCPUOP_up, 1, NULL), -XEN_EINVAL);
    CHECK_RC(hypercall_vcpu_op(VCPUOP_down, 1, NULL), 0);
    CHECK_RC(hypercall_vcpu_op(VCPUOP_up, 2, NULL), -XEN_ENOENT);
    CHECK_RC(hypercall_vcpu_op(14, 0, NULL), -XEN_ENOSYS);

    CHECK_RC(hypercall_vcpu_op(VCPUOP_initialise, 1, (void *)0x1000), -XEN_EFAULT);
    vcpu_prepare(&context, 1, second);
    context.ctrlreg[3] = xen_pfn_to_cr3(mfn_of(&context));
    CHECK_RC(hypercall_vcpu_op(VCPUOP_initialise, 1, &context), -XEN_EINVAL);
    vcpu_prepare(&context, 1, second);
    context.event_callback_eip = 1ul << 47;
    CHECK_RC(hypercall_vcpu_op(VCPUOP_initialise, 1, &context), -XEN_EINVAL);
    vcpu_prepare(&context, 1, second);
    context.gdt_ents = 8192;
    CHECK_RC(hypercall_vcpu_op(VCPUOP_initialise, 1, &context), -XEN_EINVAL);

    vcpu_prepare(&context, 1, second);
    CHECK_RC(hypercall_vcpu_op(VCPUOP_initialise, 1, &context), 0);
    CHECK_RC(hypercall_vcpu_op(VCPUOP_initialise, 1, &context), -XEN_EEXIST);
    CHECK_RC(hypercall_vcpu_op(VCPUOP_initialise, 0, &context), -XEN_EEXIST);
    CHECK_RC(hypercall_vcpu_op(VCPUOP_is_up, 1, NULL), 0);
    CHECK_EQUAL(started, 0);
    CHECK_RC(hypercall_vcpu_op(VCPUOP_up, 1, NULL), 0);
    CHECK(wait_down(1));
    CHECK_EQUAL(started, 2);
    CHECK_EQUAL(shared_info.vcpu_info[1].evtchn_upcall_mask, 1);

    /* Up again: it goes on behind its down. */
    CHECK_RC(hypercall_vcpu_op(VCPUOP_up, 1, NULL), 0);
    CHECK(wait_down(1));
    CHECK_EQUAL(started, 99);
    test_success();
}
