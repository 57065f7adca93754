/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Inflate: the decoder of deflate data (RFC 1951) and of the gzip frame around it (RFC 1952).
 *
 * Input is hostile: each read is checked against its end, each copy against the output's. Codes are decoded
 * canonically, with a table for the first FAST_BITS bits and a walk by length for longer ones.
 */
#include <xen/crc.h>
#include <xen/inflate.h>
#include <xen/string.h>
#include <xen/unaligned.h>
#include <xen/unpack.h>

#define MAX_CODE_BITS 15
#define FAST_BITS     9
#define MAX_LITERALS  288
#define MAX_DISTANCES 30

struct huffman {
    /* length << 12 … symbol: (symbol << 4) | length; 0: longer than FAST_BITS */
    uint16_t fast[1 << FAST_BITS];
    uint16_t count[MAX_CODE_BITS + 1];
    uint16_t symbol[MAX_LITERALS];
};

struct inflater {
    const uint8_t *in, *in_end;
    uint8_t *out_start, *out, *out_end;
    uint64_t bits;
    unsigned int nr_bits;
    const char *error;
    struct huffman literals, distances;
};

struct gzip_scratch {
    struct inflater inflater;
    struct crc32_table crc;
};

/*
 * Makes at least n bits available (n <= 32); past the end of input zeros, and the error is set when they are
 * consumed.
 */
static inline void need_bits(struct inflater *s, unsigned int n)
{
    while (s->nr_bits < n) {
        if (s->in < s->in_end)
            s->bits |= (uint64_t)*s->in++ << s->nr_bits;
        else if (s->in++ >= s->in_end + 8)
            s->error = UNPACK_TRUNCATED;
        s->nr_bits += 8;
    }
}

static inline void drop_bits(struct inflater *s, unsigned int n)
{
    s->bits >>= n;
    s->nr_bits -= n;
}

static inline unsigned int take_bits(struct inflater *s, unsigned int n)
{
    unsigned int v;

    need_bits(s, n);
    v = (unsigned int)(s->bits & ((1ull << n) - 1));
    drop_bits(s, n);
    return v;
}

static unsigned int reverse_bits(unsigned int code, unsigned int length)
{
    unsigned int r = 0;

    for (; length; length--, code >>= 1)
        r = r << 1 | (code & 1);
    return r;
}

static void fill_fast(struct huffman *h, unsigned int code, unsigned int length, unsigned int symbol)
{
    for (unsigned int i = reverse_bits(code, length); i < 1u << FAST_BITS; i += 1u << length)
        h->fast[i] = (uint16_t)(symbol << 4 | length);
}

/*
 * From the code lengths of n symbols. False: over-subscribed; incomplete codes are allowed only with one
 * symbol at most.
 */
static bool huffman_build(struct huffman *h, const uint8_t *lengths, unsigned int n)
{
    uint16_t offset[MAX_CODE_BITS + 2], code[MAX_CODE_BITS + 2];
    int left = 1;

    memset(h, 0, sizeof(*h));
    for (unsigned int i = 0; i < n; i++)
        h->count[lengths[i]]++;
    h->count[0] = 0;
    offset[1] = code[1] = 0;
    for (unsigned int len = 1; len <= MAX_CODE_BITS; len++) {
        left = left * 2 - h->count[len];
        if (left < 0)
            return false;
        offset[len + 1] = (uint16_t)(offset[len] + h->count[len]);
        code[len + 1] = (uint16_t)((code[len] + h->count[len]) << 1);
    }
    if (left && offset[MAX_CODE_BITS + 1] > 1)
        return false;
    for (unsigned int i = 0; i < n; i++) {
        unsigned int len = lengths[i];

        if (!len)
            continue;
        h->symbol[offset[len]++] = (uint16_t)i;
        if (len <= FAST_BITS)
            fill_fast(h, code[len], len, i);
        code[len]++;
    }
    return true;
}

/* A code longer than FAST_BITS, or none: walks one length after the other. */
static unsigned int decode_slow(struct inflater *s, const struct huffman *h)
{
    int code = 0, first = 0, index = 0;

    for (unsigned int len = 1; len <= MAX_CODE_BITS; len++) {
        int count = h->count[len];

        code |= (int)(s->bits >> (len - 1)) & 1;
        if (code - count < first) {
            drop_bits(s, len);
            return h->symbol[index + (code - first)];
        }
        index += count;
        first = (first + count) << 1;
        code <<= 1;
    }
    s->error = UNPACK_CORRUPT;
    return 0;
}

static inline unsigned int decode(struct inflater *s, const struct huffman *h)
{
    unsigned int entry;

    need_bits(s, MAX_CODE_BITS);
    entry = h->fast[s->bits & ((1u << FAST_BITS) - 1)];
    if (!entry)
        return decode_slow(s, h);
    drop_bits(s, entry & 15);
    return entry >> 4;
}

static void inflate_stored(struct inflater *s)
{
    unsigned int length, complement;

    drop_bits(s, s->nr_bits & 7);
    length = take_bits(s, 16);
    complement = take_bits(s, 16);
    if (length != (complement ^ 0xffff)) {
        s->error = UNPACK_CORRUPT;
        return;
    }
    /* Whole bytes that were read ahead go back. */
    s->in -= s->nr_bits / 8;
    s->nr_bits = 0;
    s->bits = 0;
    if (s->in > s->in_end || length > (size_t)(s->in_end - s->in)) {
        s->error = UNPACK_TRUNCATED;
    } else if (length > (size_t)(s->out_end - s->out)) {
        s->error = UNPACK_TOO_LONG;
    } else {
        memcpy(s->out, s->in, length);
        s->in += length;
        s->out += length;
    }
}

static void inflate_copy(struct inflater *s, size_t distance, size_t length)
{
    if (distance > (size_t)(s->out - s->out_start)) {
        s->error = UNPACK_CORRUPT;
    } else if (length > (size_t)(s->out_end - s->out)) {
        s->error = UNPACK_TOO_LONG;
    } else {
        s->out = copy_match(s->out, distance, length, s->out_end);
    }
}

static const uint16_t length_base[29] = {3,  4,  5,  6,  7,  8,  9,  10, 11,  13,  15,  17,  19,  23, 27,
                                         31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227, 258};
static const uint8_t length_extra[29] = {0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2,
                                         2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0};
static const uint16_t distance_base[MAX_DISTANCES] = {
    1,   2,   3,   4,   5,   7,    9,    13,   17,   25,   33,   49,   65,    97,    129,
    193, 257, 385, 513, 769, 1025, 1537, 2049, 3073, 4097, 6145, 8193, 12289, 16385, 24577};
static const uint8_t distance_extra[MAX_DISTANCES] = {0, 0, 0, 0, 1, 1, 2, 2,  3,  3,  4,  4,  5,  5,  6,
                                                      6, 7, 7, 8, 8, 9, 9, 10, 10, 11, 11, 12, 12, 13, 13};

static void inflate_match(struct inflater *s, unsigned int symbol)
{
    unsigned int length, distance_symbol, distance;

    symbol -= 257;
    if (symbol >= 29) {
        s->error = UNPACK_CORRUPT;
        return;
    }
    length = length_base[symbol] + take_bits(s, length_extra[symbol]);
    distance_symbol = decode(s, &s->distances);
    if (s->error || distance_symbol >= MAX_DISTANCES) {
        s->error = s->error ? s->error : UNPACK_CORRUPT;
        return;
    }
    distance = distance_base[distance_symbol] + take_bits(s, distance_extra[distance_symbol]);
    inflate_copy(s, distance, length);
}

static void inflate_codes(struct inflater *s)
{
    while (!s->error) {
        unsigned int symbol = decode(s, &s->literals);

        if (s->error || symbol == 256)
            return;
        if (symbol > 256)
            inflate_match(s, symbol);
        else if (s->out == s->out_end)
            s->error = UNPACK_TOO_LONG;
        else
            *s->out++ = (uint8_t)symbol;
    }
}

static void build_fixed(struct inflater *s)
{
    uint8_t lengths[MAX_LITERALS];

    memset(lengths, 8, 144);
    memset(lengths + 144, 9, 112);
    memset(lengths + 256, 7, 24);
    memset(lengths + 280, 8, 8);
    huffman_build(&s->literals, lengths, MAX_LITERALS);
    memset(lengths, 5, MAX_DISTANCES);
    huffman_build(&s->distances, lengths, MAX_DISTANCES);
}

/* Reads run-length coded code lengths; false when they do not fit. */
static bool read_lengths(struct inflater *s, uint8_t *lengths, unsigned int total)
{
    unsigned int n = 0;

    while (n < total && !s->error) {
        unsigned int symbol = decode(s, &s->literals), repeat;
        uint8_t value = 0;

        if (symbol < 16) {
            lengths[n++] = (uint8_t)symbol;
            continue;
        }
        if (symbol == 16) {
            if (!n)
                return false;
            value = lengths[n - 1];
            repeat = 3 + take_bits(s, 2);
        } else {
            repeat = symbol == 17 ? 3 + take_bits(s, 3) : 11 + take_bits(s, 7);
        }
        if (repeat > total - n)
            return false;
        memset(lengths + n, value, repeat);
        n += repeat;
    }
    return !s->error;
}

static void build_dynamic(struct inflater *s)
{
    static const uint8_t order[19] = {16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15};
    uint8_t lengths[MAX_LITERALS + 32] = {0};
    unsigned int literals = take_bits(s, 5) + 257, distances = take_bits(s, 5) + 1,
                 codes = take_bits(s, 4) + 4;

    for (unsigned int i = 0; i < codes; i++)
        lengths[order[i]] = (uint8_t)take_bits(s, 3);
    if (literals > 286 || distances > MAX_DISTANCES || !huffman_build(&s->literals, lengths, 19)) {
        s->error = UNPACK_CORRUPT;
        return;
    }
    memset(lengths, 0, sizeof(lengths));
    if (!read_lengths(s, lengths, literals + distances) || !lengths[256] ||
        !huffman_build(&s->distances, lengths + literals, distances) ||
        !huffman_build(&s->literals, lengths, literals))
        s->error = s->error ? s->error : UNPACK_CORRUPT;
}

static void inflate(struct inflater *s)
{
    bool last = false;

    while (!last && !s->error) {
        last = take_bits(s, 1);
        switch (take_bits(s, 2)) {
        case 0:
            inflate_stored(s);
            break;
        case 1:
            build_fixed(s);
            inflate_codes(s);
            break;
        case 2:
            build_dynamic(s);
            if (!s->error)
                inflate_codes(s);
            break;
        default:
            s->error = UNPACK_CORRUPT;
        }
    }
    s->in -= s->nr_bits / 8;
    if (!s->error && s->in > s->in_end)
        s->error = UNPACK_TRUNCATED;
}

#define GZIP_HEADER   10
#define GZIP_TRAILER  8
#define GZIP_FLAG_CRC     2
#define GZIP_FLAG_EXTRA   4
#define GZIP_FLAG_NAME    8
#define GZIP_FLAG_COMMENT 16
#define GZIP_FLAGS_KNOWN  0x1f

size_t gzip_claimed_size(const void *data, size_t size)
{
    return size < GZIP_HEADER + GZIP_TRAILER ? 0 : load_le32((const uint8_t *)data + size - 4);
}

static const uint8_t *skip_string(const uint8_t *p, const uint8_t *end)
{
    const uint8_t *zero = memchr(p, 0, (size_t)(end - p));

    return zero ? zero + 1 : NULL;
}

/* Where the deflate data begin, or NULL when the header does not fit. */
static const uint8_t *skip_header(const uint8_t *p, const uint8_t *end)
{
    uint8_t flags = p[3];

    p += GZIP_HEADER;
    if (flags & GZIP_FLAG_EXTRA) {
        if (end - p < 2 || end - p - 2 < (p[0] | p[1] << 8))
            return NULL;
        p += 2 + (p[0] | p[1] << 8);
    }
    if (flags & GZIP_FLAG_NAME)
        p = skip_string(p, end);
    if (p && (flags & GZIP_FLAG_COMMENT))
        p = skip_string(p, end);
    if (p && (flags & GZIP_FLAG_CRC))
        p = end - p < 2 ? NULL : p + 2;
    return p;
}

const char *gzip_unpack(void *dst, size_t dst_size, const void *data, size_t size, void *scratch,
                        size_t *produced)
{
    const uint8_t *p = data, *end = p + size;
    struct gzip_scratch *g = scratch;
    struct inflater *s = &g->inflater;

    BUILD_BUG_ON(sizeof(*g) > UNPACK_SCRATCH_BYTES);
    if (size < GZIP_HEADER + GZIP_TRAILER)
        return UNPACK_TRUNCATED;
    if (p[2] != 8 || (p[3] & ~GZIP_FLAGS_KNOWN))
        return "uses a method other than deflate";
    *s = (struct inflater){.in = skip_header(p, end),
                           .in_end = end,
                           .out_start = dst,
                           .out = dst,
                           .out_end = (uint8_t *)dst + dst_size};
    if (!s->in)
        return UNPACK_TRUNCATED;
    inflate(s);
    if (s->error)
        return s->error;
    if (end - s->in < GZIP_TRAILER)
        return UNPACK_TRUNCATED;
    *produced = (size_t)(s->out - s->out_start);
    if (load_le32(s->in + 4) != (uint32_t)*produced)
        return "unpacks to another length than its trailer says: it is corrupt";
    crc32_prepare(&g->crc);
    return load_le32(s->in) == crc32_of(&g->crc, dst, *produced) ? NULL : UNPACK_CHECKSUM;
}
