/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * RDMSR and WRMSR from the guest kernel are emulated: some answer, most give #GP.
 *
 * EFER reads with long mode active and the SYSCALL flag and takes no other value; the hypervisor's own MSR of
 * CPUID leaf 0x40000002 can be written with a machine address to have a hypercall page filled; what is
 * unknown is #GP. xen.h: an RDMSR that would be #GP is answered with 0 as long as the guest has no #GP
 * handler.
 *
 * What goes wrong: EFER shows SVME or lets SCE be cleared; #GP is raised for the first WRMSR of a guest (GS
 * base) before it has a handler, and kills it; results leave the upper halves of rax and rdx as they were.
 */
#include "guest.h"

const char test_title[] = "emulated RDMSR and WRMSR";

#define EFER_SCE (1ul << 0)
#define EFER_LME (1ul << 8)
#define EFER_LMA (1ul << 10)
#define EFER_NX  (1ul << 11)

static char page[PAGE_SIZE] __attribute__((aligned(PAGE_SIZE)));

static int try_read(uint32_t msr)
{
    return TRAP_TRY("rdmsr; movq %%rdx, %%rax", "c"(msr), "d"(0));
}

static int try_write(uint32_t msr, uint64_t value)
{
    return TRAP_TRY("movl %0, %%eax; wrmsr", "r"((uint32_t)value), "c"(msr), "d"((uint32_t)(value >> 32)));
}

void test_main(void)
{
    uint64_t efer = read_msr(MSR_EFER);

    CHECK_EQUAL(efer & (EFER_SCE | EFER_LME | EFER_LMA | EFER_NX), EFER_SCE | EFER_LME | EFER_LMA | EFER_NX);
    CHECK_EQUAL(efer & (1ul << 12), 0);
    CHECK_EQUAL(try_write(MSR_EFER, efer), -1);
    CHECK_EQUAL(try_write(MSR_EFER, efer & ~EFER_SCE), 13);
    CHECK_EQUAL(trap_last.frame.error_code, 0);
    CHECK_EQUAL(read_msr(MSR_EFER), efer);

    CHECK_EQUAL(try_read(0x12345678), 13);
    CHECK_EQUAL(trap_last.frame.error_code, 0);
    CHECK_EQUAL(try_write(0x12345678, 0), 13);
    CHECK_EQUAL(try_read(0x34), 13);

    /* The hypercall page by MSR; a PV guest gives the machine address. */
    CHECK_EQUAL(page[0], 0);
    CHECK_EQUAL(try_write(0x40000000, maddr_of(page)), -1);
    CHECK(page[0] != 0);
    CHECK_EQUAL(try_write(0x40000000, 0xffffff000ul), 13);
    CHECK_EQUAL(try_read(0x40000001), 13);

    /* Without a #GP handler a refused read is answered with 0. */
    CHECK_RC(hypercall_set_trap_table(NULL), 0);
    CHECK_EQUAL(read_msr(0xc0010055), 0);
    trap_initialise();
    test_success();
}
