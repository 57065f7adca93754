/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Event channels and grant tables: ends that know each other, interrupts bound where they are said to be,
 * nothing pending on what is free.
 */
#include <xen/event_channel.h>
#include <xen/grant_table.h>
#include "world.h"

static bool is_of_the_world(const struct domain *d)
{
    for (unsigned int i = 0; i < NR_DOMAINS; i++)
        if (world.d[i] == d)
            return true;
    return false;
}

static void interdomain(const struct domain *d, const struct evtchn *e, const char *after)
{
    const struct domain *remote = e->u.interdomain.remote_domain;
    const struct evtchn *other;

    if (!is_of_the_world(remote))
        fail("after %s: port %u of domain %u leads to a domain that is gone", after, e->port, d->id);
    other = evtchn_lookup(remote, e->u.interdomain.remote_port);
    if (!other || other->state != ECS_INTERDOMAIN || other->u.interdomain.remote_domain != d ||
        other->u.interdomain.remote_port != e->port)
        fail("after %s: port %u of domain %u and port %u of domain %u do not agree", after, e->port, d->id,
             e->u.interdomain.remote_port, remote->id);
}

static void virq(const struct domain *d, const struct evtchn *e, const char *after)
{
    const struct vcpu *v;
    unsigned int nr = 0;

    for_each_vcpu(d, v) nr += v->virq_to_port[e->u.virq] == e->port;
    if (nr != 1)
        fail("after %s: port %u of domain %u is bound to VIRQ %u, which knows it %u times", after, e->port,
             d->id, e->u.virq, nr);
}

static void port(const struct domain *d, const struct evtchn *e, const char *after)
{
    if (e->notify_vcpu >= d->max_vcpus || !d->vcpu[e->notify_vcpu])
        fail("after %s: port %u of domain %u notifies vCPU %u", after, e->port, d->id, e->notify_vcpu);
    if (e->state == ECS_INTERDOMAIN)
        interdomain(d, e, after);
    if (e->state == ECS_VIRQ)
        virq(d, e, after);
    if (e->state == ECS_FREE && !world.shared_page_named && !d->uses_fifo &&
        evtchn_port_is_pending(d, e->port))
        fail("after %s: port %u of domain %u is free and pending", after, e->port, d->id);
    if ((e->state == ECS_RESERVED) != !e->port)
        fail("after %s: port %u of domain %u is in state %u", after, e->port, d->id, e->state);
}

static void vcpu_virqs(const struct vcpu *v, const char *after)
{
    for (unsigned int i = 0; i < NR_VIRQS; i++) {
        const struct evtchn *e = v->virq_to_port[i] ? evtchn_lookup(v->domain, v->virq_to_port[i]) : NULL;

        if (v->virq_to_port[i] && (!e || e->state != ECS_VIRQ || e->u.virq != i))
            fail("after %s: VIRQ %u of d%uv%u is bound to port %u, which is not its", after, i, v->domain->id,
                 v->id, v->virq_to_port[i]);
    }
}

const struct grant_pin *grant_pin_at(const struct domain *d, uint32_t ref)
{
    return &d->grant_table->pins[ref / GRANTS_A_FRAME_V1][ref % GRANTS_A_FRAME_V1];
}

struct search {
    uint64_t serial;
    const struct domain *found;
};

static void look_at(struct domain *d, void *data)
{
    struct search *s = data;

    if (d->serial == s->serial)
        s->found = d;
}

const struct domain *granter_of(const struct grant_mapping *m)
{
    struct search s = {.serial = m->granter_serial};

    if (m->flags)
        for_each_domain(look_at, &s);
    return s.found;
}

/* Handle i of d, or NULL beyond the last. */
static const struct grant_mapping *mapping_at(const struct domain *d, unsigned int i)
{
    const struct grant_table *gt = d->grant_table;

    return i < gt->nr_mapping_frames * MAPPINGS_A_FRAME
               ? &gt->mappings[i / MAPPINGS_A_FRAME][i % MAPPINGS_A_FRAME]
               : NULL;
}

bool grant_maps(const struct domain *d, uint64_t frame, bool writable)
{
    const struct grant_mapping *m;

    for (unsigned int i = 0; (m = mapping_at(d, i)); i++)
        if (granter_of(m) && (m->flags & GNTMAP_host_map) &&
            grant_pin_at(granter_of(m), m->ref)->frame.n == frame &&
            !(writable && (m->flags & GNTMAP_readonly)))
            return true;
    return false;
}

static uint32_t uses_of(const struct grant_mapping *m)
{
    bool readonly = m->flags & GNTMAP_readonly;

    return (m->flags & GNTMAP_host_map ? (readonly ? GRANT_USE_HOST_READ : GRANT_USE_HOST_WRITE) : 0) +
           (m->flags & GNTMAP_device_map ? (readonly ? GRANT_USE_DEVICE_READ : GRANT_USE_DEVICE_WRITE) : 0);
}

/* Nothing is under way: the pins of d's grants are what others' handles say. */
static void pins(const struct domain *d, const char *after)
{
    for (grant_ref_t ref = 0; ref < d->grant_table->nr_frames * GRANTS_A_FRAME_V1; ref++) {
        const struct grant_pin *pin = grant_pin_at(d, ref);
        const struct grant_mapping *m;
        uint32_t uses = 0;

        for (unsigned int k = 0; pin->uses && k < NR_DOMAINS; k++)
            for (unsigned int i = 0; world.d[k] && (m = mapping_at(world.d[k], i)); i++)
                if (granter_of(m) == d && m->ref == ref)
                    uses += uses_of(m);
        if (!pin->uses && (pin->is_part || pin->source))
            fail("after %s: grant %u of domain %u has no uses, and a part or a source is left", after, ref,
                 d->id);
        if (pin->uses != uses)
            fail("after %s: grant %u of domain %u has uses %#x, should have %#x", after, ref, d->id,
                 pin->uses, uses);
    }
}

static void grants(const struct domain *d, const char *after)
{
    const struct grant_table *gt = d->grant_table;

    if (!gt->nr_frames || gt->nr_frames > gt->max_frames)
        fail("after %s: domain %u has %u grant frames of %u", after, d->id, gt->nr_frames, gt->max_frames);
    for (unsigned int i = 0; i < gt->nr_frames; i++)
        if (virt_to_page(gt->frames[i])->owner != d ||
            !(virt_to_page(gt->frames[i])->count_info & PGC_HYPERVISOR))
            fail("after %s: grant frame %u of domain %u is not shared with it", after, i, d->id);
    pins(d, after);
}

void oracle_events(const char *after)
{
    for (unsigned int i = 0; i < NR_DOMAINS; i++) {
        const struct domain *d = world.d[i];
        const struct vcpu *v;

        if (!d)
            continue;
        for (evtchn_port_t p = 0; p < d->nr_evtchns; p++)
            port(d, evtchn_lookup(d, p), after);
        for_each_vcpu(d, v) vcpu_virqs(v, after);
        grants(d, after);
    }
}
