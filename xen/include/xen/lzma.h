/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * LZMA2 data, as they lie in an XZ block, from memory to memory. Pure. The dictionary is the output itself.
 *
 * Facts: the LZMA specification (public domain, with the LZMA SDK) and the chunk layout of LZMA2.
 */
#ifndef XEN_LZMA_H
#define XEN_LZMA_H

#include <xen/types.h>

#define LZMA_STATES            12
#define LZMA_POSITION_STATES   16
#define LZMA_LENGTH_STATES     4
#define LZMA_MAX_LITERAL_BITS  4 /* lc + lp in LZMA2 */
#define LZMA_LITERAL_PROBABILITIES (0x300 << LZMA_MAX_LITERAL_BITS)
#define LZMA_SPECIAL_DISTANCES 115

typedef uint16_t lzma_probability; /* of a zero, of 2048 */

struct lzma_length_coder {
    lzma_probability choice[2];
    lzma_probability low[LZMA_POSITION_STATES][8], middle[LZMA_POSITION_STATES][8], high[256];
};

/* The tables between the chunks of a block: the caller's scratch memory, 28 KiB. */
struct lzma_model {
    lzma_probability is_match[LZMA_STATES][LZMA_POSITION_STATES];
    lzma_probability is_repeat[LZMA_STATES], is_repeat0[LZMA_STATES], is_repeat1[LZMA_STATES],
        is_repeat2[LZMA_STATES];
    lzma_probability is_repeat0_long[LZMA_STATES][LZMA_POSITION_STATES];
    struct lzma_length_coder match_length, repeat_length;
    lzma_probability distance_slot[LZMA_LENGTH_STATES][64];
    lzma_probability distance_special[LZMA_SPECIAL_DISTANCES], distance_align[16];
    lzma_probability literal[LZMA_LITERAL_PROBABILITIES];
    uint32_t repeats[4]; /* distances, less one */
    uint32_t state;
    uint32_t literal_context_bits, literal_position_mask, position_mask;
};

/* Where the chunks are read and written. */
struct lzma2_stream {
    const uint8_t *in, *in_end;
    uint8_t *out, *out_end;
};

/*
 * Bytes that a file has behind its last chunk at least (its end mark, index and footer): the decoder looks so
 * far ahead.
 */
#define LZMA_LOOKAHEAD 21

/*
 * Unpacks chunks up to and with their end mark: in behind the mark, out behind the last byte. NULL, or a
 * phrase that says what is wrong.
 */
const char *lzma2_unpack(struct lzma_model *m, struct lzma2_stream *s) __must_check;

#endif
