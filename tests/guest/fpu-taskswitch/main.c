/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fpu_taskswitch sets the guest's TS flag: the next floating-point instruction gives #NM, once.
 *
 * xen.h: fpu_taskswitch(1) sets, (0) clears CR0.TS as the guest sees it. On delivering #NM the hypervisor
 * clears the flag, so the handler need not: it restores its task's registers and returns. CLTS and a CR0
 * write are emulated to the same effect. Register contents survive all of this.
 *
 * What goes wrong: the hypervisor's own lazy switching also reaches the guest as #NM; the flag is set but the
 * processor's TS is not until the next switch; the registers are lost when TS is set while they are loaded.
 */
#include "guest.h"

const char test_title[] = "fpu_taskswitch and #NM";

void test_main(void)
{
    uint64_t value = 0x123456789abcdef0, back = 0;

    CHECK_EQUAL(TRAP_TRY("fninit"), -1);
    asm volatile("movq %0, %%xmm3" ::"r"(value));
    CHECK_EQUAL(read_cr0() & 8, 0);

    CHECK_RC(hypercall_fpu_taskswitch(1), 0);
    CHECK_EQUAL(read_cr0() & 8, 8);
    CHECK_EQUAL(TRAP_TRY("fnop"), 7);
    CHECK_EQUAL(read_cr0() & 8, 0);
    CHECK_EQUAL(TRAP_TRY("fnop"), -1);

    CHECK_RC(hypercall_fpu_taskswitch(1), 0);
    CHECK_EQUAL(TRAP_TRY("movq %%xmm3, %%rax"), 7);
    CHECK_RC(hypercall_fpu_taskswitch(1), 0);
    CHECK_RC(hypercall_fpu_taskswitch(0), 0);
    CHECK_EQUAL(TRAP_TRY("fnop"), -1);

    CHECK_RC(hypercall_fpu_taskswitch(5), 0);
    CHECK_EQUAL(TRAP_TRY("clts"), -1);
    CHECK_EQUAL(read_cr0() & 8, 0);
    CHECK_EQUAL(TRAP_TRY("fnop"), -1);

    asm volatile("movq %%xmm3, %0" : "=r"(back));
    CHECK_EQUAL(back, value);
    test_success();
}
