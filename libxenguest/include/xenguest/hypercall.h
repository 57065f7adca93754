/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Raw hypercalls: the wrappers put the arguments into their order and nothing else. Tier 0. Argument
 * structures are those of the Xen headers (a source that fills them in includes <xenguest/abi.h>), results
 * are Xen's. Every wrapper ends in xg_hypercall, the single way out, which a unit test replaces by a
 * hypervisor of its own.
 */
#ifndef XENGUEST_HYPERCALL_H
#define XENGUEST_HYPERCALL_H

#include <xenguest/types.h>

XG_BEGIN_DECLS

enum xg_hypercall_number {
    XG_HYPERCALL_set_trap_table = 0,
    XG_HYPERCALL_mmu_update = 1,
    XG_HYPERCALL_set_gdt = 2,
    XG_HYPERCALL_stack_switch = 3,
    XG_HYPERCALL_fpu_taskswitch = 5,
    XG_HYPERCALL_set_debugreg = 8,
    XG_HYPERCALL_get_debugreg = 9,
    XG_HYPERCALL_update_descriptor = 10,
    XG_HYPERCALL_memory_op = 12,
    XG_HYPERCALL_multicall = 13,
    XG_HYPERCALL_update_va_mapping = 14,
    XG_HYPERCALL_set_timer_op = 15,
    XG_HYPERCALL_xen_version = 17,
    XG_HYPERCALL_console_io = 18,
    XG_HYPERCALL_grant_table_op = 20,
    XG_HYPERCALL_vm_assist = 21,
    XG_HYPERCALL_update_va_mapping_otherdomain = 22,
    XG_HYPERCALL_iret = 23,
    XG_HYPERCALL_vcpu_op = 24,
    XG_HYPERCALL_set_segment_base = 25,
    XG_HYPERCALL_mmuext_op = 26,
    XG_HYPERCALL_sched_op = 29,
    XG_HYPERCALL_callback_op = 30,
    XG_HYPERCALL_event_channel_op = 32,
    XG_HYPERCALL_physdev_op = 33,
};

/*
 * Arguments first, as they already are in their registers then. Goes by the SYSCALL instruction, or through
 * the hypercall page when the kernel has that note (XG_NOTES_HYPERCALL_PAGE). Preserves what a C function
 * preserves.
 */
long xg_hypercall(uint64_t a1, uint64_t a2, uint64_t a3, uint64_t a4, uint64_t a5, unsigned int number);

#define XG_ADDRESS(pointer) ((uint64_t)(uintptr_t)(pointer))

/* `table` is a list of struct trap_info that ends with an entry of address 0; NULL clears the table. */
static inline long hypercall_set_trap_table(const void *table)
{
    return xg_hypercall(XG_ADDRESS(table), 0, 0, 0, 0, XG_HYPERCALL_set_trap_table);
}

/* `nr` entries of struct mmu_update; *done gets how many took effect, also on failure. */
static inline long hypercall_mmu_update(const void *updates, unsigned int nr, unsigned int *done,
                                        uint32_t domid)
{
    return xg_hypercall(XG_ADDRESS(updates), nr, XG_ADDRESS(done), domid, 0, XG_HYPERCALL_mmu_update);
}

/* `nr` entries of struct mmuext_op; *done as for mmu_update. */
static inline long hypercall_mmuext_op(const void *ops, unsigned int nr, unsigned int *done, uint32_t domid)
{
    return xg_hypercall(XG_ADDRESS(ops), nr, XG_ADDRESS(done), domid, 0, XG_HYPERCALL_mmuext_op);
}

static inline long hypercall_update_va_mapping(uint64_t address, uint64_t entry, uint64_t flags)
{
    return xg_hypercall(address, entry, flags, 0, 0, XG_HYPERCALL_update_va_mapping);
}

static inline long hypercall_update_va_mapping_otherdomain(uint64_t address, uint64_t entry, uint64_t flags,
                                                           xg_domid_t domid)
{
    return xg_hypercall(address, entry, flags, domid, 0, XG_HYPERCALL_update_va_mapping_otherdomain);
}

/* `frames`: mfns of the descriptor pages, 512 descriptors each; `nr` counts descriptors. */
static inline long hypercall_set_gdt(const uint64_t *frames, unsigned int nr)
{
    return xg_hypercall(XG_ADDRESS(frames), nr, 0, 0, 0, XG_HYPERCALL_set_gdt);
}

static inline long hypercall_update_descriptor(xg_maddr_t where, uint64_t descriptor)
{
    return xg_hypercall(where.n, descriptor, 0, 0, 0, XG_HYPERCALL_update_descriptor);
}

/* The stack on which the kernel is entered from its user mode. */
static inline long hypercall_stack_switch(uint64_t ss, uint64_t sp)
{
    return xg_hypercall(ss, sp, 0, 0, 0, XG_HYPERCALL_stack_switch);
}

/* `set`: the next FPU instruction raises #NM. */
static inline long hypercall_fpu_taskswitch(bool set)
{
    return xg_hypercall(set, 0, 0, 0, 0, XG_HYPERCALL_fpu_taskswitch);
}

static inline long hypercall_set_debugreg(unsigned int reg, uint64_t value)
{
    return xg_hypercall(reg, value, 0, 0, 0, XG_HYPERCALL_set_debugreg);
}

/* The value, or a small negative errno: the two share one range, as in Xen. */
static inline long hypercall_get_debugreg(unsigned int reg)
{
    return xg_hypercall(reg, 0, 0, 0, 0, XG_HYPERCALL_get_debugreg);
}

/* `which`: SEGBASE_* of <xen/arch-x86_64.h>: 0 FS, 1 GS of user mode, 2 GS of the kernel, 3 user GS selector.
 */
static inline long hypercall_set_segment_base(unsigned int which, uint64_t base)
{
    return xg_hypercall(which, base, 0, 0, 0, XG_HYPERCALL_set_segment_base);
}

static inline long hypercall_memory_op(unsigned int command, void *argument)
{
    return xg_hypercall(command, XG_ADDRESS(argument), 0, 0, 0, XG_HYPERCALL_memory_op);
}

/* `calls`: struct multicall_entry; each gets its own result. Run it with events masked. */
static inline long hypercall_multicall(void *calls, unsigned int nr)
{
    return xg_hypercall(XG_ADDRESS(calls), nr, 0, 0, 0, XG_HYPERCALL_multicall);
}

/* 0 disarms. */
static inline long hypercall_set_timer_op(uint64_t deadline_ns)
{
    return xg_hypercall(deadline_ns, 0, 0, 0, 0, XG_HYPERCALL_set_timer_op);
}

static inline long hypercall_xen_version(unsigned int command, void *argument)
{
    return xg_hypercall(command, XG_ADDRESS(argument), 0, 0, 0, XG_HYPERCALL_xen_version);
}

/* `command`: CONSOLEIO_write or CONSOLEIO_read. The number of bytes read, 0, or a negative errno. */
static inline long hypercall_console_io(unsigned int command, unsigned int nr_bytes, void *buffer)
{
    return xg_hypercall(command, nr_bytes, XG_ADDRESS(buffer), 0, 0, XG_HYPERCALL_console_io);
}

static inline long hypercall_grant_table_op(unsigned int command, void *arguments, unsigned int nr)
{
    return xg_hypercall(command, XG_ADDRESS(arguments), nr, 0, 0, XG_HYPERCALL_grant_table_op);
}

static inline long hypercall_vm_assist(unsigned int command, unsigned int type)
{
    return xg_hypercall(command, type, 0, 0, 0, XG_HYPERCALL_vm_assist);
}

static inline long hypercall_vcpu_op(unsigned int command, unsigned int vcpu, void *argument)
{
    return xg_hypercall(command, vcpu, XG_ADDRESS(argument), 0, 0, XG_HYPERCALL_vcpu_op);
}

static inline long hypercall_sched_op(unsigned int command, void *argument)
{
    return xg_hypercall(command, XG_ADDRESS(argument), 0, 0, 0, XG_HYPERCALL_sched_op);
}

static inline long hypercall_callback_op(unsigned int command, const void *argument)
{
    return xg_hypercall(command, XG_ADDRESS(argument), 0, 0, 0, XG_HYPERCALL_callback_op);
}

static inline long hypercall_event_channel_op(unsigned int command, void *argument)
{
    return xg_hypercall(command, XG_ADDRESS(argument), 0, 0, 0, XG_HYPERCALL_event_channel_op);
}

static inline long hypercall_physdev_op(unsigned int command, void *argument)
{
    return xg_hypercall(command, XG_ADDRESS(argument), 0, 0, 0, XG_HYPERCALL_physdev_op);
}

XG_END_DECLS

#endif
