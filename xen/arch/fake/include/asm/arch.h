/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The fake machine: the types and inline primitives that <xen/arch.h> asks for, on memory and threads of the
 * host. A thread is a CPU; which one and what runs on it are thread-local. Guest addresses are addresses of
 * the test program.
 */
#ifndef ASM_ARCH_H
#define ASM_ARCH_H

#include <xen/types.h>
#include <public/xen.h>

struct vcpu;

extern __thread unsigned int fake_cpu;
extern __thread struct vcpu *fake_current;
extern __thread bool fake_irqs_off;
extern __thread unsigned long fake_irqs_restored; /* how often */
extern char *fake_ram; /* machine address 0 */
extern unsigned long percpu_offset[];

static always_inline unsigned int arch_this_cpu(void)
{
    return fake_cpu;
}
static always_inline unsigned long arch_this_cpu_offset(void)
{
    return percpu_offset[fake_cpu];
}
static always_inline struct vcpu *arch_current(void)
{
    return fake_current;
}

static always_inline unsigned long arch_irq_save(void)
{
    unsigned long flags = fake_irqs_off;

    fake_irqs_off = true;
    return flags;
}
static always_inline void arch_irq_restore(unsigned long flags)
{
    fake_irqs_off = flags;
    fake_irqs_restored++;
}
static always_inline void arch_irq_enable(void)
{
    fake_irqs_off = false;
}
static always_inline void arch_irq_disable(void)
{
    fake_irqs_off = true;
}
static always_inline bool arch_irqs_enabled(void)
{
    return !fake_irqs_off;
}
/* Whoever waits lets time pass: a millisecond. */
void arch_cpu_relax(void);
static always_inline void arch_add_one_release(uint16_t *word)
{
    __atomic_store_n(word, (uint16_t)(*word + 1), __ATOMIC_RELEASE);
}
/* Gives the host's CPU away: the lock's holder may wait for it. */
void arch_spin_wait(void);

static always_inline void *arch_direct_map(paddr_t a)
{
    return fake_ram + a;
}
static always_inline paddr_t arch_virt_to_paddr(const void *p)
{
    return (paddr_t)((const char *)p - fake_ram);
}
static always_inline bool guest_address_ok(uint64_t va)
{
    return va < 0x0000800000000000ul || va >= 0xffff880000000000ul;
}
size_t arch_copy_from_guest(void *dst, uint64_t va, size_t n);
size_t arch_copy_to_guest(uint64_t va, const void *src, size_t n);
struct domain;
static inline bool arch_read_guest_words(const struct domain *d, uint64_t *w, uint64_t va, unsigned int n)
{
    return !arch_copy_from_guest(w, va, n * sizeof(*w));
}
static inline bool arch_read_guest_32(const struct domain *d, uint32_t *value, uint64_t va)
{
    return !arch_copy_from_guest(value, va, sizeof(*value));
}
static inline bool arch_read_guest_64(const struct domain *d, uint64_t *value, uint64_t va)
{
    return !arch_copy_from_guest(value, va, sizeof(*value));
}
static inline bool arch_write_guest_16(uint64_t va, uint16_t value)
{
    return !arch_copy_to_guest(va, &value, sizeof(value));
}
static inline bool arch_write_guest_word(uint64_t va, uint64_t value)
{
    return !arch_copy_to_guest(va, &value, sizeof(value));
}

struct page_info;

/* From relinquish_at and flags on: what arch/x86/pv keeps, for the programs that link its page-type rules. */
struct arch_domain {
    unsigned int nr_relinquish_restarts; /* arch_domain_relinquish asks for so many more calls */
    struct page_info *relinquish_at;
    bool tables_relinquished;
    uint8_t linear_l4;
    void *e820;
    unsigned int nr_e820;
};

struct arch_vcpu {
    struct vcpu_guest_context *context; /* what arch_vcpu_set_context got */
    uint64_t nr_switched_to;
    unsigned long flags;
    mfn_t guest_table, guest_table_user;
    unsigned long cr3;
    struct page_info *deferred_teardown;
    uint32_t window_slot;
    uint64_t gdt_frames[14];
    unsigned int nr_gdt_entries;
    unsigned long ldt_base;
    unsigned int nr_ldt_entries;
    unsigned int nr_ldt_mapped;
};
#define VCPUF_KERNEL_MODE (1ul << 0)

#endif
