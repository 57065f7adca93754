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
#include <xen/mm.h>
#include <public/memory.h>

#define CMD_BITS                                                                                             \
    6 /* above: how many extents are done, in a continuation (MEMOP_EXTENT_SHIFT of the ABI's users) */
#define CMD_MASK ((1ul << CMD_BITS) - 1)

/* The largest extents, as stock Xen: 16 MiB for Domain 0, 2 MiB for others. */
#define ORDER_MAX_HARDWARE 12
#define ORDER_MAX_GUEST    9

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
    for (uint64_t j = 0; j < 1ull << r->order; j++)
        arch_m2p_set(mfn_add(page_to_mfn(pg), j), first + j);
    return give_frame_number(r, i, page_to_mfn(pg).n);
}

static int release_frame(struct domain *d, mfn_t m)
{
    struct page_info *pg;

    if (!mfn_valid(m) || !page_get(mfn_to_page(m), d))
        return refuse(-XEN_EINVAL, "memory.not-owned", "frame %#lx does not belong to domain %u",
                      (unsigned long)m.n, d->id);
    pg = mfn_to_page(m);
    /* What else refers to it – a mapping, a pin – keeps the frame until it goes. */
    page_release_allocation(pg);
    page_put(pg);
    return 0;
}

static int decrease_one(const struct reservation *r, unsigned long i)
{
    xen_pfn_t first;
    int rc = take_frame_number(r, i, &first);

    for (uint64_t j = 0; !rc && j < 1ull << r->order; j++)
        rc = release_frame(r->d, mfn(first + j));
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

static unsigned int order_max(void)
{
    return current->domain->is_hardware ? ORDER_MAX_HARDWARE : ORDER_MAX_GUEST;
}

/* Reads and checks all but the list. */
static int decode_reservation(uint64_t va, unsigned long done, struct reservation *r)
{
    struct xen_memory_reservation g;

    if (copy_from_guest(&g, va, sizeof(g)))
        return refuse(-XEN_EFAULT, "memory.arg", "no readable argument at %#lx", (unsigned long)va);
    if (g.nr_extents > UINT32_MAX >> CMD_BITS)
        return refuse(-XEN_EINVAL, "memory.extents", "%lu extents are too many for one call",
                      (unsigned long)g.nr_extents);
    if (g.extent_order > order_max())
        return refuse(-XEN_EINVAL, "memory.order", "extents of 2^%u pages are larger than 2^%u",
                      g.extent_order, order_max());
    *r = (struct reservation){.list_va = handle_va(g.extent_start),
                              .nr_extents = g.nr_extents,
                              .done = done,
                              .order = g.extent_order};
    r->address_bits = XENMEMF_get_address_bits(g.mem_flags);
    if (r->address_bits && r->address_bits <= PAGE_SHIFT)
        return refuse(-XEN_EINVAL, "memory.bits", "no frame has an address of %u bits", r->address_bits);
    r->d = domain_get_by_any_id(g.domid);
    if (!r->d)
        return refuse(-XEN_ESRCH, "domain.id", "there is no domain %u", g.domid);
    if (r->d == current->domain || current->domain->is_privileged)
        return 0;
    domain_put(r->d);
    return refuse(-XEN_EPERM, "domain.privilege", "domain %u may not change the memory of domain %u",
                  current->domain->id, g.domid);
}

static long change_reservation(unsigned long op, unsigned long done, uint64_t va)
{
    extent_function_t *one = extent_function(op);
    struct reservation r;
    bool preempted = false;

    if (decode_reservation(va, done, &r))
        return (long)done;
    while (r.done < r.nr_extents) {
        preempted = r.done != done && hypercall_preempt_check();
        if (preempted || one(&r, r.done))
            break;
        r.done++;
    }
    domain_put(r.d);
    if (preempted)
        return hypercall_continue(__HYPERVISOR_memory_op, 2, (uint64_t)(op | r.done << CMD_BITS), va);
    return (long)r.done;
}

static long answer_about(const struct domain *d, unsigned long op)
{
    switch (op) {
    case XENMEM_current_reservation:
        return (long)READ_ONCE(d->tot_pages);
    case XENMEM_maximum_reservation:
        return (long)READ_ONCE(d->max_pages);
    default:
        /* What the guest has said of itself. */
        return (long)READ_ONCE(d->shared_info->arch.max_pfn) - 1;
    }
}

static long question(unsigned long op, uint64_t va)
{
    struct xen_memory_domain arg;
    struct domain *d;
    long rc;

    if (copy_from_guest(&arg, va, sizeof(arg)))
        return refuse(-XEN_EFAULT, "memory.arg", "no readable argument at %#lx", (unsigned long)va);
    d = domain_get_by_any_id(arg.domid);
    if (!d)
        return refuse(-XEN_ESRCH, "domain.id", "there is no domain %u", arg.domid);
    if (d != current->domain && !current->domain->is_privileged)
        rc = refuse(-XEN_EPERM, "domain.privilege", "domain %u may not ask about domain %u",
                    current->domain->id, arg.domid);
    else
        rc = answer_about(d, op);
    domain_put(d);
    return rc;
}

long do_memory_op(unsigned long cmd, uint64_t arg_va)
{
    unsigned long op = cmd & CMD_MASK, done = cmd >> CMD_BITS;

    switch (op) {
    case XENMEM_increase_reservation:
    case XENMEM_decrease_reservation:
    case XENMEM_populate_physmap:
        return change_reservation(op, done, arg_va);
    case XENMEM_maximum_ram_page:
    case XENMEM_current_reservation:
    case XENMEM_maximum_reservation:
    case XENMEM_maximum_gpfn:
        if (done)
            return refuse(-XEN_EINVAL, "memory.command", "command %lu cannot be continued", op);
        return op == XENMEM_maximum_ram_page ? (long)max_page : question(op, arg_va);
    default:
        return arch_memory_op(cmd, arg_va);
    }
}
