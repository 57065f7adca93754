/* SPDX-License-Identifier: BSD-2-Clause */
/* Bring-up of further vCPUs and the paravirtual clock. */
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

static volatile unsigned int turns;

void vcpu_count(void)
{
    for (;;) {
        turns++;
    }
}

void vcpu_let_count(void)
{
    unsigned int before = turns, tries;

    for (tries = 0; turns == before && tries < 100; tries++) {
        struct sched_poll poll = {.timeout = time_ns() + 5000000};

        CHECK_RC(hypercall_sched_op(SCHEDOP_poll, &poll), 0);
    }
    REQUIRE(turns != before);
}

static uint64_t scale(uint64_t ticks, uint32_t multiplier, int shift)
{
    ticks = shift < 0 ? ticks >> -shift : ticks << shift;
    return (uint64_t)((unsigned __int128)ticks * multiplier >> 32);
}

uint64_t time_ns(void)
{
    const volatile struct vcpu_time_info *time = &shared_info.vcpu_info[0].time;
    uint32_t version;
    uint64_t now;

    do {
        version = time->version;
        barrier();
        now = time->system_time +
              scale(read_tsc() - time->tsc_timestamp, time->tsc_to_system_mul, time->tsc_shift);
        barrier();
    } while ((version & 1) || version != time->version);
    return now;
}

void time_spin_ns(uint64_t duration_ns)
{
    uint64_t end = time_ns() + duration_ns;

    while (time_ns() < end) {
        cpu_relax();
    }
}
