/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * zstd frames (RFC 8878): frame, blocks, literals, sequences. The codes are zstd_entropy.c's.
 *
 * The window is the output itself, so that a frame may ask for a window of any size.
 */
#include <xen/string.h>
#include <xen/unaligned.h>
#include <xen/unpack.h>
#include <xen/xxhash64.h>
#include <xen/zstd_entropy.h>

#define BLOCK_MAX (128u << 10)

#define FRAME_HAS_CHECKSUM   0x04
#define FRAME_RESERVED       0x08
#define FRAME_SINGLE_SEGMENT 0x20

enum { BLOCK_RAW, BLOCK_REPEATED, BLOCK_COMPRESSED };
enum { LITERALS_RAW, LITERALS_REPEATED, LITERALS_COMPRESSED, LITERALS_TREELESS };
enum { MODE_PREDEFINED, MODE_SINGLE, MODE_DESCRIBED, MODE_REPEAT };

/* The kinds of codes of a sequence, in the order of their tables. */
enum { LITERAL_LENGTH, OFFSET, MATCH_LENGTH, NR_KINDS };

static const unsigned int max_symbol[NR_KINDS] = {35, 31, 52}, max_bits[NR_KINDS] = {9, 8, 9};
static const int16_t predefined_literal_length[36] = {4, 3, 2, 2, 2, 2, 2, 2, 2,  2,  2,  2,
                                                      2, 1, 1, 1, 2, 2, 2, 2, 2,  2,  2,  2,
                                                      2, 3, 2, 1, 1, 1, 1, 1, -1, -1, -1, -1};
static const int16_t predefined_offset[29] = {1, 1, 1, 1, 1, 1, 2, 2, 2, 1,  1,  1,  1,  1, 1,
                                              1, 1, 1, 1, 1, 1, 1, 1, 1, -1, -1, -1, -1, -1};
static const int16_t predefined_match_length[53] = {
    1, 4, 3, 2, 2, 2, 2, 2, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,  1,  1,  1,  1,  1,  1, 1,
    1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, -1, -1, -1, -1, -1, -1, -1};
static const uint32_t literal_length_base[36] = {
    0,  1,  2,  3,  4,  5,  6,  7,  8,   9,   10,  11,   12,   13,   14,   15,    16,    18,
    20, 22, 24, 28, 32, 40, 48, 64, 128, 256, 512, 1024, 2048, 4096, 8192, 16384, 32768, 65536};
static const uint8_t literal_length_bits[36] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,  0,  0,  1,  1,
                                                1, 1, 2, 2, 3, 3, 4, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};
static const uint32_t match_length_base[53] = {
    3,  4,  5,  6,  7,  8,  9,  10,  11,  12,  13,   14,   15,   16,   17,    18,    19,   20,
    21, 22, 23, 24, 25, 26, 27, 28,  29,  30,  31,   32,   33,   34,   35,    37,    39,   41,
    43, 47, 51, 59, 67, 83, 99, 131, 259, 515, 1027, 2051, 4099, 8195, 16387, 32771, 65539};
static const uint8_t match_length_bits[53] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,  0,  0,  0,  0,  0,  0, 0,
                                              0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,  0,  0,  0,  1,  1,  1, 1,
                                              2, 2, 3, 3, 4, 4, 5, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};

struct zstd_scratch {
    struct huffman_table huffman;
    struct fse_table table[NR_KINDS], weights;
    uint8_t literals[BLOCK_MAX];
};

struct zstd {
    const uint8_t *in, *in_end;
    uint8_t *start, *out, *out_end;
    uint32_t repeats[3];
    const uint8_t *literals; /* of the block */
    size_t nr_literals;
    struct zstd_scratch *scratch;
};

struct frame_header {
    size_t bytes;
    bool has_checksum, has_size;
    uint64_t size;
};

static const char *read_frame_header(const uint8_t *p, size_t size, struct frame_header *h)
{
    static const uint8_t dictionary_bytes[4] = {0, 1, 2, 4}, size_bytes[4] = {0, 2, 4, 8};
    unsigned int flags, nr_dictionary, nr_size;

    if (size < 6)
        return UNPACK_TRUNCATED;
    flags = p[4];
    if (flags & FRAME_RESERVED)
        return "uses a feature that its format does not have: it is corrupt";
    nr_dictionary = dictionary_bytes[flags & 3];
    nr_size = flags >> 6 || !(flags & FRAME_SINGLE_SEGMENT) ? size_bytes[flags >> 6] : 1;
    h->bytes = 5 + !(flags & FRAME_SINGLE_SEGMENT);
    h->has_checksum = flags & FRAME_HAS_CHECKSUM;
    h->has_size = nr_size;
    h->size = 0;
    if (size < h->bytes + nr_dictionary + nr_size)
        return UNPACK_TRUNCATED;
    for (unsigned int i = 0; i < nr_dictionary; i++)
        if (p[h->bytes + i])
            return "needs a dictionary";
    h->bytes += nr_dictionary;
    for (unsigned int i = 0; i < nr_size; i++)
        h->size |= (uint64_t)p[h->bytes + i] << 8 * i;
    h->size += nr_size == 2 ? 256 : 0;
    h->bytes += nr_size;
    return NULL;
}

const char *zstd_find_size(const void *data, size_t size, void *scratch, size_t *unpacked_size)
{
    struct frame_header h;
    const char *wrong = read_frame_header(data, size, &h);

    if (wrong)
        return wrong;
    if (!h.has_size)
        return "does not say what it unpacks to: pack it from a file, not from a pipe";
    *unpacked_size = h.size;
    return NULL;
}

/* --- Literals --- */

/* Little-endian, of n <= 5 bytes. */
static uint64_t load_le(const uint8_t *p, unsigned int n)
{
    uint64_t v = 0;

    for (unsigned int i = 0; i < n; i++)
        v |= (uint64_t)p[i] << 8 * i;
    return v;
}

static bool decode_streams(struct zstd *z, const uint8_t *p, size_t packed, unsigned int nr_streams)
{
    const struct huffman_table *t = &z->scratch->huffman;
    size_t each = (z->nr_literals + 3) / 4, done = 0;
    const uint8_t *stream = p + 6;

    if (nr_streams == 1)
        return huffman_decode(t, z->scratch->literals, z->nr_literals, p, packed);
    if (packed < 6 || each * 3 > z->nr_literals)
        return false;
    packed -= 6;
    for (unsigned int i = 0; i < 4; i++) {
        size_t bytes = i < 3 ? load_le16(p + 2 * i) : packed, nr = i < 3 ? each : z->nr_literals - done;

        if (bytes > packed || !huffman_decode(t, z->scratch->literals + done, nr, stream, bytes))
            return false;
        stream += bytes;
        packed -= bytes;
        done += nr;
    }
    return true;
}

static bool read_literals_packed(struct zstd *z, const uint8_t *end, unsigned int type, unsigned int format)
{
    unsigned int header = format < 2 ? 3 : format + 2, size_bits = format < 2 ? 10 : format * 4 + 6;
    size_t packed, table = 0;
    uint64_t v;

    if ((size_t)(end - z->in) < header)
        return false;
    v = load_le(z->in, header) >> 4;
    z->nr_literals = v & ((1u << size_bits) - 1);
    packed = v >> size_bits & ((1u << size_bits) - 1);
    z->in += header;
    if (z->nr_literals > BLOCK_MAX || packed > (size_t)(end - z->in))
        return false;
    if (type == LITERALS_COMPRESSED) {
        table = huffman_read(&z->scratch->huffman, &z->scratch->weights, z->in, packed);
        if (!table)
            return false;
    }
    if (!z->scratch->huffman.bits || !decode_streams(z, z->in + table, packed - table, format ? 4 : 1))
        return false;
    z->in += packed;
    z->literals = z->scratch->literals;
    return true;
}

static bool read_literals_plain(struct zstd *z, const uint8_t *end, unsigned int type, unsigned int format)
{
    unsigned int header = format & 1 ? (format + 1) / 2 + 1 : 1;
    size_t bytes;

    if ((size_t)(end - z->in) < header)
        return false;
    z->nr_literals = load_le(z->in, header) >> (format & 1 ? 4 : 3);
    z->in += header;
    bytes = type == LITERALS_RAW ? z->nr_literals : 1;
    if (z->nr_literals > BLOCK_MAX || bytes > (size_t)(end - z->in))
        return false;
    z->literals = z->in;
    if (type == LITERALS_REPEATED)
        z->literals = memset(z->scratch->literals, *z->in, z->nr_literals);
    z->in += bytes;
    return true;
}

static bool read_literals(struct zstd *z, const uint8_t *end)
{
    unsigned int type, format;

    if (z->in == end)
        return false;
    type = *z->in & 3;
    format = *z->in >> 2 & 3;
    return type >= LITERALS_COMPRESSED ? read_literals_packed(z, end, type, format)
                                       : read_literals_plain(z, end, type, format);
}

/* --- Sequences --- */

static void build_predefined(struct fse_table *t, unsigned int kind)
{
    if (kind == LITERAL_LENGTH)
        fse_build(t, predefined_literal_length, ARRAY_SIZE(predefined_literal_length), 6);
    else if (kind == OFFSET)
        fse_build(t, predefined_offset, ARRAY_SIZE(predefined_offset), 5);
    else
        fse_build(t, predefined_match_length, ARRAY_SIZE(predefined_match_length), 6);
}

static bool read_table(struct zstd *z, const uint8_t *end, unsigned int kind, unsigned int mode)
{
    struct fse_table *t = &z->scratch->table[kind];
    size_t bytes = 0;

    switch (mode) {
    case MODE_PREDEFINED:
        build_predefined(t, kind);
        break;
    case MODE_SINGLE:
        if (z->in == end || *z->in > max_symbol[kind])
            return false;
        fse_build_single(t, *z->in);
        bytes = 1;
        break;
    case MODE_DESCRIBED:
        bytes = fse_read(t, z->in, (size_t)(end - z->in), max_bits[kind], max_symbol[kind]);
        if (!bytes)
            return false;
    }
    z->in += bytes;
    return t->valid;
}

static bool read_sequence_header(struct zstd *z, const uint8_t *end, unsigned int *nr)
{
    unsigned int first, bytes;

    if (z->in == end)
        return false;
    first = *z->in;
    bytes = first < 128 ? 1 : first < 255 ? 2 : 3;
    if ((size_t)(end - z->in) < bytes + (first != 0))
        return false;
    *nr = first < 128 ? first : first < 255 ? (first - 128) << 8 | z->in[1] : load_le16(z->in + 1) + 0x7f00u;
    z->in += bytes;
    if (first) {
        unsigned int modes = *z->in++;

        if (modes & 3)
            return false;
        for (unsigned int kind = 0; kind < NR_KINDS; kind++)
            if (!read_table(z, end, kind, modes >> (6 - 2 * kind) & 3))
                return false;
    }
    return true;
}

/*
 * What an offset's value means: 1 to 3 one of the last offsets, and which depends on whether literals came
 * before. 0: wrong.
 */
static always_inline uint32_t resolve_offset(struct zstd *z, uint64_t value, bool no_literals)
{
    uint32_t *r = z->repeats, offset;
    unsigned int which;

    if (value > 3) {
        offset = (uint32_t)(value - 3);
        which = 2;
    } else {
        which = (unsigned int)value - 1 + no_literals;
        offset = which < 3 ? r[which] : r[0] - 1;
    }
    if (which >= 2)
        r[2] = r[1];
    if (which)
        r[1] = r[0];
    r[0] = offset;
    return offset;
}

static always_inline const char *execute(struct zstd *z, size_t nr_literals, size_t match, size_t offset)
{
    if (nr_literals > z->nr_literals)
        return UNPACK_CORRUPT;
    if (nr_literals > (size_t)(z->out_end - z->out))
        return UNPACK_TOO_LONG;
    if (nr_literals <= 16 && z->nr_literals >= 16 && z->out_end - z->out >= 16)
        __builtin_memcpy(z->out, z->literals, 16);
    else
        memcpy(z->out, z->literals, nr_literals);
    z->literals += nr_literals;
    z->nr_literals -= nr_literals;
    z->out += nr_literals;
    if (match > (size_t)(z->out_end - z->out))
        return UNPACK_TOO_LONG;
    if (!offset || offset > (size_t)(z->out - z->start))
        return UNPACK_CORRUPT;
    z->out = copy_match(z->out, offset, match, z->out_end);
    return NULL;
}

static const char *run_sequences(struct zstd *z, const uint8_t *end, unsigned int nr)
{
    const struct fse_table *const t = z->scratch->table;
    struct backward_bits b;
    unsigned int state[NR_KINDS];

    if (!bits_open(&b, z->in, (size_t)(end - z->in)))
        return UNPACK_CORRUPT;
    bits_refill(&b);
    for (unsigned int kind = 0; kind < NR_KINDS; kind++)
        state[kind] = (unsigned int)bits_take(&b, t[kind].bits);
    while (nr--) {
        const struct fse_entry *l = &t[LITERAL_LENGTH].entry[state[LITERAL_LENGTH]],
                               *o = &t[OFFSET].entry[state[OFFSET]],
                               *m = &t[MATCH_LENGTH].entry[state[MATCH_LENGTH]];
        size_t literals, match;
        uint64_t offset;
        const char *wrong;

        bits_refill(&b);
        offset = (1ull << o->symbol) + bits_take(&b, o->symbol);
        bits_refill(&b);
        match = match_length_base[m->symbol] + bits_take(&b, match_length_bits[m->symbol]);
        literals = literal_length_base[l->symbol] + bits_take(&b, literal_length_bits[l->symbol]);
        wrong = execute(z, literals, match, resolve_offset(z, offset, !literals));
        if (wrong || bits_overrun(&b))
            return wrong ? wrong : UNPACK_CORRUPT;
        if (!nr)
            break;
        bits_refill(&b);
        state[LITERAL_LENGTH] = l->next + (unsigned int)bits_take(&b, l->bits);
        state[MATCH_LENGTH] = m->next + (unsigned int)bits_take(&b, m->bits);
        state[OFFSET] = o->next + (unsigned int)bits_take(&b, o->bits);
    }
    bits_refill(&b);
    return bits_all_taken(&b) ? NULL : UNPACK_CORRUPT;
}

/* --- Blocks and the frame --- */

static const char *unpack_compressed(struct zstd *z, size_t size)
{
    const uint8_t *end = z->in + size;
    uint8_t *frame_end = z->out_end;
    const char *wrong = NULL;
    unsigned int nr;

    if (!read_literals(z, end) || !read_sequence_header(z, end, &nr))
        return UNPACK_CORRUPT;
    z->out_end = z->out + min((size_t)(frame_end - z->out), (size_t)BLOCK_MAX);
    if (nr)
        wrong = run_sequences(z, end, nr);
    else if (z->in != end)
        wrong = UNPACK_CORRUPT;
    if (!wrong && z->nr_literals > (size_t)(z->out_end - z->out))
        wrong = UNPACK_TOO_LONG;
    if (wrong)
        return wrong;
    memcpy(z->out, z->literals, z->nr_literals);
    z->out += z->nr_literals;
    z->out_end = frame_end;
    z->in = end;
    return NULL;
}

static const char *unpack_block(struct zstd *z, unsigned int type, size_t size)
{
    if (type > BLOCK_COMPRESSED || size > BLOCK_MAX)
        return UNPACK_CORRUPT;
    if ((type == BLOCK_REPEATED ? 1 : size) > (size_t)(z->in_end - z->in))
        return UNPACK_TRUNCATED;
    if (type == BLOCK_COMPRESSED)
        return unpack_compressed(z, size);
    if (size > (size_t)(z->out_end - z->out))
        return UNPACK_TOO_LONG;
    if (type == BLOCK_RAW)
        memcpy(z->out, z->in, size);
    else
        memset(z->out, *z->in, size);
    z->in += type == BLOCK_RAW ? size : 1;
    z->out += size;
    return NULL;
}

static const char *unpack_blocks(struct zstd *z)
{
    bool last = false;

    while (!last) {
        const char *wrong;
        uint64_t header;

        if (z->in_end - z->in < 3)
            return UNPACK_TRUNCATED;
        header = load_le(z->in, 3);
        z->in += 3;
        last = header & 1;
        wrong = unpack_block(z, header >> 1 & 3, header >> 3);
        if (wrong)
            return wrong;
    }
    return NULL;
}

const char *zstd_unpack(void *dst, size_t dst_size, const void *data, size_t size, void *scratch,
                        size_t *produced)
{
    struct zstd z = {.in_end = (const uint8_t *)data + size,
                     .start = dst,
                     .out = dst,
                     .out_end = (uint8_t *)dst + dst_size,
                     .repeats = {1, 4, 8},
                     .scratch = scratch};
    struct frame_header h;
    const char *wrong = read_frame_header(data, size, &h);

    BUILD_BUG_ON(sizeof(struct zstd_scratch) > UNPACK_SCRATCH_BYTES);
    if (wrong)
        return wrong;
    z.in = (const uint8_t *)data + h.bytes;
    z.scratch->huffman.bits = 0;
    for (unsigned int kind = 0; kind < NR_KINDS; kind++)
        z.scratch->table[kind].valid = false;
    wrong = unpack_blocks(&z);
    if (wrong)
        return wrong;
    *produced = (size_t)(z.out - z.start);
    if (z.in_end - z.in < (h.has_checksum ? 4 : 0))
        return UNPACK_TRUNCATED;
    if (h.has_checksum && load_le32(z.in) != (uint32_t)xxhash64(dst, *produced))
        return UNPACK_CHECKSUM;
    z.in += h.has_checksum ? 4 : 0;
    return z.in == z.in_end ? NULL : "has more data behind its frame: it is corrupt, or more than one file";
}
