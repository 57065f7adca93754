/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * PV page tables: what the files of arch/x86/pv that handle them ask of each other. docs/page-types.md has
 * the rules.
 *
 * An entry is present only while its references are held: a general one on its frame, and the type that its
 * level asks for. Entries change by one atomic exchange; who put the new value in owns the old one's
 * references. So no table needs a lock.
 */
#ifndef ASM_PV_MM_H
#define ASM_PV_MM_H

#include <xen/domain.h>
#include <xen/mm.h>
#include <asm/page.h>

/* In the count of mmu_update and mmuext_op: the call was preempted and is being continued. */
#define MMU_LIST_CONTINUED 0x80000000u

/* Most entries of most tables are absent: looking at a cache line of them at once costs little. */
#define PTE_GROUP 8
static always_inline bool pte_group_absent(const pte_t *e)
{
    return !((e[0].v | e[1].v | e[2].v | e[3].v | e[4].v | e[5].v | e[6].v | e[7].v) & PTE_PRESENT);
}

static always_inline uint64_t table_type(unsigned int level)
{
    return (uint64_t)level << PGT_SHIFT;
}
static always_inline unsigned int table_level(uint64_t type_info)
{
    return (unsigned int)(type_info >> PGT_SHIFT);
}
static always_inline bool is_hypervisor_slot(unsigned int index)
{
    return index >= HV_FIRST_SLOT && index <= HV_LAST_SLOT;
}

/* --- l1_entry.c --- */
/*
 * Writes an entry of an L1 table of table_owner, on which the caller holds a type reference. The frame must
 * belong to page_owner (another domain: the caller has checked that it may). keep_ad: Accessed and Dirty stay
 * as they are. 0, -XEN_EINVAL (bits), -XEN_EBUSY (frame of another, or in use as another type), -XEN_EPERM
 * (MMIO), -XEN_EACCES (caching of a shared page); nothing changed then.
 */
int l1_entry_write(pte_t *slot, pte_t new, struct domain *table_owner, struct domain *page_owner,
                   bool keep_ad) __must_check;
/*
 * As above, only when the entry still is `expected`; *found: what it was. Like cmpxchg, a different value is
 * no failure.
 */
int l1_entry_exchange(pte_t *slot, pte_t expected, pte_t new, struct domain *d, pte_t *found) __must_check;
int l1_validate(struct page_info *pg, struct domain *d) __must_check;
void l1_invalidate(struct page_info *pg);

/* --- mmio.c --- */
/*
 * No guest may map this range of device registers (the local APIC); guests get it read-only even if they ask
 * for more (IO-APICs). Boot only.
 */
void mmio_deny(paddr_t start, uint64_t size);
void mmio_make_read_only(paddr_t start, uint64_t size);
/*
 * The memory map that Domain 0 reads has this range as reserved, as it has those that are denied. Boot only.
 */
void mmio_reserve(paddr_t start, uint64_t size);
/*
 * As mmio_make_read_only, at any time, for nr (at most 255) frames, until it is taken back; mappings that are
 * there keep what they have. False: too many such ranges. pci_lock held.
 */
bool mmio_guard(uint64_t first, unsigned int nr) __must_check;
void mmio_unguard(uint64_t first, unsigned int nr);
bool mmio_is_read_only(uint64_t frame);
/*
 * Whether d may have an L1 entry for a frame that is no RAM. -XEN_EPERM, or the bits that must change in the
 * entry: PTE_WRITE where only reading is allowed, those of the memory type where it would be cached.
 */
int mmio_map(struct domain *d, pte_t e) __must_check;
/* May d map all these frames of registers? Never those that the hypervisor keeps for itself. */
bool mmio_permitted(struct domain *d, uint64_t first, uint64_t last);
/* From now on it may, or may not; what it has mapped stays. 0 or -XEN_ENOMEM. */
int mmio_permit(struct domain *d, uint64_t first, uint64_t last, bool allow) __must_check;
/*
 * Registers of a device that is Domain 0's: an address that the processor has, neither RAM nor anything that
 * the hypervisor keeps. Any context.
 */
bool mmio_is_device(uint64_t frame);
/*
 * The first run of reserved frames in [from, end): [*first, *after). False: there is none, or it reaches the
 * end of the processor's addresses.
 */
bool mmio_reserved_run(uint64_t from, uint64_t end, uint64_t *first, uint64_t *after);

/* --- table_entry.c: L2 to L4 --- */
/*
 * As l1_entry_write; also -XEN_ERESTART (nothing changed; call again). The teardown of the old entry's table
 * may be deferred.
 */
int table_entry_write(struct page_info *table, unsigned int level, unsigned int index, pte_t new,
                      struct domain *d, bool keep_ad) __must_check;
int table_entry_get(struct page_info *table, unsigned int level, pte_t e, struct domain *d) __must_check;
int table_entry_put(struct page_info *table, unsigned int level, pte_t e) __must_check;
static always_inline pte_t table_entry_adjust(pte_t e)
{
    return pte_present(e) ? (pte_t){e.v | PTE_USER} : e;
}

/* --- linear.c --- */
/*
 * copy_from_guest for a domain that has had a linear L4 entry: bytes not copied. Called by usercopy.S.
 */
size_t pv_copy_from_linear(void *dst, uint64_t va, size_t n);

/* --- page_type.c: a reference and the type of a table --- */
/*
 * 0, -XEN_ERESTART, -XEN_EINVAL (not RAM, not d's, in use as something else), or what one of its entries was
 * refused with.
 */
int pv_get_table(struct domain *d, mfn_t m, unsigned int level) __must_check;
/* --- page_type.c --- */
/* What a refusal says about a frame: in its sentence "(domain %u's, %s, %lu type and %lu references)". */
struct frame_facts {
    unsigned int owner; /* DOMID_INVALID: nobody's, or no RAM */
    const char *type;
    unsigned long type_count, references;
};
struct frame_facts frame_facts(mfn_t m);
#define FRAME_FACTS(f) (f).owner, (f).type, (f).type_count, (f).references
/* 0 when this vCPU has no deferred teardown any more, else -XEN_ERESTART. */
int pv_finish_deferred(struct vcpu *v) __must_check;
/*
 * At the end of a list: is the call to come again for a teardown? Goes on with it when nothing else is to be
 * done; the list was a step already.
 */
bool pv_leaves_deferred(struct vcpu *v) __must_check;
/* page_put_and_type of a table, what is left of it deferred. */
void pv_put_table(struct page_info *pg);
/* CPUs that may hold translations of this domain. */
cpumask_t domain_dirty_cpus(const struct domain *d);

/* --- base.c --- */
/*
 * The M2P is for guest kernels: a top-level table shows it when it becomes a kernel's base and hides it when
 * it becomes user mode's.
 */
void pv_show_m2p(mfn_t l4, bool visible);

/* --- foreign.c --- */
/*
 * The domain that a page-table operation names: DOMID_SELF, DOMID_IO, DOMID_XEN, or another's number. *out
 * holds a reference for foreign_put. -XEN_ESRCH, -XEN_EPERM.
 */
int foreign_get(domid_t domid, struct domain **out) __must_check;
/* As above for the upper half of mmu_update's foreigndom: a number only, the caller's own too. */
int foreign_get_table_owner(domid_t domid, struct domain **out) __must_check;
void foreign_put(struct domain *d);

/* --- write_emulation.c --- */
/*
 * A guest-kernel write to va faulted. True: it was a write to an L1 table and has been done, or has earned
 * another exception.
 */
bool pv_emulate_table_write(struct cpu_user_regs *regs, unsigned long va);

/* --- mmio_write.c --- */
/*
 * As above, for registers that Domain 0 may only read: what of it may be written is, and the instruction is
 * over.
 */
bool pv_emulate_mmio_write(struct cpu_user_regs *regs, unsigned long va);

/* --- flush.c: what guests ask for --- */
/* CPUs on which the vCPUs of the guest's bitmap at va run. -XEN_EFAULT. */
int pv_read_vcpumask(struct domain *d, uint64_t va, cpumask_t *out) __must_check;

/* --- m2p.c --- */
/* MFN of the piece of the M2P for frames from nr * 2 MiB / 8 on; false: past the end; 0 for a hole. */
bool m2p_extent(unsigned int nr, uint64_t *m);

#endif
