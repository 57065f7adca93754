/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * As much of a machine as the page-type rules need, on memory of the host: RAM is an array, a thread is a
 * CPU. The other headers of arch/x86 are the real ones.
 */
#ifndef ASM_ARCH_H
#define ASM_ARCH_H

#include <xen/types.h>
#include <public/xen.h>
#include <asm/layout.h>

struct vcpu;
struct page_info;

extern char *fake_ram;
extern __thread struct vcpu *fake_current;

static always_inline unsigned int arch_this_cpu(void)
{
    return 0;
}
static always_inline unsigned long arch_this_cpu_offset(void)
{
    return 0;
}
static always_inline struct vcpu *arch_current(void)
{
    return fake_current;
}
static always_inline unsigned long arch_irq_save(void)
{
    return 0;
}
static always_inline void arch_irq_restore(unsigned long flags)
{
}
static always_inline bool arch_irqs_enabled(void)
{
    return true;
}
void arch_spin_wait(void);
static always_inline void arch_add_one_release(uint16_t *word)
{
    __atomic_store_n(word, (uint16_t)(*word + 1), __ATOMIC_RELEASE);
}

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
    return va < 0x0000800000000000ul || va >= HV_VIRT_END;
}
size_t arch_copy_from_guest(void *dst, uint64_t va, size_t n);
size_t arch_copy_to_guest(uint64_t va, const void *src, size_t n);
struct domain;
static inline bool arch_read_guest_32(const struct domain *d, uint32_t *value, uint64_t va)
{
    return !arch_copy_from_guest(value, va, sizeof(*value));
}
static inline bool arch_read_guest_64(const struct domain *d, uint64_t *value, uint64_t va)
{
    return !arch_copy_from_guest(value, va, sizeof(*value));
}

struct arch_domain {
    uint8_t linear_l4;
    struct page_info *relinquish_at;
    bool tables_relinquished;
};

struct arch_vcpu {
    unsigned long flags;
    mfn_t guest_table, guest_table_user;
    unsigned long cr3;
    struct page_info *deferred_teardown;
    unsigned long ldt_base;
    unsigned int nr_ldt_entries;
};

#define VCPUF_KERNEL_MODE (1ul << 0)

#endif
