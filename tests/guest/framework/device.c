/* SPDX-License-Identifier: BSD-2-Clause */
/* What device.h says. */
#include "guest.h"

#include "device.h"

static char __attribute__((aligned(PAGE_SIZE))) edu_page[PAGE_SIZE];

void device_initialise(void)
{
    struct physdev_set_iopl op = {.iopl = 1};

    REQUIRE(hypercall_physdev_op(PHYSDEVOP_set_iopl, &op) == 0);
}

static void pci_select(unsigned int devfn, unsigned int reg)
{
    out32(0xcf8, 0x80000000u | devfn << 8 | (reg & 0xfc));
}

uint32_t pci_read(unsigned int devfn, unsigned int reg)
{
    pci_select(devfn, reg);
    return in32(0xcfc);
}

void pci_write(unsigned int devfn, unsigned int reg, uint32_t value)
{
    pci_select(devfn, reg);
    out32(0xcfc, value);
}

void pci_write_word(unsigned int devfn, unsigned int reg, uint16_t value)
{
    pci_select(devfn, reg);
    out16((uint16_t)(0xcfc + (reg & 2)), value);
}

unsigned int pci_capability(unsigned int devfn, unsigned int id)
{
    unsigned int at = pci_read(devfn, 0x34) & 0xfc;

    while (at && (pci_read(devfn, at) & 0xff) != id) {
        at = pci_read(devfn, at) >> 8 & 0xfc;
    }
    return at;
}

long pci_tell(unsigned int devfn)
{
    struct physdev_pci_device_add op = {.devfn = (uint8_t)devfn};

    return hypercall_physdev_op(PHYSDEVOP_pci_device_add, &op);
}

long device_map(volatile void *page, uint64_t machine_address)
{
    return hypercall_update_va_mapping(
        (unsigned long)page, PTE_MAKE(machine_address >> PAGE_SHIFT, PTE_RW | NO_CACHE), UVMF_INVLPG);
}

long pirq_setup_gsi(int gsi, unsigned int level, unsigned int active_low)
{
    struct physdev_setup_gsi op = {.gsi = gsi, .triggering = (uint8_t)level, .polarity = (uint8_t)active_low};

    return hypercall_physdev_op(PHYSDEVOP_setup_gsi, &op);
}

long pirq_map_gsi_for(domid_t d, int gsi, int *pirq)
{
    struct physdev_map_pirq op = {.domid = d, .type = MAP_PIRQ_TYPE_GSI, .index = gsi, .pirq = *pirq};
    long rc = hypercall_physdev_op(PHYSDEVOP_map_pirq, &op);

    *pirq = op.pirq;
    return rc;
}

long pirq_map_gsi(int gsi, int *pirq)
{
    return pirq_map_gsi_for(DOMID_SELF, gsi, pirq);
}

long pirq_map_msi(unsigned int devfn, int entry, uint64_t table, int *pirq)
{
    struct physdev_map_pirq op = {.domid = DOMID_SELF,
                                  .type = MAP_PIRQ_TYPE_MSI,
                                  .index = -1,
                                  .pirq = *pirq,
                                  .devfn = (int)devfn,
                                  .entry_nr = entry,
                                  .table_base = table};
    long rc = hypercall_physdev_op(PHYSDEVOP_map_pirq, &op);

    *pirq = op.pirq;
    return rc;
}

long pirq_unmap_for(domid_t d, int pirq)
{
    struct physdev_unmap_pirq op = {.domid = d, .pirq = pirq};

    return hypercall_physdev_op(PHYSDEVOP_unmap_pirq, &op);
}

long pirq_unmap(int pirq)
{
    return pirq_unmap_for(DOMID_SELF, pirq);
}

long pirq_bind(int pirq, evtchn_port_t *port)
{
    struct evtchn_bind_pirq op = {.pirq = (uint32_t)pirq, .flags = BIND_PIRQ__WILL_SHARE};
    long rc = hypercall_event_channel_op(EVTCHNOP_bind_pirq, &op);

    *port = op.port;
    return rc;
}

long pirq_eoi(int pirq)
{
    struct physdev_eoi op = {.irq = (uint32_t)pirq};

    return hypercall_physdev_op(PHYSDEVOP_eoi, &op);
}

#define RTC_INDEX      0x70
#define RTC_DATA       0x71
#define RTC_REG_A      0x0a
#define RTC_REG_B      0x0b
#define RTC_B_PERIODIC 0x40
#define RTC_RATE_1024  0x26

uint8_t rtc_read(uint8_t reg)
{
    out8(RTC_INDEX, reg);
    return in8(RTC_DATA);
}

static void rtc_write(uint8_t reg, uint8_t value)
{
    out8(RTC_INDEX, reg);
    out8(RTC_DATA, value);
}

void rtc_periodic(bool on)
{
    uint8_t b = rtc_read(RTC_REG_B) & (uint8_t)~RTC_B_PERIODIC;

    rtc_write(RTC_REG_A, RTC_RATE_1024);
    rtc_write(RTC_REG_B, on ? b | RTC_B_PERIODIC : b);
    rtc_read(RTC_REG_C);
}

volatile uint32_t *edu_find(void)
{
    REQUIRE(pci_read(EDU, 0) == EDU_ID);
    pci_write_word(EDU, 4, 6);
    REQUIRE(device_map(edu_page, pci_read(EDU, 0x10) & ~15u) == 0);
    return (volatile uint32_t *)(void *)edu_page;
}

int edu_map_wire(void)
{
    int gsi = (int)(pci_read(EDU, 0x3c) & 0xff), pirq = gsi;

    REQUIRE(pirq_setup_gsi(gsi, 1, 0) == 0);
    REQUIRE(pirq_map_gsi(gsi, &pirq) == 0);
    return pirq;
}

int edu_bind_message(evtchn_port_t *port)
{
    unsigned int at = pci_capability(EDU, CAP_MSI);
    int pirq = -1;

    REQUIRE(at && pci_tell(EDU) == 0);
    REQUIRE(pirq_map_msi(EDU, 0, 0, &pirq) == 0);
    REQUIRE(pirq_bind(pirq, port) == 0);
    REQUIRE(event_unmask(*port) == 0);
    pci_write_word(EDU, at + 2, (uint16_t)(pci_read(EDU, at) >> 16 | MSI_ENABLE));
    return pirq;
}
