/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where the table of a device's messages (MSI-X) may lie: in registers of a device, and nowhere else.
 *
 * The hypervisor writes the table, and Domain 0 places the BAR that it lies in. PHYSDEVOP_prepare_msix is
 * -EIO when that is RAM, a register of the hypervisor's (the configuration that is mapped, the local APIC),
 * or an address that the processor does not have: its upper bits must not fall under the table. The device is
 * QEMU's xHCI, whose table lies at 0x3000 of a 64-bit BAR. Each time RAM of this guest's lies there when only
 * the lower bits count: nothing of it may change.
 *
 * Only on Xenport: stock Xen 4.17 warns on its console, and answers 0.
 */
#include "guest.h"

#include "device.h"

const char test_title[] = "messages of a PCI device: where the table may lie";

#define CARD        (6u << 3)
#define CARD_ID     0x000d1b36u
#define CAP_MSIX    0x11
#define TABLE       0x3000ul
#define BAR_SIZE    0x4000ul
#define BAR_FLAGS   15u
#define MMCFG       0xb0000000ul
#define LOCAL_APIC  0xfee00000ul
#define NO_ADDRESS  (1ul << 52)

static char __attribute__((aligned(BAR_SIZE))) memory[BAR_SIZE];

static long prepare(int command)
{
    struct physdev_pci_device op = {.devfn = CARD};

    return hypercall_physdev_op(command, &op);
}

static void place(uint64_t address)
{
    pci_write(CARD, 0x10, (uint32_t)address);
    pci_write(CARD, 0x14, (uint32_t)(address >> 32));
}

static void refused_at(uint64_t address)
{
    place(address);
    CHECK_EQUAL(pci_read(CARD, 0x10) & ~BAR_FLAGS, (uint32_t)address);
    CHECK_EQUAL(pci_read(CARD, 0x14), address >> 32);
    CHECK_RC(prepare(PHYSDEVOP_prepare_msix), -XEN_EIO);
    CHECK_RC(prepare(PHYSDEVOP_release_msix), -XEN_EBUSY);
}

/* A place for the BAR whose table is a page of ours. */
static uint64_t over_memory(void)
{
    for (unsigned long at = 0; at < BAR_SIZE; at += PAGE_SIZE) {
        uint64_t frame = mfn_of(memory + at);

        if (frame % (BAR_SIZE / PAGE_SIZE) == TABLE / PAGE_SIZE)
            return (frame << PAGE_SHIFT) - TABLE;
    }
    return 0;
}

void test_main(void)
{
    uint64_t mine = over_memory(), home;
    unsigned int at;

    device_initialise();
    REQUIRE(mine);
    REQUIRE(pci_read(CARD, 0) == CARD_ID);
    at = pci_capability(CARD, CAP_MSIX);
    REQUIRE(at && pci_read(CARD, at + 4) == TABLE);
    home = (pci_read(CARD, 0x10) & ~BAR_FLAGS) | (uint64_t)pci_read(CARD, 0x14) << 32;
    pci_write_word(CARD, 4, 6);
    CHECK_RC(pci_tell(CARD), 0);

    refused_at(mine);
    refused_at(mine | NO_ADDRESS);
    refused_at(home | NO_ADDRESS);
    refused_at(MMCFG);
    refused_at(LOCAL_APIC);
    for (unsigned long i = 0; i < BAR_SIZE; i++)
        CHECK(!memory[i]);
    place(home);
    CHECK_RC(prepare(PHYSDEVOP_prepare_msix), 0);
    CHECK_RC(prepare(PHYSDEVOP_release_msix), 0);
    test_success();
}
