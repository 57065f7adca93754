/* SPDX-License-Identifier: BSD-2-Clause */
/* GNTTABOP_copy: bytes between frames that the caller owns or was granted. Nothing is mapped: the hypervisor copies in its own map. */
#include <xen/hypercall.h>
#include <xen/string.h>
#include "grant_private.h"

/* One end of a copy while it is under way. */
struct end {
    struct domain *d;
    struct grant_window window;
    grant_ref_t ref;
    bool by_ref, writes;
};

static int16_t find_domain(struct end *e, domid_t id)
{
    e->d = domain_get_by_any_id(id);
    if (!e->d)
        return (int16_t)refuse(GNTST_bad_domain, "domain.id", "there is no domain %u", id);
    return GNTST_okay;
}

static int16_t claim_own(struct end *e, xen_pfn_t gmfn)
{
    e->window = (struct grant_window){mfn(gmfn), 0, PAGE_SIZE};
    if (gmfn >= max_page || !page_get(mfn_to_page(e->window.frame), e->d))
        return (int16_t)refuse(GNTST_bad_page, "grant.copy-frame", "frame %#lx is not domain %u's", (unsigned long)gmfn,
                               e->d->id);
    return GNTST_okay;
}

/* Gives back what claim took but the type. */
static void unclaim(struct end *e)
{
    page_put(mfn_to_page(e->window.frame));
    if (e->by_ref)
        grant_unpin_copy(e->d, e->ref, !e->writes);
}

static int16_t claim(struct end *e, const struct gnttab_copy_ptr *p)
{
    int16_t status;

    e->ref = p->u.ref;
    status = e->by_ref ? grant_pin_copy(e->d, e->ref, current->domain, !e->writes, &e->window)
                       : claim_own(e, p->u.gmfn);
    if (status != GNTST_okay)
        return status;
    if (e->writes && page_get_type(mfn_to_page(e->window.frame), mfn_to_page(e->window.frame)->owner, PGT_WRITABLE)) {
        unclaim(e);
        return (int16_t)refuse(GNTST_general_error, "grant.copy-type", "frame %#lx is no writable memory",
                               (unsigned long)e->window.frame.n);
    }
    return GNTST_okay;
}

static void release(struct end *e)
{
    if (e->writes)
        page_put_type(mfn_to_page(e->window.frame));
    unclaim(e);
}

static bool inside(const struct end *e, unsigned int offset, unsigned int len)
{
    return offset >= e->window.start && offset + len <= (unsigned int)e->window.start + e->window.length;
}

/* Both ends are held. */
static int16_t move(const struct gnttab_copy *op, const struct end *from, const struct end *to)
{
    if (op->source.offset + op->len > (unsigned int)PAGE_SIZE || op->dest.offset + op->len > (unsigned int)PAGE_SIZE)
        return (int16_t)refuse(GNTST_bad_copy_arg, "grant.copy-bounds", "%u bytes from offset %u to offset %u leave the page",
                               op->len, op->source.offset, op->dest.offset);
    if (!inside(from, op->source.offset, op->len) || !inside(to, op->dest.offset, op->len))
        return (int16_t)refuse(GNTST_general_error, "grant.copy-part",
                               "%u bytes from offset %u to offset %u: granted are %u from %u, and %u from %u", op->len,
                               op->source.offset, op->dest.offset, from->window.length, from->window.start,
                               to->window.length, to->window.start);
    memmove((char *)mfn_to_virt(to->window.frame) + op->dest.offset,
            (const char *)mfn_to_virt(from->window.frame) + op->source.offset, op->len);
    return GNTST_okay;
}

static int16_t copy_between(const struct gnttab_copy *op, struct end *from, struct end *to)
{
    int16_t status = claim(from, &op->source);

    if (status != GNTST_okay)
        return status;
    status = claim(to, &op->dest);
    if (status == GNTST_okay) {
        status = move(op, from, to);
        release(to);
    }
    release(from);
    return status;
}

static int16_t copy(const struct gnttab_copy *op)
{
    struct end from = {.by_ref = op->flags & GNTCOPY_source_gref};
    struct end to = {.by_ref = op->flags & GNTCOPY_dest_gref, .writes = true};
    int16_t status;

    if ((!from.by_ref && op->source.domid != DOMID_SELF) || (!to.by_ref && op->dest.domid != DOMID_SELF))
        return (int16_t)refuse(GNTST_permission_denied, "grant.copy-by-frame",
                               "only the caller's own frames (DOMID_SELF) are named without a grant");
    status = find_domain(&from, op->source.domid);
    if (status != GNTST_okay)
        return status;
    status = find_domain(&to, op->dest.domid);
    if (status == GNTST_okay) {
        status = copy_between(op, &from, &to);
        domain_put(to.d);
    }
    domain_put(from.d);
    return status;
}

long grants_copy(uint64_t va, unsigned int count, unsigned int *done)
{
    struct gnttab_copy op;

    for (; *done < count; ++*done) {
        uint64_t element = guest_element(va, *done, op);

        if (*done && hypercall_preempt_check())
            return -XEN_ERESTART;
        if (copy_from_guest(&op, element, sizeof(op)))
            return grant_refuse_argument(element);
        op.status = copy(&op);
        if (copy_to_guest(guest_field(element, struct gnttab_copy, status), &op.status, sizeof(op.status)))
            return grant_refuse_argument(element);
    }
    return 0;
}
