/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The debug registers by hypercall: values, refusals, and a breakpoint that fires.
 *
 * xen.h: registers 0 to 3 take canonical addresses outside the hypervisor's hole (-EPERM for one inside); 4
 * and 5 alias 6 and 7 unless the guest enabled debugging extensions; 7 refuses the general-detect bit
 * (-EPERM). A data breakpoint gives vector 1 behind the access, and register 6 tells which. The header
 * promises -EINVAL for a number above 7; stock Xen answers -ENODEV.
 *
 * What goes wrong: the guest sets a breakpoint in the hypervisor, which then faults with the guest's state;
 * DR7 is loaded only on a context switch; DR6 stays at its reset value because #DB was handed on without
 * reading it.
 */
#include "guest.h"

const char test_title[] = "debug registers";

static volatile uint64_t watched;

void test_main(void)
{
    unsigned int i;

    for (i = 0; i < 4; i++) {
        CHECK_RC(hypercall_get_debugreg((int)i), 0);
        CHECK_RC(hypercall_set_debugreg((int)i, 0x1000 + i), 0);
        CHECK_RC(hypercall_get_debugreg((int)i), 0x1000 + i);
        CHECK_RC(hypercall_set_debugreg((int)i, 0xffff830000000000), -XEN_EPERM);
        CHECK_RC(hypercall_set_debugreg((int)i, 1ul << 47), -XEN_EPERM);
        CHECK_RC(hypercall_get_debugreg((int)i), 0x1000 + i);
    }
    CHECK_RC(hypercall_get_debugreg(6), 0xffff0ff0);
    CHECK_RC(hypercall_get_debugreg(7), 0x400);
    CHECK_RC(hypercall_get_debugreg(4), 0xffff0ff0);
    CHECK_RC(hypercall_get_debugreg(5), 0x400);
    CHECK_RC(hypercall_get_debugreg(8), -XEN_ENODEV);
    CHECK_RC(hypercall_get_debugreg(-1), -XEN_ENODEV);
    CHECK_RC(hypercall_set_debugreg(8, 0), -XEN_ENODEV);
    CHECK_RC(hypercall_set_debugreg(7, 1 << 13), -XEN_EPERM);

    /* Register 0 watches eight bytes for writes. */
    CHECK_RC(hypercall_set_debugreg(0, (unsigned long)&watched), 0);
    CHECK_RC(hypercall_set_debugreg(7, 0x400 | 1 << 0 | 9u << 16), 0);
    CHECK_EQUAL(trap_try_write((void *)&watched, 5), 1);
    CHECK_EQUAL(watched, 5);
    CHECK_RC(hypercall_get_debugreg(6), 0xffff0ff1);
    CHECK_RC(hypercall_set_debugreg(6, 0xffff0ff0), 0);
    CHECK_RC(hypercall_get_debugreg(6), 0xffff0ff0);
    CHECK_EQUAL(trap_try_read((void *)&watched), -1);
    CHECK_RC(hypercall_set_debugreg(7, 0x400), 0);
    CHECK_EQUAL(trap_try_write((void *)&watched, 6), -1);

    /* The same by MOV to and from the registers, which is emulated. */
    asm volatile("movq %0, %%db1" ::"r"(0x7777ul));
    CHECK_RC(hypercall_get_debugreg(1), 0x7777);
    test_success();
}
