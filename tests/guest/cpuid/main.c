/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * CPUID with the emulation prefix shows the hypervisor's leaves and hides what PV guests cannot have.
 *
 * arch-x86/xen.h gives the prefix (UD2 and the letters "xen"), arch-x86/cpuid.h the leaves from 0x40000000:
 * signature, version, hypercall page, time, address width. Leaf 1 has the hypervisor bit; VMX, SMX, MONITOR
 * and x2APIC-dependent features are absent, and so are those of the page tables that PV guests do not have
 * (PSE36, PGE, PCID).
 *
 * What goes wrong: the prefix is delivered as #UD; UD2 alone, or another prefix, is swallowed; leaves past
 * the last repeat the processor's; rax above 32 bits is kept in the results.
 */
#include "guest.h"

#include <xen/arch-x86/cpuid.h>

const char test_title[] = "emulated CPUID: the hypervisor's leaves, hidden features";

void test_main(void)
{
    uint32_t a, b, c, d;
    unsigned long rax = ~0ul, rbx = ~0ul, rcx = ~0ul, rdx = ~0ul;

    cpuid_emulated(XEN_CPUID_LEAF(0), 0, &a, &b, &c, &d);
    CHECK_EQUAL(a, XEN_CPUID_LEAF(XEN_CPUID_MAX_NUM_LEAVES));
    CHECK_EQUAL(b, XEN_CPUID_SIGNATURE_EBX);
    CHECK_EQUAL(c, XEN_CPUID_SIGNATURE_ECX);
    CHECK_EQUAL(d, XEN_CPUID_SIGNATURE_EDX);

    cpuid_emulated(XEN_CPUID_LEAF(1), 0, &a, &b, &c, &d);
    CHECK_EQUAL(a, 4 << 16 | 17);
    CHECK_EQUAL(b | c | d, 0);

    cpuid_emulated(XEN_CPUID_LEAF(2), 0, &a, &b, &c, &d);
    CHECK_EQUAL(a, 1);
    CHECK_EQUAL(b, 0x40000000);
    CHECK_EQUAL(c, XEN_CPUID_FEAT1_MMU_PT_UPDATE_PRESERVE_AD);
    CHECK_EQUAL(d, 0);

    cpuid_emulated(XEN_CPUID_LEAF(3), 0, &a, &b, &c, &d);
    CHECK_EQUAL(d, 0);
    cpuid_emulated(XEN_CPUID_LEAF(3), 2, &a, &b, &c, &d);
    CHECK(a > 100000);

    cpuid_emulated(XEN_CPUID_LEAF(5), 0, &a, &b, &c, &d);
    CHECK((b & XEN_CPUID_MACHINE_ADDRESS_WIDTH_MASK) >= 29 &&
          (b & XEN_CPUID_MACHINE_ADDRESS_WIDTH_MASK) <= 52);
    cpuid_emulated(XEN_CPUID_LEAF(6), 0, &a, &b, &c, &d);
    CHECK_EQUAL(a | b | c | d, 0);
    cpuid_emulated(0x40000100, 0, &a, &b, &c, &d);
    CHECK(b != XEN_CPUID_SIGNATURE_EBX);

    cpuid_emulated(1, 0, &a, &b, &c, &d);
    CHECK_EQUAL(c >> 31, 1);                           /* hypervisor present */
    CHECK_EQUAL(c & (1u << 3 | 1u << 5 | 1u << 6), 0); /* MONITOR, VMX, SMX */
    CHECK_EQUAL(c & (1u << 17), 0);                    /* PCID */
    CHECK_EQUAL(d & (1u << 17), 0);                    /* PSE36 */
    CHECK_EQUAL(d & (1u << 13), 0);                    /* PGE */
    CHECK_EQUAL(d & (1u << 6), 1u << 6);               /* PAE */
    cpuid_emulated(7, 0, &a, &b, &c, &d);
    CHECK_EQUAL(b & (1u << 7 | 1u << 20), 0); /* SMEP, SMAP */
    cpuid_emulated(0x80000001, 0, &a, &b, &c, &d);
    CHECK_EQUAL(c & (1u << 2), 0); /* SVM */
    CHECK_EQUAL(d & (1u << 29 | 1u << 20 | 1u << 11), 1u << 29 | 1u << 20 | 1u << 11);

    asm volatile(XEN_CPUID : "+a"(rax), "+b"(rbx), "+c"(rcx), "+d"(rdx));
    CHECK_EQUAL((rax | rbx | rcx | rdx) >> 32, 0);

    CHECK_EQUAL(TRAP_TRY("ud2"), 6);
    CHECK_EQUAL(TRAP_TRY(".byte 0x0f, 0x0b, 0x78, 0x65, 0x6d; cpuid"), 6);
    CHECK_EQUAL(TRAP_TRY(XEN_EMULATE_PREFIX "nop"), 6);
    test_success();
}
