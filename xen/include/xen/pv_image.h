/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A PV kernel's file: what its ELF headers and its Xen notes (or the older `__xen_guest` string) say,
 * checked. Pure.
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

/* The symbol table of the file and its names, in the file; not checked further. symtab NULL: it has none. */
struct pv_symbols {
    const void *symtab, *strtab;
    uint64_t symtab_size, strtab_size;
    struct elf64_section_header symtab_header, strtab_header;
};

struct pv_image {
    unsigned int nr_segments;
    struct pv_segment segment[PV_IMAGE_MAX_SEGMENTS]; /* by ascending va, not overlapping */
    uint64_t virt_base;           /* of pseudo-physical address 0 */
    uint64_t start_va, end_va;    /* of all segments, and the symbol table behind them */
    uint64_t entry_va;
    bool has_hypercall_page;
    uint64_t hypercall_page_va;   /* page-aligned, inside the segments */
    bool has_init_p2m;
    uint64_t init_p2m_va;         /* page-aligned, outside the segments */
    bool mod_start_pfn;           /* the kernel takes its ramdisk unmapped, by PFN */
    char guest_os[32], guest_version[32];
    struct elf64_header header;
    struct pv_symbols symbols;
    uint64_t symbols_va; /* BSD_SYMTAB: where they go (struct pv_symbols_file, symtab, strtab); 0: nowhere */
};

/*
 * What a kernel with the BSD_SYMTAB note finds behind its segments, at the next multiple of 8 bytes (measured
 * on stock Xen 4.17: guest test note-bsd-symtab); the symbol table follows directly, then the names, then
 * zeros up to a multiple of 8. `elf` begins an ELF file of three sections, for which the kernel's own headers
 * stand model.
 */
struct pv_symbols_file {
    uint32_t bytes; /* of what follows this word, but for the last zeros */
    struct elf64_header elf;
    struct elf64_section_header section[3]; /* none, symtab, strtab */
    uint32_t zero;
} __attribute__((packed));
BUILD_BUG_ON(sizeof(struct pv_symbols_file) != 264);

/*
 * 0, or -XEN_EINVAL with a sentence (no full stop) in why: what is wrong with the file and what would be
 * right.
 */
int pv_image_parse(const void *file, size_t size, struct pv_image *image, char *why,
                   size_t why_size) __must_check;
/* image->symbols_va is not 0. */
void pv_image_symbols_file(const struct pv_image *image, struct pv_symbols_file *out);

#endif
