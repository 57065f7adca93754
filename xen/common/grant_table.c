/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Grant tables, version 1: the frames in which a domain writes its grants, and the calls that set them up.
 * Nobody maps a grant yet, so nothing here reads an entry.
 */
#include <xen/domain.h>
#include <xen/grant_table.h>
#include <xen/guest_access.h>
#include <xen/log.h>
#include <xen/mm.h>
#include <xen/xmalloc.h>

#define VERSION 1

/* Lock held, or nobody else knows d. */
static int grow_to(struct domain *d, unsigned int nr)
{
    struct grant_table *gt = d->grant_table;

    while (gt->nr_frames < nr) {
        void *frame = hypervisor_pages_alloc(0);

        if (!frame)
            return -XEN_ENOMEM;
        share_hypervisor_page(frame, d, true);
        gt->frames[gt->nr_frames++] = frame;
    }
    return 0;
}

int grant_table_create(struct domain *d)
{
    struct grant_table *gt = xzalloc(struct grant_table);

    if (!gt)
        return -XEN_ENOMEM;
    d->grant_table = gt;
    gt->max_frames = GRANT_FRAMES_MAX;
    gt->frames = xzalloc_array(grant_entry_v1_t *, GRANT_FRAMES_MAX);
    if (!gt->frames)
        return -XEN_ENOMEM;
    return grow_to(d, GRANT_FRAMES_INITIAL);
}

void grant_table_release(struct domain *d)
{
    struct grant_table *gt = d->grant_table;

    for (unsigned int i = 0; gt && i < gt->nr_frames; i++)
        release_hypervisor_page(gt->frames[i]);
}

void grant_table_destroy(struct domain *d)
{
    struct grant_table *gt = d->grant_table;

    if (!gt)
        return;
    for (unsigned int i = 0; i < gt->nr_frames; i++)
        hypervisor_pages_free(gt->frames[i], 0);
    xfree(gt->frames);
    xfree(gt);
    d->grant_table = NULL;
}

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

static int refuse_argument(uint64_t va)
{
    return refuse(-XEN_EFAULT, "grant.arg", "the argument at %#lx cannot be read or written",
                  (unsigned long)va);
}

static int16_t setup(struct domain *d, const struct gnttab_setup_table *op)
{
    struct grant_table *gt = d->grant_table;

    if (op->nr_frames > gt->max_frames) {
        refuse(GNTST_general_error, "grant.frames", "%u frames are more than %u", op->nr_frames,
               gt->max_frames);
        return GNTST_general_error;
    }
    spin_lock(&gt->lock);
    if (grow_to(d, op->nr_frames)) {
        spin_unlock(&gt->lock);
        refuse(GNTST_general_error, "grant.memory", "no memory for %u frames", op->nr_frames);
        return GNTST_general_error;
    }
    spin_unlock(&gt->lock);
    /* Frames stay as long as the domain does: no lock for reading them. */
    for (unsigned int i = 0; i < op->nr_frames; i++) {
        xen_pfn_t frame = virt_to_mfn(gt->frames[i]).n;

        if (copy_to_guest(guest_element(handle_va(op->frame_list), i, xen_pfn_t), &frame, sizeof(frame))) {
            refuse(GNTST_bad_virt_addr, "grant.list", "cannot write element %u of the frame list", i);
            return GNTST_bad_virt_addr;
        }
    }
    return GNTST_okay;
}

static long setup_table(uint64_t va, unsigned int count)
{
    struct gnttab_setup_table op;
    struct domain *d;

    if (count != 1)
        return refuse(-XEN_EINVAL, "grant.count", "setup_table takes one element, not %u", count);
    if (copy_from_guest(&op, va, sizeof(op)))
        return refuse_argument(va);
    d = subject(op.dom, &op.status);
    if (d) {
        op.status = setup(d, &op);
        domain_put(d);
    }
    if (copy_to_guest(guest_field(va, struct gnttab_setup_table, status), &op.status, sizeof(op.status)))
        return refuse_argument(va);
    return 0;
}

static long query_size(uint64_t va, unsigned int count)
{
    struct gnttab_query_size op;
    struct domain *d;

    if (count != 1)
        return refuse(-XEN_EINVAL, "grant.count", "query_size takes one element, not %u", count);
    if (copy_from_guest(&op, va, sizeof(op)))
        return refuse_argument(va);
    d = subject(op.dom, &op.status);
    if (d) {
        op.nr_frames = READ_ONCE(d->grant_table->nr_frames);
        op.max_nr_frames = d->grant_table->max_frames;
        op.status = GNTST_okay;
        domain_put(d);
    }
    if (copy_to_guest(va, &op, sizeof(op)))
        return refuse_argument(va);
    return 0;
}

static long get_version(uint64_t va, unsigned int count)
{
    struct gnttab_get_version op;
    struct domain *d;

    if (count != 1)
        return refuse(-XEN_EINVAL, "grant.count", "get_version takes one element, not %u", count);
    if (copy_from_guest(&op, va, sizeof(op)))
        return refuse_argument(va);
    d = domain_get_by_any_id(op.dom);
    if (!d)
        return refuse(-XEN_ESRCH, "domain.id", "there is no domain %u", op.dom);
    op.version = VERSION;
    if (d != current->domain && !current->domain->is_privileged) {
        domain_put(d);
        return refuse(-XEN_EPERM, "domain.privilege", "domain %u may not ask about domain %u",
                      current->domain->id, op.dom);
    }
    domain_put(d);
    if (copy_to_guest(guest_field(va, struct gnttab_get_version, version), &op.version, sizeof(op.version)))
        return refuse_argument(va);
    return 0;
}

static long set_version(uint64_t va, unsigned int count)
{
    struct gnttab_set_version op;
    int rc = 0;

    if (count != 1)
        return refuse(-XEN_EINVAL, "grant.count", "set_version takes one element, not %u", count);
    if (copy_from_guest(&op, va, sizeof(op)))
        return refuse_argument(va);
    if (op.version != 1 && op.version != 2)
        rc = refuse(-XEN_EINVAL, "grant.version", "there is no version %u", op.version);
    else if (op.version != VERSION)
        rc = refuse(-XEN_ENOSYS, "grant.version", "version %u is not there yet", op.version);
    op.version = VERSION;
    if (copy_to_guest(va, &op, sizeof(op)))
        return refuse_argument(va);
    return rc;
}

long do_grant_table_op(unsigned int cmd, uint64_t arg_va, unsigned int count)
{
    if ((int)count < 0)
        return refuse(-XEN_EINVAL, "grant.count", "%u elements are too many", count);
    switch (cmd) {
    case GNTTABOP_setup_table:
        return setup_table(arg_va, count);
    case GNTTABOP_query_size:
        return query_size(arg_va, count);
    case GNTTABOP_get_version:
        return get_version(arg_va, count);
    case GNTTABOP_set_version:
        return set_version(arg_va, count);
    default:
        return refuse(-XEN_ENOSYS, "grant.command", "there is no command %u yet", cmd);
    }
}

void grant_table_dump(struct domain *d)
{
    if (d->grant_table)
        printk("d%u: grant table version %u, %u of at most %u frames\n", d->id, VERSION,
               d->grant_table->nr_frames, d->grant_table->max_frames);
}
