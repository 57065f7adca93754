/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * CPUID as a PV guest sees it: the host's leaves less what a guest in ring 3 cannot use or must not believe
 * in, and the hypervisor's own from 0x40000000. The masks are the features that stock Xen offers to all
 * guests (public header cpufeatureset.h, mark A).
 */
#include <asm/cpu.h>
#include <asm/extable.h>
#include <asm/fpu.h>
#include <asm/processor.h>
#include <asm/time.h>
#include <xen/mm.h>
#include <xen/string.h>
#include "cpu_policy.h"
#include "emulate.h"

#define XEN_LEAF       0x40000000
#define XEN_LEAF_LAST  5
#define XEN_VERSION    (4u << 16 | 17)
#define TSC_EMULATED   1 /* leaf +3: RDTSC is */
#define TSC_RDTSCP     4 /* leaf +3: the processor has RDTSCP */
#define LEAF_BASIC_MAX 0xd
#define LEAF_EXT_MAX   0x80000021u /* AMD; Intel: 0x80000008 */

#define MASK_1D     0x1fc9cbf5u /* no VME, PSE, MTRR, PGE, PSE-36, DS, TM */
#define MASK_1C     0xf6d83203u /* no MONITOR, VMX, SMX, PCID, X2APIC, TSC deadline */
#define MASK_7B     0xfdaf0329u /* no TSC_ADJUST, HLE, SMEP, INVPCID, RTM, MPX, SMAP, RDT */
#define MASK_7C     0x02405f42u
#define MASK_7D     0x0000401cu /* no IBRS and kin: the hypervisor has no mitigations to offer them with */
#define MASK_7_1A   0x00001c30u
#define MASK_D1A    0x7u
#define MASK_E1D    0xea500800u /* no PAGE1GB */
#define MASK_E1C    0x042109e3u /* no SVM */
#define MASK_E7D    0x100u      /* invariant TSC */
#define MASK_E8B    0x5u
#define MASK_E21A   0x64u
#define E21A_LFENCE 0x4u /* LFENCE waits for what is before it */

#define MSR_DE_CFG     0xc0011029 /* AMD: bit 1 makes LFENCE wait */
#define DE_CFG_LFENCE  0x2u
#define F7D_ARCH_CAPS  (1u << 29)
#define AMD_CORES_MASK 0xf0ffu /* leaf 0x80000008: cores, and the bits of an APIC id for them */

#define ADDRESS_WIDTHS 0x3000u /* linear: 48 bits */

/* Bits of leaf 1. */
#define REPEATED_1D    0x0183f3ffu
#define F1D_SEP        (1u << 11)
#define F1D_MTRR       (1u << 12)
#define F1C_XSAVE      (1u << 26)
#define F1C_OSXSAVE    (1u << 27)
#define F1C_AVX_FAMILY (1u << 28 | 1u << 29 | 1u << 12)
#define F1C_HYPERVISOR (1u << 31)

static struct cpuid_values host(uint32_t leaf, uint32_t subleaf)
{
    struct cpuid_result r = cpuid(leaf, subleaf);

    return (struct cpuid_values){r.a, r.b, r.c, r.d};
}

/* Bits of leaf 1 in edx, which AMD repeats in leaf 0x80000001. MTRRs are Domain 0's to look at. */
static uint32_t mask_1d(const struct vcpu *v)
{
    return v->domain->is_hardware ? MASK_1D | F1D_MTRR : MASK_1D;
}

/* OSXSAVE is the hypervisor's own, as code that executes CPUID without asking us sees it. */
static struct cpuid_values leaf_features(const struct vcpu *v)
{
    struct cpuid_values r = host(1, 0);

    r.b &= 0x00ffffff; /* APIC ids are no affair of a PV guest: all have 0 */
    r.c = (r.c & (MASK_1C | F1C_OSXSAVE)) | F1C_HYPERVISOR;
    r.d &= mask_1d(v);
    if (!cpu_is_intel())
        r.d &= ~F1D_SEP;
    if (!fpu_host_features())
        r.c &= ~(F1C_XSAVE | F1C_OSXSAVE | F1C_AVX_FAMILY);
    return r;
}

static struct cpuid_values leaf_seven(const struct vcpu *v, uint32_t subleaf)
{
    struct cpuid_values r = host(7, subleaf);

    if (subleaf == 0) {
        r.a = min(r.a, 1u);
        r.b &= MASK_7B;
        r.c &= MASK_7C;
        /* The register is there on every Intel, and 0: nothing is promised. */
        r.d = (r.d & MASK_7D) | (v->domain->is_hardware && cpu_is_intel() ? F7D_ARCH_CAPS : 0);
        return r;
    }
    return (struct cpuid_values){subleaf == 1 ? r.a & MASK_7_1A : 0, 0, 0, 0};
}

/* Size of a save area with these features enabled. */
static uint32_t xsave_size(uint64_t features)
{
    uint32_t size = 576;

    for (uint32_t i = 2; i < 63 && features >> i; i++) {
        struct cpuid_values r;

        if (!((features >> i) & 1))
            continue;
        r = host(0xd, i);
        size = max(size, r.a + r.b);
    }
    return size;
}

static struct cpuid_values leaf_xsave(const struct vcpu *v, uint32_t subleaf)
{
    uint64_t features = fpu_host_features();
    struct cpuid_values r = {0, 0, 0, 0};

    if (!features)
        return r;
    if (subleaf == 0)
        return (struct cpuid_values){(uint32_t)features, xsave_size(v->arch.xcr0), xsave_size(features),
                                     (uint32_t)(features >> 32)};
    if (subleaf == 1) {
        r.a = host(0xd, 1).a & MASK_D1A;
        r.b = r.a & 2 ? xsave_size(v->arch.xcr0) : 0;
        return r;
    }
    return subleaf < 63 && (features >> subleaf) & 1 ? host(0xd, subleaf) : r;
}

static struct cpuid_values leaf_basic(const struct vcpu *v, uint32_t leaf, uint32_t subleaf)
{
    struct cpuid_values r;

    switch (leaf) {
    case 0:
        r = host(0, 0);
        r.a = min(r.a, (uint32_t)LEAF_BASIC_MAX);
        return r;
    case 1:
        return leaf_features(v);
    case 2:
        return host(leaf, subleaf);
    case 4:
        return host(leaf, subleaf);
    case 7:
        return leaf_seven(v, subleaf);
    case 0xd:
        return leaf_xsave(v, subleaf);
    }
    return (struct cpuid_values){0, 0, 0, 0};
}

/* On the oldest processors it always does. Ours is left as the firmware has set it. */
static bool lfence_waits(void)
{
    uint64_t value;

    if (cpu_is_intel())
        return false;
    return cpu_features.family == 0xf || cpu_features.family == 0x11 ||
           (rdmsr_safe(MSR_DE_CFG, &value) && (value & DE_CFG_LFENCE));
}

static uint32_t highest_extended(void)
{
    uint32_t highest = host(0x80000000, 0).a;

    if (cpu_is_intel())
        return min(highest, 0x80000008u);
    return lfence_waits() ? LEAF_EXT_MAX : min(highest, LEAF_EXT_MAX);
}

/* Intel has no vendor here, and of the caches only the second level. */
static struct cpuid_values leaf_extended_intel(const struct vcpu *v, uint32_t leaf, struct cpuid_values r)
{
    switch (leaf) {
    case 0x80000000:
        return (struct cpuid_values){highest_extended(), 0, 0, 0};
    case 0x80000001:
        return (struct cpuid_values){0, 0, r.c & MASK_E1C,
                                     (r.d & MASK_E1D) | (mask_1d(v) & F1D_MTRR & host(1, 0).d)};
    case 0x80000005:
        return (struct cpuid_values){0, 0, 0, 0};
    case 0x80000006:
        return (struct cpuid_values){0, 0, r.c, 0};
    case 0x80000008:
        return (struct cpuid_values){(r.a & 0xff) | ADDRESS_WIDTHS, r.b & MASK_E8B, 0, 0};
    }
    return r;
}

static struct cpuid_values leaf_extended_amd(const struct vcpu *v, uint32_t leaf, struct cpuid_values r)
{
    switch (leaf) {
    case 0x80000000:
        r.a = highest_extended();
        return r;
    case 0x80000001:
        r.c &= MASK_E1C;
        r.d &= MASK_E1D | (REPEATED_1D & mask_1d(v));
        return r;
    case 0x80000008:
        return (struct cpuid_values){(r.a & 0xff) | ADDRESS_WIDTHS, r.b & MASK_E8B, r.c & AMD_CORES_MASK, 0};
    case 0x80000021:
        return (struct cpuid_values){(r.a & MASK_E21A) | (lfence_waits() ? E21A_LFENCE : 0), 0, 0, 0};
    }
    return r;
}

static struct cpuid_values leaf_extended(const struct vcpu *v, uint32_t leaf)
{
    struct cpuid_values r = {0, 0, 0, 0};

    if (leaf > highest_extended() || (leaf > 0x80000008 && leaf != 0x80000021))
        return r;
    if (leaf <= host(0x80000000, 0).a)
        r = host(leaf, 0);
    if (leaf == 0x80000007)
        return (struct cpuid_values){0, 0, 0, r.d & MASK_E7D};
    return cpu_is_intel() ? leaf_extended_intel(v, leaf, r) : leaf_extended_amd(v, leaf, r);
}

/* Bits of the machine addresses that the guest can meet. */
static uint32_t machine_address_width(void)
{
    return 64 - (uint32_t)__builtin_clzl(max_page) + PAGE_SHIFT;
}

/* Subleaf 1 is what computes system time from the domain's counter. Domain 0 has never been set any. */
static struct cpuid_values leaf_tsc(const struct domain *d, uint32_t subleaf)
{
    const struct domain_tsc *t = &d->arch.tsc;
    uint32_t flags = (t->is_emulated ? TSC_EMULATED : 0) | (cpu_features.rdtscp ? TSC_RDTSCP : 0);

    if (subleaf == 2)
        return (struct cpuid_values){(uint32_t)tsc_khz(), 0, 0, 0};
    if (d->is_hardware)
        return (struct cpuid_values){subleaf ? 0 : flags, 0, 0, 0};
    if (subleaf == 0)
        return (struct cpuid_values){flags, t->mode, t->khz, t->incarnation};
    return (struct cpuid_values){(uint32_t)t->start_ns, (uint32_t)((uint64_t)t->start_ns >> 32),
                                 t->to_ns.multiplier, (uint32_t)(int32_t)t->to_ns.shift};
}

static struct cpuid_values leaf_xen(const struct domain *d, uint32_t leaf, uint32_t subleaf)
{
    switch (leaf - XEN_LEAF) {
    case 0:
        return (struct cpuid_values){XEN_LEAF + XEN_LEAF_LAST, 0x566e6558, 0x65584d4d,
                                     0x4d4d566e}; /* XenVMMXenVMM */
    case 1:
        return (struct cpuid_values){XEN_VERSION, 0, 0, 0};
    case 2: /* hypercall pages, their MSR; MMU_PT_UPDATE_PRESERVE_AD is there */
        return (struct cpuid_values){1, 0x40000000, 1, 0};
    case 3:
        return subleaf <= 2 ? leaf_tsc(d, subleaf) : (struct cpuid_values){0, 0, 0, 0};
    case 5:
        return (struct cpuid_values){0, subleaf ? 0 : machine_address_width(), 0, 0};
    }
    return (struct cpuid_values){0, 0, 0, 0};
}

static struct cpuid_values leaf_of(struct vcpu *v, uint32_t leaf, uint32_t subleaf)
{
    static uint32_t highest;

    if (leaf - XEN_LEAF < 0x100)
        return leaf_xen(v->domain, leaf, subleaf);
    if (!highest)
        highest = cpuid(0, 0).a;
    if (leaf <= min(highest, (uint32_t)LEAF_BASIC_MAX))
        return leaf_basic(v, leaf, subleaf);
    if (leaf - 0x80000000 <= LEAF_EXT_MAX - 0x80000000)
        return leaf_extended(v, leaf);
    return (struct cpuid_values){0, 0, 0, 0};
}

struct cpuid_values pv_cpuid(struct vcpu *v, uint32_t leaf, uint32_t subleaf)
{
    struct cpuid_values r = leaf_of(v, leaf, subleaf);

    if (unlikely(v->domain->arch.cpu_features))
        cpu_policy_apply(v->domain, leaf, subleaf, &r);
    return r;
}
