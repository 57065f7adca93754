/* SPDX-License-Identifier: BSD-2-Clause */
/* zstd's entropy codes (RFC 8878, section 4): bits read backwards, FSE and Huffman tables. Pure. */
#ifndef XEN_ZSTD_ENTROPY_H
#define XEN_ZSTD_ENTROPY_H

#include <xen/types.h>
#include <xen/unaligned.h>

/*
 * Bits from the end of [start, …) to its start. word holds the eight bytes at `at`; used of its bits, from
 * the top, are taken.
 */
struct backward_bits {
    uint64_t word;
    unsigned int used; /* more than 64: more was taken than there is */
    const uint8_t *at, *start;
};

#define FSE_MAX_BITS     9
#define FSE_MAX_SYMBOLS  256
#define HUFFMAN_MAX_BITS 11

struct fse_entry {
    uint16_t next; /* plus `bits` further bits: the state that follows */
    uint8_t bits, symbol;
};
struct fse_table {
    unsigned int bits; /* of a state */
    bool valid;
    struct fse_entry entry[1 << FSE_MAX_BITS];
};
struct huffman_table {
    unsigned int bits; /* of the longest code; 0: no table */
    struct {
        uint8_t symbol, bits;
    } entry[1 << HUFFMAN_MAX_BITS];
};

/* False: nothing in it, or no mark at its end. */
bool bits_open(struct backward_bits *b, const uint8_t *data, size_t size);

/* At least 57 further bits, unless there are no more. */
static always_inline void bits_refill(struct backward_bits *b)
{
    size_t take = b->used / 8, left = (size_t)(b->at - b->start);

    take = take < left ? take : left;
    if (take) {
        b->at -= take;
        b->used -= 8 * (unsigned int)take;
        b->word = load_le64(b->at);
    }
}
/* n <= 57 bits without taking them. Behind the end: anything. */
static always_inline uint64_t bits_peek(const struct backward_bits *b, unsigned int n)
{
    return b->word << (b->used & 63) >> 1 >> (63 - n);
}
static always_inline uint64_t bits_take(struct backward_bits *b, unsigned int n)
{
    uint64_t v = bits_peek(b, n);

    b->used += n;
    return v;
}
static always_inline bool bits_overrun(const struct backward_bits *b)
{
    return b->used > 64;
}
static always_inline bool bits_all_taken(const struct backward_bits *b)
{
    return b->used == 64 && b->at == b->start;
}

/* From a distribution of 2^bits in all; -1: less than one. */
void fse_build(struct fse_table *t, const int16_t *distribution, unsigned int nr_symbols, unsigned int bits);
void fse_build_single(struct fse_table *t, unsigned int symbol);
/*
 * Reads a table's description. Returns how many bytes it takes, 0 when it is wrong: no table of at most
 * max_bits with symbols up to max_symbol.
 */
size_t fse_read(struct fse_table *t, const uint8_t *data, size_t size, unsigned int max_bits,
                unsigned int max_symbol);
/* The same for a Huffman table; fse is scratch. */
size_t huffman_read(struct huffman_table *t, struct fse_table *fse, const uint8_t *data, size_t size);
/* One stream of exactly nr symbols. False: it is not such a one. */
bool huffman_decode(const struct huffman_table *t, uint8_t *out, size_t nr, const uint8_t *data, size_t size);

#endif
