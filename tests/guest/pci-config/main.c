/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * PCI configuration of Domain 0: by ports, whose address register is its own, and by memory.
 *
 * The address at port 0xcf8 is kept for the domain as it was written, as four bytes alone; data at 0xcfc to
 * 0xcff has the device's registers, ones while the address is not enabled. Accesses narrower than four bytes
 * and across the end of the word are done in parts, and what is not a register floats. Where the machine has
 * configuration mapped in memory (MCFG), its pages are read-only even when more is asked for, and plain
 * stores take effect all the same. Bytes that the domain does not own in a wider access float (ports 0x6f and
 * 0x70); the CMOS clock's address is kept with its topmost bit. Port 0xcf9, the reset control, can be read.
 *
 * What goes wrong: the address register is shared with the hypervisor's own accesses, or with another vCPU's.
 */
#include "guest.h"

#include "device.h"

const char test_title[] = "PCI configuration by ports and by memory";

#define MMCONFIG 0xb0000000ul /* QEMU's q35 */
#define HOST     0x29c08086u
#define LINE     0x3c

static volatile unsigned char __attribute__((aligned(PAGE_SIZE))) page[PAGE_SIZE];

static void by_ports(void)
{
    out32(0xcf8, 0x80000000);
    CHECK_EQUAL(in32(0xcf8), 0x80000000);
    CHECK_EQUAL(in32(0xcfc), HOST);
    CHECK_EQUAL(in16(0xcfc), HOST & 0xffff);
    CHECK_EQUAL(in16(0xcfe), HOST >> 16);
    CHECK_EQUAL(in8(0xcfd), HOST >> 8 & 0xff);
    CHECK_EQUAL(in16(0xcff), 0xff00 | HOST >> 24);
    out16(0xcf8, 0x1234);
    out8(0xcfb, 0);
    CHECK_EQUAL(in32(0xcf8), 0x80000000);
    out32(0xcf8, 0xff000000);
    CHECK_EQUAL(in32(0xcf8), 0xff000000);
    CHECK_EQUAL(in32(0xcfc), HOST);
    out32(0xcf8, 0);
    CHECK_EQUAL(in32(0xcfc), 0xffffffff);
    out32(0xcf8, 0x80000000 | EDU << 8 | LINE);
    out8(0xcfc, 0x5a);
    CHECK_EQUAL(in8(0xcfc), 0x5a);
    out32(0xcf8, EDU << 8 | LINE);
    out8(0xcfc, 0xa5);
    CHECK_EQUAL(pci_read(EDU, LINE) & 0xff, 0x5a);
}

static void by_memory(void)
{
    volatile uint32_t *words = (volatile uint32_t *)(volatile void *)page;

    CHECK_RC(device_map(page, MMCONFIG + ((uint64_t)EDU << PAGE_SHIFT)), 0);
    CHECK_EQUAL(*page_entry(page, 1) & PTE_WRITABLE, 0);
    CHECK_EQUAL(words[0], EDU_ID);
    CHECK_EQUAL(page[LINE], 0x5a);
    CHECK_EQUAL(TRAP_TRY("movb %0, (%1)", "q"((char)0x69), "r"(page + LINE)), -1);
    CHECK_EQUAL(pci_read(EDU, LINE) & 0xff, 0x69);
    CHECK_EQUAL(TRAP_TRY("movl %0, (%1)", "r"(0x78), "r"(page + LINE)), -1);
    CHECK_EQUAL(page[LINE], 0x78);
    CHECK_EQUAL(TRAP_TRY("movw %0, (%1)", "r"((short)6), "r"(page + 4)), -1);
    CHECK_EQUAL(pci_read(EDU, 4) & 7, 6);
    CHECK_EQUAL(TRAP_TRY("lock orl %0, (%1)", "r"(1), "r"(page + LINE)), 14);
    CHECK_EQUAL(page[LINE], 0x78);
}

static void firmwares_word(void)
{
    struct physdev_pci_mmcfg_reserved op = {
        .address = MMCONFIG, .end_bus = 255, .flags = XEN_PCI_MMCFG_RESERVED};

    CHECK_RC(hypercall_physdev_op(PHYSDEVOP_pci_mmcfg_reserved, &op), 0);
    op.address += 0x10000000;
    CHECK_RC(hypercall_physdev_op(PHYSDEVOP_pci_mmcfg_reserved, &op), -XEN_EIO);
    op.end_bus = 3;
    CHECK_RC(hypercall_physdev_op(PHYSDEVOP_pci_mmcfg_reserved, &op), -XEN_ENODEV);
}

static void others_in_parts(void)
{
    out8(0x70, 0x8b);
    CHECK_EQUAL(in8(0x70), 0x8b);
    CHECK_EQUAL(in16(0x6f), 0x8bff);
    CHECK_EQUAL(in16(0x70) & 0xff, 0x8b);
    CHECK_EQUAL(in16(0x71) >> 8, 0xff);
    CHECK_EQUAL(in16(0x43), 0xff00);
    CHECK_EQUAL(in16(0x60) >> 8 & 0x03, in8(0x61) & 0x03);
    CHECK_EQUAL(in8(0xcf9), 0);
    CHECK_EQUAL(in16(0x20), 0xffff);
    CHECK_EQUAL(in16(0xa0), 0xffff);
    CHECK_EQUAL(in32(0x608), 0xffffffff);
}

void test_main(void)
{
    device_initialise();
    REQUIRE(pci_read(EDU, 0) == EDU_ID);
    by_ports();
    by_memory();
    firmwares_word();
    others_in_parts();
    test_success();
}
