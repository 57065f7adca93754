/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The time-stamp counter is the machine's; CR4.TSD takes it from users only.
 *
 * Domain 0's TSC mode is native (CPUID leaf 0x40000003): RDTSC costs no trap. A kernel that sets CR4.TSD gets
 * its own RDTSC and RDTSCP emulated, its users #GP. RDTSCP shows what the kernel wrote to MSR 0xc0000103.
 *
 * What goes wrong: the kernel, which runs in ring 3, takes the #GP itself; the counter jumps between the
 * emulated and the native reading.
 */
#include "guest.h"

const char test_title[] = "RDTSC, RDTSCP and CR4.TSD";

#define CR4_TSD (1ul << 2)

static void write_cr4(uint64_t value)
{
    asm volatile("movq %0, %%cr4" ::"r"(value));
}

static uint64_t rdtscp(uint32_t *aux)
{
    uint32_t low, high;

    asm volatile("rdtscp" : "=a"(low), "=d"(high), "=c"(*aux));
    return (uint64_t)high << 32 | low;
}

static void user_rdtsc(void)
{
    asm volatile("rdtsc; syscall" ::: "rax", "rdx", "rcx", "r11");
}

static void user_rdtscp(void)
{
    asm volatile("rdtscp; syscall" ::: "rax", "rdx", "rcx", "r11");
}

void test_main(void)
{
    uint64_t t[5];
    uint32_t aux[2];
    unsigned int i;

    write_msr(0xc0000103, 0x1234);
    t[0] = read_tsc();
    t[1] = rdtscp(&aux[0]);
    write_cr4(CR4_TSD);
    t[2] = read_tsc();
    t[3] = rdtscp(&aux[1]);
    CHECK_EQUAL(read_cr4() & CR4_TSD, CR4_TSD);
    write_cr4(0);
    t[4] = read_tsc();
    for (i = 1; i < ARRAY_SIZE(t); i++) {
        CHECK(t[i] > t[i - 1]);
    }
    CHECK_EQUAL(aux[0], 0x1234);
    CHECK_EQUAL(aux[1], 0x1234);

    user_initialise();
    user_run(user_rdtsc);
    CHECK_EQUAL(trap_last.frame.vector, VECTOR_SYSCALL);
    user_run(user_rdtscp);
    CHECK_EQUAL(trap_last.frame.vector, VECTOR_SYSCALL);
    write_cr4(CR4_TSD);
    user_run(user_rdtsc);
    CHECK_EQUAL(trap_last.frame.vector, 13);
    user_run(user_rdtscp);
    CHECK_EQUAL(trap_last.frame.vector, 13);
    test_success();
}
