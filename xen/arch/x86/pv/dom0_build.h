/* SPDX-License-Identifier: BSD-2-Clause */
/* What the files of the Domain 0 builder share. */
#ifndef PV_DOM0_BUILD_H
#define PV_DOM0_BUILD_H

#include <xen/domain.h>
#include <xen/domain_builder.h>
#include <xen/pv_layout.h>

/* A run of frames of the domain: pseudo-physical [pfn, pfn + nr) is machine [mfn, mfn + nr). */
struct dom0_extent {
    uint64_t pfn, nr;
    mfn_t first;
};

#define DOM0_MAX_EXTENTS 1024

struct dom0_builder {
    struct domain *d;
    uint64_t nr_pages, nr_allocated;
    struct pv_image image;
    struct pv_layout layout;
    struct dom0_extent extents[DOM0_MAX_EXTENTS];
    unsigned int nr_extents, last_extent;
    mfn_t l4;
};

/* dom0_kernel.c: the kernel file, unpacked when it was packed; until it is closed. */
struct dom0_kernel {
    const void *data;
    size_t size;
    void *unpacked; /* memory of ours, nr_pages; or NULL */
    uint64_t nr_pages;
};
void dom0_kernel_open(const struct boot_module *module, struct dom0_kernel *k);
void dom0_kernel_close(struct dom0_kernel *k);

/* dom0_symbols.c: the names of the kernel's functions, for its crash dumps. */
void dom0_symbols_keep(const struct pv_image *image);

/* dom0_options.c: what the command line asks for, bounded by what there is. */
uint64_t dom0_choose_pages(uint64_t available);
uint64_t dom0_choose_limit(uint64_t available, uint64_t pages);
unsigned int dom0_choose_vcpus(void);

/*
 * dom0_memory.c: the domain's frames, which it gets in rising order; and access to them by pseudo-physical
 * number.
 */
void dom0_allocate_memory(struct dom0_builder *b, uint64_t up_to_pfn);
mfn_t dom0_mfn(struct dom0_builder *b, uint64_t pfn);
void *dom0_page(struct dom0_builder *b, uint64_t pfn);
/* At an address of the initial mapping. */
void dom0_copy_in(struct dom0_builder *b, uint64_t va, const void *data, uint64_t bytes);
void dom0_zero(struct dom0_builder *b, uint64_t va, uint64_t bytes);
/* The p2m list and the M2P entries. */
void dom0_write_p2m(struct dom0_builder *b);

/* dom0_tables.c: the initial page tables; sets b->l4. Tables are mapped read-only, all else writable. */
void dom0_build_tables(struct dom0_builder *b);

#endif
