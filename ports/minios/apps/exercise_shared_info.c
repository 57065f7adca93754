/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Exercise: mapping the shared-info page by hand. Start-info says which frame it is; it is not of the
 * domain's own memory, and is mapped by asking Xen to write the entry of an address that has a page table. A
 * second mapping of it shows the same words as the first, while they change.
 */
#include "shell.h"

#include <stdio.h>

#include <minios/address_space.h>
#include <minios/boot.h>
#include <xenguest/abi.h>
#include <xenguest/hypercall.h>
#include <xenguest/mmu.h>

/* A page that has all its tables: something was mapped there, and is not any more. */
void *exercise_empty_page(void)
{
    void *page = address_space_reserve(1);

    if (!page || address_space_map_new(page, 1))
        return NULL;
    address_space_unmap_free(page, 1);
    return page;
}

void command_exercise_shared_info(int argc, char **argv)
{
    const volatile struct shared_info *first = boot_shared_page, *second = exercise_empty_page();
    xg_pte_t entry = xg_pte(xg_maddr_to_mfn(boot.shared_info), XG_PTE_DATA);
    long rc = second ? hypercall_update_va_mapping(XG_ADDRESS(second), entry, XG_FLUSH_PAGE_ALL) : -1;

    if (rc) {
        printf("exercise shared-info: error %ld\n", -rc);
        return;
    }
    printf("exercise shared-info: version of the wall clock %u, pages %lu\n",
           (unsigned int)second->wc_version, (unsigned long)second->arch.max_pfn);
    printf("exercise shared-info: both mappings show %s\n",
           first->wc_sec == second->wc_sec && first->arch.max_pfn == second->arch.max_pfn
               ? "the same"
               : "different words");
    rc = hypercall_update_va_mapping(XG_ADDRESS(second), 0, XG_FLUSH_PAGE_ALL);
    printf("exercise shared-info: unmapped, error %ld\n", -rc);
    address_space_release((void *)(uintptr_t)second, 1);
}
