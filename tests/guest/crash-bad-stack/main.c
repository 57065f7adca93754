/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An exception whose frame cannot be written crashes the domain.
 *
 * The frame goes to the interrupted stack. With the stack pointer in a page table's page (read-only), as
 * happens when a kernel's stack overflows into its tables, or in the hypervisor's hole, there is no place for
 * it, nor for the page fault that this would be.
 *
 * What goes wrong: the hypervisor writes the frame with its own rights and corrupts the page table, which
 * hands the machine to the guest; or it faults in its own context and panics.
 */
#include "guest.h"

const char test_title[] = "an exception with its stack in a page table crashes the domain";

void test_main(void)
{
    test_expect_crash("INT3 with rsp in a page table");
    asm volatile("movq %0, %%rsp\n\tint3" ::"r"(start_info->pt_base + 2048));
}
