/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which I/O ports a domain reaches. Domain 0 has the real ones but those that the hypervisor lives by; the
 * CMOS clock and the PCI configuration ports, which take two accesses, keep their address a domain. What a
 * domain may not reach floats: reads give ones.
 */
#include <asm/io_ports.h>
#include <asm/processor.h>
#include <xen/bitops.h>
#include <xen/log.h>
#include <xen/spinlock.h>
#include "emulate.h"

#define NR_PORTS 65536

#define PORT_PIT_CHANNEL2 0x42
#define PORT_PIT_MODE     0x43
#define PORT_PIT_GATE     0x61
#define PIT_SELECT        0xc0 /* in a byte for the mode port: the channel, or reading back */
#define PIT_READ_BACK     0xc0
#define PIT_READ_BACK_2   0x08 /* channels 0 and 1 have 0x02 and 0x04 */
#define PIT_GATE_BITS     0x03 /* gate of channel 2, loudspeaker */

#define PORT_CMOS_INDEX  0x70
#define PORT_CMOS_DATA   0x71
#define PORT_PCI_ADDRESS 0xcf8
#define PORT_PCI_DATA    0xcfc
#define PCI_ENABLE       (1u << 31)

struct port_range {
    unsigned int first, last;
};

/*
 * Interrupt controllers, timer and its gate, PCI address: for Domain 0, too, they go through hypercalls or
 * latches.
 */
static struct port_range owned[16] = {
    {0x20, 0x21}, {0x40, 0x43}, {0x61, 0x61}, {0x70, 0x71}, {0xa0, 0xa1}, {0x4d0, 0x4d1}, {0xcf8, 0xcfb},
};
static unsigned int nr_owned = 7;

/*
 * Address and data of the CMOS clock, and of PCI's configuration; reading and writing the timer's gate: one
 * pair of accesses at a time. Innermost.
 */
static spinlock_t latch_lock;

void io_ports_claim(unsigned int first, unsigned int nr)
{
    if (nr_owned == ARRAY_SIZE(owned))
        panic("too many I/O ports of the hypervisor's own: raise the size of owned[]");
    owned[nr_owned++] = (struct port_range){first, first + nr - 1};
}

static bool is_owned(unsigned int port, unsigned int bytes)
{
    for (unsigned int i = 0; i < nr_owned; i++)
        if (port <= owned[i].last && port + bytes > owned[i].first)
            return true;
    return false;
}

static bool may_access(const struct domain *d, unsigned int port, unsigned int bytes)
{
    if (port + bytes > NR_PORTS)
        return false;
    if (likely(!d->arch.all_io_ports)) {
        if (!d->arch.io_ports)
            return false;
        for (unsigned int i = 0; i < bytes; i++)
            if (test_bit(port + i, d->arch.io_ports))
                return false;
    }
    return !is_owned(port, bytes);
}

static uint32_t raw_read(unsigned int port, unsigned int bytes)
{
    return bytes == 1 ? inb((uint16_t)port) : bytes == 2 ? inw((uint16_t)port) : inl((uint16_t)port);
}

static void raw_write(unsigned int port, unsigned int bytes, uint32_t value)
{
    if (bytes == 1)
        outb((uint16_t)port, (uint8_t)value);
    else if (bytes == 2)
        outw((uint16_t)port, (uint16_t)value);
    else
        outl((uint16_t)port, value);
}

/* One access behind an address port: the address is written first, nobody comes between. */
static uint32_t latched_read(unsigned int address_port, unsigned int address_bytes, uint32_t address,
                             unsigned int port, unsigned int bytes)
{
    unsigned long flags = spin_lock_irqsave(&latch_lock);
    uint32_t value;

    raw_write(address_port, address_bytes, address);
    value = raw_read(port, bytes);
    spin_unlock_irqrestore(&latch_lock, flags);
    return value;
}

static void latched_write(unsigned int address_port, unsigned int address_bytes, uint32_t address,
                          unsigned int port, unsigned int bytes, uint32_t value)
{
    unsigned long flags = spin_lock_irqsave(&latch_lock);

    raw_write(address_port, address_bytes, address);
    raw_write(port, bytes, value);
    spin_unlock_irqrestore(&latch_lock, flags);
}

/*
 * Domain 0 has channel 2 of the timer, which drives nothing but the loudspeaker: kernels measure time with
 * it. Channel 0 is not theirs.
 */
static bool is_pit(unsigned int port, unsigned int bytes)
{
    return bytes == 1 && (port == PORT_PIT_CHANNEL2 || port == PORT_PIT_MODE || port == PORT_PIT_GATE);
}

static void pit_write_mode(uint8_t value)
{
    if ((value & PIT_SELECT) == PIT_READ_BACK) {
        if (value & PIT_READ_BACK_2)
            outb(PORT_PIT_MODE, value & ~0x07);
    } else if ((value & PIT_SELECT) == 2 << 6) {
        outb(PORT_PIT_MODE, value);
    }
}

static void pit_write(unsigned int port, uint8_t value)
{
    unsigned long flags;

    switch (port) {
    case PORT_PIT_CHANNEL2:
        outb(PORT_PIT_CHANNEL2, value);
        break;
    case PORT_PIT_MODE:
        pit_write_mode(value);
        break;
    case PORT_PIT_GATE:
        flags = spin_lock_irqsave(&latch_lock);
        outb(PORT_PIT_GATE, (inb(PORT_PIT_GATE) & ~PIT_GATE_BITS) | (value & PIT_GATE_BITS));
        spin_unlock_irqrestore(&latch_lock, flags);
        break;
    }
}

static bool is_pci_data(unsigned int port, unsigned int bytes)
{
    return port >= PORT_PCI_DATA && port + bytes <= PORT_PCI_DATA + 4;
}

uint32_t pv_port_read(struct domain *d, unsigned int port, unsigned int bytes)
{
    uint32_t ones = bytes == 4 ? ~0u : (1u << (8 * bytes)) - 1;

    if (port == PORT_PCI_ADDRESS && bytes == 4)
        return d->arch.pci_cf8;
    if (!d->is_hardware)
        return may_access(d, port, bytes) ? raw_read(port, bytes) : ones;
    if (is_pci_data(port, bytes))
        return d->arch.pci_cf8 & PCI_ENABLE ? latched_read(PORT_PCI_ADDRESS, 4, d->arch.pci_cf8, port, bytes)
                                            : ones;
    if (port == PORT_CMOS_INDEX && bytes == 1)
        return d->arch.cmos_index;
    if (port == PORT_CMOS_DATA && bytes == 1)
        return latched_read(PORT_CMOS_INDEX, 1, d->arch.cmos_index, port, 1);
    if (is_pit(port, bytes))
        return port == PORT_PIT_MODE ? 0 : inb((uint16_t)port);
    return may_access(d, port, bytes) ? raw_read(port, bytes) : ones;
}

void pv_port_write(struct domain *d, unsigned int port, unsigned int bytes, uint32_t value)
{
    if (port == PORT_PCI_ADDRESS && bytes == 4) {
        d->arch.pci_cf8 = value;
    } else if (d->is_hardware && is_pci_data(port, bytes)) {
        if (d->arch.pci_cf8 & PCI_ENABLE)
            latched_write(PORT_PCI_ADDRESS, 4, d->arch.pci_cf8, port, bytes, value);
    } else if (d->is_hardware && port == PORT_CMOS_INDEX && bytes == 1) {
        d->arch.cmos_index = value & 0x7f;
    } else if (d->is_hardware && port == PORT_CMOS_DATA && bytes == 1) {
        latched_write(PORT_CMOS_INDEX, 1, d->arch.cmos_index, port, 1, value);
    } else if (d->is_hardware && is_pit(port, bytes)) {
        pit_write(port, (uint8_t)value);
    } else if (may_access(d, port, bytes)) {
        raw_write(port, bytes, value);
    }
}
