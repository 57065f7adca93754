/* SPDX-License-Identifier: BSD-2-Clause */
/* Panic: says everything it knows, trusts nothing, and ends the domain. */
#include <minios/panic.h>

#include <minios/console.h>
#include <minios/thread.h>
#include <xenguest/format.h>
#include <xenguest/os.h>
#include <xenguest/sched.h>
#include <xenguest/trap.h>

#define TRACE_LIMIT 32

extern char xg_boot_stack[], xg_boot_stack_top[];

static bool panicking;

static void say(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    xg_vformat(console_write_last, NULL, format, args);
    va_end(args);
}

static void say_address(uint64_t address, void *unused)
{
    uint64_t offset = 0;
    const char *name = symbol_find(address, &offset);

    if (name)
        say("  0x%016llx %s+0x%llx\n", (unsigned long long)address, name, (unsigned long long)offset);
    else
        say("  0x%016llx ?\n", (unsigned long long)address);
}

static void say_trace(uint64_t rip, uint64_t rbp)
{
    const struct thread *thread = thread_current();
    /* Before there are threads, the stack is the library's. */
    uint64_t low = thread ? (uint64_t)thread->stack : (uint64_t)xg_boot_stack;
    uint64_t high = thread ? low + THREAD_STACK_BYTES : (uint64_t)xg_boot_stack_top;

    say("stack:\n");
    say_address(rip, NULL);
    xg_stack_walk(rbp, low, high, TRACE_LIMIT, say_address, NULL);
}

static void panic_begin(const char *format, va_list args)
{
    const struct thread *thread = thread_current();

    (void)xg_os_events_save();
    /* Only one prints; also one that panics while it panics stops here. */
    if (__atomic_exchange_n(&panicking, true, __ATOMIC_ACQ_REL))
        for (;;)
            xg_sched_yield();
    say("\npanic: ");
    xg_vformat(console_write_last, NULL, format, args);
    say("\nvcpu: %u\nthread: %s\n", xg_os_vcpu_id(), thread ? thread->name : "none");
}

void panic_at(const struct xg_frame *frame, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    panic_begin(format, args);
    va_end(args);
    xg_frame_print(frame, console_write_last, NULL);
    say_trace(frame->rip, frame->rbp);
    xg_sched_shutdown(XG_SHUTDOWN_CRASH);
}

void panic(const char *format, ...)
{
    const uint64_t *frame_pointer = __builtin_frame_address(0);
    va_list args;

    va_start(args, format);
    panic_begin(format, args);
    va_end(args);
    say_trace((uint64_t)__builtin_return_address(0), *frame_pointer);
    xg_sched_shutdown(XG_SHUTDOWN_CRASH);
}
