/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Physical interrupts: who has which, which vector it uses, what happens when it arrives. The controllers'
 * registers are ioapic.c's, messages are msi.c's, what a domain calls its interrupts is pirq.c's.
 */
#include <xen/arch.h>
#include <xen/domain.h>
#include <xen/errno.h>
#include <xen/keyhandler.h>
#include <xen/log.h>
#include <xen/xmalloc.h>
#include <asm/acpi.h>
#include <asm/apic.h>
#include <asm/ioapic.h>
#include <asm/irq.h>
#include <asm/msi.h>
#include <asm/pv.h>
#include <asm/smp.h>
#include <asm/vector.h>

#define NR_MESSAGES 192
#define GSI_PIT     0 /* what the PIT was before ACPI: nobody's */

/* More arrivals in an interval than a device has reason for: the rest of it is rest. */
#define STORM_INTERVAL MILLISECONDS(1)
#define STORM_LIMIT    256

/* What a domain may take to end an interrupt that others have, too. */
#define PATIENCE MILLISECONDS(1)
/* As on stock Xen. */
#define USERS_MAX 32

static struct irq *irqs;
static unsigned int nr_gsis, nr_irqs;

/* vectors_lock guards the choice of a vector. A vector's interrupt is set before its controller may send it.
 */
static spinlock_t vectors_lock;
static struct vector_pool vectors;
static struct irq *irq_of_vector[256];
static unsigned long nr_spurious;

static cpumask_t cpus_left; /* those to which nothing is sent, since they leave or are off line */

static void release_throttled(void *data);
static void release_unended(void *data);

static void users_dump(struct irq *irq)
{
    unsigned long flags = spin_lock_irqsave(&irq->lock);

    for (const struct irq_user *u = irq->users; u; u = u->next)
        printk(" d%u port %u%s", u->domain->id, u->port, u->owes_eoi ? " awaits EOI" : "");
    spin_unlock_irqrestore(&irq->lock, flags);
}

static void irqs_dump(char key)
{
    printk("Interrupts (%lu that nobody awaited):\n", nr_spurious);
    for (unsigned int i = 0; i < nr_irqs; i++) {
        struct irq *irq = &irqs[i];

        if (!irq->vector)
            continue;
        printk("  %3u: vector %#x CPU%u %s", i, irq->vector, irq->cpu,
               i >= nr_gsis ? "message"
               : irq->level ? "level"
                            : "edge");
        users_dump(irq);
        printk("%s%s\n", irq->is_throttled ? " throttled" : "", irq->handler ? " ours" : "");
    }
}

unsigned int irq_nr_gsis(void)
{
    return nr_gsis;
}

struct irq *irq_get(unsigned int nr)
{
    return nr < nr_irqs ? &irqs[nr] : NULL;
}

/* --- Vectors --- */
static int take_vector(struct irq *irq)
{
    unsigned long flags = spin_lock_irqsave(&vectors_lock);
    uint8_t vector = vector_take(&vectors, VECTOR_DYNAMIC_FIRST, VECTOR_DYNAMIC_LAST);

    if (vector != VECTOR_NONE) {
        irq->vector = vector;
        WRITE_ONCE(irq_of_vector[vector], irq);
    }
    spin_unlock_irqrestore(&vectors_lock, flags);
    return vector != VECTOR_NONE ? 0 : -XEN_ENOSPC;
}

static void give_vector_back(struct irq *irq)
{
    unsigned long flags = spin_lock_irqsave(&vectors_lock);

    WRITE_ONCE(irq_of_vector[irq->vector], NULL);
    vector_give_back(&vectors, irq->vector);
    irq->vector = VECTOR_NONE;
    spin_unlock_irqrestore(&vectors_lock, flags);
}

/* --- Masks; irq->lock held --- */
static bool is_gsi(const struct irq *irq)
{
    return irq->nr < nr_gsis;
}

static void set_masked(struct irq *irq, bool masked)
{
    if (!is_gsi(irq))
        msi_set_masked(irq->msi, masked);
    else if (irq->vector != VECTOR_NONE)
        ioapic_set_masked(irq->nr, masked);
}

/* Open unless something holds it. The hypervisor's own stays open, whatever its domain maps. */
static void update_mask(struct irq *irq)
{
    if (!irq->handler)
        set_masked(irq, !irq->users || irq->nr_owing || irq->is_throttled);
}

bool irq_needs_eoi(const struct irq *irq)
{
    return is_gsi(irq) && irq->vector != VECTOR_NONE && irq->level;
}

/* --- Setting up --- */
/* irq->lock held. */
static int program(struct irq *irq, bool level, bool active_low)
{
    int rc = 0;

    if (irq->vector == VECTOR_NONE)
        rc = take_vector(irq);
    if (rc)
        return rc;
    irq->level = level;
    irq->active_low = active_low;
    irq->is_set_up = true;
    ioapic_write_entry(irq->nr, rte_make(irq->vector, level, active_low, true), cpu_apic_id[irq->cpu]);
    update_mask(irq);
    return 0;
}

/*
 * Kernels bind the interrupts of old devices without a word about trigger and polarity: the firmware's tables
 * have said it. They may still be set up, once.
 */
static void __init set_up_isa(void)
{
    for (unsigned int i = 0; i < ACPI_ISA_IRQS; i++) {
        struct irq *irq = irq_get(acpi.isa_irq[i].gsi);

        if (!irq || !ioapic_has(irq->nr) || irq->nr == GSI_PIT)
            continue;
        if (program(irq, acpi.isa_irq[i].level, acpi.isa_irq[i].active_low))
            panic("no vector for ISA interrupt %u", i);
        irq->is_set_up = false;
    }
}

void __init irqs_init(void)
{
    nr_gsis = ioapic_nr_gsis();
    nr_irqs = nr_gsis + NR_MESSAGES;
    irqs = xzalloc_array(struct irq, nr_irqs);
    if (!irqs)
        panic("no memory for %u interrupts", nr_irqs);
    for (unsigned int i = 0; i < nr_irqs; i++) {
        irqs[i].nr = (uint16_t)i;
        timer_init(&irqs[i].throttle_timer, release_throttled, &irqs[i], 0);
        timer_init(&irqs[i].patience_timer, release_unended, &irqs[i], 0);
    }
    set_up_isa();
    irqs[GSI_PIT].is_set_up = true;
    keyhandler_register('i', irqs_dump, "dump interrupt bindings");
}

int irq_set_up(struct irq *irq, bool level, bool active_low)
{
    unsigned long flags = spin_lock_irqsave(&irq->lock);
    int rc = irq->is_set_up || irq->users ? -XEN_EEXIST : program(irq, level, active_low);

    spin_unlock_irqrestore(&irq->lock, flags);
    return rc;
}

int irq_set_up_anew(struct irq *irq, bool level, bool active_low)
{
    unsigned long flags = spin_lock_irqsave(&irq->lock);
    int rc = irq->handler || irq->users || irq->nr == GSI_PIT ? -XEN_EBUSY : program(irq, level, active_low);

    spin_unlock_irqrestore(&irq->lock, flags);
    return rc;
}

int irq_request_isa(unsigned int isa_irq, irq_handler_t *handler, void *data)
{
    const struct acpi_isa_irq *isa = &acpi.isa_irq[isa_irq];
    struct irq *irq = irq_get(isa->gsi);
    unsigned long flags;
    int rc;

    if (!irq || !ioapic_has(isa->gsi))
        return -XEN_ENODEV;
    flags = spin_lock_irqsave(&irq->lock);
    rc = irq->handler || irq->users ? -XEN_EBUSY : program(irq, isa->level, isa->active_low);
    if (!rc) {
        irq->data = data;
        irq->handler = handler;
        ioapic_set_masked(irq->nr, false);
    }
    spin_unlock_irqrestore(&irq->lock, flags);
    return rc;
}

struct irq *irq_alloc_msi(void)
{
    for (unsigned int i = nr_gsis; i < nr_irqs; i++) {
        struct irq *irq = &irqs[i];
        unsigned long flags = spin_lock_irqsave(&irq->lock);
        bool taken = !irq->is_set_up && !take_vector(irq);

        if (taken)
            irq->is_set_up = true;
        spin_unlock_irqrestore(&irq->lock, flags);
        if (taken)
            return irq;
    }
    return NULL;
}

void irq_free_msi(struct irq *irq)
{
    unsigned long flags = spin_lock_irqsave(&irq->lock);

    BUG_ON(irq->users || irq->msi);
    give_vector_back(irq);
    irq->is_set_up = irq->is_throttled = false;
    irq->nr_in_interval = 0;
    spin_unlock_irqrestore(&irq->lock, flags);
}

/* --- A guest's --- */
/* irq->lock held. */
static void set_cpu(struct irq *irq, unsigned int cpu)
{
    /* Whoever chose it did so without a lock. */
    if (irq->cpu == cpu || cpumask_test((cpumask_t){READ_ONCE(cpus_left.bits)}, cpu))
        return;
    irq->cpu = cpu;
    if (!is_gsi(irq))
        msi_set_cpu(irq->msi, cpu);
    else if (irq->vector != VECTOR_NONE)
        ioapic_set_cpu(irq->nr, cpu_apic_id[cpu]);
}

bool irq_may_bind(struct irq *irq, bool will_share)
{
    unsigned long flags = spin_lock_irqsave(&irq->lock);
    unsigned int nr = 0;
    bool ok = !irq->handler;

    for (const struct irq_user *u = irq->users; u; u = u->next) {
        nr++;
        ok &= will_share && u->shares;
    }
    spin_unlock_irqrestore(&irq->lock, flags);
    return ok && nr < USERS_MAX;
}

void irq_bind(struct irq *irq, struct irq_user *user, unsigned int cpu)
{
    unsigned long flags = spin_lock_irqsave(&irq->lock);

    if (!irq->users)
        set_cpu(irq, cpu);
    user->owes_eoi = false;
    user->is_bound = true;
    user->next = irq->users;
    irq->users = user;
    update_mask(irq);
    spin_unlock_irqrestore(&irq->lock, flags);
}

/* irq->lock held. */
static void settle(struct irq *irq, struct irq_user *user)
{
    if (user->owes_eoi)
        irq->nr_owing--;
    user->owes_eoi = false;
}

void irq_unbind(struct irq *irq, struct irq_user *user)
{
    unsigned long flags = spin_lock_irqsave(&irq->lock);
    struct irq_user **at = &irq->users;

    while (*at != user)
        at = &(*at)->next;
    *at = user->next;
    user->is_bound = false;
    settle(irq, user);
    update_mask(irq);
    spin_unlock_irqrestore(&irq->lock, flags);
}

void irq_end(struct irq *irq, struct irq_user *user)
{
    unsigned long flags = spin_lock_irqsave(&irq->lock);

    if (user->owes_eoi) {
        settle(irq, user);
        update_mask(irq);
    }
    spin_unlock_irqrestore(&irq->lock, flags);
}

void irq_move(struct irq *irq, unsigned int cpu)
{
    unsigned long flags = spin_lock_irqsave(&irq->lock);

    set_cpu(irq, cpu);
    spin_unlock_irqrestore(&irq->lock, flags);
}

void irqs_leave_cpu(unsigned int cpu)
{
    /* First: from here on none is sent there anew. */
    cpumask_set_atomic(&cpus_left, cpu);
    for (unsigned int i = 0; i < nr_irqs; i++) {
        unsigned long flags = spin_lock_irqsave(&irqs[i].lock);

        if (irqs[i].cpu == cpu)
            set_cpu(&irqs[i], 0);
        spin_unlock_irqrestore(&irqs[i].lock, flags);
    }
}

void irqs_return_cpu(unsigned int cpu)
{
    cpumask_clear_atomic(&cpus_left, cpu);
}

/* --- Arrival --- */
/* True: enough for this interval. irq->lock held. */
static bool is_storm(struct irq *irq)
{
    s_time_t now = now_ns();

    if (now - irq->interval_start_ns > STORM_INTERVAL) {
        irq->interval_start_ns = now;
        irq->nr_in_interval = 0;
    }
    return ++irq->nr_in_interval > STORM_LIMIT;
}

/* irq->lock held. Answers the vCPU that was told, if there is one user alone. */
static const struct vcpu *send_to_users(const struct irq *irq)
{
    const struct vcpu *told = NULL;

    for (const struct irq_user *u = irq->users; u; u = u->next)
        told = evtchn_send_pirq(u->domain, u->port);
    return irq->users->next ? NULL : told;
}

/* An edge that came while the input was masked is lost: so the guests look once more. */
static void release_throttled(void *data)
{
    struct irq *irq = data;
    unsigned long flags = spin_lock_irqsave(&irq->lock);

    irq->is_throttled = false;
    if (irq->users) {
        update_mask(irq);
        if (!irq->nr_owing)
            (void)send_to_users(irq);
    }
    spin_unlock_irqrestore(&irq->lock, flags);
}

/* If the wire is still up it comes again. */
static void release_unended(void *data)
{
    struct irq *irq = data;
    unsigned long flags = spin_lock_irqsave(&irq->lock);

    for (struct irq_user *u = irq->users; u; u = u->next)
        settle(irq, u);
    update_mask(irq);
    spin_unlock_irqrestore(&irq->lock, flags);
}

/* irq->lock held. */
static void await_eois(struct irq *irq)
{
    for (struct irq_user *u = irq->users; u; u = u->next) {
        irq->nr_owing += !u->owes_eoi;
        u->owes_eoi = true;
    }
    if (irq->users->next)
        timer_set(&irq->patience_timer, now_ns() + PATIENCE);
}

/*
 * Its vCPU runs elsewhere by now: the next one comes there. Only an arrival moves it: a vCPU that is moved
 * about between two of them costs nothing. irq->lock held.
 */
static void follow(struct irq *irq, const struct vcpu *v)
{
    if (v)
        set_cpu(irq, READ_ONCE(v->cpu));
}

/*
 * The local APIC is free for what comes next; a level-triggered input stays masked until all whose it is have
 * handled it. irq->lock held.
 */
static void deliver(struct irq *irq)
{
    if (irq_needs_eoi(irq))
        await_eois(irq);
    if (is_storm(irq) && !irq->is_throttled) {
        irq->is_throttled = true;
        timer_set(&irq->throttle_timer, now_ns() + STORM_INTERVAL);
    }
    if (irq->nr_owing || irq->is_throttled)
        set_masked(irq, true);
    apic_eoi();
    follow(irq, send_to_users(irq));
}

/* Masked meanwhile, or a vector that nothing has: worth a line now and then. */
static void ignore(struct irq *irq, unsigned int vector)
{
    unsigned long nr = __atomic_add_fetch(&nr_spurious, 1, __ATOMIC_RELAXED);

    if (irq)
        set_masked(irq, true);
    apic_eoi();
    if ((nr & (nr - 1)) == 0)
        log_debug("CPU%u: interrupt with vector %#x, which nobody awaits (%lu so far)\n", arch_this_cpu(),
                  vector, nr);
}

static void run_handler(const struct irq *irq)
{
    if (!irq->level)
        apic_eoi();
    irq->handler(irq->data);
    if (irq->level)
        apic_eoi();
}

static void dispatch_device(unsigned int vector)
{
    struct irq *irq = READ_ONCE(irq_of_vector[vector]);

    if (!irq) {
        ignore(NULL, vector);
        return;
    }
    /* For good, and it comes on one CPU alone: no lock. */
    if (irq->handler) {
        run_handler(irq);
        return;
    }
    spin_lock(&irq->lock);
    if (irq->users && irq->vector == vector)
        deliver(irq);
    else
        ignore(irq, vector);
    spin_unlock(&irq->lock);
}

void irq_dispatch(unsigned int vector, struct cpu_user_regs *regs)
{
    switch (vector) {
    case VECTOR_TIMER:
        apic_eoi();
        timer_interrupt();
        break;
    case VECTOR_EVENT_CHECK:
        /* Being interrupted is the message: the way out looks at softirqs and events. */
        apic_eoi();
        break;
    case VECTOR_FLUSH_TLB:
        apic_eoi();
        flush_tlb_poll();
        break;
    case VECTOR_CALL:
        apic_eoi();
        smp_call_interrupt();
        break;
    case VECTOR_ERROR:
        apic_eoi();
        apic_error_print();
        break;
    case VECTOR_SPURIOUS:
        break;
    default:
        /* Spurious ones of the masked PICs: nobody waits for an EOI. */
        if (vector >= VECTOR_DYNAMIC_FIRST)
            dispatch_device(vector);
        break;
    }
}

void irqs_mask_all(void)
{
    ioapic_mask_all();
}
