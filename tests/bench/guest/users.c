/* SPDX-License-Identifier: BSD-2-Clause */
/* Between the guest's user mode and its kernel. The loops run in user mode and leave it by INT3. */
#include "bench.h"

static uint64_t spent;

static void user_syscalls(void)
{
    uint64_t start = row_begin();

    for (unsigned int round = 0; round < ROUNDS; round++)
        asm volatile("syscall" : : : "rcx", "r11", "memory");
    spent = read_tsc() - start;
    MARK();
    asm volatile("int3");
}

static void user_exceptions(void)
{
    uint64_t start = row_begin();

    for (unsigned int round = 0; round < ROUNDS; round++)
        asm volatile("ud2" : : : "memory");
    spent = read_tsc() - start;
    MARK();
    asm volatile("int3");
}

static void bench_user(const char *name, void (*loop)(void))
{
    user_run(loop);
    row_report(name, spent, ROUNDS, trap_last.frame.vector != 3);
}

void bench_users(void)
{
    user_initialise();
    REQUIRE(hypercall_set_callbacks(event_entry, failsafe_entry, bench_syscall) == 0);
    bench_handle(6, bench_skip_two);
    /* The mapping of the stack and of the code is in the TLB from then on. */
    bench_user("system call from user mode to the kernel and back", user_syscalls);
    bench_user("#UD in user mode, to the kernel and back by IRET", user_exceptions);
    trap_initialise();
}
