/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A hypercall that gives way half-way: its registers, or its multicall entry, are rewritten so that it is
 * issued again.
 */
#include <stdarg.h>
#include <xen/domain.h>
#include <xen/hypercall.h>
#include <xen/log.h>

#define SYSCALL_BYTES 2

long hypercall_continue(unsigned int nr, unsigned int nr_args, ...)
{
    struct vcpu *v = current;
    struct cpu_user_regs *regs = guest_regs();
    uint64_t *const slots[] = {&regs->rdi, &regs->rsi, &regs->rdx, &regs->r10, &regs->r8};
    va_list ap;

    ASSERT(nr_args <= ARRAY_SIZE(slots));
    va_start(ap, nr_args);
    for (unsigned int i = 0; i < nr_args; i++) {
        uint64_t arg = va_arg(ap, uint64_t);

        if (v->mc.active)
            v->mc.call.args[i] = arg;
        else
            *slots[i] = arg;
    }
    va_end(ap);
    if (v->mc.active) {
        v->mc.call.op = nr;
        v->mc.interrupted = true;
        return 0;
    }
    regs->rip -= SYSCALL_BYTES;
    return nr; /* becomes rax */
}
