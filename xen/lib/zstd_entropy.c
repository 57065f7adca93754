/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * zstd's entropy codes: FSE tables and their descriptions, Huffman tables and their streams. What they code
 * is zstd.c's.
 */
#include <xen/string.h>
#include <xen/zstd_entropy.h>

#define FSE_MIN_BITS        5
#define WEIGHT_TABLE_BITS   6
#define HUFFMAN_MAX_SYMBOLS 256

static unsigned int highest_bit(uint32_t v)
{
    return 31 - (unsigned int)__builtin_clz(v);
}

bool bits_open(struct backward_bits *b, const uint8_t *data, size_t size)
{
    if (!size || !data[size - 1])
        return false;
    b->start = data;
    b->used = 8 - highest_bit(data[size - 1]);
    if (size >= 8) {
        b->at = data + size - 8;
        b->word = load_le64(b->at);
        return true;
    }
    b->at = data;
    b->word = 0;
    for (size_t i = 0; i < size; i++)
        b->word |= (uint64_t)data[i] << 8 * i;
    b->used += 64 - 8 * (unsigned int)size;
    return true;
}

/* --- FSE --- */

/* Which symbol each state stands for: unlikely ones at the end, the others strewn by a fixed step. */
static void spread_symbols(struct fse_table *t, const int16_t *distribution, unsigned int nr_symbols)
{
    unsigned int size = 1u << t->bits, step = (size >> 1) + (size >> 3) + 3, high = size, at = 0;

    for (unsigned int s = 0; s < nr_symbols; s++)
        if (distribution[s] < 0)
            t->entry[--high].symbol = (uint8_t)s;
    for (unsigned int s = 0; s < nr_symbols; s++)
        for (int i = 0; i < distribution[s]; i++) {
            t->entry[at].symbol = (uint8_t)s;
            do
                at = (at + step) & (size - 1);
            while (at >= high);
        }
}

void fse_build(struct fse_table *t, const int16_t *distribution, unsigned int nr_symbols, unsigned int bits)
{
    uint16_t next[FSE_MAX_SYMBOLS];

    t->bits = bits;
    t->valid = true;
    spread_symbols(t, distribution, nr_symbols);
    for (unsigned int s = 0; s < nr_symbols; s++)
        next[s] = (uint16_t)(distribution[s] < 0 ? 1 : distribution[s]);
    for (unsigned int i = 0; i < 1u << bits; i++) {
        struct fse_entry *e = &t->entry[i];
        unsigned int state = next[e->symbol]++;

        e->bits = (uint8_t)(bits - highest_bit(state));
        e->next = (uint16_t)((state << e->bits) - (1u << bits));
    }
}

void fse_build_single(struct fse_table *t, unsigned int symbol)
{
    t->bits = 0;
    t->valid = true;
    t->entry[0] = (struct fse_entry){.symbol = (uint8_t)symbol};
}

/* Bits from the start, the lowest first; behind the end zeros. */
struct forward_bits {
    const uint8_t *data;
    size_t size, position;
};

static unsigned int forward_peek(const struct forward_bits *b, unsigned int n)
{
    unsigned int value = 0;

    for (unsigned int i = 0; i < n; i++) {
        size_t at = b->position + i;

        if (at / 8 < b->size)
            value |= (b->data[at / 8] >> at % 8 & 1u) << i;
    }
    return value;
}

static unsigned int forward_take(struct forward_bits *b, unsigned int n)
{
    unsigned int value = forward_peek(b, n);

    b->position += n;
    return value;
}

/* One more than a probability, of which `remaining` are left: the lower values take a bit less. */
static int read_probability(struct forward_bits *b, unsigned int remaining)
{
    unsigned int nr = highest_bit(remaining + 1) + 1, value = forward_peek(b, nr);
    unsigned int half = 1u << (nr - 1), nr_short = 2 * half - 1 - (remaining + 1), low = value & (half - 1);

    if (low < nr_short) {
        b->position += nr - 1;
        return (int)low - 1;
    }
    b->position += nr;
    return (int)(value < half ? value : value - nr_short) - 1;
}

size_t fse_read(struct fse_table *t, const uint8_t *data, size_t size, unsigned int max_bits,
                unsigned int max_symbol)
{
    struct forward_bits b = {data, size, 0};
    int16_t distribution[FSE_MAX_SYMBOLS] = {0};
    unsigned int bits = forward_take(&b, 4) + FSE_MIN_BITS, symbol = 0;
    unsigned int remaining = 1u << bits, skip;

    if (bits > max_bits)
        return 0;
    while (remaining) {
        int probability;

        if (symbol > max_symbol || b.position > size * 8)
            return 0;
        probability = read_probability(&b, remaining);
        distribution[symbol++] = (int16_t)probability;
        remaining -= (unsigned int)(probability < 0 ? 1 : probability);
        if (probability)
            continue;
        do {
            skip = forward_take(&b, 2);
            symbol += skip;
        } while (skip == 3 && symbol <= max_symbol);
    }
    if (b.position > size * 8)
        return 0;
    fse_build(t, distribution, symbol, bits);
    return (b.position + 7) / 8;
}

/* --- Huffman --- */

static unsigned int fse_step(const struct fse_table *t, struct backward_bits *b, unsigned int state)
{
    return t->entry[state].next + (unsigned int)bits_take(b, t->entry[state].bits);
}

/* Weights coded by two FSE states in turn, until the bits are at an end. Returns how many; 0: wrong. */
static unsigned int read_weights_fse(struct fse_table *fse, uint8_t *weights, const uint8_t *data,
                                     size_t size)
{
    size_t header = fse_read(fse, data, size, WEIGHT_TABLE_BITS, HUFFMAN_MAX_BITS + 1);
    struct backward_bits b;
    unsigned int state[2], nr = 0;

    if (!header || !bits_open(&b, data + header, size - header))
        return 0;
    bits_refill(&b);
    state[0] = (unsigned int)bits_take(&b, fse->bits);
    state[1] = (unsigned int)bits_take(&b, fse->bits);
    if (bits_overrun(&b))
        return 0;
    while (nr < HUFFMAN_MAX_SYMBOLS - 2) {
        unsigned int turn = nr & 1;

        weights[nr++] = fse->entry[state[turn]].symbol;
        bits_refill(&b);
        state[turn] = fse_step(fse, &b, state[turn]);
        if (bits_overrun(&b)) {
            weights[nr++] = fse->entry[state[!turn]].symbol;
            return nr;
        }
    }
    return 0;
}

static unsigned int read_weights_plain(uint8_t *weights, const uint8_t *data, unsigned int nr)
{
    for (unsigned int i = 0; i < nr; i++)
        weights[i] = data[i / 2] >> (i & 1 ? 0 : 4) & 15;
    return nr;
}

/* The last weight is not written: it fills the code up. Sets t->bits; false: the weights are no code. */
static bool complete_weights(struct huffman_table *t, uint8_t *weights, unsigned int nr)
{
    uint32_t total = 0, left;

    for (unsigned int i = 0; i < nr; i++) {
        if (weights[i] > HUFFMAN_MAX_BITS)
            return false;
        total += weights[i] ? 1u << (weights[i] - 1) : 0;
    }
    if (!total || highest_bit(total) + 1 > HUFFMAN_MAX_BITS)
        return false;
    t->bits = highest_bit(total) + 1;
    left = (1u << t->bits) - total;
    weights[nr] = (uint8_t)(highest_bit(left) + 1);
    return !(left & (left - 1));
}

/* The longest codes lie lowest. */
static void fill_huffman(struct huffman_table *t, const uint8_t *weights, unsigned int nr)
{
    unsigned int at = 0;

    for (unsigned int w = 1; w <= t->bits; w++)
        for (unsigned int s = 0; s < nr; s++)
            for (unsigned int i = 0; weights[s] == w && i < 1u << (w - 1); i++, at++) {
                t->entry[at].symbol = (uint8_t)s;
                t->entry[at].bits = (uint8_t)(t->bits + 1 - w);
            }
}

size_t huffman_read(struct huffman_table *t, struct fse_table *fse, const uint8_t *data, size_t size)
{
    uint8_t weights[HUFFMAN_MAX_SYMBOLS] = {0};
    unsigned int header, nr;
    size_t bytes;

    t->bits = 0;
    if (!size)
        return 0;
    header = data[0];
    bytes = header < 128 ? header : (header - 127 + 1) / 2;
    if (bytes > size - 1)
        return 0;
    nr = header < 128 ? read_weights_fse(fse, weights, data + 1, bytes)
                      : read_weights_plain(weights, data + 1, header - 127);
    if (!nr || !complete_weights(t, weights, nr)) {
        t->bits = 0;
        return 0;
    }
    fill_huffman(t, weights, nr + 1);
    return 1 + bytes;
}

bool huffman_decode(const struct huffman_table *t, uint8_t *out, size_t nr, const uint8_t *data, size_t size)
{
    struct backward_bits b;
    unsigned int bits = t->bits;

    if (!bits_open(&b, data, size))
        return false;
    while (nr && !bits_overrun(&b)) {
        size_t batch = nr < 5 ? nr : 5; /* five of the longest codes fit what a refill gives */

        bits_refill(&b);
        nr -= batch;
        while (batch--) {
            unsigned int at = (unsigned int)bits_peek(&b, bits);

            *out++ = t->entry[at].symbol;
            b.used += t->entry[at].bits;
        }
    }
    bits_refill(&b);
    return !nr && bits_all_taken(&b);
}
