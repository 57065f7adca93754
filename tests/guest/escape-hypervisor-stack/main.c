/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An exception frame is never written into the hypervisor, whatever the guest says its kernel stack is.
 *
 * The frame of an exception in user mode goes to the address that stack_switch named, which the hypervisor
 * takes unseen; it is when the frame is written, by the hypervisor itself and in ring 0, that the address
 * must be the guest's. A check of the top alone lets a frame reach down into the hypervisor's end; a check of
 * the bottom alone lets it begin below.
 *
 * Here the top lies 16 bytes above the end of the hypervisor's range: the frame would reach into it.
 * Asserted: the domain is crashed, the host is not (it reports it).
 */
#include "guest.h"

const char test_title[] = "no exception frame into the hypervisor";

#define HYPERVISOR_END 0xffff880000000000ul

static uint64_t page[512] __attribute__((aligned(PAGE_SIZE)));

static void __attribute__((noinline)) user(void)
{
    asm volatile("ud2");
}

void test_main(void)
{
    const volatile uint64_t *table = page_make_window(HYPERVISOR_END);

    REQUIRE(page_update(table, PTE_MAKE(mfn_of(page), PTE_RW)) == 0);
    *(volatile uint64_t *)HYPERVISOR_END = 1; /* the upper part of the frame could be written */
    user_initialise();
    REQUIRE(hypercall_stack_switch(FLAT_KERNEL_SS, HYPERVISOR_END + 16) == 0);
    test_expect_crash("an exception whose frame would reach into the hypervisor");
    user_run(user);
}
