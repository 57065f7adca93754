/* SPDX-License-Identifier: BSD-2-Clause */
/* GNTTABOP_cache_flush: memory and cache of a frame become one, for devices that do not look into caches. */
#include <xen/hypercall.h>
#include "grant_private.h"

#define OPERATIONS (GNTTAB_CACHE_CLEAN | GNTTAB_CACHE_INVAL | GNTTAB_CACHE_SOURCE_GREF)

static int cache_flush(const struct gnttab_cache_flush *op)
{
    uint64_t frame = op->a.dev_bus_addr >> PAGE_SHIFT;
    struct page_info *pg = mfn_to_page(mfn(frame));

    if (op->op & ~OPERATIONS || op->offset + op->length > (unsigned int)PAGE_SIZE)
        return refuse(-XEN_EINVAL, "grant.cache-arguments", "operation %#x on %u bytes from offset %u", op->op, op->length,
                      op->offset);
    if (!op->op || !op->length)
        return 0;
    /* By a grant's number stock Xen serves nobody on x86. */
    if (op->op & GNTTAB_CACHE_SOURCE_GREF || frame >= max_page)
        return refuse(-XEN_EINVAL, "grant.cache-frame", "a frame of memory is to be named by its address");
    if (!page_get(pg, current->domain))
        return refuse(-XEN_ENOSYS, "grant.cache-foreign", "frame %#lx is not domain %u's: only own frames are served yet",
                      (unsigned long)frame, current->domain->id);
    arch_page_flush_cache(pg);
    page_put(pg);
    return 0;
}

long grants_cache_flush(uint64_t va, unsigned int count, unsigned int *done)
{
    struct gnttab_cache_flush op;

    for (; *done < count; ++*done) {
        uint64_t element = guest_element(va, *done, op);
        int rc;

        if (*done && hypercall_preempt_check())
            return -XEN_ERESTART;
        if (copy_from_guest(&op, element, sizeof(op)))
            return grant_refuse_argument(element);
        rc = cache_flush(&op);
        if (rc)
            return rc;
    }
    return 0;
}
