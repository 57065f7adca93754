/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * CPUID, leaf by leaf, where a Domain 0 on stock Xen does not see what the processor says.
 *
 * Found by comparing all leaves on four models (max, qemu64, Haswell, EPYC). Features that a PV kernel cannot
 * use are missing (test cpuid has the important ones); Domain 0 sees MTRRs, also in leaf 0x80000001, where
 * only AMD has repeated them. Intel's leaf 0x80000000 names no vendor, and caches are leaf 4's: 0x80000005 is
 * empty. ARCH_CAPABILITIES is always there on Intel, and the register reads 0. On AMD processors whose LFENCE
 * waits leaf 0x80000021 says so even where the processor has no such leaf. The topology is the machine's, but
 * the APIC id is 0 for all vCPUs: with ids of their own Linux would count a package for each.
 *
 * What goes wrong: a leaf past the highest repeats another; reserved ones show the processor's; a subleaf of
 * the hypervisor's leaf 5 is not 0.
 */
#include "guest.h"

const char test_title[] = "CPUID policy of Domain 0";

#define MTRR         (1u << 12)
#define ARCH_CAPS    (1u << 29)
#define LFENCE_WAITS 4u

struct leaf {
    uint32_t a, b, c, d;
};

static struct leaf leaf(uint32_t number, uint32_t subleaf)
{
    struct leaf r;

    cpuid_emulated(number, subleaf, &r.a, &r.b, &r.c, &r.d);
    return r;
}

static bool is_empty(struct leaf r)
{
    return !(r.a | r.b | r.c | r.d);
}

static void intel(void)
{
    struct leaf r = leaf(0x80000000, 0);

    CHECK_EQUAL(r.a, 0x80000008);
    CHECK_EQUAL(r.b | r.c | r.d, 0);
    r = leaf(0x80000001, 0);
    CHECK_EQUAL(r.a | r.b, 0);
    CHECK_EQUAL(r.d & ~MTRR, 0x28100800);
    CHECK(is_empty(leaf(0x80000005, 0)));
    r = leaf(0x80000006, 0);
    CHECK_EQUAL(r.a | r.b | r.d, 0);
    CHECK(r.c);
    CHECK_EQUAL(leaf(7, 0).d & ARCH_CAPS, ARCH_CAPS);
    CHECK_EQUAL(read_msr(0x10a), 0);
    CHECK_EQUAL(leaf(4, 0).a & 0xffffc01f, 1u << 26 | 1);
}

static void amd(void)
{
    struct leaf r = leaf(0x80000000, 0);
    uint32_t family_extension = leaf(1, 0).a >> 20 & 0xff;

    CHECK_EQUAL(r.b, leaf(0, 0).b);
    CHECK_EQUAL(leaf(7, 0).d & ARCH_CAPS, 0);
    CHECK_EQUAL(leaf(0x80000008, 0).c, 0x1001);
    CHECK_EQUAL(leaf(1, 0).d & 1u << 11, 0); /* SYSENTER */
    if (!family_extension) {
        CHECK_EQUAL(r.a, 0x80000021);
        CHECK_EQUAL(leaf(0x80000021, 0).a & LFENCE_WAITS, LFENCE_WAITS);
    } else {
        CHECK_EQUAL(r.a, 0x8000001e);
        CHECK(is_empty(leaf(0x80000021, 0)));
    }
}

static volatile uint32_t second_apic_id = ~0u;

static void second(void)
{
    second_apic_id = leaf(1, 0).b >> 24;
    for (;;) {
        asm volatile("pause");
    }
}

void test_main(void)
{
    static const uint32_t none[] = {3,          5,          6,          8,          9,          0xa,
                                    0xb,        0xc,        0xe,        0xf,        0x10,       0x14,
                                    0x1f,       0x20000000, 0x40000006, 0x40000100, 0x4000ff00, 0x80000009,
                                    0x8000000a, 0x80000019, 0x8000001f, 0x80000022, 0xc0000000, ~0u};

    for (unsigned int i = 0; i < ARRAY_SIZE(none); i++) {
        if (!CHECK(is_empty(leaf(none[i], 0)))) {
            printk("that was leaf %x\n", none[i]);
        }
    }
    CHECK(is_empty(leaf(0x40000005, 1)));
    CHECK(is_empty(leaf(7, 2)));
    CHECK(is_empty(leaf(0xd, 63)));
    CHECK_EQUAL(leaf(1, 0).b >> 24, 0);
    CHECK_EQUAL(leaf(1, 0).b >> 16 & 0xff, 2);
    CHECK_EQUAL(leaf(1, 0).d & MTRR, MTRR);
    CHECK_EQUAL(leaf(0x80000001, 0).d & MTRR, MTRR);
    REQUIRE(vcpu_launch(1, second) == 0);
    while (second_apic_id == ~0u) {
        asm volatile("pause");
    }
    CHECK_EQUAL(second_apic_id, 0);
    if (leaf(0, 0).b == 0x756e6547) {
        intel();
    } else {
        amd();
    }
    test_success();
}
