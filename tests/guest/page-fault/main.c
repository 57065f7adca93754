/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A page fault tells the address in the vCPU's cr2 field and by MOV from CR2, and the cause in an error code
 * that suits a kernel.
 *
 * The processor's error code has the U bit set whenever ring 3 made the access: here that is always, for the
 * guest kernel runs in ring 3 too. So the hypervisor clears it for guest-kernel accesses. Bits: 0 protection
 * (else not present), 1 write, 2 user, 4 fetch. xen-x86_64.h: vcpu_info.arch.cr2.
 *
 * What goes wrong: U left set (a kernel then takes its own faults for its user's); cr2 written after the
 * frame, so that a nested fault destroys it; fetches reported as reads. In the hypervisor's hole the present
 * bit is whatever the hypervisor's own tables say: not asserted.
 */
#include "guest.h"

const char test_title[] = "page faults of the guest kernel: CR2 and error codes";

static char page[PAGE_SIZE] __attribute__((aligned(PAGE_SIZE)));

static void check_fault(int vector, const void *address, uint64_t error_code)
{
    CHECK_EQUAL(vector, 14);
    CHECK_EQUAL(trap_last.frame.error_code, error_code);
    CHECK_EQUAL(trap_last.cr2, address);
    CHECK_EQUAL(read_cr2(), address);
}

/* A call of the page: it returns there by RET, or the fault comes with the return address on the stack. */
static int try_fetch(void *address)
{
    trap_forget();
    asm volatile("movq %%rsp, %%rbx\n\t"
                 "movq $1f, trap_resume\n\t"
                 "call *%0\n"
                 "1:\tmovq %%rbx, %%rsp\n\t"
                 "movq $0, trap_resume"
                 :
                 : "r"(address)
                 : "rbx", "rax", "memory", "cc");
    return trap_last.count ? (int)trap_last.frame.vector : -1;
}

void test_main(void)
{
    char *hypervisor = (char *)0xffff850000000000;
    /* Eight bytes from here end in the page. */
    char *before = (char *)((unsigned long)page - 4);
    uint64_t mfn = mfn_of(page);

    CHECK_EQUAL(page_unmap(page), 0);
    check_fault(trap_try_read(page + 8), page + 8, 0);
    check_fault(trap_try_write(page + 16, 0), page + 16, 2);
    check_fault(trap_try_read(before), page, 0);

    CHECK_EQUAL(page_protect(page), 0);
    CHECK(trap_try_read(page) < 0);
    check_fault(trap_try_write(page + 24, 0), page + 24, 3);

    CHECK_EQUAL(hypercall_update_va_mapping((unsigned long)page, PTE_MAKE(mfn, PTE_RW | PTE_NX), UVMF_INVLPG),
                0);
    CHECK(trap_try_write(page, 0xc3) < 0);
    check_fault(try_fetch(page), page, 0x11);
    CHECK_EQUAL(trap_last.frame.rip, page);
    CHECK_EQUAL(page_unprotect(page), 0);
    CHECK(try_fetch(page) < 0);

    CHECK_EQUAL(trap_try_read(hypervisor), 14);
    CHECK_EQUAL(trap_last.frame.error_code & ~1ul, 0);
    CHECK_EQUAL(trap_last.cr2, hypervisor);
    check_fault(trap_try_write((void *)HYPERVISOR_VIRT_START, 0), (void *)HYPERVISOR_VIRT_START, 3);
    check_fault(trap_try_read((void *)0x7000), (void *)0x7000, 0);
    test_success();
}
