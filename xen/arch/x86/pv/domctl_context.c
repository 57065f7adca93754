/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * domctl: a vCPU's processor state read back, as a saver needs it, and what of it setvcpucontext does not
 * have: further callbacks, the save area of XSAVE, MSRs. The vCPU is paused while its state is copied.
 */
#include <asm/fpu.h>
#include <asm/processor.h>
#include <xen/arch.h>
#include <xen/bitops.h>
#include <xen/guest_access.h>
#include <xen/refusal.h>
#include <xen/string.h>
#include <xen/xmalloc.h>
#include "domctl.h"
#include "entry.h"
#include "segment.h"

static int refuse_vcpu(int rc, const struct domain *d, uint32_t id)
{
    return refuse(rc, "domctl.vcpu-state", "domain %u has no vCPU %u whose state could be had", d->id, id);
}

static int refuse_buffer(uint64_t va)
{
    return refuse(-XEN_EFAULT, "domctl.buffer", "the buffer at %#lx cannot be read or written",
                  (unsigned long)va);
}

/* --- The context of the ABI --- */
static uint64_t base_of(mfn_t m)
{
    return mfn_eq(m, INVALID_MFN) ? 0 : xen_pfn_to_cr3(m.n);
}

static void get_callbacks(const struct arch_vcpu *a, struct vcpu_guest_context *c)
{
    for (unsigned int i = 0; i < ARRAY_SIZE(c->trap_ctxt); i++)
        c->trap_ctxt[i] = (trap_info_t){(uint8_t)i, a->traps[i].flags, a->traps[i].cs, a->traps[i].address};
    c->event_callback_eip = a->event_callback.address;
    c->failsafe_callback_eip = a->failsafe_callback.address;
    c->syscall_callback_eip = a->syscall_callback.address;
    if (a->failsafe_callback.flags & TARGET_MASK_EVENTS)
        c->flags |= VGCF_failsafe_disables_events;
    if (a->syscall_callback.flags & TARGET_MASK_EVENTS)
        c->flags |= VGCF_syscall_disables_events;
}

static void get_registers(const struct arch_vcpu *a, struct vcpu_guest_context *c)
{
    c->user_regs = a->user_regs;
    c->user_regs.entry_vector = 0;
    c->user_regs.rflags |= a->iopl;
    c->kernel_ss = a->kernel_ss;
    c->kernel_sp = a->kernel_sp;
    c->fs_base = a->fs_base;
    c->gs_base_kernel = a->gs_base_kernel;
    c->gs_base_user = a->gs_base_user;
    memcpy(c->ctrlreg, a->ctrlreg, sizeof(c->ctrlreg));
    c->ctrlreg[3] = base_of(a->guest_table);
    c->ctrlreg[1] = base_of(a->guest_table_user);
    memcpy(c->debugreg, a->debugreg, sizeof(c->debugreg));
    c->debugreg[4] = 0;
    c->debugreg[5] = 0;
}

static void get_tables(const struct arch_vcpu *a, struct vcpu_guest_context *c)
{
    c->ldt_base = a->ldt_base;
    c->ldt_ents = a->nr_ldt_entries;
    c->gdt_ents = a->nr_gdt_entries;
    for (unsigned int i = 0; i < (c->gdt_ents + 511) / 512; i++)
        c->gdt_frames[i] = a->gdt_frames[i];
}

static void get_context(struct vcpu *v, struct vcpu_guest_context *c)
{
    c->flags = VGCF_I387_VALID | (test_bit(VPF_DOWN, &v->pause_flags) ? 0 : VGCF_online) |
               (guest_kernel_mode(v) ? VGCF_in_kernel : 0);
    fpu_get_legacy(v, &c->fpu_ctxt);
    get_registers(&v->arch, c);
    get_tables(&v->arch, c);
    get_callbacks(&v->arch, c);
    c->vm_assist = v->domain->vm_assist;
}

long domctl_get_context(struct domain *d, struct xen_domctl_vcpucontext *op)
{
    struct vcpu *v = domctl_vcpu(d, op->vcpu);
    struct vcpu_guest_context *c;
    int rc = 0;

    if (!v || v == current)
        return refuse_vcpu(-XEN_EINVAL, d, op->vcpu);
    if (!v->is_initialised)
        return refuse_vcpu(-XEN_ENODATA, d, op->vcpu);
    c = xzalloc(struct vcpu_guest_context);
    if (!c)
        return refuse(-XEN_ENOMEM, "domctl.memory", "no memory for the context");
    vcpu_pause_sync(v);
    get_context(v, c);
    vcpu_unpause(v);
    if (copy_to_guest(handle_va(op->ctxt), c, sizeof(*c)))
        rc = refuse_buffer(handle_va(op->ctxt));
    xfree(c);
    return rc;
}

/* --- Further callbacks --- */
long domctl_get_ext_context(struct domain *d, struct xen_domctl_ext_vcpucontext *op)
{
    struct vcpu *v = domctl_vcpu(d, op->vcpu);

    if (!v || v == current)
        return refuse_vcpu(v ? -XEN_EINVAL : -XEN_ESRCH, d, op->vcpu);
    *op = (struct xen_domctl_ext_vcpucontext){
        .vcpu = op->vcpu,
        .size = sizeof(*op),
        .sysenter_callback_cs = v->arch.sysenter_callback.cs,
        .sysenter_callback_eip = v->arch.sysenter_callback.address,
        .sysenter_disables_events = v->arch.sysenter_callback.flags & TARGET_MASK_EVENTS ? 1 : 0,
        .syscall32_callback_cs = v->arch.syscall32_callback.cs,
        .syscall32_callback_eip = v->arch.syscall32_callback.address,
        .syscall32_disables_events = v->arch.syscall32_callback.flags & TARGET_MASK_EVENTS ? 1 : 0};
    return 0;
}

static struct trap_bounce_target target(uint64_t address, uint16_t cs, uint8_t masks)
{
    return (struct trap_bounce_target){.address = address, .cs = cs, .flags = masks ? TARGET_MASK_EVENTS : 0};
}

long domctl_set_ext_context(struct domain *d, const struct xen_domctl_ext_vcpucontext *op)
{
    struct vcpu *v = domctl_vcpu(d, op->vcpu);

    if (!v || v == current)
        return refuse_vcpu(v ? -XEN_EINVAL : -XEN_ESRCH, d, op->vcpu);
    if (op->size < offsetof(struct xen_domctl_ext_vcpucontext, mcg_cap))
        return refuse(-XEN_EINVAL, "domctl.ext-context", "%u bytes are too few", op->size);
    if (!address_canonical(op->sysenter_callback_eip) || !address_canonical(op->syscall32_callback_eip))
        return refuse(-XEN_EINVAL, "domctl.ext-context-address", "callbacks at %#lx and %#lx: not canonical",
                      (unsigned long)op->sysenter_callback_eip, (unsigned long)op->syscall32_callback_eip);
    vcpu_pause_sync(v);
    v->arch.sysenter_callback =
        target(op->sysenter_callback_eip, op->sysenter_callback_cs, op->sysenter_disables_events);
    v->arch.syscall32_callback =
        target(op->syscall32_callback_eip, op->syscall32_callback_cs, op->syscall32_disables_events);
    vcpu_unpause(v);
    return 0;
}

/* --- XSAVE: two words, XCR0 as it is and all that it ever was, then the area --- */
struct xstate_header {
    uint64_t xcr0, xcr0_ever;
};

static long write_xstate(struct vcpu *v, struct xen_domctl_vcpuextstate *op, size_t area)
{
    struct xstate_header h = {v->arch.xcr0, v->arch.xcr0_ever};
    uint64_t va = handle_va(op->buffer);
    int rc;

    vcpu_pause_sync(v);
    rc = copy_to_guest(va, &h, sizeof(h)) || copy_to_guest(va + sizeof(h), v->arch.fpu, area) ? -XEN_EFAULT
                                                                                              : 0;
    vcpu_unpause(v);
    return rc ? refuse_buffer(va) : 0;
}

long domctl_get_xstate(struct domain *d, struct xen_domctl_vcpuextstate *op)
{
    struct vcpu *v = domctl_vcpu(d, op->vcpu);
    size_t area, size;

    if (!v || v == current)
        return refuse_vcpu(v ? -XEN_EINVAL : -XEN_ESRCH, d, op->vcpu);
    area = fpu_host_features() ? fpu_area_size(v->arch.xcr0_ever) : 0;
    size = area ? area + sizeof(struct xstate_header) : 0;
    if (!op->size && !op->xfeature_mask) {
        op->size = size;
        op->xfeature_mask = fpu_host_features();
        return 0;
    }
    if (op->size != size || op->xfeature_mask != fpu_host_features())
        return refuse(-XEN_EINVAL, "domctl.xstate", "%lu bytes with features %#lx: it is %lu with %#lx",
                      (unsigned long)op->size, (unsigned long)op->xfeature_mask, (unsigned long)size,
                      (unsigned long)fpu_host_features());
    return size ? write_xstate(v, op, area) : 0;
}

long domctl_set_xstate(struct domain *d, const struct xen_domctl_vcpuextstate *op)
{
    struct vcpu *v = domctl_vcpu(d, op->vcpu);
    size_t most = sizeof(struct xstate_header) + fpu_area_size(fpu_host_features());
    struct xstate_header h;
    void *area;
    int rc = 0;

    if (!v || v == current)
        return refuse_vcpu(v ? -XEN_EINVAL : -XEN_ESRCH, d, op->vcpu);
    if (!fpu_host_features() || op->size < sizeof(h) || op->size > most)
        return refuse(-XEN_EINVAL, "domctl.xstate-size", "%lu bytes of state: this processor has %lu at most",
                      (unsigned long)op->size, (unsigned long)most);
    area = xzalloc_bytes(most, 64);
    if (!area)
        return refuse(-XEN_ENOMEM, "domctl.memory", "no memory for the state");
    if (copy_from_guest(&h, handle_va(op->buffer), sizeof(h)) ||
        copy_from_guest(area, handle_va(op->buffer) + sizeof(h), op->size - sizeof(h)))
        rc = refuse_buffer(handle_va(op->buffer));
    vcpu_pause_sync(v);
    if (!rc && !fpu_set_area(v, h.xcr0, h.xcr0_ever, area, op->size - sizeof(h)))
        rc = refuse(-XEN_EINVAL, "domctl.xstate-content",
                    "XCR0 %#lx (ever %#lx): no state that this processor would load", (unsigned long)h.xcr0,
                    (unsigned long)h.xcr0_ever);
    vcpu_unpause(v);
    xfree(area);
    return rc;
}

/* --- MSRs: the only one with a state of the guest's own is TSC_AUX --- */
#define MSR_TSC_AUX 0xc0000103
#define NR_MSRS     1

long domctl_get_msrs(struct domain *d, struct xen_domctl_vcpu_msrs *op)
{
    struct vcpu *v = domctl_vcpu(d, op->vcpu);
    struct xen_domctl_vcpu_msr entry = {.index = MSR_TSC_AUX};

    if (!v || v == current)
        return refuse_vcpu(v ? -XEN_EINVAL : -XEN_ESRCH, d, op->vcpu);
    if (!handle_va(op->msrs)) {
        op->msr_count = NR_MSRS;
        return 0;
    }
    entry.value = v->arch.tsc_aux;
    if (entry.value && !op->msr_count)
        return refuse(-XEN_ENOBUFS, "domctl.msrs-room", "room for no MSR, 1 is needed");
    op->msr_count = entry.value ? 1 : 0;
    if (entry.value && copy_to_guest(handle_va(op->msrs), &entry, sizeof(entry)))
        return refuse_buffer(handle_va(op->msrs));
    return 0;
}

/* More than there are kinds of MSRs are a mistake, not a list. */
#define MSRS_MAX 64u

long domctl_set_msrs(struct domain *d, const struct xen_domctl_vcpu_msrs *op)
{
    struct vcpu *v = domctl_vcpu(d, op->vcpu);
    struct xen_domctl_vcpu_msr entry;
    uint32_t tsc_aux;

    if (!v || v == current)
        return refuse_vcpu(v ? -XEN_EINVAL : -XEN_ESRCH, d, op->vcpu);
    if (op->msr_count > MSRS_MAX)
        return refuse(-XEN_EINVAL, "domctl.msr-count", "%u MSRs are more than %u", op->msr_count, MSRS_MAX);
    tsc_aux = v->arch.tsc_aux;
    for (uint32_t i = 0; i < op->msr_count; i++) {
        if (copy_from_guest(&entry, guest_element(handle_va(op->msrs), i, entry), sizeof(entry)))
            return refuse_buffer(handle_va(op->msrs));
        if (entry.reserved || entry.index != MSR_TSC_AUX || entry.value >> 32)
            return refuse(-XEN_EINVAL, "domctl.msr", "MSR %#x with %#lx cannot be set for a guest",
                          entry.index, (unsigned long)entry.value);
        tsc_aux = (uint32_t)entry.value;
    }
    v->arch.tsc_aux = tsc_aux;
    return 0;
}
