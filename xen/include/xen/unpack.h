/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Packed files from memory to memory: gzip, XZ, zstd and LZ4. Pure: no globals, no allocation; the output is
 * its own dictionary.
 *
 * A decoder takes all of its input and gives all of its output at once. dst_size is what the file says that
 * it unpacks to. The result is NULL when all is well (*produced bytes, every checksum that the file has is
 * right), else a phrase that says what is wrong, fit to follow "the XZ payload": the contents of dst are then
 * undefined.
 */
#ifndef XEN_UNPACK_H
#define XEN_UNPACK_H

#include <xen/types.h>

/* Tables and buffers of a decoder: this much scratch memory, aligned to 16 bytes, serves each of them. */
#define UNPACK_SCRATCH_BYTES (192ul << 10)

struct packed_file {
    const char *format; /* its name */
    const void *data;
    size_t size;
    size_t unpacked_size; /* by the file's own words: checked only in the end */
    const struct unpack_format *how;
};

/* Does this begin as one of the formats does? Fills format and how. */
bool packed_recognise(const void *data, size_t size, struct packed_file *f);
/*
 * Finds unpacked_size. size_is_appended: the last four bytes say it (Linux's kernel files are packed so).
 * NULL or a phrase.
 */
const char *packed_find_size(struct packed_file *f, bool size_is_appended, void *scratch) __must_check;
/* Into f->unpacked_size bytes at dst: exactly as many, or it is an error. */
const char *packed_unpack(const struct packed_file *f, void *dst, void *scratch) __must_check;

/* --- The formats --- */

#define UNPACK_TRUNCATED "ends too early: it is truncated"
#define UNPACK_CORRUPT   "is corrupt"
#define UNPACK_TOO_LONG  "unpacks to more than it says: it is corrupt"
#define UNPACK_CHECKSUM  "has a wrong checksum: it is corrupt"

/* XZ (file format 1.0.4): one stream, LZMA2, with or without the x86 filter; checks none, CRC-32, CRC-64. */
const char *xz_find_size(const void *data, size_t size, void *scratch, size_t *unpacked_size) __must_check;
const char *xz_unpack(void *dst, size_t dst_size, const void *data, size_t size, void *scratch,
                      size_t *produced) __must_check;
/* zstd (RFC 8878): one frame without a dictionary. */
const char *zstd_find_size(const void *data, size_t size, void *scratch, size_t *unpacked_size) __must_check;
const char *zstd_unpack(void *dst, size_t dst_size, const void *data, size_t size, void *scratch,
                        size_t *produced) __must_check;
/* LZ4's legacy frame, that Linux uses: it has neither a size nor a checksum of its own. */
const char *lz4_unpack(void *dst, size_t dst_size, const void *data, size_t size, void *scratch,
                       size_t *produced) __must_check;

#endif
