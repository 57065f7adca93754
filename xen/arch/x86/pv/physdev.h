/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The commands of physdev_op, for physdev.c: each reads its argument once, at arg_va, and answers what stock
 * Xen does. Source: the public header physdev.h.
 */
#ifndef PV_PHYSDEV_H
#define PV_PHYSDEV_H

#include <xen/types.h>

/* -XEN_EFAULT, recorded. */
long physdev_refuse_argument(uint64_t arg_va);

/* --- physdev_irq.c --- */
long physdev_eoi(uint64_t arg_va);
long physdev_unmask_notify(void);
long physdev_irq_status_query(uint64_t arg_va);
long physdev_pirq_eoi_gmfn(int cmd, uint64_t arg_va);
long physdev_map_pirq(uint64_t arg_va);
long physdev_unmap_pirq(uint64_t arg_va);
long physdev_get_free_pirq(uint64_t arg_va);
/* The hardware domain's alone: the caller has looked. */
long physdev_apic_op(int cmd, uint64_t arg_va);
long physdev_alloc_irq_vector(uint64_t arg_va);
long physdev_setup_gsi(uint64_t arg_va);

/* --- physdev_pci.c; the hardware domain's alone --- */
long physdev_pci_op(int cmd, uint64_t arg_va);

#endif
