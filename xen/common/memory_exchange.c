/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * XENMEM_exchange: a domain gives frames and gets as many others, larger extents for smaller ones or the
 * other way round. It goes chunk by chunk – the fewest extents that are as large on both sides – and each
 * chunk is done wholly or not at all: first everything is read and taken that can fail, then it is carried
 * out. nr_exchanged says how many input extents are gone, whatever happens.
 */
#include <xen/arch.h>
#include <xen/domain.h>
#include <xen/guest_access.h>
#include <xen/hypercall.h>
#include <xen/memory.h>
#include <xen/mm.h>
#include <xen/string.h>

/* One call, read and checked. */
struct exchange {
    struct domain *d;
    uint64_t in_va, out_va; /* the lists of extents */
    unsigned int in_order, out_order, address_bits;
    uint64_t in_chunk, out_chunk; /* extents in a chunk */
    uint64_t nr_chunks, done;     /* chunks */
};

/* Frames on their way, linked by page_info.next: heads of extents of one order. */
struct frames {
    struct page_info *first;
    unsigned int order;
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

/* Can the output list be read and written, as far as this chunk goes? Nothing has been taken yet. */
static int try_output(const struct exchange *x)
{
    xen_pfn_t pfn;

    for (uint64_t i = 0; i < x->out_chunk; i++)
        if (copy_from_guest(&pfn, out_element(x, i), sizeof(pfn)) ||
            copy_to_guest(out_element(x, i), &pfn, sizeof(pfn)))
            return refuse(-XEN_EFAULT, "memory.exchange.output", "no writable output extent %lu",
                          (unsigned long)(x->done * x->out_chunk + i));
    return 0;
}

static int allocate(const struct exchange *x, struct frames *fresh)
{
    for (uint64_t i = 0; i < x->out_chunk; i++) {
        struct page_info *pg = page_alloc(x->out_order, x->address_bits);

        if (!pg)
            return refuse(-XEN_ENOMEM, "memory.exchange.none", "no extent of 2^%u pages below 2^%u",
                          x->out_order, x->address_bits ? x->address_bits : 64);
        frames_push(fresh, pg);
    }
    return 0;
}

static int steal_extent(const struct exchange *x, uint64_t first, struct frames *old)
{
    for (uint64_t i = 0; i < 1ull << x->in_order; i++) {
        mfn_t m = mfn(first + i);

        if (!mfn_valid(m) || page_steal_counted(x->d, mfn_to_page(m)))
            return refuse(-XEN_EINVAL, "memory.exchange.frame",
                          "frame %#lx does not belong to domain %u, or is in use", (unsigned long)m.n,
                          x->d->id);
        frames_push(old, mfn_to_page(m));
    }
    return 0;
}

static int steal(const struct exchange *x, struct frames *old)
{
    xen_pfn_t first;
    int rc = 0;

    for (uint64_t i = 0; !rc && i < x->in_chunk; i++) {
        if (copy_from_guest(&first, in_element(x, i), sizeof(first)))
            return refuse(-XEN_EFAULT, "memory.exchange.input", "no readable input extent %lu",
                          (unsigned long)(x->done * x->in_chunk + i));
        rc = steal_extent(x, first, old);
    }
    return rc;
}

/* Nothing has happened: the domain has its frames again. */
static void give_back(struct domain *d, struct frames *old, struct frames *fresh)
{
    struct page_info *pg;

    while ((pg = frames_pop(fresh)) != NULL)
        page_free(pg, fresh->order);
    while ((pg = frames_pop(old)) != NULL) {
        if (!domain_pages_replace(d, pg, 1)) {
            arch_page_flush_stale(pg, d);
            page_free(pg, 0);
        }
    }
}

static void free_old(struct domain *d, struct frames *old)
{
    struct page_info *pg;

    while ((pg = frames_pop(old)) != NULL) {
        /* The first flushes for all: none has been given up after it. */
        arch_page_flush_stale(pg, d);
        arch_m2p_set(page_to_mfn(pg), ~0ull);
        page_free(pg, 0);
    }
}

static int give_extent(const struct exchange *x, uint64_t i, struct page_info *pg)
{
    uint64_t nr = 1ull << x->out_order;
    xen_pfn_t pfn, frame = page_to_mfn(pg).n;
    bool readable = !copy_from_guest(&pfn, out_element(x, i), sizeof(pfn));

    memset(page_to_virt(pg), 0, PAGE_SIZE << x->out_order);
    for (uint64_t j = 0; j < nr; j++)
        arch_m2p_set(mfn_add(page_to_mfn(pg), j), readable ? pfn + j : ~0ull);
    if (!domain_pages_replace(x->d, pg, nr)) {
        page_free(pg, x->out_order);
        return refuse(-XEN_EINVAL, "memory.exchange.dying", "domain %u is on its way out", x->d->id);
    }
    if (readable && !copy_to_guest(out_element(x, i), &frame, sizeof(frame)))
        return 0;
    return refuse(-XEN_EFAULT, "memory.exchange.output", "the output list went away under extent %lu",
                  (unsigned long)(x->done * x->out_chunk + i));
}

static int exchange_chunk(const struct exchange *x)
{
    struct frames old = {.order = 0}, fresh = {.order = x->out_order};
    struct page_info *pg;
    int rc = try_output(x), failed = 0;

    if (!rc)
        rc = allocate(x, &fresh);
    if (!rc)
        rc = steal(x, &old);
    if (rc) {
        give_back(x->d, &old, &fresh);
        return rc;
    }
    free_old(x->d, &old);
    for (uint64_t i = 0; (pg = frames_pop(&fresh)) != NULL; i++) {
        rc = give_extent(x, i, pg);
        failed = failed ? failed : rc;
    }
    return failed;
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

long memory_exchange(uint64_t va)
{
    struct xen_memory_exchange g;
    struct exchange x;
    uint64_t begun;
    bool preempted = false;
    int rc;

    if (copy_from_guest(&g, va, sizeof(g)))
        return refuse(-XEN_EFAULT, "memory.arg", "no readable argument at %#lx", (unsigned long)va);
    rc = check_extents(&g);
    if (rc || g.nr_exchanged == g.in.nr_extents)
        return rc;
    rc = decode(&g, &x);
    if (rc)
        return rc;
    for (begun = x.done; !rc && x.done < x.nr_chunks; x.done += !rc) {
        preempted = x.done != begun && hypercall_preempt_check();
        if (preempted)
            break;
        rc = exchange_chunk(&x);
    }
    domain_put(x.d);
    g.nr_exchanged = x.done * x.in_chunk;
    if (copy_to_guest(guest_field(va, struct xen_memory_exchange, nr_exchanged), &g.nr_exchanged,
                      sizeof(g.nr_exchanged)))
        return refuse(-XEN_EFAULT, "memory.arg", "the argument at %#lx cannot be written", (unsigned long)va);
    if (preempted)
        return hypercall_continue(__HYPERVISOR_memory_op, 2, (uint64_t)XENMEM_exchange, va);
    return rc;
}
