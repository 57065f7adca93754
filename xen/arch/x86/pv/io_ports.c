/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which I/O ports a domain reaches. Domain 0 has the real ones but those that the hypervisor lives by; the
 * CMOS clock and the PCI configuration ports, which take two accesses, keep their address a domain. What a
 * domain may not reach floats: reads give ones. An access of several bytes of which some are not the domain's
 * is done in parts.
 */
#include <asm/io_ports.h>
#include <asm/pci.h>
#include <asm/processor.h>
#include <xen/bitops.h>
#include <xen/errno.h>
#include <xen/log.h>
#include <xen/spinlock.h>
#include <xen/string.h>
#include <xen/xmalloc.h>
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
#define CMOS_ADDRESS     0x7f /* the bit above switches NMIs off: not the guest's */
#define PORT_PCI_ADDRESS 0xcf8
#define PORT_PCI_DATA    0xcfc

struct port_range {
    unsigned int first, last;
};

/*
 * Interrupt controllers, timer and its gate, CMOS clock, PCI configuration: for Domain 0, too, looked at
 * first.
 */
static struct port_range owned[16] = {
    {0x20, 0x21}, {0x40, 0x43}, {0x61, 0x61}, {0x70, 0x71}, {0xa0, 0xa1}, {0xcfc, 0xcff},
};
static unsigned int nr_owned = 6;

/*
 * Address and data of the CMOS clock; reading and writing the timer's gate: one pair of accesses at a time.
 * Innermost.
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

bool io_ports_permitted(const struct domain *d, unsigned int first, unsigned int nr)
{
    const unsigned long *denied = d->arch.io_ports;

    if (is_owned(first, nr))
        return false;
    for (unsigned int port = first; port < first + nr && !d->arch.all_io_ports; port++)
        if (!denied || test_bit(port, denied))
            return false;
    return true;
}

/* All of them are as all_io_ports says. */
static int make_bitmap(struct domain *d)
{
    unsigned long *denied = xzalloc_array(unsigned long, NR_PORTS / BITS_PER_LONG);

    if (!denied)
        return -XEN_ENOMEM;
    if (!d->arch.all_io_ports)
        memset(denied, 0xff, NR_PORTS / 8);
    __atomic_store_n(&d->arch.io_ports, denied, __ATOMIC_RELEASE);
    return 0;
}

int io_ports_permit(struct domain *d, unsigned int first, unsigned int nr, bool allow)
{
    int rc = d->arch.io_ports ? 0 : make_bitmap(d);

    if (rc)
        return rc;
    for (unsigned int port = first; port < first + nr; port++)
        if (allow)
            clear_bit(port, d->arch.io_ports);
        else
            set_bit(port, d->arch.io_ports);
    WRITE_ONCE(d->arch.all_io_ports, false);
    return 0;
}

static bool may_access(const struct domain *d, unsigned int port, unsigned int bytes)
{
    /* PCI's address is a register only as a whole. */
    if (port + bytes > NR_PORTS || (port == PORT_PCI_ADDRESS && bytes == 4))
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

static uint32_t cmos_read(uint8_t address)
{
    unsigned long flags = spin_lock_irqsave(&latch_lock);
    uint32_t value;

    outb(PORT_CMOS_INDEX, address & CMOS_ADDRESS);
    value = inb(PORT_CMOS_DATA);
    spin_unlock_irqrestore(&latch_lock, flags);
    return value;
}

static void cmos_write(uint8_t address, uint8_t value)
{
    unsigned long flags = spin_lock_irqsave(&latch_lock);

    outb(PORT_CMOS_INDEX, address & CMOS_ADDRESS);
    outb(PORT_CMOS_DATA, value);
    spin_unlock_irqrestore(&latch_lock, flags);
}

/*
 * Domain 0 has channel 2 of the timer, which drives nothing but the loudspeaker: kernels measure time with
 * it. Channel 0 is not theirs.
 */
static bool is_pit(unsigned int port)
{
    return port == PORT_PIT_CHANNEL2 || port == PORT_PIT_MODE || port == PORT_PIT_GATE;
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

/*
 * Of an access the part that is done at once: bytes of PCI's data port, as many as are left of its word and
 * make up an access; PCI's address; else one byte.
 */
static unsigned int part_bytes(unsigned int port, unsigned int bytes)
{
    unsigned int in_word = min(bytes, 4 - (port & 3));

    if (port == PORT_PCI_ADDRESS && bytes == 4)
        return 4;
    if ((port & ~3u) != PORT_PCI_DATA)
        return 1;
    return in_word == 3 ? 2 : in_word;
}

static uint32_t read_part(struct domain *d, unsigned int port, unsigned int bytes)
{
    if (port == PORT_PCI_ADDRESS && bytes == 4)
        return d->arch.pci_cf8;
    if (may_access(d, port, bytes))
        return raw_read(port, bytes);
    if (!d->is_hardware)
        return ~0u;
    if ((port & ~3u) == PORT_PCI_DATA)
        return pci_port_read(d->arch.pci_cf8, port & 3, bytes);
    if (port == PORT_CMOS_INDEX)
        return d->arch.cmos_index;
    if (port == PORT_CMOS_DATA)
        return cmos_read(d->arch.cmos_index);
    if (is_pit(port))
        return port == PORT_PIT_MODE ? 0 : inb((uint16_t)port);
    return ~0u;
}

static void write_part(struct domain *d, unsigned int port, unsigned int bytes, uint32_t value)
{
    if (port == PORT_PCI_ADDRESS && bytes == 4)
        d->arch.pci_cf8 = value;
    else if (may_access(d, port, bytes))
        raw_write(port, bytes, value);
    else if (!d->is_hardware)
        return;
    else if ((port & ~3u) == PORT_PCI_DATA)
        pci_port_write(d->arch.pci_cf8, port & 3, bytes, value);
    else if (port == PORT_CMOS_INDEX)
        d->arch.cmos_index = (uint8_t)value;
    else if (port == PORT_CMOS_DATA)
        cmos_write(d->arch.cmos_index, (uint8_t)value);
    else if (is_pit(port))
        pit_write(port, (uint8_t)value);
}

uint32_t pv_port_read(struct domain *d, unsigned int port, unsigned int bytes)
{
    uint32_t value = 0;

    if (may_access(d, port, bytes))
        return raw_read(port, bytes);
    for (unsigned int done = 0, part; done < bytes; done += part) {
        uint32_t got;

        part = part_bytes(port + done, bytes - done);
        got = read_part(d, port + done, part);
        value |= (part == 4 ? got : got & ((1u << 8 * part) - 1)) << 8 * done;
    }
    return value;
}

void pv_port_write(struct domain *d, unsigned int port, unsigned int bytes, uint32_t value)
{
    if (may_access(d, port, bytes)) {
        raw_write(port, bytes, value);
        return;
    }
    for (unsigned int done = 0, part; done < bytes; done += part) {
        uint32_t mine = value >> 8 * done;

        part = part_bytes(port + done, bytes - done);
        write_part(d, port + done, part, part == 4 ? mine : mine & ((1u << 8 * part) - 1));
    }
}
