/* SPDX-License-Identifier: BSD-2-Clause */
/* See vcpu.h. */
#include "guest.h"

#include <xen/sched.h>

extern char boot_stack[], vcpu_stacks[], vcpu_entry[];
void vcpu_start(void);

static void (*vcpu_function[MAX_VCPUS])(void);

unsigned int vcpu_id(void)
{
    unsigned long stack;

    asm("movq %%rsp, %0" : "=r"(stack));
    return *(const unsigned int *)(stack & ~(STACK_SIZE - 1ul));
}

void vcpu_start(void)
{
    vcpu_function[vcpu_id()]();
}

void vcpu_prepare(struct vcpu_guest_context *context, unsigned int id, void (*function)(void))
{
    char *stack = vcpu_stacks + STACK_SIZE * id;
    unsigned int vector;

    memset(context, 0, sizeof(*context));
    *(unsigned int *)stack = id;
    vcpu_function[id] = function;
    context->flags = VGCF_in_kernel;
    context->user_regs.cs = FLAT_KERNEL_CS;
    context->user_regs.ss = FLAT_KERNEL_SS;
    context->user_regs.rip = (unsigned long)vcpu_entry;
    context->user_regs.rsp = (unsigned long)stack + STACK_SIZE;
    context->user_regs.rflags = RFLAGS_IF;
    for (vector = 0; vector < 32; vector++) {
        context->trap_ctxt[vector].vector = (uint8_t)vector;
        context->trap_ctxt[vector].cs = FLAT_KERNEL_CS;
        context->trap_ctxt[vector].address = TRAP_STUB(vector);
    }
    context->kernel_ss = FLAT_KERNEL_SS;
    context->kernel_sp = (unsigned long)stack + STACK_SIZE;
    context->ctrlreg[3] = xen_pfn_to_cr3(mfn_of((void *)start_info->pt_base));
    context->event_callback_eip = (unsigned long)event_entry;
    context->failsafe_callback_eip = (unsigned long)failsafe_entry;
    context->syscall_callback_eip = (unsigned long)syscall_entry;
}

long vcpu_launch(unsigned int id, void (*function)(void))
{
    static struct vcpu_guest_context context;
    long rc;

    vcpu_prepare(&context, id, function);
    rc = hypercall_vcpu_op(VCPUOP_initialise, id, &context);
    if (rc == 0) {
        rc = hypercall_vcpu_op(VCPUOP_up, id, NULL);
    }
    return rc;
}

long vcpu_pin(int cpu)
{
    struct sched_pin_override op = {.pcpu = cpu};

    return hypercall_sched_op(SCHEDOP_pin_override, &op);
}

static volatile unsigned int turns;

void vcpu_count(void)
{
    for (;;) {
        turns++;
    }
}

void vcpu_let_change(const volatile unsigned int *count)
{
    uint64_t end = time_ns() + PATIENCE_NS;
    unsigned int before = *count;

    while (*count == before && time_ns() < end) {
        struct sched_poll poll = {.timeout = time_ns() + 5000000};

        CHECK_RC(hypercall_sched_op(SCHEDOP_poll, &poll), 0);
    }
    REQUIRE(*count != before);
}

void vcpu_let_count(void)
{
    vcpu_let_change(&turns);
}
