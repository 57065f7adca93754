/* SPDX-License-Identifier: BSD-2-Clause */
/* Exceptions of the hypervisor itself that nothing mends, and the stack traces of those and of panics. */
#include <xen/arch.h>
#include <xen/console.h>
#include <xen/domain.h>
#include <xen/log.h>
#include <xen/shutdown.h>
#include <xen/symbols.h>
#include <asm/fatal.h>
#include <asm/processor.h>
#include <asm/pv.h>
#include <asm/stack.h>

#define TRACE_MAX_FRAMES 32

const char *exception_name(unsigned int vector);

void registers_print(const struct cpu_user_regs *regs)
{
    printk("CPU%u  rip %04x:%pS  rflags %#lx\n", arch_this_cpu(), regs->cs, (void *)regs->rip, regs->rflags);
    printk("rax %016lx rbx %016lx rcx %016lx rdx %016lx\n", regs->rax, regs->rbx, regs->rcx, regs->rdx);
    printk("rsi %016lx rdi %016lx rbp %016lx rsp %016lx\n", regs->rsi, regs->rdi, regs->rbp, regs->rsp);
    printk("r8  %016lx r9  %016lx r10 %016lx r11 %016lx\n", regs->r8, regs->r9, regs->r10, regs->r11);
    printk("r12 %016lx r13 %016lx r14 %016lx r15 %016lx\n", regs->r12, regs->r13, regs->r14, regs->r15);
    printk("cr0 %016lx cr2 %016lx cr3 %016lx cr4 %016lx\n", read_cr0(), read_cr2(), read_cr3(), read_cr4());
}

static bool is_frame(unsigned long rbp)
{
    return rbp % 8 == 0 && stack_contains(rbp) && stack_contains(rbp + 8);
}

/*
 * A return address may lie behind the end of a function whose last act is a call that does not return: the
 * byte before it is meant.
 */
void stack_trace_print(unsigned long rip, unsigned long rbp)
{
    unsigned long offset;

    printk("Call trace:\n   [<%016lx>] %pS\n", rip, (void *)rip);
    for (unsigned int i = 0; i < TRACE_MAX_FRAMES && is_frame(rbp); i++) {
        const unsigned long *frame = (const unsigned long *)rbp;

        if (!symbol_lookup(frame[1] - 1, &offset))
            break;
        printk("   [<%016lx>] %pS\n", frame[1], (void *)(frame[1] - 1));
        if (frame[0] <= rbp)
            break;
        rbp = frame[0];
    }
}

void arch_stack_trace(void)
{
    const unsigned long *frame = __builtin_frame_address(0);

    stack_trace_print(frame[1], frame[0]);
}

static void print_cause(const struct cpu_user_regs *regs)
{
    unsigned int vector = regs->entry_vector & 0xff;
    const char *stack = vector == X86_EXC_DF ? stack_below_which(read_cr2()) : NULL;

    if (stack) {
        printk("Xenport: panic: stack overflow on CPU %u: %pS has left the %s stack at %#lx\n",
               arch_this_cpu(), (void *)regs->rip, stack, read_cr2());
        return;
    }
    printk("Xenport: panic: %s in the hypervisor at %pS", exception_name(vector), (void *)regs->rip);
    if (vector == X86_EXC_PF)
        printk(", address %#lx", read_cr2());
    printk(" (vector %u, error code %#x)\n", vector, regs->error_code);
}

noreturn void fatal_trap(const struct cpu_user_regs *regs)
{
    arch_irq_disable();
    arch_stop_others();
    console_force_unlock();
    print_cause(regs);
    registers_print(regs);
    if (current)
        printk("On behalf of d%dv%u\n", current->domain->id, current->id);
    stack_trace_print(regs->rip, regs->rbp);
    machine_reboot_after_pause();
}
