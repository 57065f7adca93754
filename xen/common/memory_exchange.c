/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * XENMEM_exchange: a domain gives frames and gets as many others, larger extents for smaller ones or the
 * other way round. It goes chunk by chunk – the fewest extents that are as large on both sides – and each
 * chunk is done wholly or not at all: first everything is read and taken that can fail, then it is carried
 * out. nr_exchanged says how many input extents are gone, whatever happens.
 *
 * A large chunk (Domain 0's; up to 2^18 frames) gives way in the middle. How far it has come is then kept at
 * the vCPU, which comes back with the same call; when it comes with another one, the chunk is ended first.
 */
#include <xen/arch.h>
#include <xen/domain.h>
#include <xen/guest_access.h>
#include <xen/hypercall.h>
#include <xen/memory.h>
#include <xen/mm.h>
#include <xen/string.h>
#include <xen/xmalloc.h>

/* How far a chunk has come. Until FREE_OLD it can be taken back, from there on it is carried out. */
enum phase { TRY_OUTPUT, ALLOCATE, STEAL, FREE_OLD, GIVE, TAKE_BACK };

/* Frames on their way, linked by page_info.next: heads of extents of one order. */
struct frames {
    struct page_info *first;
};

/* One call, read and checked, and the chunk that is under way. */
struct exchange {
    struct xen_memory_exchange asked; /* kept: what the caller will come back with */
    struct domain *d;                 /* with a reference */
    uint64_t in_va, out_va;           /* the lists of extents */
    unsigned int in_order, out_order, address_bits;
    uint64_t in_chunk, out_chunk; /* extents in a chunk */
    uint64_t nr_chunks, done;     /* chunks */

    enum phase phase;
    uint64_t at;              /* the phase's next extent or frame */
    xen_pfn_t first;          /* STEAL: of the input extent; GIVE: what the output list has for the extent */
    bool named;               /* GIVE: the output list could be read */
    struct page_info *extent; /* GIVE, TAKE_BACK: out of fresh; its frames below `at` have gone their way */
    struct frames old, fresh;
    int rc;         /* what the chunk is refused with */
    bool abandoned; /* the lists are not to be touched: the caller is elsewhere */
};

static void frames_push(struct frames *list, struct page_info *pg)
{
    pg->next = list->first ? (uint32_t)page_to_mfn(list->first).n : 0;
    list->first = pg;
}

static struct page_info *frames_pop(struct frames *list)
{
    struct page_info *pg = list->first;

    if (pg) {
        list->first = pg->next ? mfn_to_page(mfn(pg->next)) : NULL;
        pg->next = 0;
    }
    return pg;
}

static uint64_t out_element(const struct exchange *x, uint64_t i)
{
    return guest_element(x->out_va, x->done * x->out_chunk + i, xen_pfn_t);
}

static uint64_t in_element(const struct exchange *x, uint64_t i)
{
    return guest_element(x->in_va, x->done * x->in_chunk + i, xen_pfn_t);
}

/* --- Steps: one extent, or one frame --- */
/* Can the output list be read and written, as far as this chunk goes? Nothing has been taken yet. */
static int try_output(const struct exchange *x)
{
    xen_pfn_t pfn;

    if (copy_from_guest(&pfn, out_element(x, x->at), sizeof(pfn)) ||
        copy_to_guest(out_element(x, x->at), &pfn, sizeof(pfn)))
        return refuse(-XEN_EFAULT, "memory.exchange.output", "no writable output extent %lu",
                      (unsigned long)(x->done * x->out_chunk + x->at));
    return 0;
}

static int allocate(struct exchange *x)
{
    struct page_info *pg = page_alloc(x->out_order, x->address_bits);

    if (!pg)
        return refuse(-XEN_ENOMEM, "memory.exchange.none", "no extent of 2^%u pages below 2^%u", x->out_order,
                      x->address_bits ? x->address_bits : 64);
    frames_push(&x->fresh, pg);
    return 0;
}

static int steal(struct exchange *x)
{
    uint64_t extent = x->at >> x->in_order, frame = x->at - (extent << x->in_order);
    mfn_t m;

    if (!frame && copy_from_guest(&x->first, in_element(x, extent), sizeof(x->first)))
        return refuse(-XEN_EFAULT, "memory.exchange.input", "no readable input extent %lu",
                      (unsigned long)(x->done * x->in_chunk + extent));
    m = mfn(x->first + frame);
    if (!mfn_valid(m) || page_steal_counted(x->d, mfn_to_page(m)))
        return refuse(-XEN_EINVAL, "memory.exchange.frame",
                      "frame %#lx does not belong to domain %u, or is in use", (unsigned long)m.n, x->d->id);
    frames_push(&x->old, mfn_to_page(m));
    return 0;
}

/* False: there is none left. */
static bool free_old(struct exchange *x)
{
    struct page_info *pg = frames_pop(&x->old);

    if (!pg)
        return false;
    /* The first flushes for all: none has been given up after it. */
    arch_page_flush_stale(pg, x->d);
    arch_m2p_set(page_to_mfn(pg), ~0ull);
    page_free(pg, 0);
    return true;
}

/* The next frame of the fresh extents; NULL: there is none left. */
static struct page_info *next_fresh(struct exchange *x)
{
    uint64_t frame = x->at & ((1ull << x->out_order) - 1);

    if (!frame)
        x->extent = frames_pop(&x->fresh);
    return x->extent ? x->extent + frame : NULL;
}

static int name_extent(const struct exchange *x, uint64_t extent)
{
    xen_pfn_t frame = page_to_mfn(x->extent).n;

    if (x->abandoned || (x->named && !copy_to_guest(out_element(x, extent), &frame, sizeof(frame))))
        return 0;
    return refuse(-XEN_EFAULT, "memory.exchange.output", "the output list went away under extent %lu",
                  (unsigned long)(x->done * x->out_chunk + extent));
}

static int give_frame(const struct exchange *x, struct page_info *pg, uint64_t frame)
{
    memset(page_to_virt(pg), 0, PAGE_SIZE);
    arch_m2p_set(page_to_mfn(pg), x->named ? x->first + frame : ~0ull);
    if (domain_pages_replace(x->d, pg, 1))
        return 0;
    page_free(pg, 0);
    return refuse(-XEN_EINVAL, "memory.exchange.dying", "domain %u is on its way out", x->d->id);
}

/* False: there is none left. What fails here stops nothing: the old frames are gone. */
static bool give(struct exchange *x)
{
    struct page_info *pg = next_fresh(x);
    uint64_t extent = x->at >> x->out_order, frame;
    int rc;

    if (!pg)
        return false;
    frame = (uint64_t)(pg - x->extent);
    if (!frame)
        x->named = !x->abandoned && !copy_from_guest(&x->first, out_element(x, extent), sizeof(x->first));
    rc = give_frame(x, pg, frame);
    if (!rc && frame + 1 == 1ull << x->out_order)
        rc = name_extent(x, extent);
    x->rc = x->rc ? x->rc : rc;
    x->at++;
    return true;
}

/*
 * False: nothing has happened, the domain has its frames again. They come back without a type, so what TLBs
 * may know of the one they had has to go first: they may become tables next.
 */
static bool take_back(struct exchange *x)
{
    struct page_info *pg = next_fresh(x);

    if (pg) {
        page_free(pg, 0);
        x->at++;
        return true;
    }
    pg = frames_pop(&x->old);
    if (!pg)
        return false;
    arch_page_flush_stale(pg, x->d);
    if (!domain_pages_replace(x->d, pg, 1))
        page_free(pg, 0);
    return true;
}

/* --- Chunks --- */
static void phase_begin(struct exchange *x, enum phase phase)
{
    x->phase = phase;
    x->at = 0;
}

/* A step of those that may be refused, of nr in the phase. */
static void step_done(struct exchange *x, int rc, uint64_t nr)
{
    if (rc) {
        x->rc = rc;
        phase_begin(x, TAKE_BACK);
    } else if (++x->at == nr) {
        phase_begin(x, x->phase + 1);
    }
}

/* False: the chunk has ended. */
static bool chunk_step(struct exchange *x)
{
    switch (x->phase) {
    case TRY_OUTPUT:
        step_done(x, try_output(x), x->out_chunk);
        return true;
    case ALLOCATE:
        step_done(x, allocate(x), x->out_chunk);
        return true;
    case STEAL:
        step_done(x, steal(x), x->in_chunk << x->in_order);
        return true;
    case FREE_OLD:
        if (!free_old(x))
            phase_begin(x, GIVE);
        return true;
    case GIVE:
        return give(x);
    default:
        return take_back(x);
    }
}

/* So many frames are done without a look at what else is to be done; all of a chunk of an unprivileged
 * domain. */
#define FRAMES_AT_ONCE 512u

/* Where the vCPU finds it when it comes back. False: no memory for that. */
static bool keep(struct vcpu *v, const struct exchange *x)
{
    v->exchange = xzalloc(struct exchange);
    if (v->exchange)
        *v->exchange = *x;
    return v->exchange;
}

/* False: it gives way, and has been kept. */
static bool chunk_run(struct exchange *x)
{
    bool large = x->in_chunk << x->in_order > FRAMES_AT_ONCE;

    while (chunk_step(x))
        if (large && hypercall_preempt_check() && keep(current, x))
            return false;
    phase_begin(x, TRY_OUTPUT);
    return true;
}

int memory_exchange_end(struct vcpu *v)
{
    struct exchange *x = v->exchange;

    if (!x)
        return 0;
    if (x->phase < FREE_OLD)
        phase_begin(x, TAKE_BACK);
    x->abandoned = true;
    while (chunk_step(x))
        if (hypercall_preempt_check())
            return -XEN_ERESTART;
    v->exchange = NULL;
    domain_put(x->d);
    xfree(x);
    return 0;
}

/* The numbers alone; nr_exchanged is what an interrupted call left, or the caller's 0. */
static int check_extents(const struct xen_memory_exchange *g)
{
    if (max(g->in.extent_order, g->out.extent_order) > memory_order_max())
        return refuse(-XEN_EPERM, "memory.order", "extents of 2^%u pages are larger than 2^%u",
                      max(g->in.extent_order, g->out.extent_order), memory_order_max());
    if (g->in.domid != g->out.domid || g->nr_exchanged > g->in.nr_extents ||
        g->in.nr_extents > ~0ull >> g->in.extent_order || g->out.nr_extents > ~0ull >> g->out.extent_order ||
        g->in.nr_extents << g->in.extent_order != g->out.nr_extents << g->out.extent_order)
        return refuse(-XEN_EINVAL, "memory.exchange.extents",
                      "%lu extents of 2^%u frames for %lu of 2^%u, %lu done: both are to be as much",
                      (unsigned long)g->in.nr_extents, g->in.extent_order, (unsigned long)g->out.nr_extents,
                      g->out.extent_order, (unsigned long)g->nr_exchanged);
    return 0;
}

/* After check_extents. */
static int decode(const struct xen_memory_exchange *g, struct exchange *x)
{
    unsigned int in = g->in.extent_order, out = g->out.extent_order, in_chunk_order = out > in ? out - in : 0;

    *x = (struct exchange){.in_va = handle_va(g->in.extent_start),
                           .out_va = handle_va(g->out.extent_start),
                           .in_order = in,
                           .out_order = out,
                           .address_bits = XENMEMF_get_address_bits(g->out.mem_flags),
                           .in_chunk = 1ull << in_chunk_order,
                           .out_chunk = in > out ? 1ull << (in - out) : 1,
                           .nr_chunks = g->in.nr_extents >> in_chunk_order,
                           .done = g->nr_exchanged >> in_chunk_order};
    return memory_subject(g->in.domid, &x->d);
}

/* Chunk by chunk, until all are done, one is refused, or something else is to be done: true. */
static bool go_on(struct exchange *x)
{
    uint64_t begun = x->done;

    while (x->done < x->nr_chunks) {
        if ((x->done != begun && hypercall_preempt_check()) || !chunk_run(x))
            return true;
        if (x->rc)
            break;
        x->done++;
    }
    return false;
}

/* Is it the call in which this vCPU has given way? */
static bool resume(struct vcpu *v, const struct xen_memory_exchange *g, struct exchange *x)
{
    if (!v->exchange || memcmp(&v->exchange->asked, g, sizeof(*g)))
        return false;
    *x = *v->exchange;
    xfree(v->exchange);
    v->exchange = NULL;
    return true;
}

static int begin(const struct xen_memory_exchange *g, struct exchange *x)
{
    int rc = check_extents(g);

    if (rc || g->nr_exchanged == g->in.nr_extents)
        return rc;
    return decode(g, x);
}

static long again(uint64_t va)
{
    return hypercall_continue(__HYPERVISOR_memory_op, 2, (uint64_t)XENMEM_exchange, va);
}

long memory_exchange(uint64_t va)
{
    struct xen_memory_exchange g;
    struct vcpu *v = current;
    struct exchange x;
    bool preempted;
    int rc;

    if (copy_from_guest(&g, va, sizeof(g)))
        return refuse(-XEN_EFAULT, "memory.arg", "no readable argument at %#lx", (unsigned long)va);
    if (!resume(v, &g, &x)) {
        if (memory_exchange_end(v))
            return again(va);
        rc = begin(&g, &x);
        if (rc || g.nr_exchanged == g.in.nr_extents)
            return rc;
    }
    preempted = go_on(&x);
    g.nr_exchanged = x.done * x.in_chunk;
    if (v->exchange)
        v->exchange->asked = g;
    else
        domain_put(x.d);
    if (copy_to_guest(guest_field(va, struct xen_memory_exchange, nr_exchanged), &g.nr_exchanged,
                      sizeof(g.nr_exchanged)))
        return refuse(-XEN_EFAULT, "memory.arg", "the argument at %#lx cannot be written", (unsigned long)va);
    return preempted ? again(va) : x.rc;
}
