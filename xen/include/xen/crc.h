/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The checksums of packed files: CRC-32 (reflected polynomial 0xedb88320) and CRC-64 (reflected
 * 0xc96c5795d7870f42). Pure.
 */
#ifndef XEN_CRC_H
#define XEN_CRC_H

#include <xen/types.h>

/* What eight bytes at once need; the caller's memory, made once for as many sums as it wants. */
struct crc32_table {
    uint32_t entry[8][256];
};
struct crc64_table {
    uint64_t entry[8][256];
};

void crc32_prepare(struct crc32_table *t);
void crc64_prepare(struct crc64_table *t);
uint32_t crc32_of(const struct crc32_table *t, const void *data, size_t size);
uint64_t crc64_of(const struct crc64_table *t, const void *data, size_t size);

#endif
