/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A linear entry in a top-level table shows the guest its own tables, and must not lend it the hypervisor's.
 *
 * An entry of level 4 that points to its own table makes the processor walk that table as one of level 3 as
 * well. Slots 256 to 271 of it are the hypervisor's: with the right indices an address in the guest's half of
 * the address space leads through the linear slot and then through the direct map, to any memory of the
 * machine. Ring 3 cannot use such an address, for the hypervisor's entries have no user bit. But hypercall
 * arguments and IRET frames are read in ring 0, where that bit protects nothing: an address check that only
 * compares with the hypervisor's range lets the guest have the hypervisor read for it.
 *
 * The test puts a readable record into a page of its own whose frame begins 2 MiB of memory, so that the
 * entry of the direct map for that memory, taken as one of level 1, maps this page; and unmaps it. Then it
 * names the record by the address through the linear slot: to hypercalls that only read, and as the stack of
 * HYPERVISOR_iret.
 *
 * Asserted: ring 3 cannot read there; hypercalls say -EFAULT; iret at last ends the domain with its frame
 * unreadable, where a hypervisor that falls for it comes out at the address that the frame names. Only on
 * Xenport: stock Xen 4.17 reads its arguments there (current_reservation answers the number of pages for the
 * record in the page).
 */
#include "guest.h"

#include <xen/memory.h>

const char test_title[] = "no way through a linear top-level entry into the hypervisor's memory";

#define LINEAR_SLOT 200ul
#define DIRECT_MAP  262ul
#define WINDOW      0x0000600000000000ul

static char reached_stack[STACK_SIZE] __attribute__((aligned(16)));

static void __attribute__((noreturn)) reached(void)
{
    test_failure("HYPERVISOR_iret read its frame through the direct map");
    printk("Test result: FAILURE\n");
    test_finish();
}

void test_main(void)
{
    const volatile uint64_t *l4 = (const volatile uint64_t *)start_info->pt_base;
    uint64_t frame = mfn_of_2mib(), phys = frame << PAGE_SHIFT, at;
    uint64_t *page = (uint64_t *)WINDOW;

    REQUIRE(frame != 0);
    page_make_window(WINDOW);
    REQUIRE(hypercall_update_va_mapping(WINDOW, PTE_MAKE(frame, PTE_RW), UVMF_INVLPG) == 0);
    memset(page, 0, PAGE_SIZE);
    page[0] = DOMID_SELF;            /* struct xen_memory_domain */
    page[8 + 4] = (uint64_t)reached; /* struct iret_context: rax r11 rcx flags rip … */
    page[8 + 5] = FLAT_KERNEL_CS & ~3;
    page[8 + 6] = 0;
    page[8 + 7] = (uint64_t)reached_stack + STACK_SIZE - 8;
    page[8 + 8] = FLAT_KERNEL_SS;
    REQUIRE(hypercall_update_va_mapping(WINDOW, 0, UVMF_INVLPG) == 0);

    if (page_update(&l4[LINEAR_SLOT], PTE_MAKE(mfn_of((void *)l4), PTE_RO)) != 0) {
        test_skip("this hypervisor has no linear tables");
        return;
    }
    at = LINEAR_SLOT << 39 | DIRECT_MAP << 30 | (phys >> 30) << 21 | (phys >> 21 & 511) << 12;
    CHECK_EQUAL(trap_try_read((void *)at), 14);
    CHECK_RC(hypercall_memory_op(XENMEM_current_reservation, (void *)at), -XEN_EFAULT);
    CHECK_RC(hypercall_mmuext_op((void *)at, 1, NULL, DOMID_SELF), -XEN_EFAULT);
    CHECK_RC(hypercall_mmu_update((void *)at, 1, NULL, DOMID_SELF), -XEN_EFAULT);
    CHECK_RC(hypercall_multicall((void *)at, 1), -XEN_EFAULT);

    test_expect_crash("the stack of iret lies behind a linear entry");
    asm volatile("movq %0, %%rsp; movl %1, %%eax; syscall; ud2"
                 :
                 : "r"(at + 64), "i"(__HYPERVISOR_iret)
                 : "memory");
}
