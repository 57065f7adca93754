/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * With a MOD_START_PFN note the ramdisk stays out of the initial region and is named by its first frame
 * number.
 *
 * elfnote.h: a non-zero value says that the kernel can find the module by mod_start as a pseudo-physical
 * frame number; the flag SIF_MOD_START_PFN says that the builder did so. The frames are the guest's,
 * consecutive, and in the p2m list; the kernel maps them when it wants to. mod_len is in bytes as ever.
 *
 * What goes wrong: the flag is set while mod_start still is an address; the frames are consecutive as machine
 * frames but not in the p2m list; the initial region still has room for the module, which is what the note is
 * to avoid.
 */
#include "guest.h"

const char test_title[] = "MOD_START_PFN: the ramdisk by frame number";

#define RAMDISK_BYTES 300001

static unsigned char window[PAGE_SIZE] __attribute__((aligned(PAGE_SIZE)));

void test_main(void)
{
    const uint64_t *p2m = (const uint64_t *)start_info->mfn_list;
    unsigned long pages = (RAMDISK_BYTES + PAGE_SIZE - 1) / PAGE_SIZE, page, n;

    CHECK_EQUAL(start_info->flags & (SIF_MOD_START_PFN | SIF_MULTIBOOT_MOD), SIF_MOD_START_PFN);
    CHECK_EQUAL(start_info->mod_len, RAMDISK_BYTES);
    if (!CHECK(start_info->mod_start + pages <= start_info->nr_pages)) {
        return;
    }
    for (page = 0; page < pages; page++) {
        uint64_t mfn = p2m[start_info->mod_start + page];

        CHECK_EQUAL(machine_to_phys_mapping[mfn], start_info->mod_start + page);
        if (!CHECK_RC(hypercall_update_va_mapping((unsigned long)window, PTE_MAKE(mfn, PTE_RW), UVMF_INVLPG),
                      0)) {
            return;
        }
        for (n = page * PAGE_SIZE; n < RAMDISK_BYTES && n < (page + 1) * PAGE_SIZE; n++) {
            if (window[n % PAGE_SIZE] != (unsigned char)(n * 7 + n / 4096)) {
                test_failure("byte %lu is 0x%x", n, window[n % PAGE_SIZE]);
                return;
            }
        }
    }
    CHECK(start_info->mfn_list - (unsigned long)guest_virt_base < 2ul << 20);
    test_success();
}
