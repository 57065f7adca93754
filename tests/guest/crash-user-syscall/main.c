/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A user's system call when the kernel's stack cannot be written crashes the domain, not the hypervisor.
 *
 * SYSCALL of a user writes its frame to the stack of the last stack_switch, after the switch to the kernel's
 * page tables. Here that stack lies in a page table, which the guest may only read: the write faults when the
 * vCPU is half-way between its modes.
 *
 * What goes wrong: the frame is written with the hypervisor's rights and the table is the guest's; or the
 * vCPU goes on with the kernel's page tables and the user's registers.
 */
#include "guest.h"

const char test_title[] = "a system call whose frame would go to a page table crashes the domain";

static void user_syscall(void)
{
    asm volatile("syscall" ::"a"(1) : "rcx", "r11", "memory");
}

void test_main(void)
{
    user_initialise();
    CHECK_RC(hypercall_stack_switch(FLAT_KERNEL_SS, start_info->pt_base + 2048), 0);
    test_expect_crash("a user's SYSCALL");
    user_run(user_syscall);
}
