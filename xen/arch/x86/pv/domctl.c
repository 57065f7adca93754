/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * domctl: what only the machine knows of a PV domain: its width, its page types, its hypercall page, its view
 * of processor and time.
 */
#include <asm/cpu.h>
#include <asm/pv.h>
#include <asm/pv_mm.h>
#include <asm/tsc.h>
#include <xen/arch.h>
#include <xen/ctl.h>
#include <xen/guest_access.h>
#include <xen/hypercall.h>
#include <xen/mm.h>
#include <xen/page_ref.h>
#include <xen/refusal.h>
#include <xen/sched.h>
#include "cpu_policy.h"
#include "domctl.h"

#define PAGE_TYPES_AT_ONCE 1024

void arch_domain_info(struct domain *d, struct xen_domctl_getdomaininfo *out)
{
    out->gpaddr_bits = (uint8_t)cpu_features.physical_address_bits;
    out->arch_config.misc_flags = d->is_msr_relaxed ? XEN_X86_MSR_RELAXED : 0;
}

static long set_width(const struct xen_domctl_address_size *op)
{
    if (op->size == 64)
        return 0;
    if (op->size == 32)
        return refuse(-XEN_EOPNOTSUPP, "domctl.width", "32-bit PV domains are not there");
    return refuse(-XEN_EINVAL, "domctl.width", "a domain of %u bits", op->size);
}

/* --- Page types --- */
/* A table's type counts as long as somebody uses it so. */
static uint32_t page_info_type(uint64_t type_info)
{
    uint64_t type = type_info & PGT_TYPE_MASK;
    uint32_t pinned = type_info & PGT_PINNED ? XEN_DOMCTL_PFINFO_LPINTAB : 0;

    if (!(type_info & PGT_COUNT_MASK) || type < PGT_L1 || type > PGT_L4)
        return XEN_DOMCTL_PFINFO_NOTAB;
    return table_level(type) << XEN_DOMCTL_PFINFO_LTAB_SHIFT | pinned;
}

static uint32_t frame_type(struct domain *d, uint64_t frame)
{
    struct page_info *pg = mfn_to_page(mfn(frame));
    uint32_t type;

    if (frame >= max_page || !page_get_inline(pg, d))
        return XEN_DOMCTL_PFINFO_XTAB;
    type = page_info_type(READ_ONCE(pg->type_info));
    page_put_inline(pg);
    return type;
}

static long page_types(struct domain *d, struct xen_domctl_getpageframeinfo3 *op)
{
    if (op->num > PAGE_TYPES_AT_ONCE)
        return refuse(-XEN_E2BIG, "domctl.page-types", "%lu frames in one call: at most %u",
                      (unsigned long)op->num, PAGE_TYPES_AT_ONCE);
    for (uint64_t i = 0; i < op->num; i++) {
        uint64_t va = guest_element(handle_va(op->array), i, xen_pfn_t);
        xen_pfn_t frame;

        if (copy_from_guest(&frame, va, sizeof(frame)))
            return refuse(-XEN_EFAULT, "domctl.page-types-list", "element %lu of the list cannot be read",
                          (unsigned long)i);
        frame = frame_type(d, frame);
        if (copy_to_guest(va, &frame, sizeof(frame)))
            return refuse(-XEN_EFAULT, "domctl.page-types-list", "element %lu of the list cannot be written",
                          (unsigned long)i);
    }
    return 0;
}

static long make_hypercall_page(struct domain *d, uint64_t frame)
{
    struct page_info *pg = mfn_to_page(mfn(frame));

    if (frame >= max_page || page_get_and_type(pg, d, PGT_WRITABLE))
        return refuse(-XEN_EINVAL, "domctl.hypercall-page", "frame %#lx is no writable memory of domain %u",
                      (unsigned long)frame, d->id);
    pv_fill_hypercall_page(page_to_virt(pg));
    page_put_and_type(pg);
    return 0;
}

static long send_trigger(struct domain *d, const struct xen_domctl_sendtrigger *op)
{
    struct vcpu *v = domctl_vcpu(d, op->vcpu);

    if (!v)
        return refuse(-XEN_ESRCH, "domctl.trigger-vcpu", "domain %u has no vCPU %u", d->id, op->vcpu);
    if (op->trigger == XEN_DOMCTL_SENDTRIGGER_POWER || op->trigger == XEN_DOMCTL_SENDTRIGGER_SLEEP)
        return refuse(-XEN_EINVAL, "domctl.trigger-button", "a PV domain has no buttons");
    if (op->trigger != XEN_DOMCTL_SENDTRIGGER_NMI)
        return refuse(-XEN_ENOSYS, "domctl.trigger", "trigger %u means nothing to a PV domain", op->trigger);
    if (!__atomic_exchange_n(&v->arch.nmi_pending, true, __ATOMIC_SEQ_CST))
        vcpu_kick(v);
    return 0;
}

/* The log of dirty pages is what savers ask for, and do without. */
static long shadow(const struct domain *d, const struct xen_domctl_shadow_op *op)
{
    bool log = d->vcpu[0] &&
               (op->op == XEN_DOMCTL_SHADOW_OP_ENABLE_LOGDIRTY ||
                (op->op == XEN_DOMCTL_SHADOW_OP_ENABLE && op->mode & XEN_DOMCTL_SHADOW_ENABLE_LOG_DIRTY));

    /* As on stock Xen: nothing is to be done any more. */
    if (d->is_dying)
        return 0;
    return refuse(log ? -XEN_EOPNOTSUPP : -XEN_EINVAL, "domctl.shadow",
                  "there are no shadow page tables, nor a log of dirty pages (operation %u)", op->op);
}

/* A vCPU's state, read or set. */
static long state_of_vcpu(struct domain *d, struct xen_domctl *op, bool *copyback)
{
    switch (op->cmd) {
    case XEN_DOMCTL_getvcpucontext:
        return domctl_get_context(d, &op->u.vcpucontext);
    case XEN_DOMCTL_get_ext_vcpucontext:
        *copyback = true;
        return domctl_get_ext_context(d, &op->u.ext_vcpucontext);
    case XEN_DOMCTL_set_ext_vcpucontext:
        return domctl_set_ext_context(d, &op->u.ext_vcpucontext);
    case XEN_DOMCTL_getvcpuextstate:
        *copyback = true;
        return domctl_get_xstate(d, &op->u.vcpuextstate);
    case XEN_DOMCTL_setvcpuextstate:
        return domctl_set_xstate(d, &op->u.vcpuextstate);
    case XEN_DOMCTL_get_vcpu_msrs:
        *copyback = true;
        return domctl_get_msrs(d, &op->u.vcpu_msrs);
    case XEN_DOMCTL_set_vcpu_msrs:
        return domctl_set_msrs(d, &op->u.vcpu_msrs);
    default:
        return domctl_device(d, op);
    }
}

long arch_domctl(struct domain *d, struct xen_domctl *op, bool *copyback)
{
    switch (op->cmd) {
    case XEN_DOMCTL_set_address_size:
        return set_width(&op->u.address_size);
    case XEN_DOMCTL_get_address_size:
        op->u.address_size.size = 64;
        *copyback = true;
        return 0;
    case XEN_DOMCTL_getpageframeinfo3:
        return page_types(d, &op->u.getpageframeinfo3);
    case XEN_DOMCTL_hypercall_init:
        return make_hypercall_page(d, op->u.hypercall_init.gmfn);
    case XEN_DOMCTL_settscinfo:
        return domctl_set_tsc(d, &op->u.tsc_info);
    case XEN_DOMCTL_gettscinfo:
        *copyback = true;
        return domctl_get_tsc(d, &op->u.tsc_info);
    case XEN_DOMCTL_sendtrigger:
        return send_trigger(d, &op->u.sendtrigger);
    case XEN_DOMCTL_shadow_op:
        return shadow(d, &op->u.shadow_op);
    case XEN_DOMCTL_get_cpu_policy:
        *copyback = true;
        return cpu_policy_get(d, &op->u.cpu_policy);
    case XEN_DOMCTL_set_cpu_policy:
        *copyback = true;
        return cpu_policy_set(d, &op->u.cpu_policy);
    default:
        return state_of_vcpu(d, op, copyback);
    }
}
