/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pfn to mfn and back: the list that the builder left, and the hypervisor's table of all frames. Tier 1.
 * Either side may hold nonsense for a frame that is not ours, so each answer is checked against the other.
 */
#ifndef XENGUEST_P2M_H
#define XENGUEST_P2M_H

#include <xenguest/boot.h>
#include <xenguest/types.h>

XG_BEGIN_DECLS

struct xg_p2m {
    uint64_t *list; /* mfn of each pfn, ~0 for none */
    uint64_t nr;
    const uint64_t *m2p;
    uint64_t nr_m2p; /* mfns from here on have no entry */
};

/* Takes the list in place and asks Xen where its own table is (the fixed address if it does not say). */
void xg_p2m_init(struct xg_p2m *p2m, const struct xg_boot *boot);
/* The same after the list was copied or mapped elsewhere, `nr` entries long. */
void xg_p2m_set_list(struct xg_p2m *p2m, uint64_t *list, uint64_t nr);

/* XG_INVALID_MFN: beyond the list, or nothing there (ballooned away). */
xg_mfn_t xg_p2m_mfn(const struct xg_p2m *p2m, xg_pfn_t pfn);
/* XG_INVALID_PFN: not a frame of ours. May read any M2P entry below nr_m2p, including one in a gap of it. */
xg_pfn_t xg_p2m_pfn(const struct xg_p2m *p2m, xg_mfn_t mfn);
/* -XG_ERANGE: beyond the list. The M2P side is xg_mmu_batch_set_m2p. */
int __must_check xg_p2m_set(struct xg_p2m *p2m, xg_pfn_t pfn, xg_mfn_t mfn);

/* After a suspension: the list has new frames in it, and the host may be another. */
void xg_p2m_resume(struct xg_p2m *p2m);

/*
 * Tells the toolstack where the list is, by a tree of its frames in the shared-info page: without it nobody
 * can save or dump the domain. Tier 2: the first call takes two pages, and one for each 2^18 pfns, which stay
 * taken. The list is page-aligned and stays where it is. Called again after a suspension. -XG_ENOMEM.
 */
struct xg_p2m_tree {
    uint64_t *top;     /* frames of the middle pages */
    uint64_t **middle; /* addresses of them; each has the frames of 512 pages of the list */
};

int __must_check xg_p2m_publish(const struct xg_p2m *p2m, struct xg_p2m_tree *tree,
                                struct shared_info *shared);

XG_END_DECLS

#endif
