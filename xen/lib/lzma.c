/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * LZMA in the chunks of LZMA2: the range decoder and the model of matches that it drives.
 *
 * This is most of the time between power-on and a packed kernel's first instruction: the state of the coder
 * lives in registers (everything that touches it is inlined into one loop), and input is checked once a
 * symbol: no symbol takes more than LZMA_LOOKAHEAD bytes, and so many lie behind every chunk.
 */
#include <xen/lzma.h>
#include <xen/string.h>
#include <xen/unaligned.h>
#include <xen/unpack.h>

#define PROBABILITY_BITS 11
#define PROBABILITY_INIT (1 << (PROBABILITY_BITS - 1))
#define ADAPT_SHIFT      5
#define RANGE_MIN        (1u << 24)
#define LITERAL_STATES   7 /* below: the last symbol was a literal */
#define FIRST_SPECIAL_SLOT 4
#define FIRST_ALIGNED_SLOT 14
#define ALIGN_BITS       4
#define MATCH_MIN        2

struct coder {
    uint32_t range, code;
    const uint8_t *in;
};

static always_inline void normalise(struct coder *c)
{
    if (c->range < RANGE_MIN) {
        c->range <<= 8;
        c->code = c->code << 8 | *c->in++;
    }
}

static always_inline unsigned int decode_bit(struct coder *c, lzma_probability *p)
{
    uint32_t probability = *p, bound;

    normalise(c);
    bound = (c->range >> PROBABILITY_BITS) * probability;
    if (c->code < bound) {
        c->range = bound;
        *p = (lzma_probability)(probability + (((1u << PROBABILITY_BITS) - probability) >> ADAPT_SHIFT));
        return 0;
    }
    c->range -= bound;
    c->code -= bound;
    *p = (lzma_probability)(probability - (probability >> ADAPT_SHIFT));
    return 1;
}

/* nr bits, the highest first; the table's entry 1 is the root. */
static always_inline unsigned int decode_tree(struct coder *c, lzma_probability *tree, unsigned int nr)
{
    unsigned int symbol = 1;

#pragma GCC unroll 8
    for (unsigned int i = 0; i < nr; i++)
        symbol = symbol << 1 | decode_bit(c, &tree[symbol]);
    return symbol - (1u << nr);
}

static always_inline unsigned int decode_tree_reverse(struct coder *c, lzma_probability *tree,
                                                      unsigned int nr)
{
    unsigned int symbol = 1, value = 0;

    for (unsigned int i = 0; i < nr; i++) {
        unsigned int bit = decode_bit(c, &tree[symbol]);

        symbol = symbol << 1 | bit;
        value |= bit << i;
    }
    return value;
}

/* Bits as likely zero as one. */
static always_inline uint32_t decode_direct(struct coder *c, unsigned int nr)
{
    uint32_t value = 0;

    while (nr--) {
        uint32_t is_zero;

        normalise(c);
        c->range >>= 1;
        is_zero = c->code < c->range;
        c->code -= is_zero ? 0 : c->range;
        value = value << 1 | !is_zero;
    }
    return value;
}

static always_inline uint8_t decode_literal(struct coder *c, lzma_probability *table)
{
    return (uint8_t)decode_tree(c, table, 8);
}

/*
 * After a match: the byte that stands where the match would go on says what to expect until the first bit
 * that differs.
 */
static always_inline uint8_t decode_literal_after_match(struct coder *c, lzma_probability *table,
                                                        unsigned int expected)
{
    unsigned int symbol = 1, agrees = 0x100;

    while (symbol < 0x100) {
        unsigned int bit, want;

        expected <<= 1;
        want = expected & agrees;
        bit = decode_bit(c, &table[agrees + want + symbol]);
        symbol = symbol << 1 | bit;
        agrees &= bit ? want : ~want;
    }
    return (uint8_t)symbol;
}

static always_inline unsigned int decode_length(struct coder *c, struct lzma_length_coder *l,
                                                unsigned int position)
{
    if (!decode_bit(c, &l->choice[0]))
        return MATCH_MIN + decode_tree(c, l->low[position], 3);
    if (!decode_bit(c, &l->choice[1]))
        return MATCH_MIN + 8 + decode_tree(c, l->middle[position], 3);
    return MATCH_MIN + 16 + decode_tree(c, l->high, 8);
}

/* Less one, as everywhere here. */
static always_inline uint32_t decode_distance(struct coder *c, struct lzma_model *m, unsigned int length)
{
    unsigned int slot = decode_tree(c, m->distance_slot[min(length - MATCH_MIN, LZMA_LENGTH_STATES - 1u)], 6),
                 nr;
    uint32_t distance;

    if (slot < FIRST_SPECIAL_SLOT)
        return slot;
    nr = (slot >> 1) - 1;
    distance = (2 | (slot & 1)) << nr;
    if (slot < FIRST_ALIGNED_SLOT)
        return distance + decode_tree_reverse(c, m->distance_special + distance - slot, nr);
    distance += decode_direct(c, nr - ALIGN_BITS) << ALIGN_BITS;
    return distance + decode_tree_reverse(c, m->distance_align, ALIGN_BITS);
}

static always_inline unsigned int state_after_literal(unsigned int state)
{
    return state < 4 ? 0 : state < 10 ? state - 3 : state - 6;
}

/* The distances in the order of their last use; [0] is what the next match copies from. */
static always_inline void choose_repeat(struct coder *c, struct lzma_model *m, unsigned int state,
                                        uint32_t repeats[4])
{
    uint32_t chosen;

    if (!decode_bit(c, &m->is_repeat1[state])) {
        chosen = repeats[1];
    } else {
        if (!decode_bit(c, &m->is_repeat2[state])) {
            chosen = repeats[2];
        } else {
            chosen = repeats[3];
            repeats[3] = repeats[2];
        }
        repeats[2] = repeats[1];
    }
    repeats[1] = repeats[0];
    repeats[0] = chosen;
}

/* Which match: sets repeats[0] and the state, returns the length. */
static always_inline unsigned int decode_match(struct coder *c, struct lzma_model *m, unsigned int *state_p,
                                               uint32_t repeats[4], unsigned int position)
{
    unsigned int state = *state_p, length;

    if (!decode_bit(c, &m->is_repeat[state])) {
        length = decode_length(c, &m->match_length, position);
        repeats[3] = repeats[2];
        repeats[2] = repeats[1];
        repeats[1] = repeats[0];
        repeats[0] = decode_distance(c, m, length);
        *state_p = state < LITERAL_STATES ? 7 : 10;
        return length;
    }
    if (decode_bit(c, &m->is_repeat0[state])) {
        choose_repeat(c, m, state, repeats);
    } else if (!decode_bit(c, &m->is_repeat0_long[state][position])) {
        *state_p = state < LITERAL_STATES ? 9 : 11;
        return 1;
    }
    *state_p = state < LITERAL_STATES ? 8 : 11;
    return decode_length(c, &m->repeat_length, position);
}

/* The table for the literal at out: by its position and by the byte before it. */
static always_inline lzma_probability *literal_table(struct lzma_model *m, const uint8_t *start,
                                                     const uint8_t *out)
{
    unsigned int before = out > start ? out[-1] : 0, bits = m->literal_context_bits;
    unsigned int at = ((unsigned int)(out - start) & m->literal_position_mask) << bits | before >> (8 - bits);

    return m->literal + 0x300 * at;
}

/*
 * The symbols of one chunk: out up to stop. False: they do not fit the chunk. start: where the dictionary
 * begins.
 */
static bool decode_chunk(struct lzma_model *m, struct lzma2_stream *s, const uint8_t *in_end,
                         const uint8_t *start, const uint8_t *stop)
{
    struct coder c = {.range = ~0u, .in = s->in + 5};
    uint8_t *out = s->out;
    uint32_t repeats[4] = {m->repeats[0], m->repeats[1], m->repeats[2], m->repeats[3]};
    unsigned int state = m->state;

    c.code = (uint32_t)load_be16(s->in + 1) << 16 | load_be16(s->in + 3);
    while (out < stop) {
        unsigned int position = (unsigned int)(out - start) & m->position_mask, length;

        if (c.in > in_end)
            return false;
        if (!decode_bit(&c, &m->is_match[state][position])) {
            lzma_probability *table = literal_table(m, start, out);

            *out = state < LITERAL_STATES ? decode_literal(&c, table)
                                          : decode_literal_after_match(&c, table, *(out - 1 - repeats[0]));
            out++;
            state = state_after_literal(state);
            continue;
        }
        length = decode_match(&c, m, &state, repeats, position);
        if (repeats[0] >= (size_t)(out - start) || length > (size_t)(stop - out))
            return false;
        out = copy_match(out, (size_t)repeats[0] + 1, length, s->out_end);
    }
    normalise(&c);
    memcpy(m->repeats, repeats, sizeof(repeats));
    m->state = state;
    s->out = out;
    s->in = in_end;
    return c.in == in_end && !c.code;
}

static void model_reset(struct lzma_model *m)
{
    lzma_probability *p = &m->is_match[0][0];

    BUILD_BUG_ON(offsetof(struct lzma_model, is_match));
    for (size_t i = 0; i < offsetof(struct lzma_model, repeats) / sizeof(*p); i++)
        p[i] = PROBABILITY_INIT;
    memset(m->repeats, 0, sizeof(m->repeats));
    m->state = 0;
}

/* lc, lp and pb in one byte: (pb * 5 + lp) * 9 + lc. */
static bool model_set_properties(struct lzma_model *m, unsigned int byte)
{
    unsigned int lc = byte % 9, lp = byte / 9 % 5, pb = byte / 45;

    if (pb > 4 || lc + lp > LZMA_MAX_LITERAL_BITS)
        return false;
    m->literal_context_bits = lc;
    m->literal_position_mask = (1u << lp) - 1;
    m->position_mask = (1u << pb) - 1;
    return true;
}

#define CONTROL_END        0x00
#define CONTROL_COPY_RESET 0x01 /* bytes as they are; the dictionary begins here */
#define CONTROL_COPY       0x02
#define CONTROL_LZMA       0x80 /* with bits 16-20 of the unpacked size less one, and in bits 5-6: */
#define RESET_STATE        0x20
#define RESET_PROPERTIES   0x40
#define RESET_DICTIONARY   0x60

/* What must have been seen before a chunk may lean on it. */
struct chunk_state {
    const uint8_t *dictionary; /* NULL: not begun */
    bool has_properties, has_state;
};

static const char *unpack_copy(struct lzma2_stream *s, struct chunk_state *c, unsigned int control)
{
    size_t size;

    if (s->in_end - s->in < 3)
        return UNPACK_TRUNCATED;
    size = (size_t)load_be16(s->in + 1) + 1;
    if (control == CONTROL_COPY_RESET) {
        c->dictionary = s->out;
        c->has_properties = c->has_state = false;
    }
    if (!c->dictionary)
        return UNPACK_CORRUPT;
    if (size > (size_t)(s->in_end - s->in) - 3)
        return UNPACK_TRUNCATED;
    if (size > (size_t)(s->out_end - s->out))
        return UNPACK_TOO_LONG;
    memcpy(s->out, s->in + 3, size);
    s->in += 3 + size;
    s->out += size;
    return NULL;
}

static bool apply_reset(struct lzma_model *m, const struct lzma2_stream *s, struct chunk_state *c,
                        unsigned int reset)
{
    if (reset == RESET_DICTIONARY)
        c->dictionary = s->out;
    if (reset >= RESET_PROPERTIES)
        c->has_properties = model_set_properties(m, s->in[5]);
    if (!c->has_properties || !c->dictionary)
        return false;
    if (reset >= RESET_STATE) {
        model_reset(m);
        c->has_state = true;
    }
    return c->has_state;
}

static const char *unpack_lzma(struct lzma_model *m, struct lzma2_stream *s, struct chunk_state *c,
                               unsigned int control)
{
    unsigned int reset = control & RESET_DICTIONARY;
    size_t header = reset >= RESET_PROPERTIES ? 6 : 5, packed, unpacked;

    if ((size_t)(s->in_end - s->in) < header)
        return UNPACK_TRUNCATED;
    unpacked = ((size_t)(control & 0x1f) << 16 | load_be16(s->in + 1)) + 1;
    packed = (size_t)load_be16(s->in + 3) + 1;
    if (!apply_reset(m, s, c, reset) || packed < 5)
        return UNPACK_CORRUPT;
    s->in += header;
    if ((size_t)(s->in_end - s->in) < packed + LZMA_LOOKAHEAD)
        return UNPACK_TRUNCATED;
    if (unpacked > (size_t)(s->out_end - s->out))
        return UNPACK_TOO_LONG;
    return decode_chunk(m, s, s->in + packed, c->dictionary, s->out + unpacked) ? NULL : UNPACK_CORRUPT;
}

const char *lzma2_unpack(struct lzma_model *m, struct lzma2_stream *s)
{
    struct chunk_state c = {.dictionary = NULL};

    for (;;) {
        unsigned int control;
        const char *wrong;

        if (s->in == s->in_end)
            return UNPACK_TRUNCATED;
        control = *s->in;
        if (control == CONTROL_END) {
            s->in++;
            return NULL;
        }
        if (control > CONTROL_COPY && control < CONTROL_LZMA)
            return UNPACK_CORRUPT;
        wrong = control >= CONTROL_LZMA ? unpack_lzma(m, s, &c, control) : unpack_copy(s, &c, control);
        if (wrong)
            return wrong;
    }
}
