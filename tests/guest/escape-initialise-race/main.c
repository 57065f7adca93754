/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Two vCPUs initialise a third at the same moment.
 *
 * VCPUOP_initialise takes references on the frames of the new vCPU's GDT and on its page tables, and gives
 * them back when a later part of the context is refused. Two callers that are let in together take and give
 * back the same vCPU's: a reference is given back that belongs to somebody else, and in the end a frame loses
 * its type while it is still mapped as a descriptor table.
 *
 * Asserted: thousands of such refused calls from two vCPUs all answer -EINVAL, and afterwards the frame can
 * be used as a GDT and can be written again once it is not one. On stock Xen the two fight for a lock that is
 * given on in turn, which takes a slice of the host's time for each call where the host is busy: there it is
 * some hundred calls (command line: calls=N).
 */
#include "guest.h"

const char test_title[] = "one vCPU initialised by two at once";

static unsigned int nr_calls = 3000;
static volatile unsigned int other_runs, other_done;
static struct vcpu_guest_context bad[2];
static uint64_t gdt[512] __attribute__((aligned(4096)));

/*
 * A GDT that is taken, and then a CR3 that is refused: no RAM, which stock Xen refuses without a line in its
 * log.
 */
static void prepare(struct vcpu_guest_context *context)
{
    vcpu_prepare(context, 2, NULL);
    context->gdt_frames[0] = mfn_of(gdt);
    context->gdt_ents = 512;
    context->ctrlreg[3] = xen_pfn_to_cr3(0xfffffffful);
}

static unsigned int provoke(const struct vcpu_guest_context *context)
{
    unsigned int unexpected = 0;

    for (unsigned int i = 0; i < nr_calls; i++) {
        unexpected += hypercall_vcpu_op(VCPUOP_initialise, 2, context) != -XEN_EINVAL;
    }
    return unexpected;
}

static void second(void)
{
    unsigned int unexpected;

    other_runs = 1;
    unexpected = provoke(&bad[1]);
    other_done = 1 + unexpected;
    for (;;) {
        hypercall_vcpu_op(VCPUOP_down, vcpu_id(), NULL);
    }
}

void test_main(void)
{
    unsigned long va = (unsigned long)gdt, frame = mfn_of(gdt);

    nr_calls = (unsigned int)option_number("calls=", nr_calls);
    prepare(&bad[0]);
    prepare(&bad[1]);
    CHECK_RC(hypercall_update_va_mapping(va, PTE_MAKE(frame, PTE_RO), UVMF_INVLPG), 0);
    CHECK_RC(vcpu_launch(1, second), 0);
    while (!other_runs) {
        cpu_relax();
    }
    CHECK_EQUAL(provoke(&bad[0]), 0);
    /* However long it takes: the two fight for a lock. */
    while (!other_done) {
        hypercall(__HYPERVISOR_sched_op, 0, 0, 0, 0, 0);
    }
    CHECK_EQUAL(other_done, 1);
    /* Nobody holds it as a GDT: it may be written. */
    CHECK_RC(hypercall_update_va_mapping(va, PTE_MAKE(frame, PTE_RW), UVMF_INVLPG), 0);
    gdt[1] = 0;
    CHECK_EQUAL(gdt[1], 0);
    test_success();
}
