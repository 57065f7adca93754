/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The virtual IDT: exceptions, the event callback, failsafe, NMI and the system call of a user mode, all
 * brought to C functions with one register frame. Tier 1. The library has the entry stubs; Xen is told of
 * them by xg_traps_install.
 */
#ifndef XENGUEST_TRAP_H
#define XENGUEST_TRAP_H

#include <xenguest/format.h>
#include <xenguest/types.h>

XG_BEGIN_DECLS

/*
 * The interrupted context, in the order in which the stubs push it. A handler may change any register; the
 * change is in effect when it returns.
 */
struct xg_frame {
    uint64_t r15, r14, r13, r12, rbp, rbx;
    uint64_t r10, r9, r8, rdx, rsi, rdi;
    uint64_t vector; /* XG_TRAP_* or one of the callbacks */
    uint64_t rax, r11, rcx;
    uint64_t error_code; /* 0 for vectors without one */
    uint64_t rip;
    uint16_t cs; /* privilege bits 0: interrupted in the kernel; 3: in user mode */
    uint16_t cs_unused;
    uint8_t mask; /* the event mask of the interrupted context: informative … */
    uint8_t mask_unused[3];
    uint64_t rflags; /* … what is put back is bit 9 (IF): set means unmasked */
    uint64_t rsp;
    uint16_t ss;
    uint16_t ss_unused[3];
};

static inline bool xg_frame_from_user(const struct xg_frame *frame)
{
    return (frame->cs & 3) != 0;
}

enum xg_trap_vector {
    XG_TRAP_DIVIDE_ERROR = 0,
    XG_TRAP_DEBUG = 1,
    XG_TRAP_NMI = 2,
    XG_TRAP_BREAKPOINT = 3,
    XG_TRAP_OVERFLOW = 4,
    XG_TRAP_BOUNDS = 5,
    XG_TRAP_INVALID_OPCODE = 6,
    XG_TRAP_NO_DEVICE = 7,
    XG_TRAP_DOUBLE_FAULT = 8,
    XG_TRAP_INVALID_TSS = 10,
    XG_TRAP_NO_SEGMENT = 11,
    XG_TRAP_STACK = 12,
    XG_TRAP_PROTECTION = 13,
    XG_TRAP_PAGE_FAULT = 14,
    XG_TRAP_FPU = 16,
    XG_TRAP_ALIGNMENT = 17,
    XG_TRAP_MACHINE_CHECK = 18,
    XG_TRAP_SIMD = 19,
    XG_TRAP_INT80 = 0x80, /* the software interrupt that user mode may raise */
    /* Not vectors of the processor: */
    XG_TRAP_EVENT = 0x100,
    XG_TRAP_FAILSAFE = 0x101, /* the IRET back to user mode faulted: the frame is what it was to restore */
    XG_TRAP_SYSCALL = 0x102,  /* SYSCALL in user mode */
};

typedef void xg_trap_fn(struct xg_frame *frame, void *arg);

struct xg_trap_handler {
    xg_trap_fn *function;
    void *arg;
};

#define XG_TRAP_HANDLERS 36

/* One for a kernel: the stubs reach it through the pointer that xg_traps_install sets. */
struct xg_traps {
    struct xg_trap_handler handlers[XG_TRAP_HANDLERS]; /* private: use xg_traps_handle */
    struct xg_trap_handler unhandled;
    struct xg_trap_handler leave;
    uint64_t nr_failsafe_segments; /* how often Xen put NUL where a data segment could not be reloaded */
};

/* No handler for anything: each trap reaches the unhandled function, which panics. */
void xg_traps_init(struct xg_traps *traps);

/*
 * Sets the handler of a vector, at any time; NULL takes it away. Handlers of page fault, NMI, machine check,
 * event and failsafe are entered with event delivery masked, the others with the mask as it was
 * (frame->mask). Each returns with the mask as it was on entry, or ends the interrupted context. -XG_EINVAL:
 * `vector` is neither below 32 nor one of the list above.
 */
int __must_check xg_traps_handle(struct xg_traps *traps, unsigned int vector, xg_trap_fn *function,
                                 void *arg);
/* For every vector that has none. Without it, an unhandled trap is an xg_os_panic that names it. */
void xg_traps_handle_rest(struct xg_traps *traps, xg_trap_fn *function, void *arg);
/*
 * Called last on the way out of every event upcall, events masked: the place to switch threads. It may return
 * on another stack's frame, as long as each frame is left on the stack on which it was entered.
 */
void xg_traps_on_leave(struct xg_traps *traps, xg_trap_fn *function, void *arg);

/*
 * Registers trap table and callbacks for the calling vCPU (others get them by xg_vcpu_initialise). Keeps a
 * pointer to `traps`. Errors: Xen's. NMI is registered if Xen lets it.
 */
int __must_check xg_traps_install(struct xg_traps *traps);

/* The address that faulted, for a page-fault handler; read it before events can be delivered again. */
uint64_t xg_trap_fault_address(const struct vcpu_info *info);

/* "page fault" and so on; "vector" for one without a name. Never NULL. */
const char *xg_trap_name(unsigned int vector);

/* Prints all registers, in a form that does not change. */
void xg_frame_print(const struct xg_frame *frame, xg_write_fn *write, void *arg);

/*
 * Calls `visit` with each return address from the frame pointer `rbp` on, as long as frame pointers rise
 * within [low, high): the stack. At most `limit` times. Code compiled without frame pointers shortens the
 * list and does no harm.
 */
void xg_stack_walk(uint64_t rbp, uint64_t low, uint64_t high, unsigned int limit,
                   void (*visit)(uint64_t return_address, void *arg), void *arg);

XG_END_DECLS

#endif
