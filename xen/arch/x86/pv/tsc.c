/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The time-stamp counter as a domain sees it: the processor's, or one of its own that RDTSC is emulated for
 * (xl's tsc_mode): it began at some system time and has some frequency, for a kernel that came from another
 * machine or must not see this one's.
 */
#include <asm/processor.h>
#include <asm/time.h>
#include <asm/tsc.h>
#include <xen/refusal.h>

#define MODE_DEFAULT  0 /* emulated where the frequency is not the machine's */
#define MODE_EMULATED 1
#define MODE_NATIVE   2

#define NS_PER_MS 1000000u

static void set(struct domain_tsc *t, uint32_t mode, uint32_t khz, uint64_t elapsed_ns)
{
    uint32_t here = (uint32_t)tsc_khz();

    t->mode = mode;
    t->khz = khz && mode != MODE_NATIVE ? khz : here;
    t->start_ns = now_ns() - (s_time_t)elapsed_ns;
    t->last_ns = 0;
    scale_make(t->khz, NS_PER_MS, &t->to_ns.multiplier, &t->to_ns.shift);
    scale_make(NS_PER_MS, t->khz, &t->from_ns.multiplier, &t->from_ns.shift);
    t->is_emulated = mode == MODE_EMULATED || (mode == MODE_DEFAULT && t->khz != here);
}

void tsc_init_domain(struct domain *d)
{
    set(&d->arch.tsc, MODE_DEFAULT, 0, 0);
}

static int refuse_self(const struct domain *d)
{
    return refuse(-XEN_EINVAL, "domctl.tsc-self", "domain %u cannot change its own TSC, nor ask for it",
                  d->id);
}

long domctl_set_tsc(struct domain *d, const struct xen_domctl_tsc_info *op)
{
    if (d == current->domain)
        return refuse_self(d);
    if (op->tsc_mode > MODE_NATIVE)
        return refuse(-XEN_EINVAL, "domctl.tsc-mode", "there is no TSC mode %u", op->tsc_mode);
    /* Its vCPUs take CR4.TSD and the new scale when they run again. */
    domain_pause_sync(d);
    set(&d->arch.tsc, op->tsc_mode, op->gtsc_khz, op->elapsed_nsec);
    d->arch.tsc.incarnation = op->incarnation + 1;
    domain_unpause(d);
    return 0;
}

/* pad is the caller's. */
long domctl_get_tsc(const struct domain *d, struct xen_domctl_tsc_info *op)
{
    const struct domain_tsc *t = &d->arch.tsc;

    if (d == current->domain)
        return refuse_self(d);
    op->tsc_mode = t->mode;
    op->incarnation = t->incarnation;
    op->gtsc_khz = t->mode == MODE_NATIVE ? 0 : t->khz;
    if (t->mode == MODE_NATIVE)
        op->elapsed_nsec = 0;
    else if (t->is_emulated)
        op->elapsed_nsec = (uint64_t)(now_ns() - t->start_ns);
    else
        op->elapsed_nsec = scale_ticks(rdtsc(), t->to_ns.multiplier, t->to_ns.shift);
    return 0;
}

static uint64_t tsc_at(const struct domain_tsc *t, s_time_t ns)
{
    uint64_t passed = ns < t->start_ns ? (uint64_t)(t->start_ns - ns) : (uint64_t)(ns - t->start_ns);
    uint64_t ticks = scale_ticks(passed, t->from_ns.multiplier, t->from_ns.shift);

    return ns < t->start_ns ? -ticks : ticks;
}

/* System time, but always later than any before on any vCPU, as a processor's counter is. */
static s_time_t next_moment(struct domain_tsc *t)
{
    s_time_t last = READ_ONCE(t->last_ns), now;

    do
        now = max(now_ns(), last + 1);
    while (!__atomic_compare_exchange_n(&t->last_ns, &last, now, false, __ATOMIC_RELAXED, __ATOMIC_RELAXED));
    return now;
}

uint64_t tsc_read(struct vcpu *v)
{
    struct domain_tsc *t = &v->domain->arch.tsc;

    return t->is_emulated ? tsc_at(t, next_moment(t)) : rdtsc();
}

void tsc_time_info(const struct domain *d, struct vcpu_time_info *out)
{
    const struct domain_tsc *t = &d->arch.tsc;
    s_time_t now = now_ns();

    out->tsc_timestamp = tsc_at(t, now);
    out->system_time = (uint64_t)now;
    out->tsc_to_system_mul = t->to_ns.multiplier;
    out->tsc_shift = t->to_ns.shift;
}
