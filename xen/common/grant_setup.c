/* SPDX-License-Identifier: BSD-2-Clause */
/* Grant-table calls about the table itself: its frames, its size and its version. */
#include <xen/string.h>
#include <xen/xmalloc.h>
#include "grant_private.h"

/* Whose table: with a reference, or NULL and *status says why not. */
static struct domain *subject(domid_t id, int16_t *status)
{
    struct domain *d = domain_get_by_any_id(id);

    if (!d) {
        refuse(GNTST_bad_domain, "domain.id", "there is no domain %u", id);
        *status = GNTST_bad_domain;
        return NULL;
    }
    if (d != current->domain && !current->domain->is_privileged) {
        refuse(GNTST_permission_denied, "domain.privilege", "domain %u may not do this to domain %u",
               current->domain->id, id);
        *status = GNTST_permission_denied;
        domain_put(d);
        return NULL;
    }
    return d;
}

int grant_refuse_argument(uint64_t va)
{
    return refuse(-XEN_EFAULT, "grant.arg", "the argument at %#lx cannot be read or written",
                  (unsigned long)va);
}

/* Frames stay as long as the version does; no lock while guest memory is written. */
static int16_t list_frames(uint64_t list_va, void *const *pages, unsigned int nr)
{
    for (unsigned int i = 0; i < nr; i++) {
        uint64_t frame = virt_to_mfn(pages[i]).n;

        if (copy_to_guest(guest_element(list_va, i, frame), &frame, sizeof(frame)))
            return (int16_t)refuse(GNTST_bad_virt_addr, "grant.list",
                                   "cannot write element %u of the frame list", i);
    }
    return GNTST_okay;
}

static int16_t setup(struct domain *d, const struct gnttab_setup_table *op)
{
    struct grant_table *gt = d->grant_table;
    int rc;

    if (op->nr_frames > gt->max_frames)
        return (int16_t)refuse(GNTST_general_error, "grant.frames", "%u frames are more than %u",
                               op->nr_frames, gt->max_frames);
    spin_lock(&gt->lock);
    rc = grant_table_grow(d, op->nr_frames);
    spin_unlock(&gt->lock);
    if (rc)
        return (int16_t)refuse(GNTST_general_error, "grant.memory", "no memory for %u frames (%d)",
                               op->nr_frames, rc);
    return list_frames(handle_va(op->frame_list), gt->frames, op->nr_frames);
}

long grant_setup_table(uint64_t va, unsigned int count)
{
    struct gnttab_setup_table op;
    struct domain *d;

    if (count != 1)
        return refuse(-XEN_EINVAL, "grant.count", "setup_table takes one element, not %u", count);
    if (copy_from_guest(&op, va, sizeof(op)))
        return grant_refuse_argument(va);
    d = subject(op.dom, &op.status);
    if (d) {
        op.status = setup(d, &op);
        domain_put(d);
    }
    if (copy_to_guest(guest_field(va, struct gnttab_setup_table, status), &op.status, sizeof(op.status)))
        return grant_refuse_argument(va);
    return 0;
}

/* The numbers are copied under the lock, so that a change of version cannot take a frame away meanwhile. */
static int16_t status_frames(struct domain *d, const struct gnttab_get_status_frames *op)
{
    struct grant_table *gt = d->grant_table;
    uint64_t frames[GRANT_FRAMES_LIMIT * GRANTS_A_FRAME_V2 / STATUSES_A_FRAME];
    unsigned int nr;

    spin_lock(&gt->lock);
    nr = gt->nr_status_frames;
    for (unsigned int i = 0; i < nr && i < op->nr_frames; i++)
        frames[i] = virt_to_mfn(gt->status[i]).n;
    spin_unlock(&gt->lock);
    if (op->nr_frames > nr)
        return (int16_t)refuse(GNTST_general_error, "grant.status-frames",
                               "domain %u has %u status frames, not %u", d->id, nr, op->nr_frames);
    if (copy_to_guest(handle_va(op->frame_list), frames, op->nr_frames * sizeof(frames[0])))
        return (int16_t)refuse(GNTST_bad_virt_addr, "grant.list", "cannot write the list of %u frames",
                               op->nr_frames);
    return GNTST_okay;
}

long grant_status_frames(uint64_t va, unsigned int count)
{
    struct gnttab_get_status_frames op;
    struct domain *d;

    if (count != 1)
        return refuse(-XEN_EINVAL, "grant.count", "get_status_frames takes one element, not %u", count);
    if (copy_from_guest(&op, va, sizeof(op)))
        return grant_refuse_argument(va);
    d = subject(op.dom, &op.status);
    if (d) {
        op.status = status_frames(d, &op);
        domain_put(d);
    }
    if (copy_to_guest(guest_field(va, struct gnttab_get_status_frames, status), &op.status,
                      sizeof(op.status)))
        return grant_refuse_argument(va);
    return 0;
}

long grant_query_size(uint64_t va, unsigned int count)
{
    struct gnttab_query_size op;
    struct domain *d;

    if (count != 1)
        return refuse(-XEN_EINVAL, "grant.count", "query_size takes one element, not %u", count);
    if (copy_from_guest(&op, va, sizeof(op)))
        return grant_refuse_argument(va);
    d = subject(op.dom, &op.status);
    if (d) {
        op.nr_frames = READ_ONCE(d->grant_table->nr_frames);
        op.max_nr_frames = d->grant_table->max_frames;
        op.status = GNTST_okay;
        domain_put(d);
    }
    if (copy_to_guest(va, &op, sizeof(op)))
        return grant_refuse_argument(va);
    return 0;
}

long grant_get_version(uint64_t va)
{
    struct gnttab_get_version op;
    struct domain *d;

    if (copy_from_guest(&op, va, sizeof(op)))
        return grant_refuse_argument(va);
    d = domain_get_by_any_id(op.dom);
    if (!d)
        return refuse(-XEN_ESRCH, "domain.id", "there is no domain %u", op.dom);
    op.version = READ_ONCE(d->grant_table->version);
    if (d != current->domain && !current->domain->is_privileged) {
        domain_put(d);
        return refuse(-XEN_EPERM, "domain.privilege", "domain %u may not ask about domain %u",
                      current->domain->id, op.dom);
    }
    domain_put(d);
    if (copy_to_guest(guest_field(va, struct gnttab_get_version, version), &op.version, sizeof(op.version)))
        return grant_refuse_argument(va);
    return 0;
}

/* --- The version --- */
/* A toolstack's entries survive a change of version: kept here on their way. */
struct reserved {
    grant_entry_v2_t entry;
    uint16_t marks; /* GTF_reading, GTF_writing */
};

static bool any_in_use(const struct grant_table *gt)
{
    for (grant_ref_t ref = 0; ref < grant_entries(gt); ref++)
        if (grant_pin_of(gt, ref)->uses)
            return true;
    return false;
}

static struct reserved take_v1(const grant_entry_v1_t *e)
{
    uint16_t flags = READ_ONCE(e->flags), type = flags & GTF_type_mask;
    struct reserved r = {.marks = flags & (GTF_reading | GTF_writing)};

    if (type != GTF_permit_access && type != GTF_accept_transfer)
        return (struct reserved){.marks = 0};
    r.entry.full_page.hdr.flags = flags & (uint16_t)~(GTF_reading | GTF_writing);
    r.entry.full_page.hdr.domid = READ_ONCE(e->domid);
    r.entry.full_page.frame = READ_ONCE(e->frame);
    return r;
}

static void put_v2(struct grant_table *gt, grant_ref_t ref, const struct reserved *r)
{
    *grant_entry_v2(gt, ref) = r->entry;
    gt->status[0][ref] = r->marks;
}

/* Whole frames with small numbers alone have a form of version 1. */
static struct reserved take_v2(const struct grant_table *gt, grant_ref_t ref)
{
    struct reserved r = {.entry = *grant_entry_v2(gt, ref), .marks = gt->status[0][ref]};

    if ((r.entry.hdr.flags & (GTF_type_mask | GTF_sub_page)) != GTF_permit_access ||
        r.entry.full_page.frame >> 32)
        return (struct reserved){.marks = 0};
    return r;
}

static void put_v1(struct grant_table *gt, grant_ref_t ref, const struct reserved *r)
{
    *grant_entry_v1(gt, ref) = (grant_entry_v1_t){.flags = (uint16_t)(r->entry.hdr.flags | r->marks),
                                                  .domid = r->entry.hdr.domid,
                                                  .frame = (uint32_t)r->entry.full_page.frame};
}

static void clear_entries(struct grant_table *gt)
{
    for (unsigned int i = 0; i < gt->nr_frames; i++)
        memset(gt->frames[i], 0, PAGE_SIZE);
    for (unsigned int i = 0; i < gt->nr_status_frames; i++)
        memset(gt->status[i], 0, PAGE_SIZE);
}

/* Status frames are there. Nobody can fail any more. */
static void become_v2(struct grant_table *gt)
{
    struct reserved kept[GNTTAB_NR_RESERVED_ENTRIES];

    for (grant_ref_t ref = 0; ref < GNTTAB_NR_RESERVED_ENTRIES; ref++)
        kept[ref] = take_v1(grant_entry_v1(gt, ref));
    clear_entries(gt);
    gt->version = 2;
    for (grant_ref_t ref = 0; ref < GNTTAB_NR_RESERVED_ENTRIES; ref++)
        put_v2(gt, ref, &kept[ref]);
}

static int become_v1(struct domain *d)
{
    struct grant_table *gt = d->grant_table;
    struct reserved kept[GNTTAB_NR_RESERVED_ENTRIES];

    for (grant_ref_t ref = 0; ref < GNTTAB_NR_RESERVED_ENTRIES; ref++)
        kept[ref] = take_v2(gt, ref);
    if (grant_status_drop(d))
        return refuse(-XEN_EBUSY, "grant.version-status", "status frames of domain %u are still mapped",
                      d->id);
    clear_entries(gt);
    gt->version = 1;
    for (grant_ref_t ref = 0; ref < GNTTAB_NR_RESERVED_ENTRIES; ref++)
        put_v1(gt, ref, &kept[ref]);
    return 0;
}

/* Lock held. */
static int change_version(struct domain *d, unsigned int version)
{
    struct grant_table *gt = d->grant_table;
    int rc;

    if (gt->version == version)
        return 0;
    if (any_in_use(gt))
        return refuse(-XEN_EBUSY, "grant.version-busy",
                      "grants of domain %u are in use: the version stays %u", d->id, gt->version);
    if (version == 1)
        return become_v1(d);
    rc = grant_status_grow(d);
    if (rc)
        return refuse(rc, "grant.memory", "no memory for the status frames of domain %u", d->id);
    become_v2(gt);
    return 0;
}

long grant_set_version(uint64_t va)
{
    struct grant_table *gt = current->domain->grant_table;
    struct gnttab_set_version op;
    int rc;

    if (copy_from_guest(&op, va, sizeof(op)))
        return grant_refuse_argument(va);
    if (op.version != 1 && op.version != 2) {
        rc = refuse(-XEN_EINVAL, "grant.version", "there is no version %u", op.version);
    } else if (op.version > gt->max_version) {
        rc = refuse(-XEN_ENOSYS, "grant.version-limit", "domain %u may have version %u at most",
                    current->domain->id, gt->max_version);
    } else {
        spin_lock(&gt->lock);
        rc = change_version(current->domain, op.version);
        spin_unlock(&gt->lock);
    }
    op.version = READ_ONCE(gt->version);
    if (copy_to_guest(va, &op, sizeof(op)))
        return grant_refuse_argument(va);
    return rc;
}
