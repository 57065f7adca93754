/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A user's exception when the kernel's stack is bad crashes the domain, not the hypervisor.
 *
 * The frame goes to the stack of the last stack_switch, whatever the user did. One in the hypervisor's hole
 * is the worst that a kernel can register; stack_switch does not look at it.
 *
 * What goes wrong: the hypervisor writes the frame into its own memory.
 */
#include "guest.h"

const char test_title[] = "a kernel stack in the hypervisor's hole crashes the domain";

static void user_ud(void)
{
    asm volatile("ud2");
}

void test_main(void)
{
    user_initialise();
    CHECK_RC(hypercall_stack_switch(FLAT_KERNEL_SS, 0xffff830000100000), 0);
    test_expect_crash("a user's UD2");
    user_run(user_ud);
}
