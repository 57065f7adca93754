/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A page fault whose frame faults is no double fault, but the end of the domain.
 *
 * A kernel whose stack has run into an unmapped page makes a page fault; the frame for it goes to the same
 * stack. The hypervisor cannot tell the guest any more. Xenport's message names the exception, the address of
 * the stack and what is wrong with its mapping: the level at which the tables end.
 *
 * What goes wrong: the fault on the guest's stack is taken for another of the guest's, and the two take turns
 * for ever; the hypervisor panics.
 */
#include "guest.h"

const char test_title[] = "a page fault on a stack that is not mapped crashes the domain";

static char lost[PAGE_SIZE] __attribute__((aligned(PAGE_SIZE)));

void test_main(void)
{
    CHECK_RC(page_unmap(lost), 0);
    test_expect_crash("a push to a page that is not mapped");
    asm volatile("leaq %0, %%rsp\n\tpushq %%rax" ::"m"(lost[128]));
}
