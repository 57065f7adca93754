/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which frames that are no RAM Domain 0 may map, with which rights, and which memory type comes out.
 *
 * Domain 0 has the machine's devices: everything that is no RAM, up to the last address of the processor, by
 * DOMID_SELF as well as by DOMID_IO. Not so what the hypervisor lives by: the local APIC and all other
 * addresses that are messages of interrupts (FEExxxxx) are -EPERM; the IO-APIC and the HPET come read-only,
 * silently, also when writing was asked for. The first MiB is device memory as a whole, its RAM too. What
 * would let the processor cache registers becomes uncached: write-back, write-through and write-protected
 * entries (PAT indexes 0, 1, 5) get PCD and PWT, the others stay. Of the kept frames those of the APICs stand
 * in machine_memory_map as reserved, where the firmware says nothing; the HPET does not.
 *
 * What goes wrong: ACPI tables that lie behind the last RAM frame are refused; Domain 0's kernel puts a
 * device's window over the IO-APIC, which its memory map did not mention; a register mapped write-back is
 * read from the cache. Not asserted: the addresses of AMD's HyperTransport, which depend on the processor's
 * family.
 */
#include "guest.h"

#include <xen/memory.h>

const char test_title[] = "Frames that are no RAM";

#define PWT            (1ul << 3)
#define PCD            (1ul << 4)
#define PAT            (1ul << 7)
#define MEMORY_TYPE    (PWT | PCD | PAT)
#define WHAT_IS_LOOKED (PTE_PRESENT | PTE_WRITABLE | MEMORY_TYPE)

#define BIOS_DATA     0x0ul
#define VGA           0xb8ul
#define BIOS          0xfful
#define PCI_HOLE      0x80000ul
#define IO_APIC       0xfec00ul
#define HPET          0xfed00ul
#define LOCAL_APIC    0xfee00ul
#define OTHER_MESSAGE 0xfeefful
#define FLASH         0xffffful
#define NOWHERE       0x1000000000ul /* beyond what any processor addresses */

struct e820 {
    uint64_t address, size;
    uint32_t type;
} __attribute__((packed));

static char page[PAGE_SIZE] __attribute__((aligned(PAGE_SIZE)));
static struct e820 entries[64];

/* Answers the entry that came out, or the negative errno. */
static long mapped(uint64_t frame, uint64_t bits, domid_t owner)
{
    const volatile uint64_t *entry = page_entry(page, 1);
    struct mmu_update update = {.ptr = maddr_of(entry), .val = PTE_MAKE(frame, bits)};
    uint64_t before = *entry, after;
    long rc = hypercall_mmu_update(&update, 1, NULL, owner);

    after = *entry;
    REQUIRE(page_update(entry, before) == 0);
    return rc != 0 ? rc : (long)(after & WHAT_IS_LOOKED);
}

static void check_device(uint64_t frame)
{
    CHECK_EQUAL(mapped(frame, PTE_RW | PCD | PWT, DOMID_SELF), PTE_PRESENT | PTE_WRITABLE | PCD | PWT);
    CHECK_EQUAL(mapped(frame, PTE_RW | PCD | PWT, DOMID_IO), PTE_PRESENT | PTE_WRITABLE | PCD | PWT);
    CHECK_EQUAL(mapped(frame, PTE_RO | PCD, DOMID_SELF), PTE_PRESENT | PCD);
}

static void check_read_only(uint64_t frame)
{
    CHECK_EQUAL(mapped(frame, PTE_RO | PCD, DOMID_SELF), PTE_PRESENT | PCD);
    CHECK_EQUAL(mapped(frame, PTE_RW | PCD, DOMID_SELF), PTE_PRESENT | PCD);
    CHECK_EQUAL(mapped(frame, PTE_RW | PCD, DOMID_IO), PTE_PRESENT | PCD);
}

static void check_refused(uint64_t frame)
{
    CHECK_RC(mapped(frame, PTE_RO | PCD, DOMID_SELF), -XEN_EPERM);
    CHECK_RC(mapped(frame, PTE_RW | PCD, DOMID_SELF), -XEN_EPERM);
    CHECK_RC(mapped(frame, PTE_RO, DOMID_IO), -XEN_EPERM);
}

static void check_memory_types(void)
{
    const uint64_t rw = PTE_PRESENT | PTE_WRITABLE;

    CHECK_EQUAL(mapped(VGA, PTE_RW, DOMID_SELF), rw | PCD | PWT);
    CHECK_EQUAL(mapped(VGA, PTE_RW | PWT, DOMID_SELF), rw | PCD | PWT);
    CHECK_EQUAL(mapped(VGA, PTE_RW | PCD, DOMID_SELF), rw | PCD);
    CHECK_EQUAL(mapped(VGA, PTE_RW | PAT, DOMID_SELF), rw | PAT);
    CHECK_EQUAL(mapped(VGA, PTE_RW | PAT | PWT, DOMID_SELF), rw | PCD | PWT);
    CHECK_EQUAL(mapped(VGA, PTE_RW | PAT | PCD, DOMID_SELF), rw | PAT | PCD);
    CHECK_EQUAL(mapped(VGA, PTE_RW | PAT | PCD | PWT, DOMID_SELF), rw | PAT | PCD | PWT);
    CHECK_EQUAL(mapped(IO_APIC, PTE_RW, DOMID_SELF), PTE_PRESENT | PCD | PWT);
}

/* The entry that has an address: its type, or 0. */
static unsigned int type_of(const struct xen_memory_map *map, uint64_t frame)
{
    for (unsigned int i = 0; i < map->nr_entries; i++) {
        if ((frame << PAGE_SHIFT) - entries[i].address < entries[i].size) {
            return entries[i].type;
        }
    }
    return 0;
}

static void check_memory_map(void)
{
    struct xen_memory_map map = {.nr_entries = 64};

    set_xen_guest_handle(map.buffer, (void *)entries);
    CHECK_RC(hypercall_memory_op(XENMEM_machine_memory_map, &map), 0);
    CHECK_EQUAL(type_of(&map, IO_APIC), 2);
    CHECK_EQUAL(type_of(&map, IO_APIC + 1), 0);
    CHECK_EQUAL(type_of(&map, HPET), 0);
    CHECK_EQUAL(type_of(&map, LOCAL_APIC - 1), 0);
    CHECK_EQUAL(type_of(&map, LOCAL_APIC), 2);
    CHECK_EQUAL(type_of(&map, OTHER_MESSAGE), 2);
    CHECK_EQUAL(type_of(&map, OTHER_MESSAGE + 1), 0);
    CHECK_EQUAL(type_of(&map, PCI_HOLE), 0);
}

void test_main(void)
{
    check_device(BIOS_DATA);
    check_device(VGA);
    check_device(BIOS);
    check_device(PCI_HOLE);
    check_device(IO_APIC + 1);
    check_device(FLASH);
    check_read_only(IO_APIC);
    check_read_only(HPET);
    check_refused(LOCAL_APIC);
    check_refused(LOCAL_APIC + 1);
    check_refused(OTHER_MESSAGE);
    check_refused(NOWHERE);
    CHECK_RC(mapped(0xfffffffffful, PTE_RO, DOMID_SELF), -XEN_EINVAL);
    check_memory_types();
    check_memory_map();
    test_success();
}
