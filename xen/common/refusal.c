/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The record of refused requests: a ring a domain. What is refused and why is decided where refuse() is
 * called.
 */
#include <xen/domain.h>
#include <xen/log.h>
#include <xen/refusal.h>
#include <xen/string.h>

static void refusal_print(const struct domain *d, const struct refusal *r)
{
    printk("d%uv%u refused #%lu: %s: %s (%s %u, error %d)\n", d->id, r->vcpu, (unsigned long)r->sequence,
           r->rule, r->text, r->hypercall == REFUSAL_TRAP ? "trap" : "hypercall",
           r->hypercall == REFUSAL_TRAP ? 0 : r->hypercall, r->error);
}

int refuse(int rc, const char *rule, const char *fmt, ...)
{
    struct vcpu *v = current;
    struct domain *d = v->domain;
    struct refusal r = {.when_ns = now_ns(),
                        .vcpu = (uint16_t)v->id,
                        .hypercall = (uint16_t)v->hypercall_nr,
                        .error = rc,
                        .rule = rule};
    unsigned long flags;
    va_list ap;

    va_start(ap, fmt);
    xp_vsnprintf(r.text, sizeof(r.text), fmt, ap);
    va_end(ap);
    flags = spin_lock_irqsave(&d->refusals.lock);
    r.sequence = ++d->refusals.count;
    /* Our own domains have no ring: what fails at boot is in the log alone. */
    if (d->refusals.last)
        d->refusals.last[(r.sequence - 1) % REFUSALS_KEPT] = r;
    spin_unlock_irqrestore(&d->refusals.lock, flags);
    guest_log_at(LOG_DEBUG, "d%uv%u refused #%lu: %s: %s (%s %u, error %d)\n", d->id, v->id,
                 (unsigned long)r.sequence, rule, r.text, r.hypercall == REFUSAL_TRAP ? "trap" : "hypercall",
                 r.hypercall == REFUSAL_TRAP ? 0 : r.hypercall, rc);
    return rc;
}

void refusals_dump(struct domain *d)
{
    uint64_t count = READ_ONCE(d->refusals.count), first = count > REFUSALS_KEPT ? count - REFUSALS_KEPT : 0;

    if (!count || !d->refusals.last)
        return;
    printk("Last refused requests of domain %u (%lu in all):\n", d->id, (unsigned long)count);
    for (uint64_t i = first; i < count; i++) {
        unsigned long flags = spin_lock_irqsave(&d->refusals.lock);
        struct refusal r = d->refusals.last[i % REFUSALS_KEPT];

        spin_unlock_irqrestore(&d->refusals.lock, flags);
        refusal_print(d, &r);
    }
}
