/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Numbers in the bytes of a file, at any address; and the copies that unpackers do. Pure; the machine is
 * little-endian.
 */
#ifndef XEN_UNALIGNED_H
#define XEN_UNALIGNED_H

#include <xen/types.h>

static always_inline uint16_t load_le16(const void *p)
{
    uint16_t v;

    __builtin_memcpy(&v, p, sizeof(v));
    return v;
}
static always_inline uint32_t load_le32(const void *p)
{
    uint32_t v;

    __builtin_memcpy(&v, p, sizeof(v));
    return v;
}
static always_inline uint64_t load_le64(const void *p)
{
    uint64_t v;

    __builtin_memcpy(&v, p, sizeof(v));
    return v;
}
static always_inline unsigned int load_be16(const uint8_t *p)
{
    return (unsigned int)p[0] << 8 | p[1];
}

/*
 * Copies length bytes from distance bytes before out, where the two may overlap: then what is repeated is the
 * last distance bytes. Bytes between out + length and end may be overwritten; none beyond end is. 1 <=
 * distance, length <= end - out. Returns out + length.
 */
static always_inline uint8_t *copy_match(uint8_t *out, size_t distance, size_t length, const uint8_t *end)
{
    uint8_t *stop = out + length;

    if (unlikely((size_t)(end - stop) < 8)) {
        for (; out < stop; out++)
            *out = *(out - distance);
        return stop;
    }
    /* A pattern of fewer than eight bytes is a pattern of twice as many. */
    for (; distance < 8; distance *= 2)
        for (size_t i = distance; i && out < stop; i--, out++)
            *out = *(out - distance);
    for (; out < stop; out += 8)
        __builtin_memcpy(out, out - distance, 8);
    return stop;
}

#endif
