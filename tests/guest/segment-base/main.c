/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * set_segment_base sets FS and both GS bases; the MSRs of the same name show them.
 *
 * xen.h, SEGBASE_*: 0 the FS base, 1 the GS base of user mode, 2 that of the kernel (in use now), 3 loads a
 * selector into the user's GS. Bases must be canonical: -EINVAL. Selector 3 never fails: one that cannot be
 * loaded becomes NUL. MSRs 0xc0000100 (FS), 0xc0000101 (GS) and 0xc0000102 (the other mode's GS) read and
 * write the same state by emulation.
 *
 * What goes wrong: 1 and 2 exchanged, which shows only once there is a user mode; a non-canonical base gives
 * the hypervisor a #GP; WRMSR is emulated in the saved context but the register of the running vCPU keeps the
 * old value.
 */
#include "guest.h"

const char test_title[] = "FS and GS bases by hypercall and by MSR";

static volatile uint64_t cell[3] = {0x1111, 0x2222, 0x3333};

static uint64_t fs_word(void)
{
    uint64_t word;

    asm volatile("movq %%fs:0, %0" : "=r"(word)::"memory");
    return word;
}

static uint64_t gs_word(void)
{
    uint64_t word;

    asm volatile("movq %%gs:0, %0" : "=r"(word)::"memory");
    return word;
}

void test_main(void)
{
    unsigned int which;

    CHECK_RC(hypercall_set_segment_base(SEGBASE_FS, (unsigned long)&cell[0]), 0);
    CHECK_RC(hypercall_set_segment_base(SEGBASE_GS_KERNEL, (unsigned long)&cell[1]), 0);
    CHECK_RC(hypercall_set_segment_base(SEGBASE_GS_USER, (unsigned long)&cell[2]), 0);
    CHECK_EQUAL(fs_word(), 0x1111);
    CHECK_EQUAL(gs_word(), 0x2222);
    CHECK_EQUAL(read_msr(MSR_FS_BASE), &cell[0]);
    CHECK_EQUAL(read_msr(MSR_GS_BASE), &cell[1]);
    CHECK_EQUAL(read_msr(MSR_GS_SHADOW), &cell[2]);

    write_msr(MSR_FS_BASE, (uint64_t)&cell[2]);
    write_msr(MSR_GS_BASE, (uint64_t)&cell[0]);
    write_msr(MSR_GS_SHADOW, (uint64_t)&cell[1]);
    CHECK_EQUAL(fs_word(), 0x3333);
    CHECK_EQUAL(gs_word(), 0x1111);
    CHECK_EQUAL(read_msr(MSR_GS_SHADOW), &cell[1]);

    for (which = SEGBASE_FS; which <= SEGBASE_GS_KERNEL; which++) {
        CHECK_RC(hypercall_set_segment_base(which, 1ul << 47), -XEN_EINVAL);
        CHECK_RC(hypercall_set_segment_base(which, 0xffff7fffffffffff), -XEN_EINVAL);
    }
    CHECK_EQUAL(fs_word(), 0x3333);
    CHECK_EQUAL(TRAP_TRY("xorl %%eax, %%eax; wrmsr", "c"(MSR_FS_BASE), "d"(0x8000)), 13);
    CHECK_EQUAL(fs_word(), 0x3333);

    CHECK_RC(hypercall_set_segment_base(SEGBASE_GS_USER_SEL, FLAT_USER_DS32), 0);
    CHECK_RC(hypercall_set_segment_base(SEGBASE_GS_USER_SEL, 0xfff7), 0);
    CHECK_RC(hypercall_set_segment_base(SEGBASE_GS_USER_SEL, 0), 0);
    CHECK_EQUAL(gs_word(), 0x1111);
    CHECK_RC(hypercall_set_segment_base(4, 0), -XEN_EINVAL);
    CHECK_RC(hypercall_set_segment_base(~0u, 0), -XEN_EINVAL);
    test_success();
}
