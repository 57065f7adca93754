/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * GNTTABOP_copy: bytes between frames that the caller owns or was granted. Nothing is mapped: the hypervisor
 * copies in its own map.
 *
 * Backends copy many pieces of one frame in a row. So what an element has claimed stays claimed for the next
 * one that names the same, until the list ends, gives way or an element is refused.
 */
#include <xen/hypercall.h>
#include <xen/string.h>
#include "grant_plain.h"

/* How an element names a frame, so that two names are compared at once: by grant or by its number. */
struct name {
    uint64_t which;
    uint32_t whose; /* domain and NAMES_*; 0: nothing */
};
#define NAMES_FRAME 0x10000u
#define NAMES_GRANT 0x20000u

struct bounds {
    uint16_t source_offset, dest_offset, len;
};

/* An element of the list. */
struct piece {
    struct name source, dest;
    struct bounds at;
};

static always_inline domid_t domid_of(struct name n)
{
    return (domid_t)n.whose;
}

/* Word `at` of the element and the next one, a struct gnttab_copy_ptr. */
static always_inline struct name name_of(const uint64_t *w, unsigned int at, bool by_ref)
{
    return by_ref ? (struct name){(uint32_t)w[at], (uint16_t)w[at + 1] | NAMES_GRANT}
                  : (struct name){w[at], (uint16_t)w[at + 1] | NAMES_FRAME};
}

#define COPY_WORDS 5
#define COPY_WORD(field) (offsetof(struct gnttab_copy, field) / 8)
/* Where in its word a field stands. */
#define COPY_FIELD(w, field)                                                                                 \
    ((uint16_t)((w)[COPY_WORD(field)] >> offsetof(struct gnttab_copy, field) % 8 * 8))
BUILD_BUG_ON(sizeof(struct gnttab_copy) != COPY_WORDS * 8);
BUILD_BUG_ON(COPY_WORD(source.domid) != COPY_WORD(source) + 1 ||
             COPY_WORD(dest.domid) != COPY_WORD(dest) + 1);

static always_inline struct piece decode(const uint64_t *w)
{
    uint16_t flags = COPY_FIELD(w, flags);

    return (struct piece){name_of(w, COPY_WORD(source), flags & GNTCOPY_source_gref),
                          name_of(w, COPY_WORD(dest), flags & GNTCOPY_dest_gref),
                          {COPY_FIELD(w, source.offset), COPY_FIELD(w, dest.offset), COPY_FIELD(w, len)}};
}

/* Offsets that may be used, within the frame. */
struct part {
    unsigned int start, limit;
};

/* One end of the copies under way. Its address goes nowhere, so that it need not be kept in memory. */
struct end {
    struct domain *d; /* as grant_peer_get gives it; or NULL */
    domid_t domid;    /* of d, as the elements have it */
    struct name claimed;
    struct grant_place at; /* pin NULL: no grant, or an unusual one */
    struct page_info *pg;  /* with a reference; that is written to, with its type */
    char *bytes;           /* where it is mapped */
    struct part part;
};

static always_inline uint32_t use_of(bool writes)
{
    return writes ? GRANT_USE_HOST_WRITE : GRANT_USE_HOST_READ;
}

static always_inline bool same_name(struct name a, struct name b)
{
    return a.which == b.which && a.whose == b.whose;
}

static always_inline void unclaim(struct end *e, bool writes)
{
    if (writes && unlikely(!page_put_type_simple(e->pg)))
        page_put_type(e->pg);
    page_put_inline(e->pg);
    if (e->at.pin ? unlikely(!grant_unpin_plain(e->d, e->at, use_of(writes)))
                  : unlikely(e->claimed.whose & NAMES_GRANT))
        grant_unpin_copy(e->d, (grant_ref_t)e->claimed.which, use_of(writes));
}

static always_inline void leave(const struct domain *caller, struct end *e, bool writes)
{
    if (likely(e->claimed.whose))
        unclaim(e, writes);
    if (likely(e->d))
        grant_peer_put(caller, e->d);
}

static noinline void leave_aside(const struct domain *caller, struct end e, bool writes)
{
    leave(caller, &e, writes);
}

static always_inline void begin(struct end *e)
{
    e->d = NULL;
    e->claimed.whose = 0;
}

static always_inline void begin_again(const struct domain *caller, struct end *e, bool writes)
{
    leave_aside(caller, *e, writes);
    begin(e);
}

static always_inline int16_t enter(struct domain *caller, struct end *e, domid_t id, bool writes)
{
    if (e->d && e->domid == id)
        return GNTST_okay;
    if (unlikely(e->d))
        begin_again(caller, e, writes);
    e->domid = id;
    e->d = id == DOMID_SELF ? caller : grant_peer_get(caller, id);
    if (unlikely(!e->d))
        return (int16_t)refuse(GNTST_bad_domain, "domain.id", "there is no domain %u", id);
    return GNTST_okay;
}

static noinline int16_t refuse_own(const struct domain *d, uint64_t gmfn)
{
    return (int16_t)refuse(GNTST_bad_page, "grant.copy-frame", "frame %#lx is not domain %u's",
                           (unsigned long)gmfn, d->id);
}

static noinline int16_t refuse_by_frame(void)
{
    return (int16_t)refuse(GNTST_permission_denied, "grant.copy-by-frame",
                           "only the caller's own frames (DOMID_SELF) are named without a grant");
}

static always_inline int16_t claim_own(struct end *e, struct name n, mfn_t *m)
{
    e->at.pin = NULL;
    e->part = (struct part){0, PAGE_SIZE};
    *m = mfn(n.which);
    if (unlikely(domid_of(n) != DOMID_SELF))
        return refuse_by_frame();
    if (unlikely(n.which >= max_page) || unlikely(!page_get_inline(mfn_to_page(*m), e->d)))
        return refuse_own(e->d, n.which);
    return GNTST_okay;
}

static always_inline int16_t claim_granted(const struct domain *caller, struct end *e, grant_ref_t ref,
                                           uint32_t use, mfn_t *m)
{
    struct grant_window w;
    int16_t status;

    e->part = (struct part){0, PAGE_SIZE};
    if (likely(grant_pin_plain(e->d, ref, caller, use, &e->at, m)))
        return GNTST_okay;
    e->at.pin = NULL;
    status = grant_pin_copy(e->d, ref, caller, use, &w);
    if (status != GNTST_okay)
        return status;
    e->part = (struct part){w.start, min((unsigned int)w.start + w.length, (unsigned int)PAGE_SIZE)};
    *m = w.frame;
    return GNTST_okay;
}

static noinline int16_t refuse_type(const struct page_info *pg)
{
    return (int16_t)refuse(GNTST_general_error, "grant.copy-type", "frame %#lx is no writable memory",
                           (unsigned long)page_to_mfn(pg).n);
}

/* The frame that was claimed becomes writable memory. */
static always_inline int16_t claim_type(struct end *e)
{
    struct page_info *pg = e->pg;

    if (likely(page_get_type_same(pg, PGT_WRITABLE)) || !page_get_type(pg, pg->owner, PGT_WRITABLE))
        return GNTST_okay;
    page_put(pg);
    if (e->claimed.whose & NAMES_GRANT)
        grant_unpin_copy(e->d, (grant_ref_t)e->claimed.which, GRANT_USE_HOST_WRITE);
    e->claimed.whose = 0;
    return refuse_type(pg);
}

/* After enter of the domain that it names. */
static always_inline int16_t claim(const struct domain *caller, struct end *e, struct name n, bool writes)
{
    mfn_t m = mfn(0);
    int16_t status;

    if (same_name(n, e->claimed))
        return GNTST_okay;
    if (unlikely(e->claimed.whose))
        unclaim(e, writes);
    e->claimed.whose = 0;
    status = (n.whose & NAMES_GRANT) ? claim_granted(caller, e, (grant_ref_t)n.which, use_of(writes), &m)
                                     : claim_own(e, n, &m);
    if (unlikely(status != GNTST_okay))
        return status;
    e->claimed = n;
    e->pg = mfn_to_page(m);
    e->bytes = mfn_to_virt(m);
    return writes ? claim_type(e) : GNTST_okay;
}

/* The ends are others than before. First both domains are looked for, then what is named of them. */
static always_inline int16_t claim_both(struct domain *caller, const struct piece *p, struct end *from,
                                        struct end *to)
{
    int16_t status = enter(caller, from, domid_of(p->source), false);

    if (likely(status == GNTST_okay))
        status = enter(caller, to, domid_of(p->dest), true);
    if (likely(status == GNTST_okay))
        status = claim(caller, from, p->source, false);
    if (likely(status == GNTST_okay))
        status = claim(caller, to, p->dest, true);
    return status;
}

static always_inline bool inside(struct part part, unsigned int offset, unsigned int len)
{
    return likely(offset >= part.start) && likely(offset + len <= part.limit);
}

static noinline int16_t refuse_bytes(struct bounds at, struct part from, struct part to)
{
    if (at.source_offset + at.len > (unsigned int)PAGE_SIZE ||
        at.dest_offset + at.len > (unsigned int)PAGE_SIZE)
        return (int16_t)refuse(GNTST_bad_copy_arg, "grant.copy-bounds",
                               "%u bytes from offset %u to offset %u leave the page", at.len,
                               at.source_offset, at.dest_offset);
    return (int16_t)refuse(GNTST_general_error, "grant.copy-part",
                           "%u bytes from offset %u to offset %u: granted are offsets %u to %u, and %u to %u",
                           at.len, at.source_offset, at.dest_offset, from.start, from.limit, to.start,
                           to.limit);
}

static always_inline int16_t copy(struct domain *caller, const struct piece *p, struct end *from,
                                  struct end *to)
{
    if (!same_name(p->source, from->claimed) || !same_name(p->dest, to->claimed)) {
        int16_t status = claim_both(caller, p, from, to);

        if (unlikely(status != GNTST_okay))
            return status;
    }
    if (!inside(from->part, p->at.source_offset, p->at.len) ||
        !inside(to->part, p->at.dest_offset, p->at.len))
        return refuse_bytes(p->at, from->part, to->part);
    memmove(to->bytes + p->at.dest_offset, from->bytes + p->at.source_offset, p->at.len);
    return GNTST_okay;
}

static always_inline long copy_element(struct domain *caller, uint64_t element, struct end *from,
                                       struct end *to)
{
    uint64_t w[COPY_WORDS]; /* in registers */
    struct piece p;
    int16_t status;

    if (unlikely(!arch_read_guest_words(caller, w, element, COPY_WORDS)))
        return grant_refuse_argument(element);
    p = decode(w);
    status = copy(caller, &p, from, to);
    if (unlikely(status != GNTST_okay)) {
        begin_again(caller, from, false);
        begin_again(caller, to, true);
    }
    if (unlikely(!arch_write_guest_16(guest_field(element, struct gnttab_copy, status), (uint16_t)status)))
        return grant_refuse_argument(element);
    return 0;
}

static always_inline long copy_list(struct domain *caller, uint64_t va, unsigned int count)
{
    struct end from, to;
    long rc = 0;

    begin(&from);
    begin(&to);
    for (unsigned int i = 0; i < count && !rc; i++) {
        uint64_t element = guest_element(va, i, struct gnttab_copy);

        rc = i && hypercall_preempt_check() ? grant_continue(GNTTABOP_copy, element, count - i)
                                            : copy_element(caller, element, &from, &to);
    }
    leave(caller, &from, false);
    leave(caller, &to, true);
    return rc;
}

static noinline long copy_many(struct domain *caller, uint64_t va, unsigned int count)
{
    return copy_list(caller, va, count);
}

long grants_copy(uint64_t va, unsigned int count)
{
    /* The list is accessed from here on without a gap, and before the hole there is one that faults. */
    if (unlikely(!guest_address_ok(va)))
        return grant_refuse_argument(va);
    return count == 1 ? copy_list(current->domain, va, 1) : copy_many(current->domain, va, count);
}
