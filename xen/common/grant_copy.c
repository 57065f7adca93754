/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * GNTTABOP_copy: bytes between frames that the caller owns or was granted. Nothing is mapped: the hypervisor copies in its own map.
 *
 * Backends copy many pieces of one frame in a row. So what an element has claimed stays claimed for the next one that names the same, until the
 * list ends, gives way or an element is refused.
 */
#include <xen/hypercall.h>
#include <xen/string.h>
#include "grant_private.h"

/* One end of the copies under way. */
struct end {
    struct domain *d; /* with a reference; or NULL */
    struct grant_window window;
    struct gnttab_copy_ptr named; /* the offset does not count */
    bool by_ref, writes;
    bool claimed; /* window, as named says */
};

static void begin(struct end *e, bool writes)
{
    e->d = NULL;
    e->writes = writes;
    e->claimed = false;
}

static int16_t claim_own(struct end *e)
{
    xen_pfn_t gmfn = e->named.u.gmfn;

    e->window = (struct grant_window){mfn(gmfn), 0, PAGE_SIZE};
    if (gmfn >= max_page || !page_get_inline(mfn_to_page(e->window.frame), e->d))
        return (int16_t)refuse(GNTST_bad_page, "grant.copy-frame", "frame %#lx is not domain %u's", (unsigned long)gmfn,
                               e->d->id);
    return GNTST_okay;
}

/* Gives back what claim_frame took but the type. */
static always_inline void unclaim_frame(struct end *e)
{
    page_put_inline(mfn_to_page(e->window.frame));
    if (e->by_ref)
        grant_unpin_copy(e->d, e->named.u.ref, !e->writes);
}

static always_inline int16_t claim_frame(struct end *e)
{
    int16_t status = e->by_ref ? grant_pin_copy(e->d, e->named.u.ref, current->domain, !e->writes, &e->window)
                               : claim_own(e);
    struct page_info *pg = mfn_to_page(e->window.frame);

    if (status != GNTST_okay || !e->writes || likely(page_get_type_same(pg, PGT_WRITABLE)) ||
        !page_get_type(pg, pg->owner, PGT_WRITABLE))
        return status;
    unclaim_frame(e);
    return (int16_t)refuse(GNTST_general_error, "grant.copy-type", "frame %#lx is no writable memory",
                           (unsigned long)e->window.frame.n);
}

static always_inline void unclaim(struct end *e)
{
    struct page_info *pg = mfn_to_page(e->window.frame);

    if (!e->claimed)
        return;
    if (e->writes && unlikely(!page_put_type_simple(pg)))
        page_put_type(pg);
    unclaim_frame(e);
    e->claimed = false;
}

static void leave(struct end *e)
{
    unclaim(e);
    if (e->d)
        domain_put(e->d);
    e->d = NULL;
}

/* other: the other end, in whose domain it may be too. */
static int16_t enter(struct end *e, domid_t id, const struct end *other)
{
    if (e->d && e->named.domid == id)
        return GNTST_okay;
    leave(e);
    e->named.domid = id;
    if (other->d && other->named.domid == id) {
        e->d = other->d;
        domain_get(e->d);
        return GNTST_okay;
    }
    e->d = domain_get_by_any_id(id);
    if (!e->d)
        return (int16_t)refuse(GNTST_bad_domain, "domain.id", "there is no domain %u", id);
    return GNTST_okay;
}

static always_inline bool is_claimed(const struct end *e, const struct gnttab_copy_ptr *p, bool by_ref)
{
    return e->claimed && e->by_ref == by_ref &&
           (by_ref ? e->named.u.ref == p->u.ref : e->named.u.gmfn == p->u.gmfn);
}

/* After enter of the domain that p names. */
static always_inline int16_t claim(struct end *e, const struct gnttab_copy_ptr *p, bool by_ref)
{
    int16_t status;

    if (is_claimed(e, p, by_ref))
        return GNTST_okay;
    unclaim(e);
    e->named = *p;
    e->by_ref = by_ref;
    status = claim_frame(e);
    e->claimed = status == GNTST_okay;
    return status;
}

static bool inside(const struct end *e, unsigned int offset, unsigned int len)
{
    return offset >= e->window.start && offset + len <= (unsigned int)e->window.start + e->window.length;
}

/* Both ends are claimed. */
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

static int16_t copy(const struct gnttab_copy *op, struct end *from, struct end *to)
{
    bool from_ref = op->flags & GNTCOPY_source_gref, to_ref = op->flags & GNTCOPY_dest_gref;
    int16_t status;

    if ((!from_ref && op->source.domid != DOMID_SELF) || (!to_ref && op->dest.domid != DOMID_SELF))
        return (int16_t)refuse(GNTST_permission_denied, "grant.copy-by-frame",
                               "only the caller's own frames (DOMID_SELF) are named without a grant");
    status = enter(from, op->source.domid, to);
    if (status == GNTST_okay)
        status = enter(to, op->dest.domid, from);
    if (status == GNTST_okay)
        status = claim(from, &op->source, from_ref);
    if (status == GNTST_okay)
        status = claim(to, &op->dest, to_ref);
    return status == GNTST_okay ? move(op, from, to) : status;
}

static long copy_element(uint64_t element, struct end *from, struct end *to)
{
    struct gnttab_copy op;

    if (copy_from_guest(&op, element, sizeof(op)))
        return grant_refuse_argument(element);
    op.status = copy(&op, from, to);
    if (unlikely(op.status != GNTST_okay)) {
        leave(from);
        leave(to);
    }
    if (copy_to_guest(guest_field(element, struct gnttab_copy, status), &op.status, sizeof(op.status)))
        return grant_refuse_argument(element);
    return 0;
}

long grants_copy(uint64_t va, unsigned int count, unsigned int *done)
{
    struct end from, to; /* not cleared as a whole */
    long rc = 0;

    begin(&from, false);
    begin(&to, true);
    for (; *done < count && !rc; *done += !rc)
        rc = *done && hypercall_preempt_check()
                 ? -XEN_ERESTART
                 : copy_element(guest_element(va, *done, struct gnttab_copy), &from, &to);
    leave(&from);
    leave(&to);
    return rc;
}
