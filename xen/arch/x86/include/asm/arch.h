/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * x86: the types and inline primitives that <xen/arch.h> asks for.
 *
 * Each CPU has one stack, STACK_SIZE big and aligned; struct cpu_info lies at its top, found from RSP alone.
 * FS and GS always belong to the guest: the hypervisor never uses them.
 */
#ifndef ASM_ARCH_H
#define ASM_ARCH_H

#include <xen/types.h>
#include <public/xen.h>
#include <xen/types.h>
#include <asm/extable.h>
#include <asm/layout.h>
#include <asm/smap.h>

struct vcpu;
struct page_info;

/* --- The CPU's own block --- */
struct cpu_info {
    /*
     * What was interrupted: the guest's registers while the CPU runs on its behalf. The last 5 fields are the
     * IRETQ frame.
     */
    struct cpu_user_regs guest_regs;
    unsigned int cpu;
    unsigned int unused;
    struct vcpu *current_vcpu;
    unsigned long percpu_offset;
    unsigned long scratch; /* the SYSCALL entry */
};

static always_inline struct cpu_info *cpu_info(void)
{
    unsigned long sp;

    __asm__("mov %%rsp, %0" : "=r"(sp));
    return (struct cpu_info *)((sp & ~(unsigned long)(STACK_SIZE - 1)) + STACK_SIZE -
                               sizeof(struct cpu_info));
}
static always_inline unsigned int arch_this_cpu(void)
{
    return cpu_info()->cpu;
}
static always_inline unsigned long arch_this_cpu_offset(void)
{
    return cpu_info()->percpu_offset;
}
static always_inline struct vcpu *arch_current(void)
{
    return cpu_info()->current_vcpu;
}
/* The guest's registers as they were at entry. */
static always_inline struct cpu_user_regs *guest_regs(void)
{
    return &cpu_info()->guest_regs;
}

/* --- Interrupt flag, waiting --- */
static always_inline unsigned long arch_irq_save(void)
{
    unsigned long flags;

    __asm__ __volatile__("pushf; pop %0; cli" : "=r"(flags)::"memory");
    return flags;
}
static always_inline void arch_irq_restore(unsigned long flags)
{
    __asm__ __volatile__("push %0; popf" : : "r"(flags) : "memory", "cc");
}
static always_inline void arch_irq_enable(void)
{
    __asm__ __volatile__("sti" ::: "memory");
}
static always_inline void arch_irq_disable(void)
{
    __asm__ __volatile__("cli" ::: "memory");
}
static always_inline bool arch_irqs_enabled(void)
{
    unsigned long flags;

    __asm__ __volatile__("pushf; pop %0" : "=r"(flags));
    return flags & 0x200;
}
static always_inline void arch_cpu_relax(void)
{
    __asm__ __volatile__("pause" ::: "memory");
}
/*
 * Nobody else writes it, so that a plain add will do: stores are seen in their order (Intel SDM vol. 3,
 * 8.2.2).
 */
static always_inline void arch_add_one_release(uint16_t *word)
{
    __asm__ __volatile__("incw %0" : "+m"(*word) : : "memory", "cc");
}
/* One turn of a spinning lock: pause, and serve a TLB-flush request if interrupts are off (smp.c). */
void spin_wait_turn(void);
/* The same from where no register is to be saved for it (spin_wait.S). */
static always_inline void arch_spin_wait(void)
{
    __asm__ __volatile__("call spin_wait_saving" : : : "memory", "cc");
}

/* --- Addresses --- */
static always_inline void *arch_direct_map(paddr_t a)
{
    return (void *)(DIRECT_MAP_START + a);
}
/* Of a direct-map or image address. */
static always_inline paddr_t arch_virt_to_paddr(const void *p)
{
    unsigned long va = (unsigned long)p;

    return va >= DIRECT_MAP_START ? va - DIRECT_MAP_START : va - IMAGE_VIRT_START;
}
/* Canonical and not in the hypervisor's hole. */
static always_inline bool guest_address_ok(uint64_t va)
{
    return va < 0x0000800000000000ul || va >= HV_VIRT_END;
}
/* usercopy.S: any size, every check. Bytes not copied. */
size_t guest_copy_from(void *dst, uint64_t va, size_t n);
size_t guest_copy_to(uint64_t va, const void *src, size_t n);

/* Of a few words, known to the compiler: worth being copied in place. */
#define GUEST_COPY_IS_SMALL(n) (__builtin_constant_p(n) && (n) <= 64 && (n) % 4 == 0)

struct domain;
/*
 * Has the domain a linear L4 entry, through which reads could lead (pv/linear.c)? Then they are left to
 * usercopy.S.
 */
static always_inline bool domain_has_linear_l4(const struct domain *d)
{
    __asm__ goto("cmpb $0, OFF_DOMAIN_LINEAR_L4(%0)\n"
                 "jne %l[linear]"
                 :
                 : "r"(d)
                 : "cc", "memory"
                 : linear);
    return false;
linear:
    return true;
}
/* Not in the hole, and no linear L4 entry. False: leave it to usercopy.S. */
static always_inline bool guest_reads_are_plain(uint64_t va)
{
    const struct domain *d;

    __asm__("mov OFF_VCPU_DOMAIN(%1), %0" : "=r"(d) : "r"(arch_current()));
    return likely(!domain_has_linear_l4(d)) && va >> 43 != HV_VIRT_START >> 43;
}
static always_inline size_t arch_copy_from_guest(void *dst, uint64_t va, size_t n)
{
    uint64_t *d = (uint64_t *)dst, word;
    uint32_t half;

    if (!GUEST_COPY_IS_SMALL(n) || unlikely(!guest_reads_are_plain(va)))
        return guest_copy_from(dst, va, n);
    guest_access_begin();
#define GUEST_READ_WORD(k)                                                                                   \
    if (n >= 8 * (k) + 8) {                                                                                  \
        get_guest_word(word, va, 8 * (k), fault);                                                            \
        d[k] = word;                                                                                         \
    } else if (n >= 8 * (k) + 4) {                                                                           \
        get_guest_32(half, va, 8 * (k), fault);                                                              \
        *(uint32_t *)&d[k] = half;                                                                           \
    }
    GUEST_READ_WORD(0)
    GUEST_READ_WORD(1)
    GUEST_READ_WORD(2)
    GUEST_READ_WORD(3)
    GUEST_READ_WORD(4)
    GUEST_READ_WORD(5)
    GUEST_READ_WORD(6)
    GUEST_READ_WORD(7)
#undef GUEST_READ_WORD
    guest_access_end();
    return 0;
fault:
    return guest_copy_from(dst, va, n); /* counts exactly */
}
/*
 * n words at va of the current domain d, n a constant of at most 8, for locals that stay in registers. False:
 * some cannot be read.
 */
static always_inline bool arch_read_guest_words(const struct domain *d, uint64_t *w, uint64_t va,
                                                unsigned int n)
{
    uint64_t word, checked[8];

    if (unlikely(domain_has_linear_l4(d))) {
        if (guest_copy_from(checked, va, n * sizeof(*w)))
            return false;
        /* No loop: an index that is not constant would keep w in memory. */
#define CHECKED_LOCAL(k)                                                                                     \
    if (n > (k))                                                                                             \
        w[k] = checked[k];
        CHECKED_LOCAL(0)
        CHECKED_LOCAL(1)
        CHECKED_LOCAL(2)
        CHECKED_LOCAL(3)
        CHECKED_LOCAL(4)
        CHECKED_LOCAL(5)
        CHECKED_LOCAL(6)
        CHECKED_LOCAL(7)
#undef CHECKED_LOCAL
        return true;
    }
    guest_access_begin();
#define GUEST_READ_LOCAL(k)                                                                                  \
    if (n > (k)) {                                                                                           \
        get_guest_word(word, va, 8 * (k), fault);                                                            \
        w[k] = word;                                                                                         \
    }
    GUEST_READ_LOCAL(0)
    GUEST_READ_LOCAL(1)
    GUEST_READ_LOCAL(2)
    GUEST_READ_LOCAL(3)
    GUEST_READ_LOCAL(4)
    GUEST_READ_LOCAL(5)
    GUEST_READ_LOCAL(6)
    GUEST_READ_LOCAL(7)
#undef GUEST_READ_LOCAL
    guest_access_end();
    return true;
fault:
    return false;
}
/* 4 or 8 bytes, at any va. False: this way they cannot be read; arch_copy_from_guest may still. */
#define DEFINE_READ_GUEST(bits, get)                                                                         \
    static always_inline bool arch_read_guest_##bits(const struct domain *d, uint##bits##_t *value,          \
                                                     uint64_t va)                                            \
    {                                                                                                        \
        uint##bits##_t word;                                                                                 \
                                                                                                             \
        if (unlikely(domain_has_linear_l4(d)) || unlikely(va >> 43 == HV_VIRT_START >> 43))                  \
            return false;                                                                                    \
        guest_access_begin();                                                                                \
        get(word, va, 0, fault);                                                                             \
        guest_access_end();                                                                                  \
        *value = word;                                                                                       \
        return true;                                                                                         \
    fault:                                                                                                   \
        return false;                                                                                        \
    }
DEFINE_READ_GUEST(32, get_guest_32)
DEFINE_READ_GUEST(64, get_guest_word)
#undef DEFINE_READ_GUEST

/* 2 or 8 bytes at va: near by, the guest's memory has just been read. */
#define DEFINE_WRITE_GUEST(name, type, put)                                                                  \
    static always_inline bool arch_write_guest_##name(uint64_t va, type value)                               \
    {                                                                                                        \
        guest_access_begin();                                                                                \
        put(va, 0, value, fault);                                                                            \
        guest_access_end();                                                                                  \
        return true;                                                                                         \
    fault:                                                                                                   \
        return false;                                                                                        \
    }
DEFINE_WRITE_GUEST(16, uint16_t, put_guest_16)
DEFINE_WRITE_GUEST(word, uint64_t, put_guest_word)
#undef DEFINE_WRITE_GUEST

static always_inline size_t arch_copy_to_guest(uint64_t va, const void *src, size_t n)
{
    const uint64_t *s = (const uint64_t *)src;

    if (!GUEST_COPY_IS_SMALL(n))
        return guest_copy_to(va, src, n);
    if (unlikely(va >> 43 == HV_VIRT_START >> 43))
        return n;
    guest_access_begin();
#define GUEST_WRITE_WORD(k)                                                                                  \
    if (n >= 8 * (k) + 8)                                                                                    \
        put_guest_word(va, 8 * (k), s[k], fault);                                                            \
    else if (n >= 8 * (k) + 4)                                                                               \
        put_guest_32(va, 8 * (k), *(const uint32_t *)&s[k], fault);
    GUEST_WRITE_WORD(0)
    GUEST_WRITE_WORD(1)
    GUEST_WRITE_WORD(2)
    GUEST_WRITE_WORD(3)
    GUEST_WRITE_WORD(4)
    GUEST_WRITE_WORD(5)
    GUEST_WRITE_WORD(6)
    GUEST_WRITE_WORD(7)
#undef GUEST_WRITE_WORD
    guest_access_end();
    return 0;
fault:
    return guest_copy_to(va, src, n);
}

/* --- Per domain, per vCPU --- */
struct arch_domain {
    struct pirq *pirqs;           /* by number, nr_pirqs of them; NULL: none mean anything (pirq.c) */
    unsigned int nr_pirqs;
    unsigned long *pirq_eoi_bits; /* a page of the domain's, with references; NULL: none registered */
    bool eoi_unmasks;             /* it was registered by PHYSDEVOP_pirq_eoi_gmfn_v1 */
    /* bitmap of 65536: ports that the domain may not use are set; NULL: none allowed */
    unsigned long *io_ports;
    bool all_io_ports;            /* Domain 0 */
    uint32_t pci_cf8;             /* PCI configuration address, as the domain last wrote it */
    uint8_t cmos_index;           /* the CMOS address likewise */
    unsigned int physaddr_bits;   /* 0: any */
    void *e820;                   /* the memory map set for it, see memory_op */
    unsigned int nr_e820;
    struct domain_tsc {           /* pv/tsc.c */
        bool is_emulated;
        uint32_t mode, khz, incarnation; /* as a toolstack set them */
        s_time_t start_ns;               /* when it was 0 */
        s_time_t last_ns;                /* latest moment that was read; atomic */
        struct {
            uint32_t multiplier;
            int8_t shift;
        } to_ns, from_ns;
    } tsc;
    /* FEATURE_WORDS: what it may see of the processor's; NULL: all that PV may (pv/cpu_policy.c) */
    uint32_t *cpu_features;
    /* has had a linear L4 entry: see pv/linear.c; 0: no, else as table_entry.c has it */
    uint8_t linear_l4;
    struct page_info *relinquish_at; /* how far pv_relinquish_page_tables came; holds a reference */
    bool tables_relinquished; /* it came to the end */
};

struct trap_bounce_target {
    unsigned long address; /* 0: none */
    uint16_t cs;
    uint8_t flags; /* TARGET_* */
};
#define TARGET_DPL         3 /* trap table: who may issue INT n, as in struct trap_info */
#define TARGET_MASK_EVENTS 4 /* events are masked on entry */

struct fpu_state; /* XSAVE area, 64-byte aligned */

struct arch_vcpu {
    struct cpu_user_regs user_regs; /* saved while not on a CPU */
    unsigned long flags;            /* VCPUF_*: only its own CPU changes them */
    /* NMI: asked for (any CPU, by its own byte), deferred because one is being handled (until IRET). */
    bool nmi_pending, nmi_masked, nmi_deferred;

    /* Page tables. Each base that is not 0 holds a type reference (PGT_L4). */
    mfn_t guest_table;      /* kernel */
    mfn_t guest_table_user; /* INVALID_MFN: none */
    unsigned long cr3;      /* in use when it runs */
    struct page_info *deferred_teardown; /* a table that this vCPU left half torn down, or NULL */

    struct trap_bounce_target traps[256];
    struct trap_bounce_target event_callback, failsafe_callback, syscall_callback, syscall32_callback,
        sysenter_callback, unused_callback; /* the NMI callback is traps[2], as in stock Xen */

    unsigned long kernel_sp;
    uint16_t kernel_ss;
    unsigned int iopl; /* virtual: X86_EFLAGS_IOPL in place */
    /*
     * The guest's own I/O permission bitmap (PHYSDEVOP_set_iobitmap): ports below the limit, bits at a guest
     * address.
     */
    uint64_t io_bitmap_va;
    unsigned int io_bitmap_ports;

    unsigned long fs_base, gs_base_kernel, gs_base_user; /* saved while not on a CPU */
    unsigned long ctrlreg[8];                            /* guest's view: CR0 TS etc., CR2, CR4 */
    /* DR0-3, 6, 7 as the guest set them; [5]: its I/O breakpoints */
    unsigned long debugreg[8];
    uint32_t tsc_aux;
    uint64_t mcg_status, mc_ctl2[2]; /* machine check: the guest's own, and without effect */

    uint32_t window_slot; /* of VCPU_WINDOWS */
    unsigned int window_cpu; /* whose reserved GDT page the window shows; ~0: none yet */
    uint64_t gdt_frames[14];
    unsigned int nr_gdt_entries;
    unsigned long ldt_base;
    unsigned int nr_ldt_entries;
    unsigned int nr_ldt_mapped; /* frames typed and mapped so far */

    struct fpu_state *fpu;
    uint64_t xcr0, xcr0_ever; /* features that the guest enabled: now, and at any time */
    unsigned int fpu_cpu;     /* which had its registers last; ~0: none has them */
};

#define VCPUF_KERNEL_MODE (1ul << 0)

#endif
