/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Messages of a device with a table of them (MSI-X): each entry is a PIRQ of its own, the table is the
 * hypervisor's to write.
 *
 * physdev.h: PHYSDEVOP_map_pirq with MAP_PIRQ_TYPE_MSI and a table_base other than 0 takes the entry that
 * entry_nr names, -EINVAL beyond the last one. The device is QEMU's e1000e, whose registers raise each of its
 * causes at one's word. Of the capability only the control word can be written, as a word: it switches the
 * messages on and masks all. The table's page is mapped read-only even when more is asked for, and a store
 * there does nothing. PHYSDEVOP_prepare_msix and release_msix are -EBUSY while a message is in use.
 *
 * What goes wrong: a guest writes an address of its choice into the table; the message of one entry arrives
 * as another's.
 */
#include "guest.h"

#include "device.h"

const char test_title[] = "messages of a PCI device with a table (MSI-X)";

#define CARD        (6u << 3)
#define CARD_ID     0x10d38086u
#define CAP_MSIX    0x11
#define MSIX_ENABLE 0x8000
#define MSIX_ALL    0x4000

/* The card's registers, in words. */
#define REG_STATUS  (0x18 / 4)
#define REG_ICR     (0xc0 / 4)
#define REG_ICS     (0xc8 / 4)
#define REG_IMS     (0xd0 / 4)
#define REG_EIAC    (0xdc / 4)
#define REG_IVAR    (0xe4 / 4)
#define CAUSE_RX0   (1u << 20)
#define CAUSE_TX0   (1u << 22)
#define IVAR_RX0(n) ((n) | 8u)
#define IVAR_TX0(n) (((n) | 8u) << 8)

static char __attribute__((aligned(PAGE_SIZE))) registers_page[PAGE_SIZE], table_page[PAGE_SIZE];
static volatile uint32_t *const registers = (volatile uint32_t *)(void *)registers_page;
static volatile uint32_t *const table = (volatile uint32_t *)(void *)table_page;

static long prepare(int command)
{
    struct physdev_pci_device op = {.devfn = CARD};

    return hypercall_physdev_op(command, &op);
}

static void table_is_guarded(uint64_t base)
{
    uint32_t address;

    CHECK_RC(device_map(table, base), 0);
    CHECK_EQUAL(*page_entry(table, 1) & PTE_WRITABLE, 0);
    address = table[0];
    CHECK_EQUAL(address >> 20, 0xfee);
    CHECK_EQUAL(TRAP_TRY("movl %0, (%1)", "r"(0x1000), "r"(table)), -1);
    CHECK_EQUAL(table[0], address);
}

static void capability_is_guarded(unsigned int at)
{
    uint32_t where = pci_read(CARD, at + 4);

    pci_write(CARD, at + 4, 0);
    CHECK_EQUAL(pci_read(CARD, at + 4), where);
    pci_write(CARD, at, 0xffffffff);
    CHECK_EQUAL(pci_read(CARD, at) >> 16 & (MSIX_ENABLE | MSIX_ALL), 0);
    pci_write_word(CARD, at + 2, MSIX_ENABLE | MSIX_ALL);
    CHECK_EQUAL(pci_read(CARD, at) >> 16 & (MSIX_ENABLE | MSIX_ALL), MSIX_ENABLE | MSIX_ALL);
    pci_write_word(CARD, at + 2, MSIX_ENABLE);
    CHECK_EQUAL(pci_read(CARD, at) >> 16 & (MSIX_ENABLE | MSIX_ALL), MSIX_ENABLE);
}

static void raise(uint32_t cause, evtchn_port_t port, evtchn_port_t other)
{
    unsigned int count = event_count[port], others = event_count[other];

    registers[REG_ICS] = cause;
    event_wait(port, count + 1);
    CHECK_EQUAL(event_count[other], others);
    registers[REG_ICR] = ~0u;
    registers[REG_IMS] = cause;
    /* The card may say a cause once more when its throttling ends. */
    time_spin_ns(2000000);
}

void test_main(void)
{
    evtchn_port_t port[2];
    int pirq[2] = {-1, -1}, none = -1;
    unsigned int at;
    uint64_t base;

    device_initialise();
    REQUIRE(pci_read(CARD, 0) == CARD_ID);
    at = pci_capability(CARD, CAP_MSIX);
    REQUIRE(at);
    pci_write_word(CARD, 4, 6);
    REQUIRE(device_map(registers, pci_read(CARD, 0x10) & ~15u) == 0);
    base = pci_read(CARD, 0x10 + 4 * (pci_read(CARD, at + 4) & 7)) & ~15u;

    CHECK_RC(pci_tell(CARD), 0);
    CHECK_RC(prepare(PHYSDEVOP_prepare_msix), 0);
    CHECK_RC(prepare(PHYSDEVOP_prepare_msix), -XEN_EBUSY);
    CHECK_RC(prepare(PHYSDEVOP_release_msix), 0);
    CHECK_RC(pirq_map_msi(CARD, 99, base, &none), -XEN_EINVAL);
    CHECK_RC(pirq_map_msi(CARD, 0, base, &pirq[0]), 0);
    CHECK_RC(pirq_map_msi(CARD, 2, base, &pirq[1]), 0);
    CHECK(pirq[0] != pirq[1]);
    CHECK_RC(prepare(PHYSDEVOP_prepare_msix), -XEN_EBUSY);
    table_is_guarded(base);
    capability_is_guarded(at);
    for (unsigned int i = 0; i < 2; i++) {
        CHECK_RC(pirq_bind(pirq[i], &port[i]), 0);
        CHECK_RC(event_unmask(port[i]), 0);
    }
    event_enable();

    registers[REG_IVAR] = IVAR_RX0(0u) | IVAR_TX0(2u);
    registers[REG_EIAC] = CAUSE_RX0 | CAUSE_TX0;
    registers[REG_IMS] = CAUSE_RX0 | CAUSE_TX0;
    for (unsigned int i = 0; i < 3; i++) {
        raise(CAUSE_RX0, port[0], port[1]);
        raise(CAUSE_TX0, port[1], port[0]);
    }
    for (unsigned int i = 0; i < 2; i++) {
        CHECK_RC(event_close(port[i]), 0);
        CHECK_RC(pirq_unmap(pirq[i]), 0);
    }
    test_success();
}
