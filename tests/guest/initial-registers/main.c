/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The registers at the first instruction are those that the ABI promises, and no others leak in.
 *
 * xen.h and the domain builders: rsi holds the virtual address of start_info, rsp the end of the one-page
 * boot stack, cs and ss the flat selectors of ring 3, the data segments NUL. Interrupts count as enabled in
 * rflags, although the event mask of every vCPU is set; direction and trap flags are clear, and IOPL is 0
 * whatever the hypervisor runs with.
 *
 * What goes wrong: registers keep the hypervisor's own values (an information leak, and kernels that test "is
 * rdi zero" misbehave); the stack lies below its page; IF clear makes Linux's early checks warn.
 */
#include "guest.h"

const char test_title[] = "registers at the entry";

void test_main(void)
{
    const struct entry_registers *r = &entry_registers;
    uint64_t stack_page = r->rsp - PAGE_SIZE;

    CHECK_EQUAL(r->rsi, start_info);
    CHECK_EQUAL(r->cs, FLAT_KERNEL_CS64);
    CHECK_EQUAL(r->ss, FLAT_KERNEL_SS64);
    CHECK_EQUAL(r->ds, 0);
    CHECK_EQUAL(r->es, 0);
    CHECK_EQUAL(r->fs, 0);
    CHECK_EQUAL(r->gs, 0);
    CHECK_EQUAL(r->rflags & ~(2ul | RFLAGS_IF), 0);
    CHECK_EQUAL(r->rflags & RFLAGS_IF, RFLAGS_IF);

    CHECK_EQUAL(r->rax, 0);
    CHECK_EQUAL(r->rbx, 0);
    CHECK_EQUAL(r->rcx, 0);
    CHECK_EQUAL(r->rdx, 0);
    CHECK_EQUAL(r->rdi, 0);
    CHECK_EQUAL(r->rbp, 0);

    /* The stack page follows the page tables and ends where rsp points; all of it can be written. */
    CHECK_EQUAL(r->rsp % PAGE_SIZE, 0);
    CHECK_EQUAL(stack_page, start_info->pt_base + start_info->nr_pt_frames * PAGE_SIZE);
    CHECK(trap_try_write((void *)stack_page, 0) < 0);
    CHECK(trap_try_write((void *)(r->rsp - 8), 0) < 0);
    test_success();
}
