/* SPDX-License-Identifier: BSD-2-Clause */
/* Interrupt vectors: who is called when one arrives. Controllers are apic.c's and ioapic.c's. */
#include <xen/errno.h>
#include <xen/log.h>
#include <xen/spinlock.h>
#include <xen/timer.h>
#include <asm/acpi.h>
#include <asm/apic.h>
#include <asm/irq.h>
#include <asm/pv.h>
#include <asm/smp.h>

struct irq_action {
    irq_handler_t *handler;
    void *data;
    bool level;
};

static struct irq_action actions[VECTOR_DYNAMIC_LAST + 1];
static unsigned int next_vector = VECTOR_DYNAMIC_FIRST;
static spinlock_t irq_lock; /* guards the choice of a vector; actions never change afterwards */

int irq_request_isa(unsigned int irq, irq_handler_t *handler, void *data)
{
    const struct acpi_isa_irq *isa = &acpi.isa_irq[irq];
    unsigned long flags = spin_lock_irqsave(&irq_lock);
    unsigned int vector = next_vector;
    int rc = 0;

    if (vector > VECTOR_DYNAMIC_LAST) {
        rc = -XEN_EBUSY;
    } else {
        actions[vector] = (struct irq_action){handler, data, isa->level};
        barrier();
        if (!ioapic_route(isa->gsi, (uint8_t)vector, isa->level, isa->active_low))
            rc = -XEN_ENODEV;
        /* 0x80 is the guests' own. */
        else
            next_vector += vector == 0x7f ? 2 : 1;
    }
    spin_unlock_irqrestore(&irq_lock, flags);
    return rc;
}

static void dispatch_device(unsigned int vector)
{
    const struct irq_action *action = vector <= VECTOR_DYNAMIC_LAST ? &actions[vector] : NULL;

    if (!action || !action->handler) {
        apic_eoi();
        log_debug("CPU%u: interrupt with unused vector %#x\n", arch_this_cpu(), vector);
        return;
    }
    if (!action->level)
        apic_eoi();
    action->handler(action->data);
    if (action->level)
        apic_eoi();
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
    case VECTOR_STOP:
        stop_interrupt();
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
