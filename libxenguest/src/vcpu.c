/* SPDX-License-Identifier: BSD-2-Clause */
/* vcpu_op: further vCPUs, the place of their vcpu_info, and runstate. */
#include <xenguest/vcpu.h>
#include "private.h"
#include "trap_private.h"

static void context_set_traps(struct vcpu_guest_context *context)
{
    unsigned int vector;

    for (vector = 0; vector < XG_ARRAY_SIZE(context->trap_ctxt); vector++)
        xg_trap_entry_fill(&context->trap_ctxt[vector], vector);
    context->event_callback_eip = xg_arch_trap_entry(XG_TRAP_EVENT);
    context->failsafe_callback_eip = xg_arch_trap_entry(XG_TRAP_FAILSAFE);
    context->syscall_callback_eip = xg_arch_trap_entry(XG_TRAP_SYSCALL);
    context->flags |= VGCF_failsafe_disables_events;
}

static void context_set_registers(struct vcpu_guest_context *context, const struct xg_vcpu_start *start)
{
    uint64_t *top = (uint64_t *)(uintptr_t)start->stack_top;

    /* As if `entry` had been called: a zero return address ends stack traces. */
    top[-1] = 0;
    context->user_regs.rip = XG_ADDRESS(start->entry);
    context->user_regs.rdi = XG_ADDRESS(start->arg);
    context->user_regs.rsp = start->stack_top - 8;
    context->user_regs.rflags = XG_RFLAGS_IF;
    context->user_regs.cs = FLAT_KERNEL_CS;
    context->user_regs.ss = FLAT_KERNEL_SS;
    context->kernel_ss = FLAT_KERNEL_SS;
    context->kernel_sp = start->stack_top;
    context->gs_base_kernel = start->gs_base;
    context->ctrlreg[3] = xen_pfn_to_cr3(start->page_tables.n);
}

int xg_vcpu_initialise(unsigned int vcpu, const struct xg_vcpu_start *start, bool with_traps, void *buffer)
{
    struct vcpu_guest_context *context = buffer;

    xg_bytes_zero(context, sizeof(*context));
    context->flags = VGCF_in_kernel;
    context_set_registers(context, start);
    if (with_traps)
        context_set_traps(context);
    return (int)hypercall_vcpu_op(VCPUOP_initialise, vcpu, context);
}

int xg_vcpu_up(unsigned int vcpu)
{
    return (int)hypercall_vcpu_op(VCPUOP_up, vcpu, NULL);
}

int xg_vcpu_down(unsigned int vcpu)
{
    return (int)hypercall_vcpu_op(VCPUOP_down, vcpu, NULL);
}

int xg_vcpu_is_up(unsigned int vcpu)
{
    return (int)hypercall_vcpu_op(VCPUOP_is_up, vcpu, NULL);
}

unsigned int xg_vcpu_count(unsigned int limit)
{
    unsigned int nr = 0;

    while (nr < limit && xg_vcpu_is_up(nr) >= 0)
        nr++;
    return nr;
}

int xg_vcpu_register_info(unsigned int vcpu, xg_gfn_t frame, unsigned int offset)
{
    struct vcpu_register_vcpu_info info = {.mfn = frame.n, .offset = offset};

    return (int)hypercall_vcpu_op(VCPUOP_register_vcpu_info, vcpu, &info);
}

int xg_runstate_register(unsigned int vcpu, struct xg_runstate_area *area)
{
    struct vcpu_register_runstate_memory_area memory;

    xg_bytes_zero(&memory, sizeof(memory));
    memory.addr.v = (struct vcpu_runstate_info *)area->storage;
    return (int)hypercall_vcpu_op(VCPUOP_register_runstate_memory_area, vcpu, &memory);
}

int xg_runstate_read(const struct xg_runstate_area *area, struct xg_runstate *out)
{
    const struct vcpu_runstate_info *from = (const struct vcpu_runstate_info *)area->storage;
    unsigned int tries, i;

    for (tries = 0; tries < 1000; tries++) {
        uint64_t entered = __atomic_load_n(&from->state_entry_time, __ATOMIC_ACQUIRE);

        out->entered_ns = entered & ~XEN_RUNSTATE_UPDATE;
        out->state = __atomic_load_n(&from->state, __ATOMIC_RELAXED);
        for (i = 0; i < XG_ARRAY_SIZE(out->spent_ns); i++)
            out->spent_ns[i] = __atomic_load_n(&from->time[i], __ATOMIC_RELAXED);
        __atomic_thread_fence(__ATOMIC_ACQUIRE);
        if (!(entered & XEN_RUNSTATE_UPDATE) &&
            entered == __atomic_load_n(&from->state_entry_time, __ATOMIC_RELAXED))
            return 0;
    }
    return -XG_EAGAIN;
}
