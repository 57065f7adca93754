/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * set_gdt and update_descriptor: frames become descriptor pages, descriptors are checked, and loading them
 * works.
 *
 * xen.h: up to 14 frames; their type becomes "segment descriptors", so they cannot be mapped writable any
 * more; the hypervisor's own descriptors stay visible behind them. update_descriptor takes a machine address,
 * in a descriptor page or a plain writable one. A code or data segment gets DPL 3 whatever was asked for;
 * system descriptors other than call gates are refused: -EINVAL.
 *
 * What goes wrong: the guest keeps a writable mapping of its GDT and makes itself a ring-0 segment; a
 * descriptor's update is not seen until the GDT is set again; the frames keep their type after set_gdt(0).
 */
#include "guest.h"

const char test_title[] = "set_gdt and update_descriptor";

static uint64_t gdt[512] __attribute__((aligned(PAGE_SIZE)));
static uint64_t plain[512] __attribute__((aligned(PAGE_SIZE)));

#define DATA_DPL3      0x00cff3000000ffffull
#define DATA_DPL0      0x00cf93000000ffffull
#define CODE64_DPL0    0x00af9b000000ffffull
#define LDT_DESCRIPTOR 0x000082000000ffffull
#define TSS_DESCRIPTOR 0x000089000000ffffull

static int load_fs(uint16_t selector)
{
    return TRAP_TRY("movl %0, %%eax; movl %%eax, %%fs", "r"((uint32_t)selector));
}

void test_main(void)
{
    uint64_t frames[15] = {0};

    frames[0] = mfn_of(gdt);
    gdt[1] = DATA_DPL3;

    /* A frame that is mapped writable cannot become a descriptor page. */
    CHECK_RC(hypercall_set_gdt(frames, 512), -XEN_EINVAL);
    CHECK_EQUAL(page_protect(gdt), 0);
    CHECK_RC(hypercall_set_gdt(frames, 512), 0);
    CHECK_RC(page_unprotect(gdt), -XEN_EBUSY);

    CHECK_EQUAL(load_fs(1 << 3 | 3), -1);
    CHECK_EQUAL(load_fs(FLAT_USER_DS32), -1);
    CHECK_EQUAL(load_fs(2 << 3 | 3), 13);
    CHECK_EQUAL(trap_last.frame.error_code, 2 << 3);

    CHECK_RC(hypercall_update_descriptor(maddr_of(&gdt[2]), DATA_DPL0), 0);
    CHECK_EQUAL(gdt[2] & ~(1ull << 40), DATA_DPL3 & ~(1ull << 40));
    CHECK_EQUAL(load_fs(2 << 3 | 3), -1);
    CHECK_RC(hypercall_update_descriptor(maddr_of(&gdt[3]), CODE64_DPL0), 0);
    CHECK_EQUAL(gdt[3] >> 45 & 3, 3);
    CHECK_RC(hypercall_update_descriptor(maddr_of(&gdt[2]), 0), 0);
    CHECK_EQUAL(gdt[2], 0);
    CHECK_RC(hypercall_update_descriptor(maddr_of(&plain[5]), DATA_DPL3), 0);
    CHECK_EQUAL(plain[5], DATA_DPL3);

    CHECK_RC(hypercall_update_descriptor(maddr_of(&gdt[4]), LDT_DESCRIPTOR), -XEN_EINVAL);
    CHECK_RC(hypercall_update_descriptor(maddr_of(&gdt[4]), TSS_DESCRIPTOR), -XEN_EINVAL);
    CHECK_RC(hypercall_update_descriptor(maddr_of(&gdt[4]) + 4, DATA_DPL3), -XEN_EINVAL);
    CHECK_RC(hypercall_update_descriptor(mfn_of((void *)start_info->pt_base) << PAGE_SHIFT, 0), -XEN_EINVAL);
    CHECK_RC(hypercall_update_descriptor(0, DATA_DPL3), -XEN_EINVAL);
    CHECK_EQUAL(gdt[4], 0);

    CHECK_RC(hypercall_set_gdt(frames, 7168 + 1), -XEN_EINVAL);
    CHECK_RC(hypercall_set_gdt((void *)0x1000, 512), -XEN_EFAULT);
    frames[0] = mfn_of((void *)start_info->pt_base);
    CHECK_RC(hypercall_set_gdt(frames, 512), -XEN_EINVAL);
    CHECK_EQUAL(load_fs(1 << 3 | 3), -1);

    asm volatile("movl %0, %%fs" ::"r"(0));
    CHECK_RC(hypercall_set_gdt(frames, 0), 0);
    CHECK_RC(page_unprotect(gdt), 0);
    test_success();
}
