/* SPDX-License-Identifier: BSD-2-Clause */
/* The hypervisor gives up: one sentence, the stack if it is our own fault, and the end of the machine's run.
 */
#include <xen/arch.h>
#include <xen/console.h>
#include <xen/log.h>
#include <xen/shutdown.h>

static noreturn void give_up(bool with_stack, const char *fmt, va_list ap)
{
    static bool begun;

    arch_irq_disable();
    /* A panic while panicking: say so with the least that can go wrong. */
    if (__atomic_exchange_n(&begun, true, __ATOMIC_SEQ_CST))
        arch_halt();
    arch_stop_others();
    console_force_unlock();
    console_fresh_line();
    printk("Xenport: panic: ");
    vprintk(fmt, ap);
    printk("\n");
    if (with_stack)
        arch_stack_trace();
    machine_reboot_after_pause();
}

noreturn void panic(const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    give_up(true, fmt, ap);
}

noreturn void panic_user(const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    give_up(false, fmt, ap);
}

noreturn void bug(const char *file, int line, const char *what)
{
    panic("%s:%d: an invariant is broken: %s", file, line, what);
}
