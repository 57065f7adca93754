/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The floating-point and vector registers: a vCPU finds its own whenever it runs. They are saved when it
 * leaves the CPU and loaded when it comes, unless they still are there. Waiting for the first use (#NM by
 * CR0.TS) would let processors leak them by speculation, and an emulator whose XSAVE and XRSTOR do not look
 * at TS mix them up. TS is the guest's.
 */
#include <asm/cpu.h>
#include <asm/fpu.h>
#include <asm/processor.h>
#include <xen/percpu.h>
#include <xen/string.h>
#include <xen/xmalloc.h>
#include "pv/calls.h"
#include "pv/entry.h"

#define FPU_FCW_DEFAULT   0x37f
#define FPU_MXCSR_DEFAULT 0x1f80

struct fpu_state {
    uint16_t fcw, fsw;
    uint8_t ftw, reserved;
    uint16_t fop;
    uint64_t fip, fdp;
    uint32_t mxcsr, mxcsr_mask;
    uint8_t registers[480];
    uint64_t xstate_bv, xcomp_bv;
    uint8_t header[48];
    /* then what CPUID leaf 0xd says */
} __aligned(64);
BUILD_BUG_ON(sizeof(struct fpu_state) != 576);

/* Features of XCR0 that we save, out of those that the CPU has: x87, SSE, AVX, AVX-512. */
#define XCR0_SUPPORTED 0xe7ull
/* What a vCPU begins with: x87 and SSE, as on stock Xen. */
#define XCR0_INITIAL 3ull

/* Whose registers this CPU has, provided that the vCPU's fpu_cpu agrees; and its XCR0, 0: not known. */
static DEFINE_PER_CPU(struct vcpu *, registers_of);
static DEFINE_PER_CPU(uint64_t, xcr0_now);

static void xcr0_write(uint64_t value)
{
    if (this_cpu(xcr0_now) == value)
        return;
    this_cpu(xcr0_now) = value;
    __asm__ __volatile__("xsetbv" : : "c"(0), "a"((uint32_t)value), "d"((uint32_t)(value >> 32)));
}

static void registers_load(const struct fpu_state *f, uint64_t features)
{
    __asm__ __volatile__("xrstor64 %0"
                         :
                         : "m"(*f), "a"((uint32_t)features), "d"((uint32_t)(features >> 32))
                         : "memory");
}

static bool guest_ts(const struct vcpu *v)
{
    return v->arch.ctrlreg[0] & X86_CR0_TS;
}

uint64_t fpu_host_features(void)
{
    static uint64_t features;

    if (!cpu_features.xsave)
        return 0;
    if (!features) {
        struct cpuid_result r = cpuid(0xd, 0);

        features = (r.a | (uint64_t)r.d << 32) & XCR0_SUPPORTED;
    }
    return features;
}

size_t fpu_area_size(uint64_t features)
{
    size_t size = sizeof(struct fpu_state);

    for (unsigned int i = 2; i < 63 && features >> i; i++) {
        struct cpuid_result r;

        if (!((features >> i) & 1))
            continue;
        r = cpuid(0xd, i);
        size = max(size, (size_t)r.a + r.b);
    }
    return size;
}

static void area_reset(struct fpu_state *f)
{
    f->fcw = FPU_FCW_DEFAULT;
    f->mxcsr = FPU_MXCSR_DEFAULT;
}

int fpu_create(struct vcpu *v)
{
    v->arch.fpu = xzalloc_bytes(fpu_area_size(fpu_host_features()), 64);
    if (!v->arch.fpu)
        return -XEN_ENOMEM;
    v->arch.xcr0 = v->arch.xcr0_ever = fpu_host_features() & XCR0_INITIAL;
    v->arch.fpu_cpu = ~0u;
    area_reset(v->arch.fpu);
    return 0;
}

void fpu_destroy(struct vcpu *v)
{
    xfree(v->arch.fpu);
    v->arch.fpu = NULL;
}

/* The MXCSR bits that this processor has: loading any other faults. (SDM vol. 1, 11.6.6.) */
static uint32_t host_mxcsr_mask(void)
{
    static struct fpu_state probe;
    unsigned long cr0 = read_cr0();

    clts();
    __asm__ __volatile__("fxsave64 %0" : "=m"(probe)::"memory");
    write_cr0(cr0);
    return probe.mxcsr_mask ? probe.mxcsr_mask : 0xffbf;
}

void fpu_set_legacy(struct vcpu *v, const void *fxsave_area)
{
    struct fpu_state *f = v->arch.fpu;

    v->arch.fpu_cpu = ~0u;
    memset(&f->xstate_bv, 0, 64);
    if (!fxsave_area) {
        memset(f, 0, 512);
        area_reset(f);
        return;
    }
    memcpy(f, fxsave_area, 512);
    f->mxcsr &= host_mxcsr_mask();
    f->xstate_bv = 3;
}

void fpu_get_legacy(const struct vcpu *v, void *fxsave_area)
{
    memcpy(fxsave_area, v->arch.fpu, 512);
}

static bool xcr0_is_valid(uint64_t value)
{
    bool avx = value & 4, sse = value & 2;
    uint64_t avx512 = value & 0xe0;

    return (value & 1) && !(value & ~fpu_host_features()) && (!avx || sse) &&
           (!avx512 || (avx512 == 0xe0 && avx));
}

/* Only the standard format, and only what the CPU will load: an XRSTOR that faults would be ours. */
static bool area_is_valid(const struct fpu_state *f, uint64_t xcr0_ever)
{
    static const uint8_t zero[sizeof(f->header)];

    return !(f->xstate_bv & ~xcr0_ever) && !f->xcomp_bv && !memcmp(f->header, zero, sizeof(zero)) &&
           !(f->mxcsr & ~host_mxcsr_mask());
}

bool fpu_set_area(struct vcpu *v, uint64_t xcr0, uint64_t xcr0_ever, const void *area, size_t size)
{
    if (!xcr0_is_valid(xcr0) || !xcr0_is_valid(xcr0_ever) || (xcr0 & ~xcr0_ever))
        return false;
    if (size && (size < sizeof(struct fpu_state) || size > fpu_area_size(fpu_host_features()) ||
                 size < fpu_area_size(xcr0_ever) || !area_is_valid(area, xcr0_ever)))
        return false;
    v->arch.fpu_cpu = ~0u;
    v->arch.xcr0 = xcr0;
    v->arch.xcr0_ever = xcr0_ever;
    memset(v->arch.fpu, 0, fpu_area_size(fpu_host_features()));
    if (size)
        memcpy(v->arch.fpu, area, size);
    else
        area_reset(v->arch.fpu);
    return true;
}

/*
 * The guest may lower XCR0 while older state is live: what it has ever enabled is saved and restored.
 */
void fpu_save(struct vcpu *v)
{
    if (guest_ts(v))
        clts();
    if (fpu_host_features()) {
        xcr0_write(v->arch.xcr0_ever);
        __asm__ __volatile__("xsave64 %0" : "+m"(*v->arch.fpu) : "a"(~0u), "d"(~0u) : "memory");
    } else {
        __asm__ __volatile__("fxsave64 %0" : "=m"(*v->arch.fpu)::"memory");
    }
}

static void fpu_restore(struct vcpu *v)
{
    if (fpu_host_features()) {
        xcr0_write(v->arch.xcr0_ever);
        registers_load(v->arch.fpu, ~0ull);
    } else {
        __asm__ __volatile__("fxrstor64 %0" : : "m"(*v->arch.fpu) : "memory");
    }
}

/* After fpu_save nobody but a guest touches TS. */
void fpu_switch_in(struct vcpu *v, unsigned int cpu)
{
    if (this_cpu(registers_of) != v || v->arch.fpu_cpu != cpu) {
        fpu_restore(v);
        this_cpu(registers_of) = v;
        v->arch.fpu_cpu = cpu;
    }
    if (fpu_host_features())
        xcr0_write(v->arch.xcr0);
    if (guest_ts(v))
        write_cr0(read_cr0() | X86_CR0_TS);
}

bool fpu_set_xcr0(struct vcpu *v, uint64_t value)
{
    if (!xcr0_is_valid(value))
        return false;
    /* What it has never enabled may hold another's registers. */
    if (value & ~v->arch.xcr0_ever) {
        uint64_t added = value & ~v->arch.xcr0_ever;

        v->arch.xcr0_ever |= value;
        v->arch.fpu->xstate_bv &= ~added;
        xcr0_write(v->arch.xcr0_ever);
        clts();
        /*
         * XRSTOR loads it with AVX as with SSE (Intel SDM vol. 1, 13.8.1), and the guest's is in the
         * register.
         */
        __asm__ __volatile__("stmxcsr %0" : "=m"(v->arch.fpu->mxcsr));
        registers_load(v->arch.fpu, added);
        if (guest_ts(v))
            write_cr0(read_cr0() | X86_CR0_TS);
    }
    v->arch.xcr0 = value;
    xcr0_write(value);
    return true;
}

bool fpu_device_not_available(struct vcpu *v)
{
    bool wanted = guest_ts(v);

    do_fpu_taskswitch(0);
    return wanted;
}

long do_fpu_taskswitch(int set)
{
    struct vcpu *v = current;

    if (set) {
        v->arch.ctrlreg[0] |= X86_CR0_TS;
        write_cr0(read_cr0() | X86_CR0_TS);
    } else {
        v->arch.ctrlreg[0] &= ~X86_CR0_TS;
        clts();
    }
    return 0;
}
