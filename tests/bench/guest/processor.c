/* SPDX-License-Identifier: BSD-2-Clause */
/* Calls that do next to nothing, exceptions of the kernel, instructions that are emulated. */
#include "bench.h"

#include <xen/sched.h>
#include <xen/version.h>

#define MAX_CALLS 512
#define EFER_LME  (1ul << 8)

static multicall_entry_t calls[MAX_CALLS];

static long null_call(void)
{
    return hypercall_xen_version(XENVER_version, NULL) <= 0;
}

static void bench_multicall(void)
{
    char name[48];

    for (unsigned int i = 0; i < MAX_CALLS; i++) {
        calls[i].op = __HYPERVISOR_xen_version;
        calls[i].args[0] = XENVER_version;
    }
    for (unsigned int nr = 1; nr <= MAX_CALLS; nr *= 2) {
        format_line(name, sizeof(name), "multicall of %u null%s, each", nr, nr == 1 ? "" : "s");
        ROW(name, ROUNDS / 4, nr, hypercall_multicall(calls, nr));
        if ((long)calls[nr - 1].result <= 0)
            test_failure("the last entry of %u answers %ld", nr, (long)calls[nr - 1].result);
    }
}

static long undefined(void)
{
    asm volatile("ud2");
    return 0;
}

static long page_fault(void)
{
    /* Two bytes long, which is what the handler goes on by. */
    asm volatile("movb (%0), %%al" : : "a"(0ul) : "memory");
    return 0;
}

static long forced_cpuid(void)
{
    uint32_t a, b, c, d;

    cpuid_emulated(0x40000000, 0, &a, &b, &c, &d);
    return a < 0x40000002;
}

void bench_processor(void)
{
    ROW("null hypercall", ROUNDS, 1, null_call());
    bench_multicall();
    ROW("SCHEDOP_yield", ROUNDS, 1, hypercall_sched_op(SCHEDOP_yield, NULL));
    ROW("set_timer_op (disarm)", ROUNDS, 1, hypercall_set_timer_op(0));
    bench_handle(6, bench_skip_two);
    bench_handle(14, bench_fault_skip);
    ROW("#UD bounced to the guest and IRET hypercall", ROUNDS, 1, undefined());
    ROW("#PF bounced and IRET", ROUNDS, 1, page_fault());
    trap_initialise();
    ROW("emulated mov %cr0, r", ROUNDS, 1, !(read_cr0() & 1));
    ROW("emulated rdmsr (EFER)", ROUNDS, 1, !(read_msr(MSR_EFER) & EFER_LME));
    ROW("forced-emulation cpuid", ROUNDS, 1, forced_cpuid());
}
