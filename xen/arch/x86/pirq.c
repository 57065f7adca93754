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
    bool is_denied; /* a toolstack has taken the right to it away */
    struct irq_user user;
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

/*
 * Few domains are given an interrupt: theirs is made with the first. event_lock held, or nobody knows the
 * domain yet.
 */
static int table_create(struct domain *d)
{
    struct pirq *table = d->arch.pirqs;

    if (table)
        return 0;
    table = xzalloc_array(struct pirq, d->arch.nr_pirqs);
    if (!table)
        return -XEN_ENOMEM;
    for (unsigned int i = 0; i < d->arch.nr_pirqs; i++)
        table[i].user.domain = d;
    __atomic_store_n(&d->arch.pirqs, table, __ATOMIC_RELEASE);
    return 0;
}

int pirq_init_domain(struct domain *d)
{
    d->arch.nr_pirqs = nr_pirqs_of(d);
    return d->is_hardware ? table_create(d) : 0;
}

void pirq_free_domain(struct domain *d)
{
    xfree(d->arch.pirqs);
    d->arch.pirqs = NULL;
}

/* NULL: it stands for nothing. */
static struct pirq *lookup(const struct domain *d, unsigned int pirq)
{
    struct pirq *table = __atomic_load_n(&d->arch.pirqs, __ATOMIC_ACQUIRE);

    return table && pirq < d->arch.nr_pirqs ? &table[pirq] : NULL;
}

static struct irq *irq_of(const struct pirq *p)
{
    return p && p->irq ? irq_get(p->irq) : NULL;
}

static bool is_free(const struct pirq *p)
{
    return !p->irq && !p->is_reserved && !p->user.port;
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

/* What the domain calls the interrupt; NULL: nothing, it is not mapped there. */
static struct pirq *find_mapped(const struct domain *d, const struct irq *irq)
{
    struct pirq *p;

    for (unsigned int i = 0; (p = lookup(d, i)) != NULL; i++)
        if (p->irq == irq->nr)
            return p;
    return NULL;
}

static bool is_denied(const struct domain *d, const struct irq *irq)
{
    const struct pirq *p = find_mapped(d, irq);

    return p && READ_ONCE(p->is_denied);
}

struct irq *pirq_usable(struct domain *d, unsigned int pirq)
{
    const struct pirq *p;
    struct irq *irq;

    spin_lock(&d->event_lock);
    p = lookup(d, pirq);
    irq = irq_of(p);
    if (irq && p->is_denied)
        irq = NULL;
    spin_unlock(&d->event_lock);
    return irq;
}

void pirq_permit(struct domain *d, const struct irq *irq, bool allow)
{
    struct pirq *p;

    spin_lock(&d->event_lock);
    p = find_mapped(d, irq);
    if (p)
        WRITE_ONCE(p->is_denied, !allow);
    spin_unlock(&d->event_lock);
}

static int choose(const struct domain *d, const struct irq *irq, int wish, bool for_gsi)
{
    const struct pirq *has = find_mapped(d, irq);
    int nr = has ? (int)(has - d->arch.pirqs) : -1;

    if (wish >= 0 && has && wish != nr)
        return refuse(-XEN_EEXIST, "pirq.mapped-elsewhere", "interrupt %u is PIRQ %d already, not %d",
                      irq->nr, nr, wish);
    if (wish >= 0)
        return wish;
    return has ? nr : find_free(d, for_gsi);
}

/* --- Mapping; event_lock held --- */
static int check_mapping(struct domain *d, const struct irq *irq, unsigned int pirq)
{
    if (!irq->nr)
        return refuse(-XEN_EPERM, "pirq.timer", "interrupt 0 is the hypervisor's");
    if (is_denied(current->domain, irq))
        return refuse(-XEN_EPERM, "pirq.not-owned", "domain %u may not use interrupt %u itself",
                      current->domain->id, irq->nr);
    if (pirq >= d->arch.nr_pirqs)
        return refuse(-XEN_EINVAL, "pirq.number", "PIRQ %u: domain %u has %u", pirq, d->id, d->arch.nr_pirqs);
    return 0;
}

static int prepare_mapping(struct domain *d, const struct irq *irq, int wish, bool for_gsi)
{
    int nr, rc = table_create(d);

    if (rc)
        return refuse(rc, "pirq.memory", "no memory for the interrupts of domain %u", d->id);
    nr = choose(d, irq, wish, for_gsi);
    rc = nr < 0 ? nr : check_mapping(d, irq, (unsigned int)nr);
    return rc ? rc : nr;
}

static int map_gsi(struct domain *d, const struct irq *irq, int *pirq)
{
    int nr = prepare_mapping(d, irq, *pirq, true);
    struct pirq *p;

    if (nr < 0)
        return nr;
    p = &d->arch.pirqs[nr];
    if (!p->irq)
        p->irq = irq->nr;
    if (p->irq == irq->nr)
        p->is_denied = false;
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
    int nr = prepare_mapping(d, irq, *pirq, false), rc;

    if (nr < 0)
        return nr;
    if (d->is_dying)
        return refuse(-XEN_EINVAL, "pirq.dying", "domain %u is dying: it takes no messages", d->id);
    if (d->arch.pirqs[nr].irq)
        return refuse(-XEN_EBUSY, "pirq.mapped", "PIRQ %d is mapped already", nr);
    rc = msi_attach(r, irq);
    if (rc)
        return refuse_message(rc, r);
    d->arch.pirqs[nr].irq = irq->nr;
    d->arch.pirqs[nr].is_denied = false;
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
    if (p->user.is_bound)
        irq_unbind(irq, &p->user);
    p->irq = 0;
    p->is_reserved = false;
    if (irq->nr >= irq_nr_gsis()) {
        msi_detach(irq);
        irq_free_msi(irq);
    }
}

int pirq_unmap(struct domain *d, int pirq)
{
    struct pirq *p;
    struct irq *irq;

    spin_lock(&pci_lock);
    spin_lock(&d->event_lock);
    p = lookup(d, (unsigned int)pirq);
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

int arch_pirq_check(struct domain *d, unsigned int pirq, bool will_share)
{
    const struct pirq *p = lookup(d, pirq);
    struct irq *irq = irq_of(p);

    if (pirq >= d->arch.nr_pirqs)
        return refuse(-XEN_EINVAL, "pirq.number", "PIRQ %u: domain %u has %u", pirq, d->id, d->arch.nr_pirqs);
    if (!irq || p->is_denied)
        return refuse(-XEN_EPERM, "pirq.unmapped", "PIRQ %u is not mapped, or not permitted", pirq);
    if (p->user.port)
        return refuse(-XEN_EEXIST, "pirq.bound", "PIRQ %u is bound to port %u already", pirq, p->user.port);
    if (!irq_may_bind(irq, will_share))
        return refuse(-XEN_EBUSY, "pirq.in-use",
                      "interrupt %u is the hypervisor's own, or another's who does not share it", irq->nr);
    return 0;
}

void arch_pirq_bind(struct vcpu *v, unsigned int pirq, evtchn_port_t port, bool will_share)
{
    struct domain *d = v->domain;
    struct pirq *p = &d->arch.pirqs[pirq];
    struct irq *irq = irq_of(p);

    p->user.port = port;
    p->user.shares = will_share;
    show_needs_eoi(d, pirq, irq_needs_eoi(irq));
    irq_bind(irq, &p->user, v->cpu);
}

void arch_pirq_unbind(struct domain *d, unsigned int pirq, evtchn_port_t port)
{
    struct pirq *p = lookup(d, pirq);

    if (p->user.port != port)
        return;
    p->user.port = 0;
    /* Not if it was unmapped meanwhile. */
    if (p->user.is_bound)
        irq_unbind(irq_of(p), &p->user);
}

void arch_pirq_move(struct vcpu *v, unsigned int pirq, evtchn_port_t port)
{
    struct pirq *p = lookup(v->domain, pirq);

    if (p->user.is_bound && p->user.port == port)
        irq_move(irq_of(p), v->cpu);
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
        port = p->user.port;
        if (p->user.is_bound)
            irq_end(irq_of(p), &p->user);
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
        struct pirq *p = &d->arch.pirqs[i];

        if (p->user.is_bound && !evtchn_port_is_masked(d, p->user.port))
            irq_end(irq_of(p), &p->user);
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
