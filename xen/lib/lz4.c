/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * LZ4: blocks of sequences in the legacy frame: a magic number, then blocks, each with its packed size before
 * it, up to the end.
 *
 * Format: the project's descriptions of the block and of the legacy frame.
 */
#include <xen/string.h>
#include <xen/unaligned.h>
#include <xen/unpack.h>

#define BLOCK_MAX    (8u << 20) /* what a block unpacks to at most, and all but the last do */
#define MATCH_MIN    4
#define LENGTH_MORE  15 /* the length goes on in further bytes */

struct lz4_block {
    const uint8_t *in, *in_end;
    uint8_t *start, *out, *out_end;
};

/* A length whose first four bits are given. False: the input ends. */
static always_inline bool take_length(struct lz4_block *b, unsigned int nibble, size_t *length)
{
    unsigned int byte = nibble == LENGTH_MORE ? 255 : 0;

    *length = nibble;
    while (byte == 255) {
        if (b->in == b->in_end)
            return false;
        byte = *b->in++;
        *length += byte;
    }
    return true;
}

static always_inline const char *copy_literals(struct lz4_block *b, unsigned int token)
{
    size_t length;

    if (!take_length(b, token >> 4, &length) || length > (size_t)(b->in_end - b->in))
        return UNPACK_CORRUPT;
    if (length > (size_t)(b->out_end - b->out))
        return UNPACK_TOO_LONG;
    if (length <= 16 && b->in_end - b->in >= 16 && b->out_end - b->out >= 16)
        __builtin_memcpy(b->out, b->in, 16);
    else
        memcpy(b->out, b->in, length);
    b->in += length;
    b->out += length;
    return NULL;
}

static always_inline const char *copy_from_before(struct lz4_block *b, unsigned int token)
{
    size_t length, distance;

    if (b->in_end - b->in < 2)
        return UNPACK_CORRUPT;
    distance = load_le16(b->in);
    b->in += 2;
    if (!take_length(b, token & 15, &length) || !distance || distance > (size_t)(b->out - b->start))
        return UNPACK_CORRUPT;
    length += MATCH_MIN;
    if (length > (size_t)(b->out_end - b->out))
        return UNPACK_TOO_LONG;
    b->out = copy_match(b->out, distance, length, b->out_end);
    return NULL;
}

/* The last sequence has literals only. */
static const char *unpack_block(struct lz4_block *b)
{
    const char *wrong = NULL;

    while (!wrong && b->in < b->in_end) {
        unsigned int token = *b->in++;

        wrong = copy_literals(b, token);
        if (!wrong && b->in == b->in_end)
            return NULL;
        wrong = wrong ? wrong : copy_from_before(b, token);
    }
    return wrong ? wrong : UNPACK_CORRUPT;
}

const char *lz4_unpack(void *dst, size_t dst_size, const void *data, size_t size, void *scratch,
                       size_t *produced)
{
    const uint8_t *in = data, *end = in + size;
    uint8_t *out = dst, *out_end = out + dst_size;

    if (size < 4)
        return UNPACK_TRUNCATED;
    for (in += 4; in < end;) {
        struct lz4_block b = {.start = out, .out = out};
        const char *wrong;
        size_t packed;

        if (end - in < 4)
            return UNPACK_TRUNCATED;
        packed = load_le32(in);
        b.in = in + 4;
        if (packed > (size_t)(end - b.in))
            return UNPACK_TRUNCATED;
        b.in_end = in = b.in + packed;
        b.out_end = out + min((size_t)(out_end - out), (size_t)BLOCK_MAX);
        wrong = unpack_block(&b);
        if (wrong)
            return wrong;
        out = b.out;
    }
    *produced = (size_t)(out - (uint8_t *)dst);
    return NULL;
}
