/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The x86 filter. An opcode CALL or JMP rel32 (E8, E9) whose operand's top byte is 00 or FF had its target
 * made absolute. So that it can be undone without knowing what is code, an opcode byte shortly behind another
 * that was left alone is treated apart.
 */
#include <xen/bcj_x86.h>
#include <xen/unaligned.h>

#define OPERAND 4
#define BYTES(b) ((b) * 0x0101010101010101ull)

static always_inline bool is_sign(uint32_t byte)
{
    return byte == 0 || byte == 0xff;
}

/* The next E8 or E9 in [at, end), or end. */
static const uint8_t *find_opcode(const uint8_t *at, const uint8_t *end)
{
    for (; end - at >= 8; at += 8) {
        uint64_t differs = (load_le64(at) & BYTES(0xfeull)) ^ BYTES(0xe8ull);
        uint64_t zeros = (differs - BYTES(1ull)) & ~differs & BYTES(0x80ull);

        /* Only the lowest byte found is sure to be one. */
        if (zeros)
            return at + __builtin_ctzll(zeros) / 8;
    }
    while (at < end && (*at & 0xfe) != 0xe8)
        at++;
    return at;
}

/*
 * May the opcode at p be converted? seen: bit k tells that k + 1 bytes before it is an opcode byte that was
 * left alone. Of these there may be one, and its operand's top byte, which lies in our operand, must not look
 * like a sign.
 */
static always_inline bool convertible(const uint8_t *p, unsigned int seen)
{
    unsigned int back;

    if (!seen)
        return is_sign(p[OPERAND]);
    if (seen & (seen - 1))
        return false;
    back = (unsigned int)__builtin_ctz(seen) + 1;
    return !is_sign(p[OPERAND - back]) && is_sign(p[OPERAND]);
}

static void convert(uint8_t *p, uint32_t next, unsigned int seen)
{
    uint32_t target = load_le32(p + 1) - next;

    if (seen) {
        unsigned int low = 24 - 8 * (unsigned int)__builtin_ctz(seen);

        /*
         * The byte shared with the opcode before would look like a sign: the packer has then converted twice.
         * Never more often: a third time would give back the low bits that convertible() has seen.
         */
        if (is_sign(target >> (low - 8) & 0xff))
            target = (target ^ ((1u << low) - 1)) - next;
    }
    target = (target & 0x1ffffff) | (target & 0x1000000 ? 0xff000000 : 0);
    __builtin_memcpy(p + 1, &target, sizeof(target));
}

void bcj_x86_decode(uint8_t *data, size_t size, uint32_t start)
{
    const uint8_t *end = data + (size > OPERAND ? size - OPERAND : 0);
    uint8_t *p = data, *last = data;
    unsigned int seen = 0;

    while ((p += find_opcode(p, end) - p) < end) {
        size_t gap = (size_t)(p - last);

        seen = gap > 3 ? 0 : seen << gap >> 1 & 7;
        last = p;
        if (convertible(p, seen)) {
            convert(p, start + (uint32_t)(p - data) + 1 + OPERAND, seen);
            seen = 0;
            p += 1 + OPERAND;
        } else {
            seen = (seen << 1 & 7) | 1;
            p++;
        }
    }
}
