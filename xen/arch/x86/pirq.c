/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The table of a domain's PIRQs: mapping, binding, ending, and the page in which a guest sees which of them
 * want to be ended.
 */
#include <xen/arch.h>
#include <xen/domain.h>
#include <xen/page_ref.h>
#include <xen/refusal.h>
#include <xen/xmalloc.h>
#include <asm/apic.h>
#include <asm/irq.h>
#include <asm/msi.h>
#include <asm/pci.h>
#include <asm/pirq.h>
#include <asm/smp.h>

struct pirq {
    uint16_t irq; /* 0: not mapped (no domain has IRQ 0) */
    bool is_reserved;
    evtchn_port_t port; /* 0: not bound */
};

/* Numbers beyond the GSIs that a domain has for messages: as many as stock Xen gives. */
#define VECTORS_OF_STOCK_XEN 184
#define NR_FOR_OTHERS        32
#define FIRST_FREE_GSI       16

static unsigned int nr_pirqs_of(const struct domain *d)
{
    unsigned int nr_cpus = cpumask_count(cpu_online_map), bits = 32 - (unsigned int)__builtin_clz(nr_cpus);

    if (!d->is_hardware)
        return irq_nr_gsis() + NR_FOR_OTHERS;
    return irq_nr_gsis() + min(bits, d->max_vcpus) * VECTORS_OF_STOCK_XEN;
}

int pirq_init_domain(struct domain *d)
{
    d->arch.nr_pirqs = nr_pirqs_of(d);
    if (!d->is_hardware)
        return 0;
    d->arch.pirqs = xzalloc_array(struct pirq, d->arch.nr_pirqs);
    return d->arch.pirqs ? 0 : -XEN_ENOMEM;
}

void pirq_free_domain(struct domain *d)
{
    xfree(d->arch.pirqs);
    d->arch.pirqs = NULL;
}

/* NULL: it stands for nothing. */
static struct pirq *lookup(const struct domain *d, unsigned int pirq)
{
    return d->arch.pirqs && pirq < d->arch.nr_pirqs ? &d->arch.pirqs[pirq] : NULL;
}

static struct irq *irq_of(const struct pirq *p)
{
    return p && p->irq ? irq_get(p->irq) : NULL;
}

static bool is_free(const struct pirq *p)
{
    return !p->irq && !p->is_reserved && !p->port;
}

/* --- Which number --- */
static int find_free(const struct domain *d, bool for_gsi)
{
    unsigned int nr_gsis = irq_nr_gsis();

    for (unsigned int i = FIRST_FREE_GSI; for_gsi && i < nr_gsis; i++)
        if (is_free(&d->arch.pirqs[i]))
            return (int)i;
    for (unsigned int i = d->arch.nr_pirqs; i-- > nr_gsis;)
        if (is_free(&d->arch.pirqs[i]))
            return (int)i;
    return refuse(-XEN_ENOSPC, "pirq.none-free", "domain %u has no free PIRQ of %u", d->id, d->arch.nr_pirqs);
}

int pirq_reserve(struct domain *d, bool for_gsi)
{
    int pirq = -XEN_ENOSPC;

    spin_lock(&d->event_lock);
    if (d->arch.pirqs)
        pirq = find_free(d, for_gsi);
    if (pirq >= 0)
        d->arch.pirqs[pirq].is_reserved = true;
    spin_unlock(&d->event_lock);
    return pirq;
}

bool pirq_is_mapped(struct domain *d, unsigned int pirq)
{
    bool rc;

    spin_lock(&d->event_lock);
    rc = irq_of(lookup(d, pirq));
    spin_unlock(&d->event_lock);
    return rc;
}

static int choose(const struct domain *d, const struct irq *irq, int wish, bool for_gsi)
{
    if (wish >= 0 && irq->domain && (unsigned int)wish != irq->pirq)
        return refuse(-XEN_EEXIST, "pirq.mapped-elsewhere", "interrupt %u is PIRQ %u already, not %d",
                      irq->nr, irq->pirq, wish);
    if (wish >= 0)
        return wish;
    return irq->domain ? (int)irq->pirq : find_free(d, for_gsi);
}

/* --- Mapping; event_lock held --- */
static int check_mapping(const struct domain *d, const struct irq *irq, unsigned int pirq)
{
    if (!irq->nr)
        return refuse(-XEN_EPERM, "pirq.timer", "interrupt 0 is the hypervisor's");
    if (pirq >= d->arch.nr_pirqs)
        return refuse(-XEN_EINVAL, "pirq.number", "PIRQ %u: domain %u has %u", pirq, d->id, d->arch.nr_pirqs);
    return 0;
}

static void commit_mapping(struct domain *d, struct irq *irq, unsigned int pirq)
{
    d->arch.pirqs[pirq].irq = irq->nr;
    irq->domain = d;
    irq->pirq = pirq;
}

static int map_gsi(struct domain *d, struct irq *irq, int *pirq)
{
    int nr = choose(d, irq, *pirq, true), rc;

    if (nr < 0)
        return nr;
    rc = check_mapping(d, irq, (unsigned int)nr);
    if (rc)
        return rc;
    if (!d->arch.pirqs[nr].irq)
        commit_mapping(d, irq, (unsigned int)nr);
    *pirq = nr;
    return 0;
}

int pirq_map_gsi(struct domain *d, int index, int *pirq)
{
    int rc;

    if (index < 0 || (unsigned int)index >= irq_nr_gsis())
        return refuse(-XEN_EINVAL, "pirq.gsi", "there is no GSI %d", index);
    spin_lock(&d->event_lock);
    rc = map_gsi(d, irq_get((unsigned int)index), pirq);
    spin_unlock(&d->event_lock);
    return rc;
}

static int refuse_message(int rc, const struct msi_request *r)
{
    return refuse(rc, "pirq.message", "device %04x:%02x:%02x.%u cannot have this message (%s entry %u)",
                  r->segment, r->bus, r->devfn >> 3, r->devfn & 7, r->is_msix ? "MSI-X" : "MSI", r->entry);
}

static int map_msi(struct domain *d, const struct msi_request *r, struct irq *irq, int *pirq)
{
    int nr = choose(d, irq, *pirq, false), rc;

    if (nr < 0)
        return nr;
    rc = check_mapping(d, irq, (unsigned int)nr);
    if (rc)
        return rc;
    if (d->arch.pirqs[nr].irq)
        return refuse(-XEN_EBUSY, "pirq.mapped", "PIRQ %d is mapped already", nr);
    rc = msi_attach(r, irq);
    if (rc)
        return refuse_message(rc, r);
    commit_mapping(d, irq, (unsigned int)nr);
    *pirq = nr;
    return 0;
}

int pirq_map_msi(struct domain *d, const struct msi_request *r, int *pirq)
{
    struct irq *irq = irq_alloc_msi();
    int rc;

    if (!irq)
        return refuse(-XEN_EINVAL, "pirq.no-vector", "no vector is left for a message");
    spin_lock(&pci_lock);
    spin_lock(&d->event_lock);
    rc = map_msi(d, r, irq, pirq);
    spin_unlock(&d->event_lock);
    spin_unlock(&pci_lock);
    if (rc)
        irq_free_msi(irq);
    return rc;
}

/* pci_lock and event_lock held. */
static void unmap(struct pirq *p, struct irq *irq)
{
    irq_unbind(irq);
    p->irq = 0;
    p->is_reserved = false;
    irq->domain = NULL;
    if (irq->nr >= irq_nr_gsis()) {
        msi_detach(irq);
        irq_free_msi(irq);
    }
}

int pirq_unmap(struct domain *d, int pirq)
{
    struct pirq *p = lookup(d, (unsigned int)pirq);
    struct irq *irq;

    spin_lock(&pci_lock);
    spin_lock(&d->event_lock);
    irq = irq_of(p);
    if (irq)
        unmap(p, irq);
    spin_unlock(&d->event_lock);
    spin_unlock(&pci_lock);
    return irq ? 0 : refuse(-XEN_EINVAL, "pirq.unmapped", "PIRQ %d is not mapped", pirq);
}

void pirq_relinquish(struct domain *d)
{
    spin_lock(&pci_lock);
    spin_lock(&d->event_lock);
    for (unsigned int i = 0; d->arch.pirqs && i < d->arch.nr_pirqs; i++)
        if (d->arch.pirqs[i].irq)
            unmap(&d->arch.pirqs[i], irq_get(d->arch.pirqs[i].irq));
    spin_unlock(&d->event_lock);
    spin_unlock(&pci_lock);
    if (d->arch.pirq_eoi_bits) {
        struct page_info *pg = mfn_to_page(virt_to_mfn(d->arch.pirq_eoi_bits));

        d->arch.pirq_eoi_bits = NULL;
        page_put_and_type(pg);
    }
}

/* --- Binding; event_lock held --- */
static void show_needs_eoi(const struct domain *d, unsigned int pirq, bool needs)
{
    unsigned long *bits = READ_ONCE(d->arch.pirq_eoi_bits);

    if (!bits)
        return;
    if (needs)
        set_bit(pirq, bits);
    else
        clear_bit(pirq, bits);
}

int arch_pirq_check(struct domain *d, unsigned int pirq)
{
    const struct pirq *p = lookup(d, pirq);
    const struct irq *irq = irq_of(p);

    if (pirq >= d->arch.nr_pirqs)
        return refuse(-XEN_EINVAL, "pirq.number", "PIRQ %u: domain %u has %u", pirq, d->id, d->arch.nr_pirqs);
    if (!irq)
        return refuse(-XEN_EPERM, "pirq.unmapped", "PIRQ %u is not mapped", pirq);
    if (p->port)
        return refuse(-XEN_EEXIST, "pirq.bound", "PIRQ %u is bound to port %u already", pirq, p->port);
    if (irq->handler)
        return refuse(-XEN_EBUSY, "pirq.in-use", "interrupt %u is the hypervisor's own", irq->nr);
    return 0;
}

void arch_pirq_bind(struct vcpu *v, unsigned int pirq, evtchn_port_t port)
{
    struct domain *d = v->domain;
    struct irq *irq = irq_of(&d->arch.pirqs[pirq]);

    d->arch.pirqs[pirq].port = port;
    show_needs_eoi(d, pirq, irq_needs_eoi(irq));
    irq_bind(irq, port, v->cpu);
}

void arch_pirq_unbind(struct domain *d, unsigned int pirq, evtchn_port_t port)
{
    struct pirq *p = lookup(d, pirq);
    struct irq *irq = irq_of(p);

    if (p->port != port)
        return;
    p->port = 0;
    /* Unmapped meanwhile, and mapped anew: not ours any more. */
    if (irq && irq->port == port)
        irq_unbind(irq);
}

void arch_pirq_move(struct vcpu *v, unsigned int pirq, evtchn_port_t port)
{
    struct irq *irq = irq_of(lookup(v->domain, pirq));

    if (irq && irq->port == port)
        irq_move(irq, v->cpu);
}

/* --- Ending --- */
int pirq_end(struct domain *d, unsigned int pirq)
{
    struct pirq *p = lookup(d, pirq);
    evtchn_port_t port = 0;
    bool exists = false;

    spin_lock(&d->event_lock);
    if (p && !is_free(p)) {
        exists = true;
        port = p->port;
        if (irq_of(p))
            irq_end(irq_of(p));
    }
    spin_unlock(&d->event_lock);
    if (!exists)
        return refuse(-XEN_EINVAL, "pirq.unmapped", "PIRQ %u is not mapped", pirq);
    if (d->arch.eoi_unmasks && port)
        evtchn_unmask_pirq(d, port);
    return 0;
}

void pirq_end_unmasked(struct domain *d)
{
    spin_lock(&d->event_lock);
    for (unsigned int i = 0; d->arch.pirqs && i < d->arch.nr_pirqs; i++) {
        const struct pirq *p = &d->arch.pirqs[i];

        if (p->irq && p->port && !evtchn_port_is_masked(d, p->port))
            irq_end(irq_of(p));
    }
    spin_unlock(&d->event_lock);
}

int pirq_register_eoi_page(struct domain *d, uint64_t frame, bool eoi_unmasks)
{
    unsigned long *none = NULL;
    struct page_info *pg;

    if (!mfn_valid(mfn(frame)) || page_get_and_type(mfn_to_page(mfn(frame)), d, PGT_WRITABLE))
        return refuse(-XEN_EINVAL, "pirq.eoi-page", "frame %#lx is not domain %u's, or no writable memory",
                      (unsigned long)frame, d->id);
    pg = mfn_to_page(mfn(frame));
    if (!__atomic_compare_exchange_n(&d->arch.pirq_eoi_bits, &none, page_to_virt(pg), false, __ATOMIC_SEQ_CST,
                                     __ATOMIC_RELAXED)) {
        page_put_and_type(pg);
        return refuse(-XEN_EBUSY, "pirq.eoi-page-registered", "domain %u has its page of EOI bits already",
                      d->id);
    }
    if (eoi_unmasks)
        d->arch.eoi_unmasks = true;
    return 0;
}
