/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Interrupts in physdev_op: what the arguments mean. Mapping and ending are pirq.c's, the machine's
 * interrupts irq.c's.
 */
#include <asm/ioapic.h>
#include <asm/irq.h>
#include <asm/msi.h>
#include <asm/pirq.h>
#include <asm/vector.h>
#include <public/physdev.h>
#include <xen/domain.h>
#include <xen/guest_access.h>
#include <xen/refusal.h>
#include "physdev.h"

/* Of a multi-message request: more than one needs vectors in a row, which need an interrupt remapper. */
#define MAX_MULTI_MSI 32

#define SEGMENT_SHIFT 16 /* in the field bus of some types */

long physdev_eoi(uint64_t arg_va)
{
    struct physdev_eoi op;

    if (copy_from_guest(&op, arg_va, sizeof(op)))
        return physdev_refuse_argument(arg_va);
    return pirq_end(current->domain, op.irq);
}

long physdev_unmask_notify(void)
{
    pirq_end_unmasked(current->domain);
    return 0;
}

long physdev_irq_status_query(uint64_t arg_va)
{
    struct physdev_irq_status_query op;

    if (copy_from_guest(&op, arg_va, sizeof(op)))
        return physdev_refuse_argument(arg_va);
    if (op.irq >= current->domain->arch.nr_pirqs)
        return refuse(-XEN_EINVAL, "pirq.number", "PIRQ %u: domain %u has %u", op.irq, current->domain->id,
                      current->domain->arch.nr_pirqs);
    /* For all, as on stock Xen: who wants to know better looks into the page of PHYSDEVOP_pirq_eoi_gmfn. */
    op.flags = XENIRQSTAT_needs_eoi;
    return copy_to_guest(arg_va, &op, sizeof(op)) ? physdev_refuse_argument(arg_va) : 0;
}

long physdev_pirq_eoi_gmfn(int cmd, uint64_t arg_va)
{
    struct physdev_pirq_eoi_gmfn op;

    if (copy_from_guest(&op, arg_va, sizeof(op)))
        return physdev_refuse_argument(arg_va);
    return pirq_register_eoi_page(current->domain, op.gmfn, cmd == PHYSDEVOP_pirq_eoi_gmfn_v1);
}

/* With a reference, also one that is dying: whose interrupts are to be mapped. */
static int get_domain(domid_t domid, struct domain **out)
{
    struct domain *d = domid == DOMID_SELF ? domain_get_by_any_id(domid) : domain_get_any(domid);

    if (!d)
        return refuse(-XEN_ESRCH, "domain.id", "there is no domain %u", domid);
    if (!current->domain->is_hardware) {
        domain_put(d);
        return refuse(-XEN_EPERM, "domain.privilege", "domain %u may not map interrupts",
                      current->domain->id);
    }
    *out = d;
    return 0;
}

/* -XEN_EDOM, -XEN_EOPNOTSUPP: as stock Xen without an interrupt remapper. */
static int check_multi_msi(const struct physdev_map_pirq *op)
{
    if (op->entry_nr <= 0 || op->entry_nr > MAX_MULTI_MSI)
        return refuse(-XEN_EDOM, "pirq.multi-msi-count", "%d messages: a device has 1 to %u", op->entry_nr,
                      MAX_MULTI_MSI);
    if (op->entry_nr > 1)
        return refuse(-XEN_EOPNOTSUPP, "pirq.multi-msi", "%d messages in a row: only one at a time",
                      op->entry_nr);
    return 0;
}

static int map_message(struct domain *d, struct physdev_map_pirq *op)
{
    bool has_segment = op->type != MAP_PIRQ_TYPE_MSI, is_multi = op->type == MAP_PIRQ_TYPE_MULTI_MSI;
    struct msi_request r = {
        .segment = has_segment ? (uint16_t)(op->bus >> SEGMENT_SHIFT) : 0,
        .bus = (uint8_t)op->bus,
        .devfn = (uint8_t)op->devfn,
        .is_msix = !is_multi && op->table_base,
        .entry = (uint16_t)op->entry_nr,
        .table_base = op->table_base,
    };
    int rc;

    if (is_multi ? op->table_base != 0 : op->index != -1)
        return refuse(-XEN_EINVAL, "pirq.message-index",
                      "a message is asked for with index -1, several without a table; not %d and %#lx",
                      op->index, (unsigned long)op->table_base);
    if (r.is_msix && (op->entry_nr < 0 || op->entry_nr > 0xffff))
        return refuse(-XEN_EINVAL, "pirq.message-entry", "no table has an entry %d", op->entry_nr);
    rc = is_multi ? check_multi_msi(op) : 0;
    if (rc)
        return rc;
    if (!r.is_msix)
        r.entry = 0;
    return pirq_map_msi(d, &r, &op->pirq);
}

static int map_for(struct domain *d, struct physdev_map_pirq *op)
{
    switch (op->type) {
    case MAP_PIRQ_TYPE_GSI:
        return pirq_map_gsi(d, op->index, &op->pirq);
    case MAP_PIRQ_TYPE_MSI:
    case MAP_PIRQ_TYPE_MSI_SEG:
    case MAP_PIRQ_TYPE_MULTI_MSI:
        return map_message(d, op);
    }
    return refuse(-XEN_EINVAL, "pirq.type", "there is no kind %d of interrupts", op->type);
}

long physdev_map_pirq(uint64_t arg_va)
{
    struct physdev_map_pirq op;
    struct domain *d;
    int rc;

    if (copy_from_guest(&op, arg_va, sizeof(op)))
        return physdev_refuse_argument(arg_va);
    rc = get_domain(op.domid, &d);
    if (rc)
        return rc;
    rc = map_for(d, &op);
    domain_put(d);
    if (!rc && copy_to_guest(arg_va, &op, sizeof(op)))
        return physdev_refuse_argument(arg_va);
    return rc;
}

long physdev_unmap_pirq(uint64_t arg_va)
{
    struct physdev_unmap_pirq op;
    struct domain *d;
    int rc;

    if (copy_from_guest(&op, arg_va, sizeof(op)))
        return physdev_refuse_argument(arg_va);
    rc = get_domain(op.domid, &d);
    if (rc)
        return rc;
    rc = pirq_unmap(d, op.pirq);
    domain_put(d);
    return rc;
}

long physdev_get_free_pirq(uint64_t arg_va)
{
    struct physdev_get_free_pirq op;
    int pirq;

    if (copy_from_guest(&op, arg_va, sizeof(op)))
        return physdev_refuse_argument(arg_va);
    pirq = pirq_reserve(current->domain, op.type == MAP_PIRQ_TYPE_GSI);
    if (pirq < 0)
        return pirq;
    op.pirq = (uint32_t)pirq;
    return copy_to_guest(arg_va, &op, sizeof(op)) ? physdev_refuse_argument(arg_va) : 0;
}

/* --- The IO-APICs, as kernels knew them --- */
/*
 * A guest writes an entry as if the machine were its own: trigger and polarity are taken, the vector stands
 * for a PIRQ, where the interrupt goes and whether it is masked is decided when it is bound.
 */
static int write_entry(unsigned int gsi, uint32_t value)
{
    struct irq *irq = irq_get(gsi);
    struct rte_wish wish;
    int rc, pirq;

    if (!rte_read_wish(value, &wish))
        return refuse(-XEN_EINVAL, "ioapic.delivery",
                      "entry %#x of interrupt %u: only fixed and lowest-priority delivery", value, gsi);
    pirq = wish.pirq;
    if (!wish.masked && wish.pirq >= current->domain->arch.nr_pirqs)
        return refuse(-XEN_EINVAL, "pirq.number", "PIRQ %u: domain %u has %u", wish.pirq, current->domain->id,
                      current->domain->arch.nr_pirqs);
    rc = irq_set_up_anew(irq, wish.level, wish.active_low);
    /* One in use stays as it is, and kernels that write to all entries go on. */
    if (rc == -XEN_EBUSY)
        return 0;
    if (rc)
        return refuse(rc, "ioapic.no-vector", "no vector is left for interrupt %u", gsi);
    if (wish.masked)
        return 0;
    rc = pirq_map_gsi(current->domain, (int)gsi, &pirq);
    /* It has another number: it keeps that. */
    return rc == -XEN_EEXIST ? 0 : rc;
}

static long apic_write(unsigned int first_gsi, const struct physdev_apic *op)
{
    unsigned int input;

    /* Identity and arbitration, and the half with the destination, are not the guest's. */
    if (op->reg < IOAPIC_ENTRY(0) || (op->reg & 1))
        return 0;
    input = (op->reg - IOAPIC_ENTRY(0)) / 2;
    if (input >= ioapic_nr_inputs(first_gsi))
        return refuse(-XEN_EINVAL, "ioapic.input", "the IO-APIC has no input %u", input);
    return write_entry(first_gsi + input, op->value);
}

long physdev_apic_op(int cmd, uint64_t arg_va)
{
    struct physdev_apic op;
    int first_gsi;

    if (copy_from_guest(&op, arg_va, sizeof(op)))
        return physdev_refuse_argument(arg_va);
    first_gsi = ioapic_find(op.apic_physbase);
    if (first_gsi < 0)
        return refuse(first_gsi, "ioapic.address", "there is no IO-APIC at %#lx", op.apic_physbase);
    if (cmd == PHYSDEVOP_apic_write)
        return apic_write((unsigned int)first_gsi, &op);
    op.value = ioapic_read_register((unsigned int)first_gsi, op.reg);
    return copy_to_guest(arg_va, &op, sizeof(op)) ? physdev_refuse_argument(arg_va) : 0;
}

/* Vectors are the hypervisor's affair: the guest gets back a name for its interrupt to write into the entry.
 */
long physdev_alloc_irq_vector(uint64_t arg_va)
{
    struct physdev_irq op;

    if (copy_from_guest(&op, arg_va, sizeof(op)))
        return physdev_refuse_argument(arg_va);
    op.vector = op.irq;
    return copy_to_guest(arg_va, &op, sizeof(op)) ? physdev_refuse_argument(arg_va) : 0;
}

long physdev_setup_gsi(uint64_t arg_va)
{
    struct physdev_setup_gsi op;
    int rc;

    if (copy_from_guest(&op, arg_va, sizeof(op)))
        return physdev_refuse_argument(arg_va);
    if (op.gsi < 0 || (unsigned int)op.gsi >= irq_nr_gsis() || !ioapic_has((unsigned int)op.gsi))
        return refuse(-XEN_EINVAL, "pirq.gsi", "there is no GSI %d", op.gsi);
    rc = irq_set_up(irq_get((unsigned int)op.gsi), op.triggering, op.polarity);
    if (rc == -XEN_EEXIST)
        return refuse(rc, "ioapic.set-up", "GSI %d is set up already", op.gsi);
    return rc ? refuse(rc, "ioapic.no-vector", "no vector is left for GSI %d", op.gsi) : 0;
}
