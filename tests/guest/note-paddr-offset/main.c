/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * PADDR_OFFSET shifts an image's physical addresses: what is loaded where is vaddr = paddr - PADDR_OFFSET +
 * VIRT_BASE.
 *
 * elfnote.h: the note tells how far the physical addresses in the program headers are above those that the
 * kernel means. Here the headers say 0x40100000, the note 0x40000000 and the base is 0x20000000 (512 MiB, an
 * address in the lower half): the image belongs at 0x20100000, which is pseudo-physical frame 0x100.
 *
 * What goes wrong: virtual addresses of the headers are used, which hides the note (they happen to agree here
 * too, so the check is that the image runs at all and that the first frames come before it); the sign is
 * wrong; the base is taken to lie in the upper half only. A base below the hole also proves that the builder
 * makes its tables for any slot.
 */
#include "guest.h"

const char test_title[] = "PADDR_OFFSET and a virtual base in the lower half";

void test_main(void)
{
    CHECK_EQUAL(pfn_of(guest_virt_base), 0);
    CHECK_EQUAL(machine_to_phys_mapping[PTE_MFN(*page_entry(guest_virt_base, 1))], 0);
    CHECK_EQUAL(machine_to_phys_mapping[PTE_MFN(*page_entry(&entry_registers, 1))], pfn_of(&entry_registers));
    CHECK_EQUAL((unsigned long)start_info >> 28, 2);
    CHECK_EQUAL(entry_registers.rsp >> 28, 2);
    CHECK_EQUAL(page_entry((void *)0xffffffff80000000, 3) == NULL, true);
    test_success();
}
