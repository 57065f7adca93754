/* SPDX-License-Identifier: BSD-2-Clause */
/* Giving frames back to Xen and getting them again. Tier 2. Source: <xen/memory.h>. */
#ifndef XENGUEST_BALLOON_H
#define XENGUEST_BALLOON_H

#include <xenguest/p2m.h>
#include <xenguest/types.h>

XG_BEGIN_DECLS

/*
 * Returns how many of the `nr` pfns were given back, the first ones; their p2m entries are then invalid. Each
 * frame must be mapped nowhere and granted to nobody. Negative: Xen's errno and none was.
 */
long __must_check xg_balloon_out(struct xg_p2m *p2m, const xg_pfn_t *pfns, unsigned int nr);
/*
 * Returns how many of the `nr` pfns, which have no frame, got a new one, the first ones; p2m and M2P are
 * updated. Fewer than asked when the domain is at its limit. The frames are not mapped and their contents are
 * undefined.
 */
long __must_check xg_balloon_in(struct xg_p2m *p2m, const xg_pfn_t *pfns, unsigned int nr);
/* Pages that the domain has now, and may have; negative errno. */
long __must_check xg_balloon_current(void);
long __must_check xg_balloon_maximum(void);

XG_END_DECLS

#endif
