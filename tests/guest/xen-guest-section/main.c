/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A kernel without notes but with the older __xen_guest string section boots just as well.
 *
 * Before ELF notes a kernel described itself in one string: NAME=value pairs, separated by commas, in a
 * section named
 * __xen_guest; gnumach and old Mini-OS still do. XEN_VER, LOADER, VIRT_BASE, ELF_PADDR_OFFSET and
 * HYPERCALL_PAGE (there a page number counted from VIRT_BASE) mean what the notes of the same name mean; the
 * entry is the ELF header's. The one difference: the physical addresses of such images are by default their
 * virtual ones, that is, ELF_PADDR_OFFSET defaults to VIRT_BASE.
 *
 * What goes wrong: the section is searched among program headers only, or the default of the physical offset
 * is that of the notes, so that the image ends up 2 GiB too high or is refused.
 *
 * This folder's link.lds gives physical addresses equal to the virtual ones, and its notes.S the string.
 */
#include "guest.h"

const char test_title[] = "a __xen_guest string instead of notes";

extern char hypercall_page[];

void test_main(void)
{
    long result;

    CHECK_EQUAL(pfn_of(guest_virt_base), 0);
    CHECK_EQUAL(start_info->mfn_list > (unsigned long)guest_virt_base, true);
    CHECK_EQUAL(machine_to_phys_mapping[PTE_MFN(*page_entry(test_title, 1))], pfn_of(test_title));

    asm volatile("call *%1"
                 : "=a"(result)
                 : "r"((unsigned long)hypercall_page + 32 * __HYPERVISOR_xen_version), "D"(0ul), "S"(0ul)
                 : "rcx", "r11", "memory");
    CHECK_RC(result, 4 << 16 | 17);
    test_success();
}
