/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * XEN_SYSCTL_page_offline_op: frames that nobody is to get any more, since their memory is bad; what is told
 * of each. How a frame is kept from being allocated is page_alloc.c's.
 */
#include <xen/arch.h>
#include <xen/ctl.h>
#include <xen/guest_access.h>
#include <xen/page_ref.h>
#include <xen/refusal.h>

/* A call does not give way: no more frames at once. */
#define FRAMES_AT_ONCE 16384u

/* Of a frame that nothing was done about: stock Xen's list begins as bytes of PG_OFFLINE_INVALID. */
#define UNTOUCHED (PG_OFFLINE_INVALID * 0x01010101u)

static uint32_t owned_by(uint32_t status, domid_t id)
{
    return status | (uint32_t)id << PG_OFFLINE_OWNER_SHIFT;
}

/* Whose is a frame that will go off line when it is given back? */
static uint32_t pending_status(struct page_info *pg)
{
    domid_t id;

    if (!page_get_any(pg))
        return owned_by(PG_OFFLINE_XENPAGE | PG_OFFLINE_PENDING, DOMID_XEN);
    id = pg->owner->id;
    page_put(pg);
    return owned_by(PG_OFFLINE_OWNED | PG_OFFLINE_PENDING, id);
}

static long offline(mfn_t m, uint32_t *status)
{
    if (arch_is_hypervisor_image(m)) {
        *status = owned_by(PG_OFFLINE_XENPAGE | PG_OFFLINE_FAILED, DOMID_XEN);
        return refuse(-XEN_EPERM, "page-offline.hypervisor", "frame %#lx is the hypervisor itself",
                      (unsigned long)m.n);
    }
    if (!mfn_valid(m)) {
        *status = PG_OFFLINE_FAILED | PG_OFFLINE_NOT_CONV_RAM;
        return refuse(-XEN_EINVAL, "page-offline.ram", "frame %#lx is no RAM", (unsigned long)m.n);
    }
    switch (page_take_offline(mfn_to_page(m))) {
    case PAGE_OFF_LINE:
        *status = PG_OFFLINE_OFFLINED;
        break;
    case PAGE_GOES_OFFLINE:
        *status = pending_status(mfn_to_page(m));
        break;
    default:
        *status = owned_by(PG_OFFLINE_ANONYMOUS | PG_OFFLINE_FAILED, DOMID_INVALID);
    }
    return 0;
}

static long online(mfn_t m, uint32_t *status)
{
    *status = mfn_valid(m) && page_take_online(mfn_to_page(m)) != PAGE_ON_LINE ? PG_ONLINE_ONLINED : 0;
    return 0;
}

static long query(mfn_t m, uint32_t *status)
{
    static const uint32_t told[] = {[PAGE_GOES_OFFLINE] = PG_OFFLINE_STATUS_OFFLINE_PENDING,
                                    [PAGE_OFF_LINE] = PG_OFFLINE_STATUS_OFFLINED};

    if (!mfn_valid(m))
        return refuse(-XEN_EINVAL, "page-offline.ram", "frame %#lx is no RAM", (unsigned long)m.n);
    *status = told[page_line(mfn_to_page(m))];
    return 0;
}

static long one(uint32_t command, mfn_t m, uint32_t *status)
{
    if (m.n >= max_page)
        return refuse(-XEN_EINVAL, "page-offline.range", "frame %#lx is beyond the RAM", (unsigned long)m.n);
    switch (command) {
    case sysctl_page_offline:
        return offline(m, status);
    case sysctl_page_online:
        return online(m, status);
    default:
        return query(m, status);
    }
}

/* Frame by frame up to the first that is refused; the list is written to its end all the same. */
long sysctl_page_offline_op(const struct xen_sysctl_page_offline_op *op)
{
    bool known = op->cmd >= sysctl_page_offline && op->cmd <= sysctl_query_page_offline;
    long rc = known ? 0 : -XEN_EINVAL;

    if (op->end < op->start)
        return refuse(-XEN_EINVAL, "page-offline.order", "frames %#x to %#x are in the wrong order",
                      op->start, op->end);
    if (op->end - op->start >= FRAMES_AT_ONCE)
        return refuse(-XEN_ENOMEM, "page-offline.number", "more than %u frames at once", FRAMES_AT_ONCE);
    if (!known)
        refuse(rc, "page-offline.command", "there is no command %u of frames off line", op->cmd);
    for (uint32_t i = 0; i <= op->end - op->start; i++) {
        uint32_t status = UNTOUCHED;

        if (!rc)
            rc = one(op->cmd, mfn((uint64_t)op->start + i), &status);
        if (copy_to_guest(guest_element(handle_va(op->status), i, status), &status, sizeof(status)))
            return refuse(-XEN_EFAULT, "page-offline.list", "the list at %#lx cannot be written",
                          (unsigned long)handle_va(op->status));
    }
    return rc;
}
