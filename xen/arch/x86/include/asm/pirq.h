/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a domain calls its physical interrupts: PIRQ numbers, each mapped to an interrupt of the machine and
 * perhaps bound to a port. event_lock guards them; messages of PCI devices are mapped and unmapped with
 * pci_lock held outside. Source: physdev.h.
 */
#ifndef ASM_PIRQ_H
#define ASM_PIRQ_H

#include <xen/types.h>

struct domain;
struct irq;
struct msi_request;

int pirq_init_domain(struct domain *d) __must_check;
/* Gives back what is the domain's: its ports are closed. */
void pirq_relinquish(struct domain *d);
void pirq_free_domain(struct domain *d);

/*
 * Maps GSI index at *pirq, or, when that is negative, at the number that it has or a free one. A number that
 * is something else's stays so, and the answer is 0, as on stock Xen. -XEN_EINVAL, -XEN_EPERM, -XEN_EEXIST
 * (the GSI is mapped at another), -XEN_ENOSPC.
 */
int pirq_map_gsi(struct domain *d, int index, int *pirq) __must_check;
/* A message likewise. Also what msi_attach answers. */
int pirq_map_msi(struct domain *d, const struct msi_request *request, int *pirq) __must_check;
/* -XEN_EINVAL: not mapped. A port that it is bound to stays, silent. */
int pirq_unmap(struct domain *d, int pirq) __must_check;
/* A number that nobody uses, kept for the caller; for_gsi: a low one. Or -XEN_ENOSPC. */
int pirq_reserve(struct domain *d, bool for_gsi) __must_check;
/*
 * What d may use under this number, and so give to others. NULL: it is not mapped, or the right to it was
 * taken away.
 */
struct irq *pirq_usable(struct domain *d, unsigned int pirq);
/*
 * Whether d may bind an interrupt that is mapped to it. A port that it is bound to goes on. Mapping gives the
 * right anew.
 */
void pirq_permit(struct domain *d, const struct irq *irq, bool allow);
/* The guest has handled it. -XEN_EINVAL: there is no such interrupt. */
int pirq_end(struct domain *d, unsigned int pirq) __must_check;
/* All that wait for it and whose ports are not masked: PHYSDEVOP_IRQ_UNMASK_NOTIFY. */
void pirq_end_unmasked(struct domain *d);
/* -XEN_EINVAL (no writable memory of the domain's), -XEN_EBUSY (there is one). */
int pirq_register_eoi_page(struct domain *d, uint64_t frame, bool eoi_unmasks) __must_check;

#endif
