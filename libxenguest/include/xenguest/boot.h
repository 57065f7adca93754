/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Boot information: what the domain builder left in the start-info page, read once and checked. Tier 0.
 * Source: struct start_info of <xen/xen.h>. The page itself stays where it is and is not kept a pointer to.
 */
#ifndef XENGUEST_BOOT_H
#define XENGUEST_BOOT_H

#include <xenguest/types.h>

XG_BEGIN_DECLS

#define XG_COMMAND_LINE_BYTES 1024

/*
 * The port's main function, called by the library's `_start` on the boot stack with events masked.
 * `start_info` is the address that Xen gave. If it returns, the domain shuts down as crashed. A port whose
 * main has another name writes XG_ENTRY(name) (elfnote.h) in the file that defines it.
 */
void xg_main(const void *start_info);

struct xg_boot {
    char abi[33];        /* "xen-3.0-x86_64" */
    uint32_t flags;      /* SIF_* as Xen gave them */
    bool privileged;     /* may make privileged hypercalls */
    bool initial_domain; /* is Domain 0 */
    uint64_t nr_pages;   /* memory of the domain; pfns are below this */
    xg_maddr_t shared_info;
    uint64_t page_tables; /* virtual address of the top-level table */
    uint64_t nr_page_table_frames;
    const uint64_t *p2m; /* mfn of each pfn: nr_pages entries, writable by the kernel */
    /* When the builder put the list elsewhere (note INIT_P2M): the frames of it and its tables. Else 0. */
    xg_pfn_t p2m_first_pfn;
    uint64_t nr_p2m_frames;
    /* The ramdisk. module_bytes is 0 when there is none; module_address is 0 when it is not mapped. */
    uint64_t module_address;
    xg_pfn_t module_pfn; /* only when module_address is 0 */
    uint64_t module_bytes;
    /* Of a DomU; 0 and no frame in Domain 0. */
    xg_mfn_t store_mfn;
    xg_evtchn_t store_port;
    xg_mfn_t console_mfn;
    xg_evtchn_t console_port;
    /* Of Domain 0: the description of the screen, in bytes from start_info; 0 and 0 when there is none. */
    uint32_t video_offset;
    uint32_t video_bytes;
    char command_line[XG_COMMAND_LINE_BYTES + 1]; /* always terminated; printable ASCII or blanks only */
};

/*
 * Fills `boot` from the page. -XG_EINVAL: `start_info` is null, or the magic is not that of a 64-bit PV guest
 * of the ABI version 3 ("xen-3."); nothing else in `boot` is valid then.
 */
int __must_check xg_boot_read(struct xg_boot *boot, const void *start_info);

/*
 * Looks for the word `name`, or `name=value`, among the words of the command line. Returns the value (in
 * `boot`, not terminated, its length in *length), "" and 0 for a bare word, or NULL. The last one wins.
 * `length` may be NULL.
 */
const char *xg_boot_option(const struct xg_boot *boot, const char *name, size_t *length);

XG_END_DECLS

#endif
