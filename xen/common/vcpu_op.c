/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * HYPERVISOR_vcpu_op: a domain brings up, looks at and sets up its vCPUs. What depends on the machine is
 * arch's (arch_vcpu_op).
 */
#include <xen/arch.h>
#include <xen/domain.h>
#include <xen/guest_access.h>
#include <xen/hypercall.h>
#include <xen/mm.h>
#include <xen/sched.h>
#include <xen/string.h>
#include <xen/vcpu_timer.h>
#include <xen/xmalloc.h>

#define PERIOD_MIN MILLISECONDS(1)
/* Stock Xen's limit for a time ahead: 2^51 ns, some 26 days. */
#define PERIOD_MAX ((s_time_t)1 << 51)

static bool guest_range_ok(uint64_t va, size_t n)
{
    return guest_address_ok(va) && guest_address_ok(va + n - 1);
}

static int refuse_argument(uint64_t va)
{
    return refuse(-XEN_EFAULT, "vcpu.arg", "the argument at %#lx cannot be read or written",
                  (unsigned long)va);
}

/*
 * Who has the lock may wait until every other vCPU of the domain has left the hypervisor (linear_begin): so
 * nobody waits for it here. False: the call is to come again.
 */
static bool try_lock(struct domain *d)
{
    return spin_trylock(&d->vcpu_lock);
}

static long again(unsigned int cmd, const struct vcpu *v, uint64_t arg_va)
{
    return hypercall_continue(__HYPERVISOR_vcpu_op, 3, (uint64_t)cmd, (uint64_t)v->id, arg_va);
}

/* ctx: our copy, too large for the stack. */
static int initialise_from(struct vcpu *v, struct vcpu_guest_context *ctx, uint64_t arg_va)
{
    int rc;

    if (copy_from_guest(ctx, arg_va, sizeof(*ctx)))
        return refuse_argument(arg_va);
    if (!try_lock(v->domain))
        return -XEN_ERESTART;
    if (v->is_initialised)
        rc = refuse(-XEN_EEXIST, "vcpu.initialised", "vCPU %u has its context already", v->id);
    else
        rc = vcpu_set_context(v, ctx);
    spin_unlock(&v->domain->vcpu_lock);
    return rc;
}

static long initialise(struct vcpu *v, uint64_t arg_va)
{
    struct vcpu_guest_context *ctx;
    int rc;

    if (!vcpu_has_info(v))
        return refuse(-XEN_EINVAL, "vcpu.no-info", "vCPU %u needs its vcpu_info registered first", v->id);
    ctx = xzalloc(struct vcpu_guest_context);
    if (!ctx)
        return refuse(-XEN_ENOMEM, "vcpu.memory", "no memory for the context of vCPU %u", v->id);
    rc = initialise_from(v, ctx, arg_va);
    xfree(ctx);
    return rc == -XEN_ERESTART ? again(VCPUOP_initialise, v, arg_va) : rc;
}

static long up(struct vcpu *v)
{
    if (!v->is_initialised)
        return refuse(-XEN_EINVAL, "vcpu.not-initialised", "vCPU %u has no context yet", v->id);
    vcpu_bring_up(v);
    return 0;
}

static bool another_is_up(const struct vcpu *v)
{
    const struct vcpu *other;

    for_each_vcpu (v->domain, other)
        if (other != v && !test_bit(VPF_DOWN, &other->pause_flags))
            return true;
    return false;
}

/* A domain whose last vCPU goes down would never run again: that is its end. */
static long down(struct vcpu *v, uint64_t arg_va)
{
    bool last;

    if (!try_lock(v->domain))
        return again(VCPUOP_down, v, arg_va);
    last = !another_is_up(v);
    if (!last && !test_and_set_bit(VPF_DOWN, &v->pause_flags))
        vcpu_sleep_nosync(v);
    spin_unlock(&v->domain->vcpu_lock);
    if (last)
        domain_shutdown(v->domain, SHUTDOWN_poweroff);
    return 0;
}

static long get_runstate_info(struct vcpu *v, uint64_t arg_va)
{
    struct vcpu_runstate_info info;

    vcpu_runstate_get(v, &info);
    return copy_to_guest(arg_va, &info, sizeof(info)) ? refuse_argument(arg_va) : 0;
}

static long register_runstate_area(struct vcpu *v, uint64_t arg_va)
{
    struct vcpu_register_runstate_memory_area area;
    struct vcpu_runstate_info info;

    if (copy_from_guest(&area, arg_va, sizeof(area)))
        return refuse_argument(arg_va);
    if (!guest_range_ok(area.addr.p, sizeof(info)))
        return refuse(-XEN_EFAULT, "vcpu.runstate", "%#lx is no guest address", (unsigned long)area.addr.p);
    v->runstate_guest_va = area.addr.p;
    /* As at the switches: the times add up to state_entry_time. */
    if (v == current)
        info = v->runstate;
    else
        vcpu_runstate_get(v, &info);
    /* It may not be mapped now: it is written again at each switch. */
    (void)!copy_to_guest(area.addr.p, &info, sizeof(info));
    return 0;
}

/* 0 gives it up. */
static long register_time_area(struct vcpu *v, uint64_t arg_va)
{
    struct vcpu_register_time_memory_area area;

    if (copy_from_guest(&area, arg_va, sizeof(area)))
        return refuse_argument(arg_va);
    if (!guest_range_ok(area.addr.p, sizeof(struct vcpu_time_info)))
        return refuse(-XEN_EFAULT, "vcpu.time", "%#lx is no guest address", (unsigned long)area.addr.p);
    v->time_guest_va = area.addr.p;
    if (v == current)
        vcpu_update_time(v);
    return 0;
}

static long set_periodic(struct vcpu *v, uint64_t arg_va)
{
    struct vcpu_set_periodic_timer set;

    if (copy_from_guest(&set, arg_va, sizeof(set)))
        return refuse_argument(arg_va);
    if (set.period_ns < PERIOD_MIN || set.period_ns > PERIOD_MAX)
        return refuse(-XEN_EINVAL, "vcpu.period", "a period of %lu ns is below 1 ms or too long",
                      (unsigned long)set.period_ns);
    vcpu_set_periodic(v, (s_time_t)set.period_ns);
    return 0;
}

static long set_singleshot(struct vcpu *v, uint64_t arg_va)
{
    struct vcpu_set_singleshot_timer set;

    if (v != current)
        return refuse(-XEN_EINVAL, "vcpu.not-self", "a vCPU sets its own single-shot timer only");
    if (copy_from_guest(&set, arg_va, sizeof(set)))
        return refuse_argument(arg_va);
    /* Time 0 has passed as well: it fires at once, unlike 0 in set_timer_op. */
    vcpu_set_singleshot(v, max((s_time_t)set.timeout_abs_ns, (s_time_t)1));
    return 0;
}

static long stop_singleshot(struct vcpu *v)
{
    if (v != current)
        return refuse(-XEN_EINVAL, "vcpu.not-self", "a vCPU stops its own single-shot timer only");
    vcpu_set_singleshot(v, 0);
    return 0;
}

/* Moves what is pending along, and has the guest look at everything: an event may have come in between. */
static void move_info(struct vcpu *v, vcpu_info_t *to)
{
    vcpu_info_t *from = v->info;

    if (vcpu_has_info(v)) {
        *to = *from;
    } else {
        memset(to, 0, sizeof(*to));
        to->evtchn_upcall_mask = 1;
    }
    __atomic_store_n(&v->info, to, __ATOMIC_SEQ_CST);
    for (unsigned int i = 0; i < BITS_PER_LONG; i++)
        set_bit(i, &to->evtchn_pending_sel);
    vcpu_mark_events_pending(v);
}

/* vcpu_lock held: it moves once. */
static long take_info(struct vcpu *v, struct vcpu_register_vcpu_info reg)
{
    struct page_info *pg;

    if (reg.offset > PAGE_SIZE - sizeof(vcpu_info_t))
        return refuse(-XEN_ENXIO, "vcpu.info-offset", "vcpu_info at offset %u crosses a page", reg.offset);
    /* Atomic operations of ours on words that cross cache lines would stall the whole machine. */
    if (reg.offset % __alignof__(vcpu_info_t))
        return refuse(-XEN_ENXIO, "vcpu.info-aligned", "vcpu_info at offset %u is not aligned", reg.offset);
    if (!mfn_eq(v->info_mfn, INVALID_MFN))
        return refuse(-XEN_EINVAL, "vcpu.info-registered", "vCPU %u has its vcpu_info registered already",
                      v->id);
    if (v != current && !test_bit(VPF_DOWN, &v->pause_flags))
        return refuse(-XEN_EINVAL, "vcpu.running", "vCPU %u is up and not the caller", v->id);
    if (!mfn_valid(mfn(reg.mfn)) || page_get_and_type(mfn_to_page(mfn(reg.mfn)), v->domain, PGT_WRITABLE))
        return refuse(-XEN_EINVAL, "vcpu.info-frame",
                      "frame %#lx is not the domain's, or not writable memory", (unsigned long)reg.mfn);
    pg = mfn_to_page(mfn(reg.mfn));
    v->info_mfn = page_to_mfn(pg);
    move_info(v, (vcpu_info_t *)((char *)page_to_virt(pg) + reg.offset));
    if (v == current)
        vcpu_update_time(v);
    return 0;
}

static long register_info(struct vcpu *v, uint64_t arg_va)
{
    struct vcpu_register_vcpu_info reg;
    long rc;

    if (copy_from_guest(&reg, arg_va, sizeof(reg)))
        return refuse_argument(arg_va);
    if (!try_lock(v->domain))
        return again(VCPUOP_register_vcpu_info, v, arg_va);
    rc = take_info(v, reg);
    spin_unlock(&v->domain->vcpu_lock);
    return rc;
}

long do_vcpu_op(unsigned int cmd, unsigned int vcpu_id, uint64_t arg_va)
{
    struct domain *d = current->domain;
    struct vcpu *v = vcpu_id < d->max_vcpus ? __atomic_load_n(&d->vcpu[vcpu_id], __ATOMIC_ACQUIRE) : NULL;

    /* Not recorded as a refusal: kernels find out the number of their vCPUs by asking for thousands. */
    if (!v)
        return -XEN_ENOENT;
    switch (cmd) {
    case VCPUOP_initialise:
        return initialise(v, arg_va);
    case VCPUOP_up:
        return up(v);
    case VCPUOP_down:
        return down(v, arg_va);
    case VCPUOP_is_up:
        return !test_bit(VPF_DOWN, &v->pause_flags);
    case VCPUOP_get_runstate_info:
        return get_runstate_info(v, arg_va);
    case VCPUOP_register_runstate_memory_area:
        return register_runstate_area(v, arg_va);
    case VCPUOP_register_vcpu_time_memory_area:
        return register_time_area(v, arg_va);
    case VCPUOP_set_periodic_timer:
        return set_periodic(v, arg_va);
    case VCPUOP_stop_periodic_timer:
        vcpu_set_periodic(v, 0);
        return 0;
    case VCPUOP_set_singleshot_timer:
        return set_singleshot(v, arg_va);
    case VCPUOP_stop_singleshot_timer:
        return stop_singleshot(v);
    case VCPUOP_register_vcpu_info:
        return register_info(v, arg_va);
    default:
        return arch_vcpu_op(cmd, v, arg_va);
    }
}
