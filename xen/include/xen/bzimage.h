/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * bzImage: the file that Linux's build makes for x86, a kernel packed behind code that nobody needs who
 * unpacks it himself. Pure.
 *
 * Facts: the boot protocol of Linux (Documentation/x86/boot in its source): the setup header.
 */
#ifndef XEN_BZIMAGE_H
#define XEN_BZIMAGE_H

#include <xen/types.h>

/* Does it have a setup header, whatever is in it? */
bool bzimage_is(const void *file, size_t size);
/*
 * Where the packed kernel lies in a file that bzimage_is. 0, or -XEN_EINVAL with a sentence (no full stop) in
 * why, fit to follow "the Domain 0 kernel".
 */
int bzimage_find_payload(const void *file, size_t size, const void **payload, size_t *payload_size, char *why,
                         size_t why_size) __must_check;

#endif
