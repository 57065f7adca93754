/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The virtual IDT from C: the table of handlers, its registration with Xen, and the function that every entry
 * stub calls. The stubs are arch/x86/trap_entry.S.
 */
#include <xenguest/shared.h>
#include <xenguest/trap.h>
#include "private.h"
#include "trap_private.h"

/* Handlers of vectors from 32 on stand behind those of the exceptions. */
enum { INDEX_INT80 = 32, INDEX_EVENT, INDEX_FAILSAFE, INDEX_SYSCALL };

static struct xg_traps *installed;

static int handler_index(unsigned int vector)
{
    if (vector < 32)
        return (int)vector;
    switch (vector) {
    case XG_TRAP_INT80:
        return INDEX_INT80;
    case XG_TRAP_EVENT:
        return INDEX_EVENT;
    case XG_TRAP_FAILSAFE:
        return INDEX_FAILSAFE;
    case XG_TRAP_SYSCALL:
        return INDEX_SYSCALL;
    default:
        return -1;
    }
}

static void unhandled(struct xg_frame *frame, void *arg)
{
    xg_os_panic("trap", xg_trap_name((unsigned int)frame->vector));
}

void xg_traps_init(struct xg_traps *traps)
{
    xg_bytes_zero(traps, sizeof(*traps));
    traps->unhandled.function = unhandled;
}

int xg_traps_handle(struct xg_traps *traps, unsigned int vector, xg_trap_fn *function, void *arg)
{
    int index = handler_index(vector);
    struct xg_trap_handler *handler;

    if (index < 0)
        return -XG_EINVAL;
    handler = &traps->handlers[index];
    /* A trap between the two stores finds no function, never the new one with the old argument. */
    __atomic_store_n(&handler->function, NULL, __ATOMIC_RELEASE);
    handler->arg = arg;
    __atomic_store_n(&handler->function, function, __ATOMIC_RELEASE);
    return 0;
}

void xg_traps_handle_rest(struct xg_traps *traps, xg_trap_fn *function, void *arg)
{
    traps->unhandled.arg = arg;
    traps->unhandled.function = function ? function : unhandled;
}

void xg_traps_on_leave(struct xg_traps *traps, xg_trap_fn *function, void *arg)
{
    traps->leave.arg = arg;
    traps->leave.function = function;
}

static inline void call_handler(const struct xg_traps *traps, const struct xg_trap_handler *handler,
                                struct xg_frame *frame)
{
    xg_trap_fn *function = __atomic_load_n(&handler->function, __ATOMIC_ACQUIRE);

    if (!function) {
        handler = &traps->unhandled;
        function = handler->function;
    }
    function(frame, handler->arg);
}

/*
 * The processor's own IRET does where nothing of Xen's changes with it: back to the kernel, the event mask as
 * the handler has it. After a page fault the mask is opened here: what is delivered then interrupts this
 * return, like any other kernel code. An NMI must end in the hypercall, which lets the next one in.
 */
static inline bool native_return(struct xg_frame *frame, uint64_t vector, uint64_t rflags_before)
{
    if (vector >= 32 || vector == XG_TRAP_NMI || vector == XG_TRAP_MACHINE_CHECK)
        return false;
    if (frame->cs != (FLAT_KERNEL_CS & ~3) || (frame->ss | 3) != FLAT_KERNEL_SS)
        return false;
    if ((frame->rflags ^ rflags_before) & XG_RFLAGS_IF)
        return false;
    frame->cs = FLAT_KERNEL_CS;
    frame->ss = FLAT_KERNEL_SS;
    if (vector == XG_TRAP_PAGE_FAULT && (rflags_before & XG_RFLAGS_IF))
        xg_os_events_restore(XG_UPCALL_ENABLED);
    return true;
}

bool xg_trap_native_return(struct xg_frame *frame, uint64_t vector, uint64_t rflags_before)
{
    return native_return(frame, vector, rflags_before);
}

/* The callbacks, INT 0x80, and what no handler can be set for. */
static bool dispatch_callback(struct xg_frame *frame, uint64_t vector)
{
    struct xg_traps *traps = installed;
    int index = handler_index((unsigned int)vector);

    if (vector == XG_TRAP_SEGMENTS) {
        /* Xen has put NUL where a selector would not load; that is the recovery. The context goes on. */
        __atomic_fetch_add(&traps->nr_failsafe_segments, 1, __ATOMIC_RELAXED);
        return false;
    }
    call_handler(traps, index < 0 ? &traps->unhandled : &traps->handlers[index], frame);
    if (vector == XG_TRAP_EVENT && traps->leave.function)
        traps->leave.function(frame, traps->leave.arg);
    return false;
}

bool xg_trap_dispatch(struct xg_frame *frame)
{
    uint64_t vector = frame->vector, rflags = frame->rflags;

    if (vector >= 32)
        return dispatch_callback(frame, vector);
    call_handler(installed, &installed->handlers[vector], frame);
    return native_return(frame, vector, rflags);
}

bool xg_trap_masks_events(unsigned int vector)
{
    /* Their handlers read what a second trap of the kind would overwrite: the fault address, the NMI reason.
     */
    return vector == XG_TRAP_NMI || vector == XG_TRAP_PAGE_FAULT || vector == XG_TRAP_MACHINE_CHECK;
}

bool xg_trap_entry_fill(struct trap_info *entry, unsigned int vector)
{
    bool software = vector == XG_TRAP_BREAKPOINT || vector == XG_TRAP_OVERFLOW || vector == XG_TRAP_INT80;

    entry->address = xg_arch_trap_entry(vector);
    if (!entry->address)
        return false;
    entry->vector = (uint8_t)vector;
    entry->cs = FLAT_KERNEL_CS;
    entry->flags = software ? 3 : 0;
    if (xg_trap_masks_events(vector))
        TI_SET_IF(entry, 1);
    return true;
}

static long callback_register(uint16_t type, unsigned int vector, uint16_t flags)
{
    struct callback_register callback = {
        .type = type,
        .flags = flags,
        .address = xg_arch_trap_entry(vector),
    };

    return hypercall_callback_op(CALLBACKOP_register, &callback);
}

int xg_traps_install(struct xg_traps *traps)
{
    struct trap_info table[XG_TRAP_TABLE + 1];
    unsigned int vector, nr = 0;
    long rc;

    installed = traps;
    for (vector = 0; vector < 256 && nr < XG_TRAP_TABLE; vector++)
        if (xg_trap_entry_fill(&table[nr], vector))
            nr++;
    xg_bytes_zero(&table[nr], sizeof(table[nr]));
    rc = hypercall_set_trap_table(table);
    if (!rc)
        rc = callback_register(CALLBACKTYPE_event, XG_TRAP_EVENT, CALLBACKF_mask_events);
    if (!rc)
        rc = callback_register(CALLBACKTYPE_failsafe, XG_TRAP_FAILSAFE, CALLBACKF_mask_events);
    if (!rc)
        rc = callback_register(CALLBACKTYPE_syscall, XG_TRAP_SYSCALL, 0);
    if (!rc)
        callback_register(CALLBACKTYPE_nmi, XG_TRAP_NMI, CALLBACKF_mask_events);
    return (int)rc;
}

uint64_t xg_trap_fault_address(const struct vcpu_info *info)
{
    return __atomic_load_n(&info->arch.cr2, __ATOMIC_RELAXED);
}
