/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A PV kernel's file: what its ELF headers and its Xen notes (or the older `__xen_guest` string) say, checked. Pure.
 *
 * Addresses: a segment is placed by its physical address; the guest sees it at
 * paddr - paddr_offset + virt_base.
 */
#ifndef XEN_PV_IMAGE_H
#define XEN_PV_IMAGE_H

#include <xen/elf.h>

#define PV_IMAGE_MAX_SEGMENTS 32

struct pv_segment {
    uint64_t va; /* where the guest sees it */
    uint64_t memory_size, file_size;
    const void *data; /* file_size bytes, in the file */
};

struct pv_image {
    unsigned int nr_segments;
    struct pv_segment segment[PV_IMAGE_MAX_SEGMENTS]; /* by ascending va, not overlapping */
    uint64_t virt_base;           /* of pseudo-physical address 0 */
    uint64_t start_va, end_va;    /* of all segments */
    uint64_t entry_va;
    bool has_hypercall_page;
    uint64_t hypercall_page_va;   /* page-aligned, inside the segments */
    bool has_init_p2m;
    uint64_t init_p2m_va;         /* page-aligned, outside the segments */
    bool mod_start_pfn;           /* the kernel takes its ramdisk unmapped, by PFN */
    char guest_os[32], guest_version[32];
};

/* 0, or -XEN_EINVAL with a sentence (no full stop) in why: what is wrong with the file and what would be right. */
int pv_image_parse(const void *file, size_t size, struct pv_image *image, char *why, size_t why_size) __must_check;

#endif
