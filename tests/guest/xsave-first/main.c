/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * XSAVE and XRSTOR as the first floating-point instruction after a switch of vCPUs: they save and load this
 * vCPU's registers.
 *
 * Processors raise #NM for both while CR0.TS is set (processor manuals, XSAVE, XRSTOR), which is how a
 * hypervisor that waits for the first use learns of it. QEMU 7.2's emulation does not look at TS there: what
 * XRSTOR loaded is overwritten at the next instruction that does trap, and XSAVE stores the registers of the
 * vCPU before. Linux begins a slice with one of the two at nearly every switch of its own threads. Stock Xen
 * waits for the first use on AMD's processors and mixes them up there (seen with shells that suddenly count
 * wrongly, 4 vCPUs on one CPU), hence only Xenport is asked.
 */
#include "guest.h"

#include <xen/sched.h>

const char test_title[] = "XSAVE and XRSTOR first after a switch of vCPUs";

#define CR4_OSXSAVE (1ul << 18)
#define MINE        0x1111111111111111ul
#define OTHERS      0x2222222222222222ul

static volatile unsigned int turns;
static uint8_t loaded[576] __attribute__((aligned(64))), saved[576] __attribute__((aligned(64)));

static void allow_xsave(void)
{
    asm volatile("movq %0, %%cr4" ::"r"(CR4_OSXSAVE));
}

static void xsave(void *area)
{
    asm volatile("xsave64 (%0)" ::"r"(area), "a"(3), "d"(0) : "memory");
}

/* XMM7 in an area: 16 bytes a register from 160 on. */
static uint64_t *xmm7_in(void *area)
{
    return (uint64_t *)((char *)area + 160 + 7 * 16);
}

static void xmm7_set(uint64_t value)
{
    asm volatile("movq %0, %%xmm7" ::"r"(value));
}

static void other_vcpu(void)
{
    allow_xsave();
    for (;;) {
        xmm7_set(OTHERS);
        turns++;
    }
}

static uint64_t xmm7_after_xrstor(void)
{
    uint64_t value;

    asm volatile("xrstor64 (%1)\n\tmovq %%xmm7, %0" : "=r"(value) : "r"(loaded), "a"(3), "d"(0) : "memory");
    return value;
}

void test_main(void)
{
    uint32_t a, b, c, d;

    cpuid_emulated(1, 0, &a, &b, &c, &d);
    if (!(c >> 26 & 1)) {
        test_skip("no XSAVE: leaf 1 %x %x", c, d);
        return;
    }
    allow_xsave();
    REQUIRE(vcpu_launch(1, other_vcpu) == 0);
    xmm7_set(~MINE);
    xsave(loaded);
    CHECK_EQUAL(*xmm7_in(loaded), ~MINE);

    for (unsigned int i = 0; i < 8; i++) {
        *xmm7_in(loaded) = MINE + i;
        vcpu_let_change(&turns);
        CHECK_EQUAL(xmm7_after_xrstor(), MINE + i);
        vcpu_let_change(&turns);
        xsave(saved);
        CHECK_EQUAL(*xmm7_in(saved), MINE + i);
    }
    test_success();
}
