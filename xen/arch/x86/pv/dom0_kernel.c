/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Domain 0's kernel file: as it lies in its module, or unpacked into memory of its own until the domain is
 * built. What is wrong with it ends in one sentence.
 */
#include <xen/arch.h>
#include <xen/bzimage.h>
#include <xen/log.h>
#include <xen/mm.h>
#include <xen/unpack.h>
#include "dom0_build.h"

#define NR_SCRATCH_PAGES PFN_UP(UNPACK_SCRATCH_BYTES)

static void unpack(struct packed_file *f, bool in_bzimage, struct dom0_kernel *k)
{
    struct page_info *scratch = page_alloc_run(NR_SCRATCH_PAGES), *to;
    const char *wrong, *part = in_bzimage ? "payload" : "file";

    if (!scratch)
        panic_user("the machine has too little memory to unpack the Domain 0 kernel");
    wrong = packed_find_size(f, in_bzimage, page_to_virt(scratch));
    if (wrong)
        panic_user("the Domain 0 kernel's %s %s %s; make it anew", f->format, part, wrong);
    k->nr_pages = PFN_UP(f->unpacked_size);
    to = page_alloc_run(k->nr_pages);
    if (!to)
        panic_user("the Domain 0 kernel's %s %s is truncated, or the machine has too little memory for it: "
                   "by its own words it "
                   "unpacks to %lu bytes",
                   f->format, part, f->unpacked_size);
    k->data = k->unpacked = page_to_virt(to);
    k->size = f->unpacked_size;
    wrong = packed_unpack(f, k->unpacked, page_to_virt(scratch));
    if (wrong)
        panic_user("the Domain 0 kernel's %s %s %s; make it anew", f->format, part, wrong);
    page_free_run(scratch, NR_SCRATCH_PAGES);
}

void dom0_kernel_open(const struct boot_module *module, struct dom0_kernel *k)
{
    const void *data = arch_direct_map(module->start);
    size_t size = module->size;
    bool in_bzimage = bzimage_is(data, size);
    struct packed_file f;
    char why[160];

    if (in_bzimage && bzimage_find_payload(data, size, &data, &size, why, sizeof(why)))
        panic_user("the Domain 0 kernel %s", why);
    *k = (struct dom0_kernel){.data = data, .size = size};
    if (packed_recognise(data, size, &f))
        unpack(&f, in_bzimage, k);
}

void dom0_kernel_close(struct dom0_kernel *k)
{
    if (k->nr_pages)
        page_free_run(virt_to_page(k->unpacked), k->nr_pages);
    *k = (struct dom0_kernel){.data = NULL};
}
