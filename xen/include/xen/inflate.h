/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * gzip files (RFC 1952) with deflate data (RFC 1951), from memory to memory. Pure: no globals, no allocation.
 */
#ifndef XEN_INFLATE_H
#define XEN_INFLATE_H

#include <xen/types.h>

/*
 * The size that the file's trailer claims for the unpacked data (modulo 2^32: a hint for the buffer, not to
 * be trusted). 0 when the file is too short to have a trailer.
 */
size_t gzip_claimed_size(const void *data, size_t size);
/*
 * See <xen/unpack.h>, whose scratch memory it takes. The length and the CRC-32 must be as the trailer says.
 */
const char *gzip_unpack(void *dst, size_t dst_size, const void *data, size_t size, void *scratch,
                        size_t *produced) __must_check;

#endif
