/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Model-specific registers and I/O privilege: what a guest writes does not reach the processor as it is.
 *
 * The kernel of a PV guest runs WRMSR in ring 3; the hypervisor emulates it. An emulation that passes values
 * through can be led to write an address that is not canonical, which faults in ring 0 (segment bases,
 * SYSENTER), or to move the hypervisor's own entry points (STAR, LSTAR, EFER, SYSENTER_EIP, the APIC base,
 * PAT). IOPL 3 would let the guest switch off interrupts for all.
 *
 * Asserted: bases that are not canonical are refused by hypercall and raise #GP by WRMSR; writes to the entry
 * points do not change where a hypercall goes; no IOPL beyond 3, no bitmap beyond the ports; CLI does not
 * stop time, with the real IOPL 0 in rflags whatever set_iopl said.
 */
#include "guest.h"

#include <xen/physdev.h>

const char test_title[] = "MSR writes and IOPL do not reach the processor";

static int try_wrmsr(uint32_t msr, uint64_t value)
{
    return TRAP_TRY("movl %k1, %%eax; wrmsr", "c"(msr), "r"((uint32_t)value), "d"((uint32_t)(value >> 32)));
}

static void bases(void)
{
    static const uint64_t bad[] = {0x0000800000000000, 0xffff7fffffffffff, 0x8000000000000000};
    static const uint32_t msrs[] = {MSR_FS_BASE, MSR_GS_BASE, MSR_GS_SHADOW};
    unsigned int i, j;

    for (i = 0; i < ARRAY_SIZE(bad); i++) {
        for (j = 0; j < 3; j++) {
            CHECK_EQUAL(try_wrmsr(msrs[j], bad[i]), 13);
            CHECK(hypercall_set_segment_base(j, bad[i]) < 0);
        }
    }
    /* A selector is loaded by the hypervisor for the user's GS: any may be asked for. */
    for (i = 0; i < 0x10000; i += 13) {
        hypercall_set_segment_base(SEGBASE_GS_USER_SEL, i);
    }
    CHECK_RC(hypercall_set_segment_base(SEGBASE_GS_USER_SEL, 0), 0);
}

static void entry_points(void)
{
    static const uint32_t msrs[] = {0xc0000080, 0xc0000081, 0xc0000082, 0xc0000083, 0xc0000084, 0x174,
                                    0x175,      0x176,      0x1b,       0x277,      0x1d9,      0x6e0,
                                    0x48,       0x38f,      0x600,      0xda0};
    static const uint64_t values[] = {0, 0xffffffff80100000, 0x0000800000000000, ~0ul};
    unsigned int i, j;

    for (i = 0; i < ARRAY_SIZE(msrs); i++) {
        for (j = 0; j < ARRAY_SIZE(values); j++) {
            int vector = try_wrmsr(msrs[i], values[j]);

            CHECK(vector == 13 || vector == -1);
            CHECK(hypercall_xen_version(0, NULL) > 0);
        }
    }
}

static void io_privilege(void)
{
    struct physdev_set_iopl iopl = {.iopl = 4};
    struct physdev_set_iobitmap bitmap = {.nr_ports = 65537};
    uint64_t before;

    CHECK(hypercall_physdev_op(PHYSDEVOP_set_iopl, &iopl) < 0);
    CHECK(hypercall_physdev_op(PHYSDEVOP_set_iobitmap, &bitmap) < 0);
    bitmap.nr_ports = 65536;
    set_xen_guest_handle_raw(bitmap.bitmap, (uint8_t *)0xffff830000000000);
    CHECK_RC(hypercall_physdev_op(PHYSDEVOP_set_iobitmap, &bitmap), -XEN_EINVAL);
    set_xen_guest_handle_raw(bitmap.bitmap, NULL);
    bitmap.nr_ports = 0;
    CHECK_RC(hypercall_physdev_op(PHYSDEVOP_set_iobitmap, &bitmap), 0);
    iopl.iopl = 3;
    CHECK_RC(hypercall_physdev_op(PHYSDEVOP_set_iopl, &iopl), 0);
    CHECK_EQUAL(read_rflags() & RFLAGS_IOPL, 0);
    TRAP_TRY("cli", "i"(0));
    CHECK(read_rflags() & RFLAGS_IF);
    TRAP_TRY("pushq $0x3002; popfq", "i"(0));
    CHECK_EQUAL(read_rflags() & RFLAGS_IOPL, 0);
    CHECK(read_rflags() & RFLAGS_IF);
    before = time_ns();
    time_spin_ns(30000000);
    CHECK(time_ns() > before);
    TRAP_TRY("sti", "i"(0));
}

void test_main(void)
{
    bases();
    entry_points();
    io_privilege();
    test_success();
}
