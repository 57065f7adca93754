/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Raw hypercalls by the SYSCALL instruction, which needs no hypercall page. Each answers what rax holds
 * afterwards; the arguments are those of the ABI header of the same name, and pointers are not looked at, so
 * that tests may pass bad ones.
 */
#ifndef GUEST_HYPERCALL_H
#define GUEST_HYPERCALL_H

#include <stdint.h>

#include <xen/xen.h>

static inline long hypercall(unsigned long number, unsigned long a1, unsigned long a2, unsigned long a3,
                             unsigned long a4, unsigned long a5)
{
    register unsigned long r10 asm("r10") = a4;
    register unsigned long r8 asm("r8") = a5;
    long result;

    asm volatile("syscall"
                 : "=a"(result), "+D"(a1), "+S"(a2), "+d"(a3), "+r"(r10), "+r"(r8)
                 : "0"(number)
                 : "rcx", "r11", "memory");
    return result;
}

#define HYPERCALL_POINTER(p) ((unsigned long)(const void *)(p))

static inline long hypercall_set_trap_table(const void *traps)
{
    return hypercall(__HYPERVISOR_set_trap_table, HYPERCALL_POINTER(traps), 0, 0, 0, 0);
}

static inline long hypercall_mmu_update(const void *updates, unsigned int count, unsigned int *done,
                                        unsigned int domid)
{
    return hypercall(__HYPERVISOR_mmu_update, HYPERCALL_POINTER(updates), count, HYPERCALL_POINTER(done),
                     domid, 0);
}

static inline long hypercall_mmuext_op(const void *operations, unsigned int count, unsigned int *done,
                                       unsigned int domid)
{
    return hypercall(__HYPERVISOR_mmuext_op, HYPERCALL_POINTER(operations), count, HYPERCALL_POINTER(done),
                     domid, 0);
}

static inline long hypercall_update_va_mapping(unsigned long va, uint64_t entry, unsigned long flags)
{
    return hypercall(__HYPERVISOR_update_va_mapping, va, entry, flags, 0, 0);
}

static inline long hypercall_set_gdt(const void *frames, unsigned int entries)
{
    return hypercall(__HYPERVISOR_set_gdt, HYPERCALL_POINTER(frames), entries, 0, 0, 0);
}

static inline long hypercall_update_descriptor(uint64_t maddr, uint64_t descriptor)
{
    return hypercall(__HYPERVISOR_update_descriptor, maddr, descriptor, 0, 0, 0);
}

static inline long hypercall_stack_switch(unsigned long ss, unsigned long sp)
{
    return hypercall(__HYPERVISOR_stack_switch, ss, sp, 0, 0, 0);
}

static inline long hypercall_set_callbacks(const void *event, const void *failsafe, const void *syscall)
{
    return hypercall(__HYPERVISOR_set_callbacks, HYPERCALL_POINTER(event), HYPERCALL_POINTER(failsafe),
                     HYPERCALL_POINTER(syscall), 0, 0);
}

static inline long hypercall_callback_op(unsigned int command, const void *argument)
{
    return hypercall(__HYPERVISOR_callback_op, command, HYPERCALL_POINTER(argument), 0, 0, 0);
}

static inline long hypercall_fpu_taskswitch(int set)
{
    return hypercall(__HYPERVISOR_fpu_taskswitch, (unsigned long)set, 0, 0, 0, 0);
}

static inline long hypercall_set_debugreg(int which, unsigned long value)
{
    return hypercall(__HYPERVISOR_set_debugreg, (unsigned long)which, value, 0, 0, 0);
}

static inline long hypercall_get_debugreg(int which)
{
    return hypercall(__HYPERVISOR_get_debugreg, (unsigned long)which, 0, 0, 0, 0);
}

static inline long hypercall_set_segment_base(unsigned int which, unsigned long base)
{
    return hypercall(__HYPERVISOR_set_segment_base, which, base, 0, 0, 0);
}

static inline long hypercall_memory_op(unsigned int command, const void *argument)
{
    return hypercall(__HYPERVISOR_memory_op, command, HYPERCALL_POINTER(argument), 0, 0, 0);
}

static inline long hypercall_multicall(const void *entries, unsigned int count)
{
    return hypercall(__HYPERVISOR_multicall, HYPERCALL_POINTER(entries), count, 0, 0, 0);
}

static inline long hypercall_set_timer_op(uint64_t system_time_ns)
{
    return hypercall(__HYPERVISOR_set_timer_op, system_time_ns, 0, 0, 0, 0);
}

static inline long hypercall_xen_version(unsigned int command, const void *argument)
{
    return hypercall(__HYPERVISOR_xen_version, command, HYPERCALL_POINTER(argument), 0, 0, 0);
}

static inline long hypercall_console_io(unsigned int command, int count, const void *buffer)
{
    return hypercall(__HYPERVISOR_console_io, command, (unsigned long)count, HYPERCALL_POINTER(buffer), 0, 0);
}

static inline long hypercall_grant_table_op(unsigned int command, const void *operations, unsigned int count)
{
    return hypercall(__HYPERVISOR_grant_table_op, command, HYPERCALL_POINTER(operations), count, 0, 0);
}

static inline long hypercall_vm_assist(unsigned int command, unsigned int type)
{
    return hypercall(__HYPERVISOR_vm_assist, command, type, 0, 0, 0);
}

static inline long hypercall_vcpu_op(int command, unsigned int vcpu, const void *argument)
{
    return hypercall(__HYPERVISOR_vcpu_op, (unsigned long)command, vcpu, HYPERCALL_POINTER(argument), 0, 0);
}

static inline long hypercall_sched_op(int command, const void *argument)
{
    return hypercall(__HYPERVISOR_sched_op, (unsigned long)command, HYPERCALL_POINTER(argument), 0, 0, 0);
}

static inline long hypercall_event_channel_op(int command, const void *argument)
{
    return hypercall(__HYPERVISOR_event_channel_op, (unsigned long)command, HYPERCALL_POINTER(argument), 0, 0,
                     0);
}

static inline long hypercall_physdev_op(int command, const void *argument)
{
    return hypercall(__HYPERVISOR_physdev_op, (unsigned long)command, HYPERCALL_POINTER(argument), 0, 0, 0);
}

#endif
