/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A domain's grant table as an object: its frames, which it shares with the hypervisor, from the domain's
 * creation to its end.
 */
#include <xen/domain.h>
#include <xen/log.h>
#include <xen/mm.h>
#include <public/memory.h>
#include <xen/xmalloc.h>
#include "grant_private.h"

static void *share_new_page(struct domain *d)
{
    void *page = hypervisor_pages_alloc(0);

    if (page)
        share_hypervisor_page(page, d, true);
    return page;
}

static int add_frame(struct domain *d)
{
    struct grant_table *gt = d->grant_table;
    struct grant_pin *pins = xzalloc_array(struct grant_pin, GRANTS_A_FRAME_V1);

    if (!pins)
        return -XEN_ENOMEM;
    gt->frames[gt->nr_frames] = share_new_page(d);
    if (!gt->frames[gt->nr_frames]) {
        xfree(pins);
        return -XEN_ENOMEM;
    }
    gt->pins[gt->nr_frames++] = pins;
    return 0;
}

static unsigned int status_frames_for(unsigned int nr_frames)
{
    return (unsigned int)((nr_frames * GRANTS_A_FRAME_V2 + STATUSES_A_FRAME - 1) / STATUSES_A_FRAME);
}

static int status_grow_to(struct domain *d, unsigned int nr)
{
    struct grant_table *gt = d->grant_table;

    while (gt->nr_status_frames < nr) {
        grant_status_t *page = share_new_page(d);

        if (!page)
            return -XEN_ENOMEM;
        gt->status[gt->nr_status_frames++] = page;
    }
    return 0;
}

int grant_status_grow(struct domain *d)
{
    int rc = status_grow_to(d, status_frames_for(d->grant_table->nr_frames));

    /* Of a table that stays at version 1 nobody may see some. */
    if (rc && d->grant_table->version == 1)
        (void)!grant_status_drop(d);
    return rc;
}

int grant_status_drop(struct domain *d)
{
    struct grant_table *gt = d->grant_table;
    unsigned int nr = gt->nr_status_frames;

    while (nr && !unshare_hypervisor_page(gt->status[nr - 1], d))
        nr--;
    if (nr) {
        /* Mapped: those that were free already are shared again. */
        for (unsigned int i = nr; i < gt->nr_status_frames; i++)
            share_hypervisor_page(gt->status[i], d, true);
        return -XEN_EBUSY;
    }
    while (gt->nr_status_frames)
        hypervisor_pages_free(gt->status[--gt->nr_status_frames], 0);
    return 0;
}

int grant_table_grow(struct domain *d, unsigned int nr)
{
    struct grant_table *gt = d->grant_table;
    int rc = 0;

    /* Nobody would take from it what it is given now: the caller found it before it began to die. */
    if (d->is_dying)
        return -XEN_ESRCH;
    /* An entry of version 2 is there only with its status. */
    if (gt->version == 2)
        rc = status_grow_to(d, status_frames_for(nr));
    while (!rc && gt->nr_frames < nr)
        rc = add_frame(d);
    return rc;
}

unsigned int grant_status_frames_max(const struct grant_table *gt)
{
    return status_frames_for(gt->max_frames);
}

/* Lock held. */
static int frames_locked(struct domain *d, unsigned int id, uint64_t first, unsigned int nr, xen_pfn_t *out)
{
    struct grant_table *gt = d->grant_table;
    bool status = id == XENMEM_resource_grant_table_id_status;
    unsigned int end = (unsigned int)first + nr;
    int rc;

    if (id > XENMEM_resource_grant_table_id_status || (status && gt->version != 2))
        return refuse(-XEN_EINVAL, "grant.part", "the table of domain %u has no part %u", d->id, id);
    rc = grant_table_grow(
        d, status ? min(end * (unsigned int)(STATUSES_A_FRAME / GRANTS_A_FRAME_V2), gt->max_frames) : end);
    for (unsigned int i = 0; !rc && i < nr; i++)
        out[i] = virt_to_mfn(status ? (void *)gt->status[first + i] : gt->frames[first + i]).n;
    return rc;
}

int grant_table_frames(struct domain *d, unsigned int id, uint64_t first, unsigned int nr, xen_pfn_t *out)
{
    struct grant_table *gt = d->grant_table;
    uint64_t limit =
        id == XENMEM_resource_grant_table_id_status ? grant_status_frames_max(gt) : gt->max_frames;
    int rc;

    if (first > limit || nr > limit - first)
        return refuse(-XEN_EINVAL, "grant.part-end",
                      "frames %lu to %lu: the table of domain %u has at most %lu", (unsigned long)first,
                      (unsigned long)(first + nr), d->id, (unsigned long)limit);
    spin_lock(&gt->lock);
    rc = frames_locked(d, id, first, nr, out);
    spin_unlock(&gt->lock);
    return rc;
}

int grant_table_create(struct domain *d, int max_frames, int max_mapping_frames)
{
    struct grant_table *gt;

    if (!max_frames || max_frames > GRANT_FRAMES_LIMIT || max_mapping_frames > MAPPING_FRAMES_LIMIT)
        return -XEN_EINVAL;
    gt = xzalloc(struct grant_table);
    if (!gt)
        return -XEN_ENOMEM;
    d->grant_table = gt;
    gt->version = 1;
    gt->max_version = 2;
    gt->max_frames = max_frames < 0 ? GRANT_FRAMES_MAX : (unsigned int)max_frames;
    gt->max_mapping_frames = max_mapping_frames < 0 ? MAPPING_FRAMES_MAX : (unsigned int)max_mapping_frames;
    gt->free_mapping = GRANT_HANDLE_NONE;
    gt->frames = xzalloc_array(void *, gt->max_frames);
    gt->pins = xzalloc_array(struct grant_pin *, gt->max_frames);
    gt->status = xzalloc_array(grant_status_t *, status_frames_for(gt->max_frames));
    gt->mappings = xzalloc_array(struct grant_mapping *, gt->max_mapping_frames);
    if (!gt->frames || !gt->pins || !gt->status || !gt->mappings)
        return -XEN_ENOMEM;
    return grant_table_grow(d, GRANT_FRAMES_INITIAL);
}

void grant_table_release(struct domain *d)
{
    struct grant_table *gt = d->grant_table;

    if (!gt)
        return;
    /* Whoever still makes the table grow has finished, or sees that d is dying. */
    spin_lock(&gt->lock);
    for (unsigned int i = 0; i < gt->nr_frames; i++)
        release_hypervisor_page(gt->frames[i]);
    for (unsigned int i = 0; i < gt->nr_status_frames; i++)
        release_hypervisor_page(gt->status[i]);
    spin_unlock(&gt->lock);
}

void grant_table_destroy(struct domain *d)
{
    struct grant_table *gt = d->grant_table;

    if (!gt)
        return;
    for (unsigned int i = 0; i < gt->nr_frames; i++) {
        hypervisor_pages_free(gt->frames[i], 0);
        xfree(gt->pins[i]);
    }
    for (unsigned int i = 0; i < gt->nr_status_frames; i++)
        hypervisor_pages_free(gt->status[i], 0);
    xfree(gt->frames);
    xfree(gt->pins);
    xfree(gt->status);
    xfree(gt->mappings);
    xfree(gt);
    d->grant_table = NULL;
}

static void entries_dump(struct domain *d)
{
    struct grant_table *gt = d->grant_table;

    for (grant_ref_t ref = 0; ref < grant_entries(gt); ref++) {
        const struct grant_pin *pin = grant_pin_of(gt, ref);

        if (pin->uses)
            printk("    entry %u: frame %#lx, domain %u, uses %#x\n", ref, (unsigned long)pin->frame.n,
                   pin->domid, pin->uses);
    }
}

void grant_table_dump(struct domain *d)
{
    struct grant_table *gt = d->grant_table;

    if (!gt)
        return;
    printk("d%u: grant table version %u, %u of at most %u frames; %u of at most %u frames of handles\n",
           d->id, gt->version, gt->nr_frames, gt->max_frames, gt->nr_mapping_frames, gt->max_mapping_frames);
    entries_dump(d);
}
