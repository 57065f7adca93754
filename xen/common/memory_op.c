/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * HYPERVISOR_memory_op: growing and shrinking a domain's memory, and questions about it. What depends on the
 * machine's tables is arch's (arch_memory_op). A reservation call answers with the number of extents done,
 * however little that is: a refusal is in the log, not in the result.
 */
#include <xen/arch.h>
#include <xen/domain.h>
#include <xen/guest_access.h>
#include <xen/hypercall.h>
#include <xen/memory.h>
#include <xen/mm.h>
#include <xen/page_ref.h>

#define ORDER_MAX_PRIVILEGED 18
#define ORDER_MAX_GUEST      9

/* One call, read and checked. */
struct reservation {
    struct domain *d;
    uint64_t list_va;
    unsigned long nr_extents, done;
    unsigned int order, address_bits;
};

typedef int extent_function_t(const struct reservation *r, unsigned long i);

static int give_frame_number(const struct reservation *r, unsigned long i, xen_pfn_t frame)
{
    if (copy_to_guest(guest_element(r->list_va, i, xen_pfn_t), &frame, sizeof(frame)))
        return refuse(-XEN_EFAULT, "memory.list", "cannot write extent %lu of the list", i);
    return 0;
}

static int take_frame_number(const struct reservation *r, unsigned long i, xen_pfn_t *frame)
{
    if (copy_from_guest(frame, guest_element(r->list_va, i, xen_pfn_t), sizeof(*frame)))
        return refuse(-XEN_EFAULT, "memory.list", "no readable extent %lu in the list", i);
    return 0;
}

static struct page_info *alloc_extent(const struct reservation *r)
{
    struct page_info *pg = domain_pages_alloc(r->d, r->order, r->address_bits, true);

    if (!pg)
        refuse(-XEN_ENOMEM, "memory.none",
               "no extent of 2^%u pages for domain %u, which has %lu of %lu pages", r->order, r->d->id,
               (unsigned long)r->d->tot_pages, (unsigned long)r->d->max_pages);
    return pg;
}

static int increase_one(const struct reservation *r, unsigned long i)
{
    struct page_info *pg = alloc_extent(r);

    if (!pg)
        return -XEN_ENOMEM;
    return r->list_va ? give_frame_number(r, i, page_to_mfn(pg).n) : 0;
}

static int populate_one(const struct reservation *r, unsigned long i)
{
    struct page_info *pg;
    xen_pfn_t first;
    int rc = take_frame_number(r, i, &first);

    if (rc)
        return rc;
    pg = alloc_extent(r);
    if (!pg)
        return -XEN_ENOMEM;
    arch_m2p_set_run(page_to_mfn(pg), first, 1ull << r->order);
    return give_frame_number(r, i, page_to_mfn(pg).n);
}

static int release_frame(struct domain *d, mfn_t m, struct page_batch *freed)
{
    struct page_info *pg;

    if (!mfn_valid(m) || !page_get(mfn_to_page(m), d))
        return refuse(-XEN_EINVAL, "memory.not-owned", "frame %#lx does not belong to domain %u",
                      (unsigned long)m.n, d->id);
    pg = mfn_to_page(m);
    /* What else refers to it – a mapping, a pin – keeps the frame until it goes. */
    page_release_allocation(pg);
    page_put_batched(pg, freed);
    return 0;
}

static int decrease_one(const struct reservation *r, unsigned long i)
{
    xen_pfn_t first;
    struct page_batch freed = {0};
    int rc = take_frame_number(r, i, &first);

    for (uint64_t j = 0; !rc && j < 1ull << r->order; j++)
        rc = release_frame(r->d, mfn(first + j), &freed);
    page_batch_free(&freed);
    return rc;
}

static extent_function_t *extent_function(unsigned long op)
{
    switch (op) {
    case XENMEM_increase_reservation:
        return increase_one;
    case XENMEM_decrease_reservation:
        return decrease_one;
    default:
        return populate_one;
    }
}

unsigned int memory_order_max(void)
{
    return current->domain->is_privileged ? ORDER_MAX_PRIVILEGED : ORDER_MAX_GUEST;
}

int memory_subject(domid_t id, struct domain **out)
{
    struct domain *d = domain_get_by_any_id(id);

    if (!d)
        return refuse(-XEN_ESRCH, "domain.id", "there is no domain %u", id);
    if (d != current->domain && !current->domain->is_privileged) {
        domain_put(d);
        return refuse(-XEN_EPERM, "domain.privilege", "the memory of domain %u is no business of domain %u",
                      id, current->domain->id);
    }
    *out = d;
    return 0;
}

/* Reads and checks all but the list. */
static int decode_reservation(unsigned long op, uint64_t va, unsigned long done, struct reservation *r)
{
    struct xen_memory_reservation g;
    unsigned int node;

    if (copy_from_guest(&g, va, sizeof(g)))
        return refuse(-XEN_EFAULT, "memory.arg", "no readable argument at %#lx", (unsigned long)va);
    if (g.nr_extents > UINT32_MAX >> MEMOP_CMD_BITS)
        return refuse(-XEN_EINVAL, "memory.extents", "%lu extents are too many for one call",
                      (unsigned long)g.nr_extents);
    if (g.extent_order > memory_order_max())
        return refuse(-XEN_EINVAL, "memory.order", "extents of 2^%u pages are larger than 2^%u",
                      g.extent_order, memory_order_max());
    *r = (struct reservation){.list_va = handle_va(g.extent_start),
                              .nr_extents = g.nr_extents,
                              .done = done,
                              .order = g.extent_order};
    r->address_bits = XENMEMF_get_address_bits(g.mem_flags);
    if (r->address_bits && r->address_bits <= PAGE_SHIFT)
        return refuse(-XEN_EINVAL, "memory.bits", "no frame has an address of %u bits", r->address_bits);
    /* There is one node; 0xff stands for any. */
    node = XENMEMF_get_node(g.mem_flags);
    if ((g.mem_flags & XENMEMF_exact_node_request) && node && node != 0xff)
        return refuse(-XEN_EINVAL, "memory.node", "there is no node %u", node);
    if (op == XENMEM_populate_physmap && (g.mem_flags & XENMEMF_populate_on_demand))
        return refuse(-XEN_EINVAL, "memory.on-demand", "a PV domain's memory is not populated on demand");
    return memory_subject(g.domid, &r->d);
}

static long change_reservation(unsigned long op, unsigned long done, uint64_t va)
{
    extent_function_t *one = extent_function(op);
    struct reservation r;
    bool preempted = false;

    if (decode_reservation(op, va, done, &r))
        return (long)done;
    while (r.done < r.nr_extents) {
        preempted = r.done != done && hypercall_preempt_check();
        if (preempted || one(&r, r.done))
            break;
        r.done++;
    }
    domain_put(r.d);
    if (preempted)
        return hypercall_continue(__HYPERVISOR_memory_op, 2, (uint64_t)(op | r.done << MEMOP_CMD_BITS), va);
    return (long)r.done;
}

static long answer_about(const struct domain *d, unsigned long op)
{
    unsigned long pfns;

    switch (op) {
    case XENMEM_current_reservation:
        return (long)READ_ONCE(d->tot_pages);
    case XENMEM_maximum_reservation:
        return (long)READ_ONCE(d->max_pages);
    default:
        /* What the guest has said of itself. */
        pfns = READ_ONCE(d->shared_info->arch.max_pfn);
        return pfns ? (long)pfns - 1 : 0;
    }
}

static long question(unsigned long op, uint64_t va)
{
    struct xen_memory_domain arg;
    struct domain *d;
    long rc;

    if (copy_from_guest(&arg, va, sizeof(arg)))
        return refuse(-XEN_EFAULT, "memory.arg", "no readable argument at %#lx", (unsigned long)va);
    rc = memory_subject(arg.domid, &d);
    if (rc)
        return rc;
    rc = answer_about(d, op);
    domain_put(d);
    return rc;
}

/* Those that no continuation comes back to. */
static long whole_op(unsigned long op, uint64_t va)
{
    switch (op) {
    case XENMEM_maximum_ram_page:
        return (long)max_page;
    case XENMEM_exchange:
        return memory_exchange(va);
    case XENMEM_claim_pages:
        return memory_claim(va);
    case XENMEM_get_vnumainfo:
        return memory_vnuma(va);
    default:
        return question(op, va);
    }
}

long do_memory_op(unsigned long cmd, uint64_t arg_va)
{
    unsigned long op = cmd & MEMOP_CMD_MASK, done = cmd >> MEMOP_CMD_BITS;

    switch (op) {
    case XENMEM_increase_reservation:
    case XENMEM_decrease_reservation:
    case XENMEM_populate_physmap:
        return change_reservation(op, done, arg_va);
    case XENMEM_maximum_ram_page:
    case XENMEM_current_reservation:
    case XENMEM_maximum_reservation:
    case XENMEM_maximum_gpfn:
    case XENMEM_exchange:
    case XENMEM_claim_pages:
    case XENMEM_get_vnumainfo:
        if (done)
            return refuse(-XEN_EINVAL, "memory.command", "command %lu cannot be continued", op);
        return whole_op(op, arg_va);
    case XENMEM_acquire_resource:
        return memory_acquire_resource(arg_va);
    default:
        return arch_memory_op(cmd, arg_va);
    }
}
