/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Memory types by range for HYPERVISOR_platform_op: which of the variable MTRRs a request takes, and who
 * still wants it. Ranges that overlap must agree, or one of them be uncached, which wins.
 */
#include <xen/domain.h>
#include <xen/refusal.h>
#include <asm/cpu.h>
#include <asm/mtrr.h>
#include "platform.h"

#define REGISTERS_MAX 32

enum { TYPE_UC = 0, TYPE_WC = 1, TYPE_WT = 4, TYPE_WB = 6, TYPES = 7 };

/* A real spinlock will not do: other CPUs take part while it is held. Requests wait their turn elsewhere. */
static bool busy;
static unsigned int users_more[REGISTERS_MAX]; /* beside the first */

static bool begin(void)
{
    return !__atomic_exchange_n(&busy, true, __ATOMIC_ACQUIRE);
}

static void end(void)
{
    __atomic_store_n(&busy, false, __ATOMIC_RELEASE);
}

static int refuse_busy(void)
{
    return refuse(-XEN_EBUSY, "platform.memtype-busy", "another request for memory types is not finished");
}

static unsigned int nr_registers(void)
{
    return min(mtrr_count(), (unsigned int)REGISTERS_MAX);
}

static bool type_exists(uint32_t type)
{
    return type < TYPES && type != 2 && type != 3 && (type != TYPE_WC || mtrr_has_write_combining());
}

static bool range_valid(uint64_t first, uint64_t nr_pages)
{
    uint64_t limit = 1ull << (cpu_features.physical_address_bits - PAGE_SHIFT);

    return nr_pages && !(nr_pages & (nr_pages - 1)) && !(first & (nr_pages - 1)) && first < limit &&
           nr_pages <= limit - first;
}

static bool types_agree(uint8_t a, uint8_t b)
{
    return a == TYPE_UC || b == TYPE_UC || (a == TYPE_WT && b == TYPE_WB) || (a == TYPE_WB && b == TYPE_WT);
}

enum fit { APART, SHARED, GROWN, CLASH };

/* How a request stands to a range that is there. */
static enum fit compare(const struct mtrr *want, const struct mtrr *have)
{
    uint64_t want_last = want->first + want->nr_pages - 1, have_last = have->first + have->nr_pages - 1;
    bool inside, around;

    if (!have->nr_pages || want->first > have_last || want_last < have->first)
        return APART;
    inside = want->first >= have->first && want_last <= have_last;
    around = want->first <= have->first && want_last >= have_last;
    if (want->type == have->type && inside)
        return SHARED;
    if (want->type == have->type && around)
        return GROWN;
    return (inside || around) && types_agree(want->type, have->type) ? APART : CLASH;
}

/* The register for the range; *shared: it has it already. */
static int choose(const struct mtrr *want, bool *shared)
{
    int unused = -XEN_ENOSPC, grown = -1;

    for (unsigned int i = 0; i < nr_registers(); i++) {
        struct mtrr have = mtrr_read(i);

        if (!have.nr_pages && unused < 0)
            unused = (int)i;
        switch (compare(want, &have)) {
        case SHARED:
            *shared = true;
            return (int)i;
        case GROWN:
            grown = grown < 0 ? (int)i : grown;
            break;
        case CLASH:
            return refuse(-XEN_EINVAL, "platform.memtype-overlap",
                          "type %u for %#lx pages from %#lx: register %u has type %u for %#lx from %#lx",
                          want->type, (unsigned long)want->nr_pages, (unsigned long)want->first, i, have.type,
                          (unsigned long)have.nr_pages, (unsigned long)have.first);
        case APART:
            break;
        }
    }
    if (grown >= 0)
        return grown;
    return unused >= 0
               ? unused
               : refuse(unused, "platform.memtype-full", "all %u registers are in use", nr_registers());
}

static long add(const struct mtrr *want, struct xenpf_add_memtype *answer)
{
    bool shared = false;
    int reg = choose(want, &shared);

    if (reg < 0)
        return reg;
    if (shared)
        users_more[reg]++;
    else
        mtrr_write((unsigned int)reg, want);
    answer->reg = (uint32_t)reg;
    answer->handle = 0;
    return 0;
}

long platform_add_memtype(struct platform_request *r)
{
    struct xenpf_add_memtype *a = &r->op.u.add_memtype;
    struct mtrr want = {a->mfn, a->nr_mfns, (uint8_t)a->type};
    long rc;

    if (!nr_registers() || !type_exists(a->type) || !range_valid(a->mfn, a->nr_mfns))
        return refuse(-XEN_EINVAL, "platform.memtype", "type %u for %#lx pages from %#lx cannot be had",
                      a->type, (unsigned long)a->nr_mfns, (unsigned long)a->mfn);
    if (!begin())
        return refuse_busy();
    rc = add(&want, a);
    end();
    return rc ? rc : platform_give(r, a, sizeof(*a));
}

static long delete (unsigned int reg)
{
    static const struct mtrr none = {0, 0, 0};

    if (!mtrr_read(reg).nr_pages)
        return refuse(-XEN_EINVAL, "platform.memtype-unused", "register %u is not in use", reg);
    if (users_more[reg])
        users_more[reg]--;
    else
        mtrr_write(reg, &none);
    return 0;
}

long platform_del_memtype(const struct platform_request *r)
{
    const struct xenpf_del_memtype *m = &r->op.u.del_memtype;
    long rc;

    if (m->handle || m->reg >= nr_registers())
        return refuse(-XEN_EINVAL, "platform.memtype-register", "there is no register %u with handle %u",
                      m->reg, m->handle);
    if (!begin())
        return refuse_busy();
    rc = delete (m->reg);
    end();
    return rc;
}

long platform_read_memtype(struct platform_request *r)
{
    struct xenpf_read_memtype *m = &r->op.u.read_memtype;
    struct mtrr have;

    if (m->reg >= nr_registers())
        return refuse(-XEN_EINVAL, "platform.memtype-register", "there is no register %u", m->reg);
    have = mtrr_read(m->reg);
    m->mfn = have.first;
    m->nr_mfns = have.nr_pages;
    m->type = have.type;
    return platform_give(r, m, sizeof(*m));
}
