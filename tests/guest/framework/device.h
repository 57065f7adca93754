/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Devices without drivers: ports, PCI configuration by ports, mapped registers, physical interrupts; and
 * QEMU's `edu`, which raises its interrupt at one's word. Ports need the virtual IOPL: device_initialise.
 */
#ifndef GUEST_DEVICE_H
#define GUEST_DEVICE_H

#include <stdbool.h>
#include <stdint.h>

#include <xen/event_channel.h>
#include <xen/physdev.h>

#define NO_CACHE 0x10u /* PCD, for device_map */

/* The virtual IOPL that IN and OUT need; ends the test when it is refused. */
void device_initialise(void);

static inline uint8_t in8(uint16_t port)
{
    uint8_t value;

    asm volatile("inb %%dx, %%al" : "=a"(value) : "d"(port));
    return value;
}
static inline uint16_t in16(uint16_t port)
{
    uint16_t value;

    asm volatile("inw %%dx, %%ax" : "=a"(value) : "d"(port));
    return value;
}
static inline uint32_t in32(uint16_t port)
{
    uint32_t value;

    asm volatile("inl %%dx, %%eax" : "=a"(value) : "d"(port));
    return value;
}
static inline void out8(uint16_t port, uint8_t value)
{
    asm volatile("outb %%al, %%dx" ::"a"(value), "d"(port));
}
static inline void out16(uint16_t port, uint16_t value)
{
    asm volatile("outw %%ax, %%dx" ::"a"(value), "d"(port));
}
static inline void out32(uint16_t port, uint32_t value)
{
    asm volatile("outl %%eax, %%dx" ::"a"(value), "d"(port));
}

/* Registers of a function of bus 0, aligned. */
uint32_t pci_read(unsigned int devfn, unsigned int reg);
void pci_write(unsigned int devfn, unsigned int reg, uint32_t value);
void pci_write_word(unsigned int devfn, unsigned int reg, uint16_t value);
/* Where a capability lies; 0: it has none. */
unsigned int pci_capability(unsigned int devfn, unsigned int id);
/* Tells the hypervisor of the function; the answer of PHYSDEVOP_pci_device_add. */
long pci_tell(unsigned int devfn);

/*
 * Maps a machine page, uncached and writable if the hypervisor lets it, at a page of this guest's. Answers
 * update_va_mapping's.
 */
long device_map(volatile void *page, uint64_t machine_address);

/* --- Interrupts --- */
long pirq_setup_gsi(int gsi, unsigned int level, unsigned int active_low);
/* *pirq: the number asked for, or negative for any; and the one that it is. */
long pirq_map_gsi(int gsi, int *pirq);
/* table 0: MSI */
long pirq_map_msi(unsigned int devfn, int entry, uint64_t table, int *pirq);
long pirq_unmap(int pirq);
/* The same for another domain, by its number. */
long pirq_map_gsi_for(domid_t d, int gsi, int *pirq);
long pirq_unmap_for(domid_t d, int pirq);
long pirq_bind(int pirq, evtchn_port_t *port);
long pirq_eoi(int pirq);

/* --- The CMOS clock, which raises edges --- */
#define RTC_GSI   8
#define RTC_REG_C 0x0c

uint8_t rtc_read(uint8_t reg);
/* 1,024 interrupts a second, each after register C was read (which it is here); or none. */
void rtc_periodic(bool on);

/* --- QEMU's `-device edu,addr=5` --- */
#define EDU         (5u << 3)
#define EDU_ID      0x11e81234u
#define EDU_STATUS  (0x24 / 4)
#define EDU_RAISE   (0x60 / 4)
#define EDU_DISMISS (0x64 / 4)

/* The capability by which a device sends messages, and the bit of its control word that has it do so. */
#define CAP_MSI    5
#define MSI_ENABLE 1

/* Its registers, mapped; ends the test when there is none. */
volatile uint32_t *edu_find(void);
/* Its wire as a PIRQ of the GSI in its configuration, set up as level-triggered. */
int edu_map_wire(void);
/* Tells the hypervisor of it and has it send messages, not by its wire, to a port that is open. The PIRQ. */
int edu_bind_message(evtchn_port_t *port);

#endif
