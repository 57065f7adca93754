/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * I/O ports: which are the hypervisor's, so that no domain reaches them, not even Domain 0; which a domain
 * reaches.
 */
#ifndef ASM_IO_PORTS_H
#define ASM_IO_PORTS_H

#include <xen/domain.h>

/* At boot: nr ports from first on. The PIC, PIT and PCI's address port need no claim. */
void io_ports_claim(unsigned int first, unsigned int nr);
/* Does d reach all these ports? first + nr <= 65536. */
bool io_ports_permitted(const struct domain *d, unsigned int first, unsigned int nr);
/* From now on it does, or does not. The domctl lock is held. 0 or -XEN_ENOMEM. */
int io_ports_permit(struct domain *d, unsigned int first, unsigned int nr, bool allow) __must_check;

#endif
