/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * When a kernel whose file has a symbol table crashes, the dump names its functions.
 *
 * The address at which it crashed and, by frame pointers, those that led there; what a porter otherwise looks
 * up by hand in his link map. Only Domain 0's kernel is loaded by the hypervisor itself. (Stock Xen prints
 * addresses alone: what is asserted there is the crash.)
 */
#include "guest.h"

const char test_title[] = "a crash dump names the kernel's functions";

static void __attribute__((noinline)) deepest_function(void)
{
    asm volatile("ud2" : : "r"(__builtin_frame_address(0)));
}

static void __attribute__((noinline)) function_in_the_middle(void)
{
    deepest_function();
    asm volatile("");
}

void test_main(void)
{
    CHECK_RC(hypercall_set_trap_table(NULL), 0);
    test_expect_crash("UD2 without a trap table");
    function_in_the_middle();
    asm volatile("");
}
