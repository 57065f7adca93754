/* SPDX-License-Identifier: BSD-2-Clause */
/* The x86 filter of XZ: packed code has absolute targets of calls and jumps, because these repeat. Pure. */
#ifndef XEN_BCJ_X86_H
#define XEN_BCJ_X86_H

#include <xen/types.h>

/* Makes them relative again. start: the position that the first byte had for the packer. */
void bcj_x86_decode(uint8_t *data, size_t size, uint32_t start);

#endif
