/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What of memory_op only the machine knows: where the machine-to-physical table lies, and memory maps.
 * Reservations are common/'s.
 */
#include <xen/domain.h>
#include <xen/guest_access.h>
#include <xen/hypercall.h>
#include <xen/memory.h>
#include <xen/mm.h>
#include <xen/refusal.h>
#include <xen/string.h>
#include <xen/xmalloc.h>
#include <asm/memory_map.h>
#include <asm/pv_mm.h>

#define E820_MAX 1024

/* An entry as the ABI has it: packed, unlike ours. */
struct abi_e820_entry {
    uint64_t start, size;
    uint32_t type;
} __packed;
BUILD_BUG_ON(sizeof(struct abi_e820_entry) != 20);

static long machphys_mapping(uint64_t arg_va)
{
    struct xen_machphys_mapping answer = {
        .v_start = M2P_VIRT_START,
        .v_end = M2P_VIRT_END,
        .max_mfn = (M2P_VIRT_END - M2P_VIRT_START) / sizeof(uint64_t) - 1,
    };

    /* The owner of the machine learns where its memory ends. */
    if (current->domain->is_hardware)
        answer.max_mfn = max_page - 1;
    return copy_to_guest(arg_va, &answer, sizeof(answer));
}

/* Holes are told by the frame before them, as stock Xen does. */
static long machphys_mfn_list(uint64_t arg_va)
{
    struct xen_machphys_mfn_list list;
    uint64_t m, last = 0;
    unsigned int i;

    if (copy_from_guest(&list, arg_va, sizeof(list)))
        return -XEN_EFAULT;
    for (i = 0; i < list.max_extents && m2p_extent(i, &m); i++) {
        if (m)
            last = m;
        if (copy_to_guest(guest_element(handle_va(list.extent_start), i, xen_pfn_t), &last, sizeof(last)))
            return -XEN_EFAULT;
    }
    list.nr_extents = i;
    return copy_to_guest(guest_field(arg_va, struct xen_machphys_mfn_list, nr_extents), &list.nr_extents,
                         sizeof(list.nr_extents));
}

/* As many of d's entries as there is room for, into copy; their number. */
static unsigned int read_map(struct domain *d, struct abi_e820_entry *copy, unsigned int room)
{
    unsigned int nr;

    spin_lock(&d->page_alloc_lock);
    nr = min(room, d->arch.nr_e820);
    memcpy(copy, d->arch.e820, nr * sizeof(*copy));
    spin_unlock(&d->page_alloc_lock);
    return nr;
}

/* The map that set_memory_map gave the domain. The guest's memory is not touched under a lock. */
static long memory_map(uint64_t arg_va)
{
    struct domain *d = current->domain;
    struct abi_e820_entry *copy;
    struct xen_memory_map map;
    long rc;

    if (copy_from_guest(&map, arg_va, sizeof(map)))
        return -XEN_EFAULT;
    if (!READ_ONCE(d->arch.nr_e820))
        return -XEN_ENOSYS;
    map.nr_entries = min(map.nr_entries, (unsigned int)E820_MAX);
    copy = xzalloc_array(struct abi_e820_entry, map.nr_entries + 1u);
    if (!copy)
        return -XEN_ENOMEM;
    map.nr_entries = read_map(d, copy, map.nr_entries);
    rc = copy_to_guest(handle_va(map.buffer), copy, map.nr_entries * sizeof(*copy));
    xfree(copy);
    return rc ? rc : copy_to_guest(arg_va, &map, sizeof(map));
}

/* What machine_memory_map tells, entry by entry; only counted without a buffer. */
struct map_answer {
    uint64_t buffer;
    unsigned int room, nr;
};

static long answer_entry(struct map_answer *a, uint64_t start, uint64_t size, uint32_t type)
{
    struct abi_e820_entry e = {start, size, type};

    if (a->buffer && a->nr + 1 >= a->room)
        return refuse(-XEN_EINVAL, "memory.machine-map-size", "room for %u entries, more are needed",
                      a->room);
    if (a->buffer && copy_to_guest(guest_element(a->buffer, a->nr, struct abi_e820_entry), &e, sizeof(e)))
        return -XEN_EFAULT;
    a->nr++;
    return 0;
}

/* Where the firmware says nothing: the hypervisor's own registers, that nobody puts a device there. */
static long answer_gap(struct map_answer *a, uint64_t frame, uint64_t end)
{
    uint64_t first, after;
    long rc = 0;

    for (; !rc && frame < end && mmio_reserved_run(frame, end, &first, &after); frame = after)
        rc = answer_entry(a, first << PAGE_SHIFT, (after - first) << PAGE_SHIFT, E820_RESERVED);
    return rc;
}

static long machine_map(uint64_t arg_va)
{
    unsigned int nr;
    const struct boot_e820 *e820 = machine_memory_map(&nr);
    struct map_answer answer = {0};
    struct xen_memory_map map;
    uint64_t frame = 0;
    long rc = 0;

    if (!current->domain->is_privileged)
        return refuse(-XEN_EPERM, "memory.machine-map",
                      "only a privileged domain may read the machine's memory map");
    if (copy_from_guest(&map, arg_va, sizeof(map)))
        return -XEN_EFAULT;
    answer.buffer = handle_va(map.buffer);
    answer.room = map.nr_entries;
    for (unsigned int i = 0; !rc && i < nr; i++) {
        rc = answer_gap(&answer, frame, PFN_DOWN(e820[i].start));
        rc = rc ? rc : answer_entry(&answer, e820[i].start, e820[i].size, e820[i].type);
        frame = max(frame, PFN_UP(e820[i].start + e820[i].size));
    }
    rc = rc ? rc : answer_gap(&answer, frame, ~0ull);
    map.nr_entries = answer.nr;
    return rc ? rc : copy_to_guest(arg_va, &map, sizeof(map));
}

static long install_map(struct domain *d, void *entries, unsigned int nr)
{
    void *old;

    spin_lock(&d->page_alloc_lock);
    old = d->arch.e820;
    d->arch.e820 = entries;
    d->arch.nr_e820 = nr;
    spin_unlock(&d->page_alloc_lock);
    xfree(old);
    return 0;
}

static long set_memory_map(uint64_t arg_va)
{
    struct xen_foreign_memory_map f;
    struct abi_e820_entry *entries;
    struct domain *d;
    long rc;

    if (copy_from_guest(&f, arg_va, sizeof(f)))
        return -XEN_EFAULT;
    if (f.map.nr_entries > E820_MAX)
        return refuse(-XEN_EINVAL, "memory.set-map", "%u entries, at most %u are allowed", f.map.nr_entries,
                      E820_MAX);
    rc = memory_subject(f.domid, &d);
    if (rc)
        return rc;
    entries = xzalloc_array(struct abi_e820_entry, f.map.nr_entries + 1u);
    if (!entries)
        rc = -XEN_ENOMEM;
    else if (copy_from_guest(entries, handle_va(f.map.buffer), f.map.nr_entries * sizeof(*entries)))
        rc = -XEN_EFAULT;
    if (!rc)
        rc = install_map(d, entries, f.map.nr_entries);
    else
        xfree(entries);
    domain_put(d);
    return rc;
}

static long refuse_physmap(domid_t id)
{
    struct domain *d = domain_get_by_any_id(id);

    if (!d)
        return refuse(-XEN_ESRCH, "domain.id", "there is no domain %u", id);
    domain_put(d);
    return refuse(-XEN_EACCES, "memory.physmap",
                  "a PV domain has no physical map that the hypervisor could change");
}

static int refuse_space(int rc, unsigned int space)
{
    return refuse(rc, "memory.physmap.space", "space %u is another command's", space);
}

static long add_to_physmap(uint64_t arg_va)
{
    struct xen_add_to_physmap request;

    if (copy_from_guest(&request, arg_va, sizeof(request)))
        return -XEN_EFAULT;
    if (request.space == XENMAPSPACE_gmfn_foreign)
        return refuse_space(-XEN_ENOSYS, request.space);
    return refuse_physmap(request.domid);
}

static long add_to_physmap_batch(uint64_t arg_va)
{
    struct xen_add_to_physmap_batch request;

    if (copy_from_guest(&request, arg_va, sizeof(request)))
        return -XEN_EFAULT;
    if (request.space == XENMAPSPACE_gmfn_range)
        return refuse_space(-XEN_EOPNOTSUPP, request.space);
    return refuse_physmap(request.domid);
}

static long remove_from_physmap(uint64_t arg_va)
{
    struct xen_remove_from_physmap request;

    if (copy_from_guest(&request, arg_va, sizeof(request)))
        return -XEN_EFAULT;
    return refuse_physmap(request.domid);
}

/* Populated on demand are only HVM domains. */
static long pod_target(uint64_t arg_va)
{
    struct xen_pod_target request;
    struct domain *d;

    if (copy_from_guest(&request, arg_va, sizeof(request)))
        return -XEN_EFAULT;
    d = domain_get_by_any_id(request.domid);
    if (!d)
        return refuse(-XEN_ESRCH, "domain.id", "there is no domain %u", request.domid);
    domain_put(d);
    return refuse(-XEN_EINVAL, "memory.on-demand", "domain %u's memory is not populated on demand",
                  request.domid);
}

/* No device has memory of its own that a domain's map would have to leave out: there is no IOMMU. */
static long reserved_device_memory(uint64_t arg_va)
{
    struct xen_reserved_device_memory_map request;

    if (copy_from_guest(&request, arg_va, sizeof(request)))
        return -XEN_EFAULT;
    if (request.flags & ~(uint32_t)XENMEM_RDM_ALL)
        return refuse(-XEN_EINVAL, "memory.reserved-map", "flags %#x are not known", request.flags);
    request.nr_entries = 0;
    return copy_to_guest(arg_va, &request, sizeof(request)) ? -XEN_EFAULT : 0;
}

/* Of these a continuation may come back: above the command is how far. */
static long physmap_op(unsigned long cmd, uint64_t arg_va)
{
    switch (cmd & MEMOP_CMD_MASK) {
    case XENMEM_add_to_physmap:
        return add_to_physmap(arg_va);
    case XENMEM_add_to_physmap_batch:
        return add_to_physmap_batch(arg_va);
    case XENMEM_remove_from_physmap:
        if (cmd > MEMOP_CMD_MASK)
            return refuse(-XEN_EINVAL, "memory.command", "removal cannot be continued");
        return remove_from_physmap(arg_va);
    case XENMEM_reserved_device_memory_map:
        return refuse(-XEN_EINVAL, "memory.command", "the map of reserved memory cannot be continued");
    default:
        return refuse(-XEN_ENOSYS, "memory.command", "there is no command %lu", cmd);
    }
}

long arch_memory_op(unsigned long cmd, uint64_t arg_va)
{
    switch (cmd) {
    case XENMEM_machphys_mapping:
        return machphys_mapping(arg_va);
    case XENMEM_machphys_mfn_list:
        return machphys_mfn_list(arg_va);
    case XENMEM_memory_map:
        return memory_map(arg_va);
    case XENMEM_machine_memory_map:
        return machine_map(arg_va);
    case XENMEM_set_memory_map:
        return set_memory_map(arg_va);
    case XENMEM_set_pod_target:
    case XENMEM_get_pod_target:
        return pod_target(arg_va);
    case XENMEM_reserved_device_memory_map:
        return reserved_device_memory(arg_va);
    case XENMEM_machphys_compat_mfn_list:
        return refuse(-XEN_EOPNOTSUPP, "memory.compat", "32-bit domains have no table here");
    /* No page is shared between domains. */
    case XENMEM_get_sharing_freed_pages:
    case XENMEM_get_sharing_shared_pages:
        return 0;
    default:
        return physmap_op(cmd, arg_va);
    }
}
