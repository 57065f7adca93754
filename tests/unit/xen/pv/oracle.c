/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The oracle: from nothing but the tables' contents, their states, the pins and the bases it computes what
 * every count has to be. And the TLB model: what a CPU has walked it may remember until it is flushed, both
 * translations and the way to an L1 table.
 */
#include <check.h>
#include <string.h>
#include <xen/page_ref.h>
#include <asm/flushtlb.h>
#include "fake_machine.h"

/* --- TLBs --- */
static struct {
    bool writable[NR_FRAMES]; /* a translation that lets the guest write this frame */
    bool table[NR_FRAMES];    /* the frame is remembered as an L1 table on some way */
    uint64_t flushed_at;
} tlb[NR_CPUS];
uint64_t tlb_clock = 1;

static void remember(unsigned int cpu, pte_t e)
{
    if (pte_present(e) && (e.v & PTE_WRITE) && pte_mfn(e).n < NR_FRAMES)
        tlb[cpu].writable[pte_mfn(e).n] = true;
}

bool tlb_touch(unsigned int cpu, unsigned long va)
{
    mfn_t m = pv_current_base(&guest_vcpu[cpu]);
    uint64_t writable = PTE_WRITE;
    pte_t e;

    /* Ways that it remembers are as good as those that are there. */
    for (uint64_t n = 0; n < NR_FRAMES; n++)
        if (tlb[cpu].table[n])
            remember(cpu, frame(n)[pt_index(va, 1)]);
    if (mfn_eq(m, INVALID_MFN))
        return false;
    for (unsigned int level = 4; level >= 1; level--) {
        if (level == 4 && is_hypervisor_slot(pt_index(va, 4)))
            return false;
        if (level == 1)
            tlb[cpu].table[m.n] =
                writable; /* a read-only way, as linear ones are, gives no writable translation */
        e = frame(m.n)[pt_index(va, level)];
        if (!pte_present(e))
            return false;
        writable &= e.v;
        m = pte_mfn(e);
        if (level > 1 && !mfn_valid(m))
            ck_abort_msg("an entry of level %u leads to frame %lu", level, m.n);
    }
    if (writable)
        remember(cpu, e);
    return true;
}

void load_cr3(unsigned long cr3)
{
}
void flush_tlb_mask(cpumask_t mask)
{
    tlb_clock++;
    for (unsigned int cpu = 0; cpu < NR_CPUS; cpu++) {
        if (!cpumask_test(mask, cpu))
            continue;
        memset(&tlb[cpu], 0, sizeof(tlb[cpu]));
        tlb[cpu].flushed_at = tlb_clock;
    }
}
void flush_tlb_local(void)
{
    flush_tlb_mask(cpumask_of(fake_current->cpu));
}
void flush_tlb_one_local(unsigned long va)
{
}
void flush_tlb_one_mask(cpumask_t mask, unsigned long va)
{
}
cpumask_t tlb_cpus_not_flushed_since(cpumask_t candidates, uint32_t stamp)
{
    for (unsigned int cpu = 0; cpu < NR_CPUS; cpu++)
        if (tlb[cpu].flushed_at > stamp)
            candidates = cpumask_andnot(candidates, cpumask_of(cpu));
    return candidates;
}

/* --- Counts --- */
static struct {
    uint64_t references, types;
    uint64_t wanted[8]; /* type references by type */
    int linear;
} want[NR_FRAMES];

static void want_type(uint64_t n, uint64_t type)
{
    want[n].references++;
    want[n].types++;
    want[n].wanted[type >> PGT_SHIFT]++;
}

static void count_l1_entry(pte_t e)
{
    uint64_t n = pte_mfn(e).n;

    if (!pte_present(e) || !mfn_valid(mfn(n)))
        return;
    if (e.v & PTE_WRITE)
        want_type(n, PGT_WRITABLE);
    else
        want[n].references++;
}

static void count_table_entry(uint64_t table, unsigned int level, unsigned int index, pte_t e)
{
    uint64_t n = pte_mfn(e).n;

    if (!pte_present(e) || n == table)
        return;
    if (level == 4 && is_hypervisor_slot(index))
        return;
    ck_assert_msg(mfn_valid(mfn(n)), "table %lu slot %u leads to frame %lu", table, index, n);
    ck_assert_msg(!(e.v & PTE_LARGE), "table %lu slot %u is a superpage", table, index);
    if (type_of(n) == table_type(level)) {
        ck_assert_msg(!(e.v & PTE_WRITE), "table %lu slot %u is linear and writable", table, index);
        want[table].linear--;
        want[n].linear++;
        want_type(n, table_type(level));
    } else {
        want_type(n, table_type(level - 1));
    }
}

static void count_table(uint64_t n)
{
    uint64_t x = page(n)->type_info;
    unsigned int level = table_level(x), held = 0;

    if (level < 1 || level > 4 || !(x & PGT_COUNT_MASK))
        return;
    ck_assert_msg(!!(x & PGT_VALIDATED) != !!(x & PGT_PARTIAL), "table %lu is left in transition: %lx", n, x);
    held = x & PGT_VALIDATED ? PT_ENTRIES : page(n)->nr_validated & ~PAGE_CHILD_PARTIAL;
    for (unsigned int i = 0; i < held; i++) {
        pte_t e = frame(n)[i];

        if (level == 1)
            count_l1_entry(e);
        else
            count_table_entry(n, level, i, e);
        if (pte_present(e) && held == PT_ENTRIES && !(level == 4 && is_hypervisor_slot(i)))
            ck_assert_msg(e.v & PTE_USER, "table %lu slot %u is not USER", n, i);
    }
    if (level == 4 && (x & PGT_VALIDATED))
        /* The first shows the M2P, which bases of user mode do not have. */
        ck_assert_msg(!memcmp(frame(n) + HV_FIRST_SLOT + 1, hypervisor_l4 + HV_FIRST_SLOT + 1,
                              (HV_LAST_SLOT - HV_FIRST_SLOT) * sizeof(pte_t)),
                      "L4 %lu has not the hypervisor's slots", n);
}

static void count_bases(void)
{
    for (unsigned int i = 0; i < NR_CPUS; i++) {
        if (!mfn_eq(guest_vcpu[i].arch.guest_table, INVALID_MFN))
            want_type(guest_vcpu[i].arch.guest_table.n, PGT_L4);
        if (!mfn_eq(guest_vcpu[i].arch.guest_table_user, INVALID_MFN))
            want_type(guest_vcpu[i].arch.guest_table_user.n, PGT_L4);
    }
}

static void compare(uint64_t n, const char *after)
{
    uint64_t x = page(n)->type_info, type = type_of(n);

    ck_assert_msg(ref_count(n) == want[n].references,
                  "after %s: frame %lu has %lu references, should have %lu (type %lx)", after, n,
                  ref_count(n), want[n].references, x);
    ck_assert_msg(type_count(n) == want[n].types,
                  "after %s: frame %lu has %lu type references, should have %lu (type %lx)", after, n,
                  type_count(n), want[n].types, x);
    ck_assert_msg(want[n].wanted[type >> PGT_SHIFT] == want[n].types,
                  "after %s: frame %lu is of type %lx and used as another", after, n, x);
    if (type >= PGT_L1 && type <= PGT_L4 && want[n].types)
        ck_assert_msg(page(n)->linear == want[n].linear,
                      "after %s: frame %lu counts %d linear entries, should %d", after, n, page(n)->linear,
                      want[n].linear);
    for (unsigned int cpu = 0; cpu < NR_CPUS; cpu++) {
        bool guarded = type != PGT_WRITABLE && type != PGT_NONE && (x & PGT_VALIDATED);

        ck_assert_msg(!(guarded && tlb[cpu].writable[n]),
                      "after %s: CPU %u may still write frame %lu, type %lx", after, cpu, n, x);
        ck_assert_msg(!(type != PGT_L1 && tlb[cpu].table[n]),
                      "after %s: CPU %u still walks frame %lu, now of type %lx", after, cpu, n, x);
        ck_assert_msg(
            !(page(n)->owner != &guest && (tlb[cpu].table[n] || tlb[cpu].writable[n]) && mfn_valid(mfn(n))),
            "after %s: CPU %u still knows frame %lu, which the guest has given away", after, cpu, n);
    }
}

void oracle_check(const char *after)
{
    memset(want, 0, sizeof(want));
    for (uint64_t n = 0; n < NR_FRAMES; n++) {
        uint64_t x = page(n)->type_info;

        count_table(n);
        want[n].references += !!(page(n)->count_info & PGC_ALLOCATED);
        if (x & PGT_PINNED)
            want_type(n, x & PGT_TYPE_MASK);
        if (x & PGT_PARTIAL)
            want_type(n, x & PGT_TYPE_MASK);
    }
    count_bases();
    if (guest.arch.relinquish_at)
        want[page_to_mfn(guest.arch.relinquish_at).n].references++;
    if (guest.relinquish_page)
        want[page_to_mfn(guest.relinquish_page).n].references++;
    for (uint64_t n = 0; n < NR_FRAMES; n++)
        compare(n, after);
}
