/* SPDX-License-Identifier: BSD-2-Clause */
/* Memory given back to Xen and taken again: memory_op, with p2m kept true at each step. */
#include <xenguest/balloon.h>
#include "private.h"

/* Frames of one call: on the stack. */
#define CHUNK 64

static long reservation(unsigned int command, xen_pfn_t *frames, unsigned int nr)
{
    struct xen_memory_reservation request = {.nr_extents = nr, .domid = DOMID_SELF};

    set_xen_guest_handle(request.extent_start, frames);
    return hypercall_memory_op(command, &request);
}

/* One chunk: how many of `nr` were given back, or an errno. */
static long chunk_out(struct xg_p2m *p2m, const xg_pfn_t *pfns, unsigned int nr)
{
    xen_pfn_t frames[CHUNK];
    unsigned int i;
    long done;

    for (i = 0; i < nr; i++) {
        xg_mfn_t mfn = xg_p2m_mfn(p2m, pfns[i]);

        if (!xg_mfn_valid(mfn))
            return -XG_EINVAL;
        frames[i] = mfn.n;
    }
    done = reservation(XENMEM_decrease_reservation, frames, nr);
    if (done > (long)nr)
        return -XG_EIO;
    for (i = 0; (long)i < done; i++)
        (void)!xg_p2m_set(p2m, pfns[i], XG_INVALID_MFN);
    return done;
}

static long chunk_in(struct xg_p2m *p2m, const xg_pfn_t *pfns, unsigned int nr)
{
    xen_pfn_t frames[CHUNK];
    unsigned int i;
    long done;

    for (i = 0; i < nr; i++) {
        if (pfns[i].n >= p2m->nr || xg_mfn_valid(xg_p2m_mfn(p2m, pfns[i])))
            return -XG_EINVAL;
        frames[i] = pfns[i].n;
    }
    done = reservation(XENMEM_populate_physmap, frames, nr);
    if (done > (long)nr)
        return -XG_EIO;
    for (i = 0; (long)i < done; i++)
        (void)!xg_p2m_set(p2m, pfns[i], xg_mfn(frames[i]));
    return done;
}

static long in_chunks(long (*chunk)(struct xg_p2m *, const xg_pfn_t *, unsigned int), struct xg_p2m *p2m,
                      const xg_pfn_t *pfns, unsigned int nr)
{
    unsigned int total = 0;

    while (total < nr) {
        unsigned int want = nr - total < CHUNK ? nr - total : CHUNK;
        long done = chunk(p2m, pfns + total, want);

        if (done < 0 && !total)
            return done;
        total += done > 0 ? (unsigned int)done : 0;
        if (done != (long)want)
            break;
    }
    return total;
}

long xg_balloon_out(struct xg_p2m *p2m, const xg_pfn_t *pfns, unsigned int nr)
{
    return in_chunks(chunk_out, p2m, pfns, nr);
}

long xg_balloon_in(struct xg_p2m *p2m, const xg_pfn_t *pfns, unsigned int nr)
{
    return in_chunks(chunk_in, p2m, pfns, nr);
}

long xg_balloon_current(void)
{
    domid_t domid = DOMID_SELF;

    return hypercall_memory_op(XENMEM_current_reservation, &domid);
}

long xg_balloon_maximum(void)
{
    domid_t domid = DOMID_SELF;

    return hypercall_memory_op(XENMEM_maximum_reservation, &domid);
}
