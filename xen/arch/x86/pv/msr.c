/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The MSRs that a PV kernel finds: few are real, some are constants, the rest does not exist. (Intel SDM vol.
 * 4, AMD APM vol. 2 app. A.)
 */
#include <asm/cpu.h>
#include <asm/extable.h>
#include <asm/processor.h>
#include <asm/tsc.h>
#include <xen/mm.h>
#include <xen/refusal.h>
#include "emulate.h"
#include "entry.h"
#include "segment.h"

#define MSR_UCODE_REVISION 0x8b
#define MSR_MISC_ENABLE    0x1a0
#define MSR_MCG_STATUS     0x17a
#define MSR_MC0_CTL2       0x280
#define MSR_MC0_CTL        0x400
#define MSR_HYPERCALL_PAGE 0x40000000 /* what CPUID leaf 0x40000002 announces */

#define APIC_BASE_VALUE 0xfee00800ull
#define APIC_BASE_BSP   (1ull << 8)
#define PAT_XEN         0x050100070406ull
#define MCG_BANKS       2
#define MCG_CAP_INTEL   0x1000c00ull /* recovery, threshold status, CMCI */
/* MISC_ENABLE: no MONITOR, no performance counters; BTS and PEBS unavailable, xTPR disabled. */
#define MISC_ENABLE_CLEAR 0x40080ull
#define MISC_ENABLE_SET   0x801800ull

enum msr_reader { READ_VALUE, READ_RAW, READ_REFUSED };
enum msr_writer { WRITE_REFUSED, WRITE_ZERO, WRITE_DROPPED };

/*
 * Registers without a state of the guest's own: what they read as, and whether kernels may write them in
 * vain. Found by asking stock Xen for each register on an AMD and an Intel model (test msr-policy).
 */
struct msr_rule {
    uint32_t first, last;
    enum { ANY, INTEL, AMD, AMD_DOM0 } who;
    enum msr_reader reader;
    enum msr_writer writer;
    uint64_t value;
};

static const struct msr_rule rules[] = {
    {0x0, 0x1, ANY, READ_VALUE, WRITE_REFUSED, 0},             /* P5 machine check */
    {0x17, 0x17, INTEL, READ_RAW, WRITE_REFUSED, 0},           /* platform id */
    {0x3a, 0x3a, INTEL, READ_VALUE, WRITE_REFUSED, 1},         /* feature control: locked */
    {0xc1, 0xc8, INTEL, READ_VALUE, WRITE_DROPPED, 0},         /* performance counters */
    {0xce, 0xce, ANY, READ_VALUE, WRITE_REFUSED, 0},           /* platform information */
    {0xe7, 0xe8, ANY, READ_REFUSED, WRITE_DROPPED, 0},         /* MPERF, APERF */
    {0x10a, 0x10a, INTEL, READ_VALUE, WRITE_REFUSED, 0},       /* architectural capabilities */
    {0x140, 0x140, ANY, READ_VALUE, WRITE_ZERO, 0},            /* MISC_FEATURES */
    {0x179, 0x179, AMD, READ_VALUE, WRITE_DROPPED, MCG_BANKS}, /* machine check capabilities */
    {0x179, 0x179, INTEL, READ_VALUE, WRITE_DROPPED, MCG_BANKS | MCG_CAP_INTEL},
    {0x17b, 0x17b, ANY, READ_VALUE, WRITE_DROPPED, 0},   /* its control */
    {0x186, 0x189, INTEL, READ_VALUE, WRITE_DROPPED, 0}, /* counters' events */
    {0x198, 0x198, INTEL, READ_VALUE, WRITE_REFUSED, 0}, /* performance state */
    {0x199, 0x199, INTEL, READ_VALUE, WRITE_DROPPED, 0},
    {0x19a, 0x19a, INTEL, READ_REFUSED, WRITE_DROPPED, 0}, /* thermal control */
    {0x19c, 0x19c, INTEL, READ_RAW, WRITE_REFUSED, 0},     /* thermal status */
    {0x1b0, 0x1b0, INTEL, READ_REFUSED, WRITE_DROPPED, 0}, /* energy bias */
    {0x277, 0x277, ANY, READ_VALUE, WRITE_REFUSED, PAT_XEN},
    {0x280, 0x29f, ANY, READ_VALUE, WRITE_DROPPED, 0},   /* corrected errors' interrupts */
    {0x309, 0x30b, INTEL, READ_VALUE, WRITE_DROPPED, 0}, /* fixed counters */
    {0x345, 0x345, ANY, READ_VALUE, WRITE_REFUSED, 0},   /* counters' capabilities */
    {0x38d, 0x390, INTEL, READ_VALUE, WRITE_DROPPED, 0}, /* counters' control */
    {MSR_MC0_CTL + 4 * MCG_BANKS, 0x47f, ANY, READ_VALUE, WRITE_DROPPED, 0}, /* banks that do not exist */
    {MSR_HYPERCALL_PAGE, MSR_HYPERCALL_PAGE, ANY, READ_VALUE, WRITE_REFUSED, 0},
    {0xc0010000, 0xc0010007, AMD, READ_VALUE, WRITE_DROPPED, 0},    /* performance counters */
    {0xc0010010, 0xc0010010, AMD_DOM0, READ_RAW, WRITE_REFUSED, 0}, /* SYSCFG */
    {0xc0010015, 0xc0010015, AMD, READ_VALUE, WRITE_DROPPED, 0},    /* HWCR */
    {0xc0010016, 0xc001001a, AMD_DOM0, READ_RAW, WRITE_REFUSED, 0}, /* I/O ranges, top of memory */
    {0xc001001d, 0xc001001d, AMD_DOM0, READ_RAW, WRITE_REFUSED, 0},
    {0xc001001f, 0xc001001f, ANY, READ_VALUE, WRITE_DROPPED, 0},    /* north bridge */
    {0xc0010041, 0xc0010042, AMD, READ_VALUE, WRITE_DROPPED, 0},    /* frequency and voltage */
    {0xc0010061, 0xc001006b, AMD, READ_VALUE, WRITE_DROPPED, 0},    /* performance states */
    {0xc0010112, 0xc0010113, AMD_DOM0, READ_RAW, WRITE_REFUSED, 0}, /* SMM's memory */
    {0xc0010200, 0xc001020b, AMD, READ_VALUE, WRITE_DROPPED, 0},    /* performance counters */
    {0xc0011029, 0xc0011029, AMD, READ_VALUE, WRITE_DROPPED, 2},    /* LFENCE waits for what is before it */
};

static bool applies(const struct msr_rule *rule, const struct vcpu *v, uint32_t msr)
{
    if (msr < rule->first || msr > rule->last)
        return false;
    switch (rule->who) {
    case ANY:
        return true;
    case INTEL:
        return cpu_is_intel();
    case AMD:
        return !cpu_is_intel();
    case AMD_DOM0:
        return !cpu_is_intel() && v->domain->is_hardware;
    }
    return false;
}

static const struct msr_rule *rule_for(const struct vcpu *v, uint32_t msr)
{
    for (unsigned int i = 0; i < ARRAY_SIZE(rules); i++)
        if (applies(&rules[i], v, msr))
            return &rules[i];
    return NULL;
}

/* Four registers a bank of machine check; the first, which enables it, reads all ones. */
static bool is_bank(uint32_t msr)
{
    return msr >= MSR_MC0_CTL && msr < MSR_MC0_CTL + 4 * MCG_BANKS;
}

/* Where a guest finds again what it has written there, and nothing else comes of it. */
static uint64_t *own_register(struct vcpu *v, uint32_t msr)
{
    if (msr == MSR_MCG_STATUS)
        return &v->arch.mcg_status;
    if (cpu_is_intel() && msr >= MSR_MC0_CTL2 && msr < MSR_MC0_CTL2 + MCG_BANKS)
        return &v->arch.mc_ctl2[msr - MSR_MC0_CTL2];
    return NULL;
}

static bool read_by_rule(const struct vcpu *v, uint32_t msr, uint64_t *value)
{
    const struct msr_rule *rule = rule_for(v, msr);

    if (!rule || rule->reader == READ_REFUSED)
        return false;
    if (rule->reader == READ_RAW)
        return rdmsr_safe(msr, value);
    *value = rule->value;
    return true;
}

static bool write_by_rule(const struct vcpu *v, uint32_t msr, uint64_t value)
{
    const struct msr_rule *rule = rule_for(v, msr);

    return rule && (rule->writer == WRITE_DROPPED || (rule->writer == WRITE_ZERO && !value));
}

/*
 * Kernels read MSRs before they have a #GP handler: where the machine has the register, zero keeps them
 * alive.
 */
static bool read_unknown(const struct vcpu *v, uint32_t msr, uint64_t *value)
{
    if (!v->arch.traps[X86_EXC_GP].address && msr >> 16 != 0x4000 && rdmsr_safe(msr, value)) {
        *value = 0;
        return true;
    }
    refuse(-XEN_EPERM, "emulate.rdmsr", "RDMSR %#x: no such register for the guest", msr);
    return false;
}

bool pv_rdmsr(struct vcpu *v, uint32_t msr, uint64_t *value)
{
    switch (msr) {
    case MSR_FS_BASE:
    case MSR_GS_BASE:
    case MSR_SHADOW_GS_BASE:
    case MSR_EFER:
        *value = rdmsr(msr);
        return true;
    case MSR_TSC:
        *value = tsc_read(v);
        return true;
    case MSR_TSC_AUX:
        *value = v->arch.tsc_aux;
        return cpu_features.rdtscp;
    case MSR_MISC_ENABLE:
        if (!rdmsr_safe(msr, value))
            break;
        *value = (*value & ~MISC_ENABLE_CLEAR) | MISC_ENABLE_SET;
        return true;
    case MSR_UCODE_REVISION:
        if (rdmsr_safe(msr, value))
            return true;
        break;
    case MSR_APIC_BASE:
        *value = APIC_BASE_VALUE | (v->id == 0 ? APIC_BASE_BSP : 0);
        return true;
    }
    if (is_bank(msr)) {
        *value = msr & 3 ? 0 : ~0ull;
        return true;
    }
    if (own_register(v, msr)) {
        *value = *own_register(v, msr);
        return true;
    }
    return read_by_rule(v, msr, value) || read_unknown(v, msr, value);
}

/* The guest names a frame of its own; the low bits choose a page of the kinds that there are: only 0. */
static bool write_hypercall_page(struct vcpu *v, uint64_t value)
{
    mfn_t m = paddr_to_mfn(value);

    if (value & ~PAGE_MASK || !mfn_valid(m) || page_get_and_type(mfn_to_page(m), v->domain, PGT_WRITABLE)) {
        refuse(-XEN_EINVAL, "emulate.hypercall-page", "%#lx is no frame for a hypercall page",
               (unsigned long)value);
        return false;
    }
    pv_fill_hypercall_page(mfn_to_virt(m));
    page_put_and_type(mfn_to_page(m));
    return true;
}

bool pv_wrmsr(struct vcpu *v, uint32_t msr, uint64_t value)
{
    switch (msr) {
    case MSR_FS_BASE:
    case MSR_GS_BASE:
    case MSR_SHADOW_GS_BASE:
        if (!address_canonical(value))
            break;
        wrmsr(msr, value);
        return true;
    case MSR_TSC_AUX:
        if (!cpu_features.rdtscp || value >> 32)
            break;
        v->arch.tsc_aux = (uint32_t)value;
        wrmsr(msr, value);
        return true;
    case MSR_HYPERCALL_PAGE:
        return write_hypercall_page(v, value);
    case MSR_EFER: /* kernels write back what they read */
        if (value == rdmsr(MSR_EFER))
            return true;
        break;
    case MSR_UCODE_REVISION:
        if (cpu_is_intel() && !value)
            return true;
        break;
    case MSR_MISC_ENABLE:
        return true;
    default:
        if (own_register(v, msr)) {
            *own_register(v, msr) = value;
            return true;
        }
        if (is_bank(msr) ? !(msr & 3) || !value : write_by_rule(v, msr, value))
            return true;
    }
    refuse(-XEN_EPERM, "emulate.wrmsr", "WRMSR %#x with %#lx: not for the guest to set", msr,
           (unsigned long)value);
    return false;
}
