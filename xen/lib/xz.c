/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * XZ files: stream, blocks, index. The compressed data are lzma.c's and bcj_x86.c's.
 *
 * The index at the end is read first: it says how large everything is, and each block is held against its
 * record. Format: "The .xz File Format", 1.0.4.
 */
#include <xen/bcj_x86.h>
#include <xen/crc.h>
#include <xen/lzma.h>
#include <xen/string.h>
#include <xen/unaligned.h>
#include <xen/unpack.h>

#define STREAM_HEADER 12
#define STREAM_FOOTER 12
#define INDEX_MIN     8

#define CHECK_NONE  0
#define CHECK_CRC32 1
#define CHECK_CRC64 4

#define BLOCK_FILTERS      0x03 /* how many, less one */
#define BLOCK_RESERVED     0x3c
#define BLOCK_HAS_PACKED   0x40
#define BLOCK_HAS_UNPACKED 0x80

#define FILTER_X86   0x04
#define FILTER_LZMA2 0x21
#define DICTIONARY_SIZE_MAX 40 /* as the property byte codes it */

static const char *const UNKNOWN_FILTER = "uses a filter other than LZMA2 and x86";

struct xz_scratch {
    struct crc32_table crc32;
    struct crc64_table crc64;
    struct lzma_model model;
};

/* Bytes that are taken one after the other; what does not fit makes them end. */
struct bytes {
    const uint8_t *at, *end;
    bool bad;
};

struct xz_file {
    const uint8_t *start, *end, *index;
    unsigned int check;
    struct bytes records; /* of the index: those of the blocks still to come */
    uint64_t nr_blocks;
    struct xz_scratch *scratch;
};

static unsigned int take_byte(struct bytes *b)
{
    if (b->at == b->end) {
        b->bad = true;
        return 0;
    }
    return *b->at++;
}

/* Seven bits a byte, the lowest first; of at most 63 bits, coded in as few bytes as can be. */
static uint64_t take_number(struct bytes *b)
{
    uint64_t value = 0;

    for (unsigned int shift = 0; shift < 63; shift += 7) {
        unsigned int byte = take_byte(b);

        value |= (uint64_t)(byte & 0x7f) << shift;
        if (!(byte & 0x80)) {
            b->bad |= !byte && shift;
            return value;
        }
    }
    b->bad = true;
    return 0;
}

static bool all_zero(const uint8_t *p, const uint8_t *end)
{
    while (p < end && !*p)
        p++;
    return p == end;
}

static size_t check_size(unsigned int check)
{
    return check == CHECK_CRC32 ? 4 : check == CHECK_CRC64 ? 8 : 0;
}

/* --- The stream: header, footer, index --- */

static const char *read_header(struct xz_file *f)
{
    const uint8_t *p = f->start;

    if (f->end - p < STREAM_HEADER + STREAM_FOOTER + INDEX_MIN)
        return UNPACK_TRUNCATED;
    if (crc32_of(&f->scratch->crc32, p + 6, 2) != load_le32(p + 8))
        return UNPACK_CHECKSUM;
    f->check = p[7];
    if (p[6] || (f->check != CHECK_NONE && f->check != CHECK_CRC32 && f->check != CHECK_CRC64))
        return "is protected by a check other than CRC-32 and CRC-64";
    return NULL;
}

/* The index's record of the next block. */
static void take_record(struct xz_file *f, uint64_t *unpadded, uint64_t *unpacked)
{
    *unpadded = take_number(&f->records);
    *unpacked = take_number(&f->records);
}

static const char *read_footer(struct xz_file *f)
{
    const uint8_t *footer = f->end - STREAM_FOOTER;
    uint64_t index_size;

    if (footer[10] != 'Y' || footer[11] != 'Z')
        return UNPACK_TRUNCATED;
    if (crc32_of(&f->scratch->crc32, footer + 4, 6) != load_le32(footer))
        return UNPACK_CHECKSUM;
    index_size = ((uint64_t)load_le32(footer + 4) + 1) * 4;
    if (memcmp(footer + 8, f->start + 6, 2) || index_size > (uint64_t)(footer - f->start) - STREAM_HEADER ||
        index_size < INDEX_MIN)
        return UNPACK_CORRUPT;
    f->index = footer - index_size;
    if (*f->index || crc32_of(&f->scratch->crc32, f->index, index_size - 4) != load_le32(footer - 4))
        return UNPACK_CHECKSUM;
    f->records = (struct bytes){f->index + 1, footer - 4, false};
    f->nr_blocks = take_number(&f->records);
    return f->records.bad ? UNPACK_CORRUPT : NULL;
}

/* The sum of the blocks. */
static const char *sum_records(struct xz_file *f, size_t *unpacked_size)
{
    struct bytes first = f->records;
    uint64_t total = 0;

    for (uint64_t i = 0; i < f->nr_blocks && !f->records.bad; i++) {
        uint64_t unpadded, unpacked;

        take_record(f, &unpadded, &unpacked);
        if (!unpadded || unpacked > UINT64_MAX / 2 - total)
            return UNPACK_CORRUPT;
        total += unpacked;
    }
    if (f->records.bad || f->records.end - f->records.at > 3 || !all_zero(f->records.at, f->records.end))
        return UNPACK_CORRUPT;
    f->records = first;
    *unpacked_size = total;
    return NULL;
}

static const char *read_index(struct xz_file *f, size_t *unpacked_size)
{
    const char *wrong;

    crc32_prepare(&f->scratch->crc32);
    wrong = read_header(f);
    wrong = wrong ? wrong : read_footer(f);
    return wrong ? wrong : sum_records(f, unpacked_size);
}

const char *xz_find_size(const void *data, size_t size, void *scratch, size_t *unpacked_size)
{
    struct xz_file f = {.start = data, .end = (const uint8_t *)data + size, .scratch = scratch};

    return read_index(&f, unpacked_size);
}

/* --- Blocks --- */

struct block {
    uint64_t packed, unpacked; /* UINT64_MAX: the header does not say */
    bool x86;
    uint32_t x86_start;
};

static bool take_filter(struct bytes *b, struct block *block, bool last)
{
    uint64_t id = take_number(b), size = take_number(b);

    if (last)
        return id == FILTER_LZMA2 && size == 1 && take_byte(b) <= DICTIONARY_SIZE_MAX;
    if (id != FILTER_X86 || (size != 0 && size != 4))
        return false;
    block->x86 = true;
    for (unsigned int i = 0; i < size; i++)
        block->x86_start |= take_byte(b) << 8 * i;
    return true;
}

static const char *read_block_header(struct xz_file *f, const uint8_t *p, size_t size, struct block *block)
{
    struct bytes b = {p + 2, p + size - 4, false};
    unsigned int flags = p[1], nr_filters = (flags & BLOCK_FILTERS) + 1;

    if (crc32_of(&f->scratch->crc32, p, size - 4) != load_le32(p + size - 4))
        return UNPACK_CHECKSUM;
    if (nr_filters > 2 || (flags & BLOCK_RESERVED))
        return UNKNOWN_FILTER;
    *block = (struct block){.packed = UINT64_MAX, .unpacked = UINT64_MAX};
    if (flags & BLOCK_HAS_PACKED)
        block->packed = take_number(&b);
    if (flags & BLOCK_HAS_UNPACKED)
        block->unpacked = take_number(&b);
    for (unsigned int i = 0; i < nr_filters; i++)
        if (!take_filter(&b, block, i + 1 == nr_filters))
            return UNKNOWN_FILTER;
    return b.bad || !all_zero(b.at, b.end) ? UNPACK_CORRUPT : NULL;
}

static bool check_is_right(const struct xz_file *f, const uint8_t *check, const uint8_t *data, size_t size)
{
    if (f->check == CHECK_CRC32)
        return load_le32(check) == crc32_of(&f->scratch->crc32, data, size);
    if (f->check == CHECK_CRC64)
        return load_le64(check) == crc64_of(&f->scratch->crc64, data, size);
    return true;
}

/* What the block took and gave, against its header and the index. */
static bool sizes_are_right(struct xz_file *f, const struct block *block, uint64_t header, uint64_t packed,
                            uint64_t unpacked)
{
    uint64_t unpadded_by_index, unpacked_by_index;

    take_record(f, &unpadded_by_index, &unpacked_by_index);
    return (block->packed == UINT64_MAX || block->packed == packed) &&
           (block->unpacked == UINT64_MAX || block->unpacked == unpacked) && unpacked == unpacked_by_index &&
           header + packed + check_size(f->check) == unpadded_by_index;
}

static const char *unpack_block(struct xz_file *f, struct lzma2_stream *s)
{
    const uint8_t *header = s->in, *data, *check;
    size_t header_size = ((size_t)*header + 1) * 4, padded;
    uint8_t *out = s->out;
    struct block block;
    const char *wrong;

    if (header_size > (size_t)(f->index - header))
        return UNPACK_CORRUPT;
    wrong = read_block_header(f, header, header_size, &block);
    s->in = data = header + header_size;
    wrong = wrong ? wrong : lzma2_unpack(&f->scratch->model, s);
    if (wrong)
        return wrong;
    padded = ROUND_UP((size_t)(s->in - data), 4);
    check = data + padded;
    if (s->in > f->index || padded + check_size(f->check) > (size_t)(f->index - data) ||
        !all_zero(s->in, check) ||
        !sizes_are_right(f, &block, header_size, (uint64_t)(s->in - data), (uint64_t)(s->out - out)))
        return UNPACK_CORRUPT;
    s->in = check + check_size(f->check);
    if (block.x86)
        bcj_x86_decode(out, (size_t)(s->out - out), block.x86_start);
    return check_is_right(f, check, out, (size_t)(s->out - out)) ? NULL : UNPACK_CHECKSUM;
}

const char *xz_unpack(void *dst, size_t dst_size, const void *data, size_t size, void *scratch,
                      size_t *produced)
{
    struct xz_file f = {.start = data, .end = (const uint8_t *)data + size, .scratch = scratch};
    struct lzma2_stream s = {
        .in = f.start + STREAM_HEADER, .in_end = f.end, .out = dst, .out_end = (uint8_t *)dst + dst_size};
    size_t unpacked_size;
    const char *wrong = read_index(&f, &unpacked_size);

    BUILD_BUG_ON(sizeof(struct xz_scratch) > UNPACK_SCRATCH_BYTES);
    if (wrong)
        return wrong;
    if (f.check == CHECK_CRC64)
        crc64_prepare(&f.scratch->crc64);
    for (uint64_t i = 0; i < f.nr_blocks; i++) {
        wrong = s.in >= f.index ? UNPACK_CORRUPT : unpack_block(&f, &s);
        if (wrong)
            return wrong;
    }
    *produced = (size_t)(s.out - (uint8_t *)dst);
    return s.in == f.index ? NULL : UNPACK_CORRUPT;
}
