/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The second module reaches the guest byte for byte, mapped, and named by mod_start and mod_len.
 *
 * xen.h: without a MOD_START_PFN note mod_start is a virtual address in the initial region, page-aligned,
 * between the kernel and the p2m list; mod_len is the length in bytes, not rounded. The SIF_MOD_START_PFN and
 * SIF_MULTIBOOT_MOD flags are clear: it is a plain module.
 *
 * What goes wrong: the length is rounded to pages; the module was placed by the boot loader where the
 * hypervisor later allocates, and its middle is overwritten; the frames do not belong to the guest, so it
 * cannot reuse them.
 *
 * The runner makes the ramdisk of the file args' size: byte n is the low byte of n * 7 + n / 4096.
 */
#include "guest.h"

const char test_title[] = "a ramdisk is mapped and unchanged";

#define RAMDISK_BYTES 300001

void test_main(void)
{
    const unsigned char *disk = (const unsigned char *)start_info->mod_start;
    unsigned long n;

    CHECK_EQUAL(start_info->flags & (SIF_MOD_START_PFN | SIF_MULTIBOOT_MOD), 0);
    if (!CHECK_EQUAL(start_info->mod_len, RAMDISK_BYTES) || !CHECK(start_info->mod_start != 0)) {
        return;
    }
    CHECK_EQUAL(start_info->mod_start % PAGE_SIZE, 0);
    CHECK(start_info->mod_start > (unsigned long)&test_main);
    CHECK(start_info->mod_start + start_info->mod_len <= start_info->mfn_list);
    for (n = 0; n < RAMDISK_BYTES; n++) {
        if (disk[n] != (unsigned char)(n * 7 + n / 4096)) {
            test_failure("byte %lu is 0x%x", n, disk[n]);
            break;
        }
    }
    CHECK_EQUAL(machine_to_phys_mapping[PTE_MFN(*page_entry(disk, 1))], pfn_of(disk));
    CHECK(trap_try_write((void *)disk, 0) < 0);
    test_success();
}
