/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * XCR0 is the guest's within what CPUID offers, and the vector registers belong to one vCPU.
 *
 * XSETBV is emulated: features that leaf 0xd does not have, x87 off, AVX without SSE and registers other than
 * 0 are #GP (processor manuals, XSETBV). A vCPU starts with x87 and SSE. Two vCPUs on one processor switch
 * with different registers and different XCR0: each finds its own again, and a vCPU that never touched a
 * register finds the initial value there, not the other's.
 *
 * What goes wrong: state is saved under the XCR0 that the guest has at that moment, so that AVX registers are
 * lost when it is lowered for a while; the registers of the vCPU before are left in place for one that never
 * used them; XGETBV shows another vCPU's value.
 */
#include "guest.h"

#include <xen/sched.h>

const char test_title[] = "XCR0, and vector registers over vCPU switches";

#define CR4_OSXSAVE (1ul << 18)

static volatile unsigned int turns;
static volatile uint64_t other_first[4], other_xcr0_first, other_xcr0;
static volatile bool other_lost;

static void write_cr4(uint64_t value)
{
    asm volatile("movq %0, %%cr4" ::"r"(value));
}

static uint64_t xgetbv(void)
{
    uint32_t low, high;

    asm volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    return (uint64_t)high << 32 | low;
}

static int xsetbv(uint32_t number, uint64_t value)
{
    return TRAP_TRY("movl %0, %%eax; xsetbv", "r"((uint32_t)value), "d"((uint32_t)(value >> 32)),
                    "c"(number));
}

static void ymm_set(uint64_t value)
{
    asm volatile("movq %0, %%xmm7\n\tvinsertf128 $1, %%xmm7, %%ymm7, %%ymm7" ::"r"(value));
}

static void ymm_get(volatile uint64_t *words)
{
    uint64_t buffer[4];
    unsigned int i;

    asm volatile("vmovdqu %%ymm7, %0" : "=m"(buffer));
    for (i = 0; i < 4; i++) {
        words[i] = buffer[i];
    }
}

/* Exceptions of this vCPU would be taken for the first one's: it does nothing that raises any. */
static void other_vcpu(void)
{
    uint64_t seen[4];

    write_cr4(CR4_OSXSAVE);
    other_xcr0_first = xgetbv();
    asm volatile("xsetbv" ::"a"(7), "d"(0), "c"(0));
    ymm_get(other_first);
    ymm_set(0x2222222222222222);
    for (;;) {
        other_xcr0 = xgetbv();
        ymm_get(seen);
        other_lost |= seen[0] != 0x2222222222222222 || seen[2] != 0x2222222222222222;
        turns++;
    }
}

static void rules(uint64_t offered)
{
    CHECK_EQUAL(xgetbv(), 3);
    CHECK_EQUAL(xsetbv(0, 0), 13);
    CHECK_EQUAL(xsetbv(0, 2), 13);
    CHECK_EQUAL(xsetbv(0, 5), 13);
    CHECK_EQUAL(xsetbv(0, offered | 1ul << 63), 13);
    CHECK_EQUAL(xsetbv(0, offered | 1ul << 62), 13);
    CHECK_EQUAL(xsetbv(0, 0x9), 13);
    CHECK_EQUAL(xsetbv(0, 0x27), 13);
    CHECK_EQUAL(xsetbv(1, 7), 13);
    CHECK_EQUAL(xgetbv(), 3);
    CHECK_EQUAL(xsetbv(0, 1), -1);
    CHECK_EQUAL(xgetbv(), 1);
    CHECK_EQUAL(xsetbv(0, 3), -1);
    CHECK_EQUAL(xgetbv(), 3);
    CHECK_EQUAL(xsetbv(0, 7), -1);
    CHECK_EQUAL(xgetbv(), 7);
}

/* What is above 128 bits stays while AVX is off. */
static void kept_while_off(void)
{
    uint64_t words[4];

    ymm_set(0x1111111111111111);
    CHECK_EQUAL(xsetbv(0, 3), -1);
    CHECK_EQUAL(TRAP_TRY("vmovdqu %%ymm7, %%ymm6", "r"(0)), 6);
    vcpu_let_change(&turns);
    CHECK_EQUAL(xgetbv(), 3);
    CHECK_EQUAL(xsetbv(0, 7), -1);
    ymm_get(words);
    CHECK_EQUAL(words[0], 0x1111111111111111);
    CHECK_EQUAL(words[2], 0x1111111111111111);
}

void test_main(void)
{
    uint64_t offered, words[4];
    uint32_t a, b, c, d;
    unsigned int i;

    cpuid_emulated(1, 0, &a, &b, &c, &d);
    if (!(c >> 26 & 1) || !(c >> 28 & 1)) {
        test_skip("no AVX: leaf 1 %x %x", c, d);
        return;
    }
    cpuid_emulated(0xd, 0, &a, &b, &c, &d);
    offered = (uint64_t)d << 32 | a;
    printk("offered %lx, size now %u, of all %u\n", offered, b, c);
    CHECK_EQUAL(offered & 7, 7);

    write_cr4(0);
    CHECK_EQUAL(xsetbv(0, 7), 6);
    write_cr4(CR4_OSXSAVE);
    CHECK(read_cr4() & CR4_OSXSAVE);
    rules(offered);
    cpuid_emulated(0xd, 0, &a, &b, &c, &d);
    CHECK_EQUAL(b, 832);

    ymm_set(0x1111111111111111);
    REQUIRE(vcpu_launch(1, other_vcpu) == 0);
    for (i = 0; i < 3; i++) {
        vcpu_let_change(&turns);
        ymm_get(words);
        CHECK_EQUAL(words[0], 0x1111111111111111);
        CHECK_EQUAL(words[1], 0);
        CHECK_EQUAL(words[2], 0x1111111111111111);
        CHECK_EQUAL(xgetbv(), 7);
    }
    CHECK_EQUAL(other_xcr0_first, 3);
    CHECK_EQUAL(other_first[0] | other_first[1] | other_first[2] | other_first[3], 0);
    kept_while_off();
    CHECK_EQUAL(other_xcr0, 7);
    CHECK(!other_lost);
    test_success();
}
