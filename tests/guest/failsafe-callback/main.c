/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A data selector that can no longer be loaded enters the failsafe callback, which gets all four selectors.
 *
 * A guest loads DS with a good selector, then the descriptor goes. When the hypervisor next reloads the
 * vCPU's selectors it faults; it loads NUL and calls the failsafe callback, whose frame has ds, es, fs and gs
 * between r11 and rip, holding what the guest had. The context switch that reloads them is one between this
 * vCPU and a second one on the same processor (file args).
 *
 * What goes wrong: the frame lacks the four words, or the faulting selector is shown as NUL already, or the
 * vCPU is killed. No peer's kernel handles this path but Linux, and it is the least tested of all.
 */
#include "guest.h"

const char test_title[] = "the failsafe callback and its frame";

static uint64_t gdt[512] __attribute__((aligned(PAGE_SIZE)));

void test_main(void)
{
    uint64_t frames[1] = {mfn_of(gdt)};
    uint16_t ds = 0xffff;

    gdt[1] = 0x00cff3000000ffffull;
    CHECK_EQUAL(page_protect(gdt), 0);
    CHECK_RC(hypercall_set_gdt(frames, 512), 0);

    asm volatile("movw %w0, %%ds" ::"r"(1 << 3 | 3));
    asm volatile("movw %w0, %%es" ::"r"(FLAT_USER_DS32));
    REQUIRE(vcpu_launch(1, vcpu_count) == 0);
    trap_forget();
    trap_continue = true;
    CHECK_RC(hypercall_update_descriptor(maddr_of(&gdt[1]), 0), 0);
    vcpu_let_count();
    trap_continue = false;

    CHECK_EQUAL(trap_last.count, 1);
    CHECK_EQUAL(trap_last.frame.vector, VECTOR_FAILSAFE);
    CHECK_EQUAL((uint16_t)failsafe_selectors[0], 1 << 3 | 3);
    CHECK_EQUAL((uint16_t)failsafe_selectors[1], FLAT_USER_DS32);
    CHECK_EQUAL((uint16_t)failsafe_selectors[2], 0);
    CHECK_EQUAL((uint16_t)failsafe_selectors[3], 0);
    CHECK_EQUAL(FRAME_CS(&trap_last.frame), FLAT_KERNEL_CS & ~3);
    CHECK_EQUAL(FRAME_MASK(&trap_last.frame), 1);
    CHECK_EQUAL((uint16_t)trap_last.frame.ss, FLAT_KERNEL_SS);
    asm volatile("movw %%ds, %0" : "=r"(ds));
    CHECK_EQUAL(ds, 0);
    test_success();
}
