/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The fake machine for programs that link arch/x86/pv's page-type rules: TLBs that count flushes, the windows
 * of descriptor tables, and the arch's share of domains. The hypercall table has what runs on the host.
 * Instead of page_types.c and domain.c beside this folder.
 */
#include <xen/arch.h>
#include <xen/console.h>
#include <xen/event_channel.h>
#include <xen/grant_table.h>
#include <xen/hypercall.h>
#include <xen/log.h>
#include <xen/sched.h>
#include <xen/smp.h>
#include <xen/string.h>
#include <xen/xmalloc.h>
#include <asm/cpu.h>
#include <asm/desc.h>
#include <asm/flushtlb.h>
#include <asm/memory_map.h>
#include <asm/pv.h>
#include <asm/pv_mm.h>
#include <fake/pv.h>
#include "calls.h"
#include "walk.h"

struct cpu_features cpu_features = {.physical_address_bits = 40};
pte_t hypervisor_l4[PT_ENTRIES];

/* --- TLBs */
uint64_t tlb_clock = 1;
uint64_t fake_flushes;
uint64_t fake_flushed_at[FAKE_TLBS];

void load_cr3(unsigned long cr3)
{
}
void flush_tlb_mask(cpumask_t mask)
{
    tlb_clock++;
    fake_flushes++;
    for (unsigned int cpu = 0; cpu < FAKE_TLBS; cpu++)
        if (cpumask_test(mask, cpu))
            fake_flushed_at[cpu] = tlb_clock;
}
void flush_tlb_local(void)
{
    flush_tlb_mask(cpumask_of(arch_this_cpu()));
}
void flush_tlb_one_local(unsigned long va)
{
}
void flush_tlb_one_mask(cpumask_t mask, unsigned long va)
{
}
cpumask_t tlb_cpus_not_flushed_since(cpumask_t candidates, uint32_t stamp)
{
    for (unsigned int cpu = 0; cpu < FAKE_TLBS; cpu++)
        if (fake_flushed_at[cpu] > stamp)
            candidates = cpumask_andnot(candidates, cpumask_of(cpu));
    return candidates;
}
void smp_call(cpumask_t mask, void (*fn)(void *data), void *data, bool wait)
{
}

/* --- Windows */
static mfn_t windows[FAKE_WINDOWS][FAKE_WINDOW_PAGES];

void fake_windows_reset(void)
{
    for (unsigned int i = 0; i < FAKE_WINDOWS * FAKE_WINDOW_PAGES; i++)
        windows[i / FAKE_WINDOW_PAGES][i % FAKE_WINDOW_PAGES] = INVALID_MFN;
}

static mfn_t *window_at(unsigned long va)
{
    unsigned long offset = va - VCPU_WINDOWS_START,
                  page = (offset & ((1ul << VCPU_WINDOW_SHIFT) - 1)) >> PAGE_SHIFT;

    BUG_ON(offset >> VCPU_WINDOW_SHIFT >= FAKE_WINDOWS || page >= FAKE_WINDOW_PAGES);
    return &windows[offset >> VCPU_WINDOW_SHIFT][page];
}

mfn_t fake_window_frame(unsigned int slot, unsigned int page)
{
    return windows[slot][page];
}

int map_hypervisor_pages(unsigned long va, mfn_t m, uint64_t nr, uint64_t flags)
{
    BUG_ON(nr != 1);
    *window_at(va) = flags == PTE_HV_DATA ? m : INVALID_MFN;
    return 0;
}

mfn_t hypervisor_frame_at(unsigned long va)
{
    return *window_at(va);
}

mfn_t guest_frame_at(const struct vcpu *v, unsigned long va)
{
    mfn_t m = pv_current_base(v);

    if (!guest_address_ok(va) || mfn_eq(m, INVALID_MFN))
        return INVALID_MFN;
    for (unsigned int level = 4; level; level--) {
        pte_t e = ((pte_t *)mfn_to_virt(m))[pt_index(va, level)];

        if (!pte_present(e) || !(e.v & PTE_USER) || (level > 1 && !mfn_valid(pte_mfn(e))))
            return INVALID_MFN;
        m = pte_mfn(e);
    }
    return m;
}

void ldt_load(unsigned long base, unsigned int nr_entries)
{
}

/* --- Memory */
const struct boot_e820 *machine_memory_map(unsigned int *nr)
{
    static struct boot_e820 ram = {.start = 0x100000, .type = 1};

    ram.size = (max_page << PAGE_SHIFT) - ram.start;
    *nr = 1;
    return &ram;
}
bool m2p_extent(unsigned int nr, uint64_t *m)
{
    *m = 0;
    return nr < 2;
}

/* --- Domains */
int arch_domain_create(struct domain *d)
{
    return 0;
}
int arch_domain_relinquish(struct domain *d)
{
    struct vcpu *v;

    for_each_vcpu(d, v)
    {
        pv_drop_ldt(v);
        pv_drop_gdt(v);
    }
    return pv_relinquish_page_tables(d);
}
void arch_domain_destroy(struct domain *d)
{
    xfree(d->arch.e820);
}
int arch_vcpu_create(struct vcpu *v)
{
    v->arch.flags = VCPUF_KERNEL_MODE;
    v->arch.guest_table = v->arch.guest_table_user = INVALID_MFN;
    return 0;
}
void arch_vcpu_destroy(struct vcpu *v)
{
}
int arch_vcpu_set_context(struct vcpu *v, const struct vcpu_guest_context *ctx)
{
    return -XEN_EINVAL;
}
int arch_vcpu_reset(struct vcpu *v)
{
    pv_drop_ldt(v);
    pv_drop_gdt(v);
    return pv_drop_bases(v);
}
void arch_vcpu_dump(struct vcpu *v)
{
}
void arch_vcpu_update_areas(struct vcpu *v)
{
}
void arch_vcpu_time_info(struct vcpu *v, struct vcpu_time_info *out)
{
    *out = (struct vcpu_time_info){.system_time = (uint64_t)now_ns()};
}
bool arch_vcpu_time_stands(const struct vcpu *v, const struct vcpu_time_info *record)
{
    return false;
}
void arch_wallclock_at_boot(uint64_t *seconds, uint32_t *nanoseconds)
{
    *seconds = *nanoseconds = 1;
}
long arch_vcpu_op(unsigned int cmd, struct vcpu *v, uint64_t arg_va)
{
    return -XEN_ENOSYS;
}

/* --- Hypercalls */
#define ARGUMENTS uint64_t a1, uint64_t a2, uint64_t a3, uint64_t a4, uint64_t a5
#define CALL(name, expression)                                                                               \
    static long call_##name(ARGUMENTS)                                                                       \
    {                                                                                                        \
        return expression;                                                                                   \
    }
CALL(mmu_update, do_mmu_update(a1, (unsigned int)a2, a3, (unsigned int)a4))
CALL(set_gdt, do_set_gdt(a1, (unsigned int)a2))
CALL(update_descriptor, do_update_descriptor(a1, a2))
CALL(memory_op, do_memory_op(a1, a2))
CALL(multicall, do_multicall(a1, (unsigned int)a2))
CALL(update_va, do_update_va_mapping(a1, a2, a3))
CALL(update_va_other, do_update_va_mapping_otherdomain(a1, a2, a3, (unsigned int)a4))
CALL(set_timer, do_set_timer_op((s_time_t)a1))
CALL(version, do_xen_version((unsigned int)a1, a2))
CALL(grant, do_grant_table_op((unsigned int)a1, a2, (unsigned int)a3))
CALL(vm_assist, do_vm_assist((unsigned int)a1, (unsigned int)a2))
CALL(vcpu_op, do_vcpu_op((unsigned int)a1, (unsigned int)a2, a3))
CALL(mmuext, do_mmuext_op(a1, (unsigned int)a2, a3, (unsigned int)a4))
CALL(sched_op, do_sched_op((int)a1, a2))
CALL(event, do_event_channel_op((int)a1, a2))

hypercall_t *const hypercall_table[NR_HYPERCALLS] = {
    [__HYPERVISOR_mmu_update] = call_mmu_update,
    [__HYPERVISOR_set_gdt] = call_set_gdt,
    [__HYPERVISOR_update_descriptor] = call_update_descriptor,
    [__HYPERVISOR_memory_op] = call_memory_op,
    [__HYPERVISOR_multicall] = call_multicall,
    [__HYPERVISOR_update_va_mapping] = call_update_va,
    [__HYPERVISOR_set_timer_op] = call_set_timer,
    [__HYPERVISOR_xen_version] = call_version,
    [__HYPERVISOR_grant_table_op] = call_grant,
    [__HYPERVISOR_vm_assist] = call_vm_assist,
    [__HYPERVISOR_update_va_mapping_otherdomain] = call_update_va_other,
    [__HYPERVISOR_vcpu_op] = call_vcpu_op,
    [__HYPERVISOR_mmuext_op] = call_mmuext,
    [__HYPERVISOR_sched_op] = call_sched_op,
    [__HYPERVISOR_event_channel_op] = call_event,
};
