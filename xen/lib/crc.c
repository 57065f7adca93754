/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * CRC-32 and CRC-64 by tables, eight bytes at a time: a kernel of 60 MiB is summed at every boot.
 *
 * entry[k][b] is what byte b does to the sum when k further bytes follow it; the sums of the eight bytes of a
 * word are independent.
 */
#include <xen/crc.h>
#include <xen/unaligned.h>

#define CRC32_POLYNOMIAL 0xedb88320u
#define CRC64_POLYNOMIAL 0xc96c5795d7870f42ull

void crc32_prepare(struct crc32_table *t)
{
    for (uint32_t b = 0; b < 256; b++) {
        uint32_t crc = b;

        for (int i = 0; i < 8; i++)
            crc = crc >> 1 ^ (crc & 1 ? CRC32_POLYNOMIAL : 0);
        t->entry[0][b] = crc;
    }
    for (unsigned int k = 1; k < 8; k++)
        for (unsigned int b = 0; b < 256; b++)
            t->entry[k][b] = t->entry[k - 1][b] >> 8 ^ t->entry[0][t->entry[k - 1][b] & 0xff];
}

void crc64_prepare(struct crc64_table *t)
{
    for (uint64_t b = 0; b < 256; b++) {
        uint64_t crc = b;

        for (int i = 0; i < 8; i++)
            crc = crc >> 1 ^ (crc & 1 ? CRC64_POLYNOMIAL : 0);
        t->entry[0][b] = crc;
    }
    for (unsigned int k = 1; k < 8; k++)
        for (unsigned int b = 0; b < 256; b++)
            t->entry[k][b] = t->entry[k - 1][b] >> 8 ^ t->entry[0][t->entry[k - 1][b] & 0xff];
}

#define EIGHT_BYTES(t, word)                                                                                 \
    (t->entry[7][word & 0xff] ^ t->entry[6][word >> 8 & 0xff] ^ t->entry[5][word >> 16 & 0xff] ^             \
     t->entry[4][word >> 24 & 0xff] ^ t->entry[3][word >> 32 & 0xff] ^ t->entry[2][word >> 40 & 0xff] ^      \
     t->entry[1][word >> 48 & 0xff] ^ t->entry[0][word >> 56])

uint32_t crc32_of(const struct crc32_table *t, const void *data, size_t size)
{
    const uint8_t *p = data;
    uint32_t crc = ~0u;

    for (; size >= 8; size -= 8, p += 8) {
        uint64_t word = load_le64(p) ^ crc;

        crc = EIGHT_BYTES(t, word);
    }
    while (size--)
        crc = crc >> 8 ^ t->entry[0][(crc ^ *p++) & 0xff];
    return ~crc;
}

uint64_t crc64_of(const struct crc64_table *t, const void *data, size_t size)
{
    const uint8_t *p = data;
    uint64_t crc = ~0ull;

    for (; size >= 8; size -= 8, p += 8) {
        uint64_t word = load_le64(p) ^ crc;

        crc = EIGHT_BYTES(t, word);
    }
    while (size--)
        crc = crc >> 8 ^ t->entry[0][(crc ^ *p++) & 0xff];
    return ~crc;
}
