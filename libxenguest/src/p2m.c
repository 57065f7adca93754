/* SPDX-License-Identifier: BSD-2-Clause */
/* The two tables of frame numbers, each answer of one checked against the other. */
#include <xenguest/p2m.h>
#include "private.h"

static void find_m2p(struct xg_p2m *p2m)
{
    struct xen_machphys_mapping mapping;
    long max_page;

    p2m->m2p = (const uint64_t *)HYPERVISOR_VIRT_START;
    p2m->nr_m2p = (HYPERVISOR_VIRT_END - HYPERVISOR_VIRT_START) / sizeof(uint64_t);
    if (!hypercall_memory_op(XENMEM_machphys_mapping, &mapping)) {
        p2m->m2p = (const uint64_t *)(uintptr_t)mapping.v_start;
        p2m->nr_m2p = mapping.max_mfn + 1;
    }
    /* The range is the most that there could be; only as far as the machine has memory is it there. */
    max_page = hypercall_memory_op(XENMEM_maximum_ram_page, NULL);
    if (max_page > 0 && (uint64_t)max_page < p2m->nr_m2p)
        p2m->nr_m2p = (uint64_t)max_page;
}

void xg_p2m_init(struct xg_p2m *p2m, const struct xg_boot *boot)
{
    xg_p2m_set_list(p2m, (uint64_t *)(uintptr_t)boot->p2m, boot->nr_pages);
    find_m2p(p2m);
}

void xg_p2m_resume(struct xg_p2m *p2m)
{
    find_m2p(p2m);
}

void xg_p2m_set_list(struct xg_p2m *p2m, uint64_t *list, uint64_t nr)
{
    p2m->list = list;
    p2m->nr = nr;
}

xg_mfn_t xg_p2m_mfn(const struct xg_p2m *p2m, xg_pfn_t pfn)
{
    if (pfn.n >= p2m->nr)
        return XG_INVALID_MFN;
    return xg_mfn(__atomic_load_n(&p2m->list[pfn.n], __ATOMIC_RELAXED));
}

xg_pfn_t xg_p2m_pfn(const struct xg_p2m *p2m, xg_mfn_t mfn)
{
    xg_pfn_t pfn;

    if (mfn.n >= p2m->nr_m2p)
        return XG_INVALID_PFN;
    pfn = xg_pfn(__atomic_load_n(&p2m->m2p[mfn.n], __ATOMIC_RELAXED));
    return xg_p2m_mfn(p2m, pfn).n == mfn.n ? pfn : XG_INVALID_PFN;
}

int xg_p2m_set(struct xg_p2m *p2m, xg_pfn_t pfn, xg_mfn_t mfn)
{
    if (pfn.n >= p2m->nr)
        return -XG_ERANGE;
    __atomic_store_n(&p2m->list[pfn.n], mfn.n, __ATOMIC_RELAXED);
    return 0;
}
