/* SPDX-License-Identifier: BSD-2-Clause */
/* See fake_machine.h: RAM, domains, hypercalls with continuation. The oracle is oracle.c's. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sched.h>
#include <xen/arch.h>
#include <xen/hypercall.h>
#include <xen/page_ref.h>
#include <xen/refusal.h>
#include <xen/smp.h>
#include <xen/softirq.h>
#include <xen/xmalloc.h>
#include <asm/cpu.h>
#include <asm/flushtlb.h>
#include "fake_machine.h"

#define CONTINUED (-1000)

static char ram[NR_FRAMES * 4096] __aligned(4096);
static struct page_info pages[NR_FRAMES];
char *fake_ram = ram;
struct page_info *frame_table = pages;
uint64_t max_page = NR_FRAMES;
__thread struct vcpu *fake_current;
pte_t hypervisor_l4[PT_ENTRIES];
struct cpu_features cpu_features = {.physical_address_bits = 40};
struct domain *hardware_domain, *dom_xen, *dom_io;
static struct domain special[2];
struct domain guest, other;
struct vcpu guest_vcpu[NR_CPUS];
static struct vcpu *guest_vcpus[NR_CPUS];
cpumask_t cpu_online_map = {3};
unsigned long percpu_softirq_pending;
unsigned long percpu_offset[MAX_CPUS];
bool machine_abandon;
unsigned int injected_vector;

static __thread struct {
    uint64_t args[5];
} continuation;

/* --- What the rules call --- */
bool mfn_valid(mfn_t m)
{
    return m.n >= FIRST_RAM && m.n < NR_FRAMES;
}

int refuse(int rc, const char *rule, const char *fmt, ...)
{
    char text[REFUSAL_TEXT_SIZE];
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(text, sizeof(text), fmt, ap);
    va_end(ap);
    return rc;
}

void bug(const char *file, int line, const char *what)
{
    fprintf(stderr, "BUG at %s:%d: %s\n", file, line, what);
    abort();
}

void arch_spin_wait(void)
{
    sched_yield();
}

size_t arch_copy_from_guest(void *dst, uint64_t va, size_t n)
{
    if (va < 4096)
        return n;
    memcpy(dst, (const void *)va, n);
    return 0;
}

size_t arch_copy_to_guest(uint64_t va, const void *src, size_t n)
{
    if (va < 4096)
        return n;
    memcpy((void *)va, src, n);
    return 0;
}

void page_free_owned(struct page_info *pg)
{
    struct domain *d = pg->owner;

    arch_page_flush_stale(pg, d);
    spin_lock(&d->page_alloc_lock);
    domain_page_list_remove(d, pg);
    d->tot_pages--;
    spin_unlock(&d->page_alloc_lock);
    pg->type_info = 0;
    pg->owner = NULL;
    pg->count_info = 0;
}

void domain_page_list_remove(struct domain *d, struct page_info *pg)
{
    if (pg->next)
        page(pg->next)->prev = pg->prev;
    if (pg->prev)
        page(pg->prev)->next = pg->next;
    else
        d->page_list = pg->next;
    pg->next = pg->prev = 0;
}

void domain_pages_uncount(struct domain *d, uint64_t nr)
{
    d->tot_pages -= nr;
}

struct domain *domain_get_by_id(domid_t domid)
{
    return domid == guest.id ? &guest : domid == other.id ? &other : NULL;
}
void domain_put(struct domain *d)
{
}
void arch_m2p_set(mfn_t m, uint64_t pfn)
{
}
bool pv_segdesc_page_ok(mfn_t m)
{
    return frame(m.n)[0].v != 0xbad;
}
void pv_inject_exception(unsigned int vector, uint32_t error_code)
{
    injected_vector = vector;
}
void vcpu_pause_sync(struct vcpu *v)
{
}
void vcpu_unpause(struct vcpu *v)
{
}
void pv_drop_ldt(struct vcpu *v)
{
}
void pv_load_ldt(struct vcpu *v)
{
}
void smp_call(cpumask_t mask, void (*fn)(void *data), void *data, bool wait)
{
}

long hypercall_continue(unsigned int nr, unsigned int nr_args, ...)
{
    va_list ap;

    va_start(ap, nr_args);
    for (unsigned int i = 0; i < nr_args; i++)
        continuation.args[i] = va_arg(ap, unsigned long);
    va_end(ap);
    return CONTINUED;
}

/* --- The machine --- */
static void give(struct domain *d, uint64_t n)
{
    struct page_info *pg = page(n);

    pg->owner = d;
    pg->next = d->page_list;
    if (pg->next)
        page(pg->next)->prev = (uint32_t)n;
    d->page_list = (uint32_t)n;
    d->tot_pages++;
    pg->count_info = PGC_ALLOCATED | 1;
}

static void domain_reset(struct domain *d, domid_t id)
{
    memset(d, 0, sizeof(*d));
    d->id = id;
}

void machine_reset(void)
{
    memset(ram, 0, sizeof(ram));
    memset(pages, 0, sizeof(pages));
    memset(guest_vcpu, 0, sizeof(guest_vcpu));
    domain_reset(&guest, 5);
    domain_reset(&other, 6);
    domain_reset(&special[0], DOMID_XEN);
    domain_reset(&special[1], DOMID_IO);
    dom_xen = &special[0];
    dom_io = &special[1];
    hardware_domain = NULL;
    guest.vcpu = guest_vcpus;
    guest.max_vcpus = NR_CPUS;
    for (unsigned int i = 0; i < NR_CPUS; i++) {
        guest_vcpus[i] = &guest_vcpu[i];
        guest_vcpu[i].id = guest_vcpu[i].cpu = i;
        guest_vcpu[i].domain = &guest;
        guest_vcpu[i].dirty_cpus = cpumask_of(i);
        guest_vcpu[i].arch.flags = VCPUF_KERNEL_MODE;
        guest_vcpu[i].arch.guest_table = guest_vcpu[i].arch.guest_table_user = INVALID_MFN;
    }
    for (uint64_t n = FIRST_GUEST; n < FIRST_FOREIGN; n++)
        give(&guest, n);
    for (uint64_t n = FIRST_FOREIGN; n < FIRST_FREE; n++)
        give(&other, n);
    for (unsigned int i = HV_FIRST_SLOT; i <= HV_LAST_SLOT; i++)
        hypervisor_l4[i] = pte_make(mfn(FIRST_RAM), PTE_PRESENT | PTE_WRITE);
    flush_tlb_mask(cpumask_all());
    machine_set_current(0);
    machine_preempt(false);
    machine_abandon = false;
    injected_vector = 0;
}

void machine_set_current(unsigned int cpu)
{
    fake_current = &guest_vcpu[cpu];
}

void machine_preempt(bool always)
{
    percpu_softirq_pending = always;
}

/* --- Hypercalls of the guest --- */
int guest_mmu_update_list(mmu_update_t *list, unsigned int count, unsigned int *done, unsigned int foreigndom)
{
    long rc;

    continuation.args[0] = (uint64_t)list;
    continuation.args[1] = count;
    continuation.args[2] = (uint64_t)done;
    continuation.args[3] = foreigndom;
    do {
        rc = do_mmu_update(continuation.args[0], (unsigned int)continuation.args[1], continuation.args[2],
                           (unsigned int)continuation.args[3]);
    } while (rc == CONTINUED && !machine_abandon);
    return (int)rc;
}

int guest_mmu_update(uint64_t ptr, uint64_t value)
{
    mmu_update_t request = {ptr, value};

    return guest_mmu_update_list(&request, 1, NULL, DOMID_SELF);
}

int guest_mmuext(unsigned int cmd, uint64_t m)
{
    mmuext_op_t op = {.cmd = cmd, .arg1.mfn = m};
    long rc;

    continuation.args[0] = (uint64_t)&op;
    continuation.args[1] = 1;
    continuation.args[2] = 0;
    continuation.args[3] = DOMID_SELF;
    do {
        rc = do_mmuext_op(continuation.args[0], (unsigned int)continuation.args[1], continuation.args[2],
                          (unsigned int)continuation.args[3]);
    } while (rc == CONTINUED && !machine_abandon);
    return (int)rc;
}

int guest_update_va(uint64_t va, uint64_t value, uint64_t flags)
{
    long rc;

    do {
        rc = do_update_va_mapping(va, value, flags);
    } while (rc == CONTINUED && !machine_abandon);
    return (int)rc;
}

void *xzalloc_bytes(size_t size, size_t align)
{
    return calloc(1, size);
}

void xfree(void *p)
{
    free(p);
}
