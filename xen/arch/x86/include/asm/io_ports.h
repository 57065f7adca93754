/* SPDX-License-Identifier: BSD-2-Clause */
/* I/O ports that are the hypervisor's: no domain reaches them, not even Domain 0. */
#ifndef ASM_IO_PORTS_H
#define ASM_IO_PORTS_H

/* At boot: nr ports from first on. The PIC, PIT and PCI's address port need no claim. */
void io_ports_claim(unsigned int first, unsigned int nr);

#endif
