/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The machine under the page-type tests: a few frames of RAM, two domains, a model of each CPU's TLB, and an
 * oracle that recomputes every count from the tables themselves.
 */
#ifndef FAKE_MACHINE_H
#define FAKE_MACHINE_H

#include <xen/domain.h>
#include <xen/mm.h>
#include <asm/page.h>
#include <asm/pv.h>
#include <asm/pv_mm.h>

#define NR_FRAMES     160
#define NR_CPUS       2
#define FIRST_RAM     8  /* below: device memory */
#define FIRST_GUEST   16 /* up to here the hypervisor's own */
#define FIRST_FOREIGN 140
#define FIRST_FREE    150

extern struct domain guest, other;
extern struct vcpu guest_vcpu[NR_CPUS];
/* Of the exception that the rules gave the guest; 0: none. */
extern unsigned int injected_vector;

/* All frames back to their owners, unused and zero; bases unset; nothing in the TLBs. */
void machine_reset(void);
void machine_set_current(unsigned int cpu);
/* Something else is always to be done, so that long operations give way as often as they can. */
void machine_preempt(bool always);

static inline pte_t *frame(uint64_t n)
{
    return mfn_to_virt(mfn(n));
}
static inline struct page_info *page(uint64_t n)
{
    return mfn_to_page(mfn(n));
}
static inline uint64_t type_count(uint64_t n)
{
    return page(n)->type_info & PGT_COUNT_MASK;
}
static inline uint64_t type_of(uint64_t n)
{
    return page(n)->type_info & PGT_TYPE_MASK;
}
static inline uint64_t ref_count(uint64_t n)
{
    return page(n)->count_info & PGC_COUNT_MASK;
}

/*
 * Hypercalls as a guest makes them: continued until done. abandon: give up at the first continuation (as if
 * the guest never came back).
 */
extern bool machine_abandon;
int guest_mmu_update(uint64_t ptr, uint64_t value);
int guest_mmu_update_list(mmu_update_t *list, unsigned int count, unsigned int *done,
                          unsigned int foreigndom);
int guest_mmuext(unsigned int cmd, uint64_t mfn);
int guest_update_va(uint64_t va, uint64_t value, uint64_t flags);

/* The processor of this CPU walks the tables to va and remembers what it found. False: not mapped. */
bool tlb_touch(unsigned int cpu, unsigned long va);

/* Fails the test with a sentence when a count is wrong, or a TLB knows what it must not. */
void oracle_check(const char *after);

#endif
