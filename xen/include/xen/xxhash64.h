/* SPDX-License-Identifier: BSD-2-Clause */
/* XXH64 with seed 0: the checksum of zstd frames. Pure. */
#ifndef XEN_XXHASH64_H
#define XEN_XXHASH64_H

#include <xen/types.h>

uint64_t xxhash64(const void *data, size_t size);

#endif
