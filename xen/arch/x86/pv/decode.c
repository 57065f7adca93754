/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * See decode.h. Two tables say which opcodes have a ModRM byte and which immediate; the rest is the grammar.
 */
#include "decode.h"

/* Attributes of an opcode. */
#define M   0x01 /* ModRM */
#define I8  0x02 /* immediate byte, sign-extended */
#define IZ  0x04 /* immediate of 2 or 4 bytes */
#define IV  0x08 /* immediate of the operand size, 8 bytes too */
#define I16 0x10
#define MO  0x20 /* offset of the address size */
#define G3  0x40 /* group 3: an immediate only for /0 and /1 */
#define BAD 0x80

/* clang-format off */
static const uint8_t one_byte[256] = {
    /* 00-3f: arithmetic in rows of eight: Eb,Gb Ev,Gv Gb,Eb Gv,Ev AL,Ib eAX,Iz */
    M, M, M, M, I8, IZ, BAD, BAD, M, M, M, M, I8, IZ, BAD, BAD,
    M, M, M, M, I8, IZ, BAD, BAD, M, M, M, M, I8, IZ, BAD, BAD,
    M, M, M, M, I8, IZ, BAD, BAD, M, M, M, M, I8, IZ, BAD, BAD,
    M, M, M, M, I8, IZ, BAD, BAD, M, M, M, M, I8, IZ, BAD, BAD,
    /* 40 (REX in 64-bit code, INC and DEC else), 50 PUSH, POP */
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    /* 60: MOVSXD at 63, PUSH and IMUL with immediates, string I/O */
    BAD, BAD, BAD, M, BAD, BAD, BAD, BAD, IZ, M | IZ, I8, M | I8, 0, 0, 0, 0,
    /* 70: Jcc */
    I8, I8, I8, I8, I8, I8, I8, I8, I8, I8, I8, I8, I8, I8, I8, I8,
    /* 80 */
    M | I8, M | IZ, BAD, M | I8, M, M, M, M, M, M, M, M, M, M, M, M,
    /* 90 */
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, BAD, 0, 0, 0, 0, 0,
    /* a0 */
    MO, MO, MO, MO, 0, 0, 0, 0, I8, IZ, 0, 0, 0, 0, 0, 0,
    /* b0 */
    I8, I8, I8, I8, I8, I8, I8, I8, IV, IV, IV, IV, IV, IV, IV, IV,
    /* c0: shifts, RET, LES and LDS are VEX in 64-bit code, MOV, ENTER, RETF, INT */
    M | I8, M | I8, I16, 0, BAD, BAD, M | I8, M | IZ, I16 | I8, 0, I16, 0, 0, I8, BAD, 0,
    /* d0: shifts, x87 */
    M, M, M, M, BAD, BAD, BAD, 0, M, M, M, M, M, M, M, M,
    /* e0: LOOP, IN, OUT, CALL, JMP */
    I8, I8, I8, I8, I8, I8, I8, I8, IZ, IZ, BAD, I8, 0, 0, 0, 0,
    /* f0 */
    BAD, 0, BAD, BAD, 0, 0, M | G3, M | G3, 0, 0, 0, 0, 0, 0, M, M,
};

static const uint8_t two_byte[256] = {
    /* 00 */
    M, M, M, M, BAD, 0, 0, 0, 0, 0, BAD, 0, BAD, M, 0, M | I8,
    /* 10 */
    M, M, M, M, M, M, M, M, M, M, M, M, M, M, M, M,
    /* 20: MOV CR and DR */
    M, M, M, M, BAD, BAD, BAD, BAD, M, M, M, M, M, M, M, M,
    /* 30: WRMSR RDTSC RDMSR RDPMC SYSENTER SYSEXIT - GETSEC; 38 and 3a escape */
    0, 0, 0, 0, 0, 0, BAD, 0, BAD, BAD, BAD, BAD, BAD, BAD, BAD, BAD,
    /* 40: CMOVcc */
    M, M, M, M, M, M, M, M, M, M, M, M, M, M, M, M,
    /* 50, 60: SSE and MMX */
    M, M, M, M, M, M, M, M, M, M, M, M, M, M, M, M,
    M, M, M, M, M, M, M, M, M, M, M, M, M, M, M, M,
    /* 70 */
    M | I8, M | I8, M | I8, M | I8, M, M, M, 0, M, M, BAD, BAD, M, M, M, M,
    /* 80: Jcc */
    IZ, IZ, IZ, IZ, IZ, IZ, IZ, IZ, IZ, IZ, IZ, IZ, IZ, IZ, IZ, IZ,
    /* 90: SETcc */
    M, M, M, M, M, M, M, M, M, M, M, M, M, M, M, M,
    /* a0 */
    0, 0, 0, M, M | I8, M, BAD, BAD, 0, 0, 0, M, M | I8, M, M, M,
    /* b0 */
    M, M, M, M, M, M, M, M, M, M, M | I8, M, M, M, M, M,
    /* c0 */
    M, M, M | I8, M, M | I8, M | I8, M | I8, M, 0, 0, 0, 0, 0, 0, 0, 0,
    /* d0, e0, f0 */
    M, M, M, M, M, M, M, M, M, M, M, M, M, M, M, M,
    M, M, M, M, M, M, M, M, M, M, M, M, M, M, M, M,
    M, M, M, M, M, M, M, M, M, M, M, M, M, M, M, M,
};
/* clang-format on */

struct reader {
    const uint8_t *at, *end;
    bool short_of; /* wanted more than there is */
};

static inline uint8_t next_byte(struct reader *r)
{
    if (unlikely(r->at == r->end)) {
        r->short_of = true;
        return 0;
    }
    return *r->at++;
}

/* Little-endian number of 0 (then it is 0), 1, 2, 4 or 8 bytes, sign-extended. */
static int64_t next_number(struct reader *r, unsigned int bytes)
{
    uint64_t v = 0;

    if (!bytes)
        return 0;
    for (unsigned int i = 0; i < bytes; i++)
        v |= (uint64_t)next_byte(r) << (8 * i);
    return bytes < 8 ? (int64_t)(v << (64 - 8 * bytes)) >> (64 - 8 * bytes) : (int64_t)v;
}

/* Takes legacy prefixes and REX; returns the first byte of the opcode. *rex: 0 or the prefix. */
static uint8_t read_prefixes(struct insn *in, struct reader *r, unsigned int code_bits, uint8_t *rex)
{
    for (;;) {
        uint8_t b = next_byte(r);

        switch (b) {
        case 0x26:
        case 0x2e:
        case 0x36:
        case 0x3e:
            in->segment = (uint8_t)(INSN_SEG_ES + ((b >> 3) & 3));
            break;
        case 0x64:
        case 0x65:
            in->segment = (uint8_t)(INSN_SEG_FS + (b & 1));
            break;
        case 0x66:
            in->operand_prefix = true;
            break;
        case 0x67:
            in->address_bytes = code_bits == 16 ? 4 : code_bits == 32 ? 2 : 4;
            break;
        case 0xf0:
            in->lock = true;
            break;
        case 0xf2:
            in->repne = true;
            break;
        case 0xf3:
            in->rep = true;
            break;
        default:
            if (code_bits == 64 && (b & 0xf0) == 0x40) {
                *rex = b; /* counts only right before the opcode */
                continue;
            }
            return b;
        }
        *rex = 0;
    }
}

static void set_operand_size(struct insn *in, unsigned int code_bits, uint8_t rex)
{
    if (rex & 8)
        in->operand_bytes = 8;
    else if (code_bits == 16)
        in->operand_bytes = in->operand_prefix ? 4 : 2;
    else
        in->operand_bytes = in->operand_prefix ? 2 : 4;
}

static uint8_t read_opcode(struct insn *in, struct reader *r, uint8_t first, uint8_t *attributes)
{
    if (first != 0x0f) {
        in->map = INSN_ONE_BYTE;
        *attributes = one_byte[first];
        return first;
    }
    first = next_byte(r);
    if (first == 0x38 || first == 0x3a) {
        in->map = first == 0x38 ? INSN_0F38 : INSN_0F3A;
        *attributes = first == 0x38 ? M : M | I8;
        return next_byte(r);
    }
    in->map = INSN_0F;
    *attributes = two_byte[first];
    return first;
}

static void read_memory_16(struct insn *in, struct reader *r, unsigned int mod, unsigned int rm)
{
    static const uint8_t bases[8] = {3, 3, 5, 5, 6, 7, 5, 3}; /* BX BX BP BP SI DI BP BX */
    static const uint8_t indices[8] = {
        6, 7, 6, 7, INSN_NO_REGISTER, INSN_NO_REGISTER, INSN_NO_REGISTER, INSN_NO_REGISTER};
    bool absolute = mod == 0 && rm == 6;

    in->base = absolute ? INSN_NO_REGISTER : bases[rm];
    in->index = indices[rm];
    in->displacement = next_number(r, absolute || mod == 2 ? 2 : mod);
}

static void read_memory(struct insn *in, struct reader *r, unsigned int mod, unsigned int rm, uint8_t rex,
                        bool code64)
{
    unsigned int base = rm;
    bool has_sib = rm == 4;

    in->base = (uint8_t)(rm | (rex & 1) << 3);
    if (has_sib) {
        uint8_t sib = next_byte(r);
        unsigned int index = ((sib >> 3) & 7) | (rex & 2) << 2;

        base = sib & 7;
        in->base = (uint8_t)(base | (rex & 1) << 3);
        in->scale = sib >> 6;
        if (index != 4)
            in->index = (uint8_t)index;
    }
    if (mod == 0 && base == 5) {
        in->base = !has_sib && code64 ? INSN_RIP : INSN_NO_REGISTER;
        mod = 2;
    }
    in->displacement = next_number(r, mod == 2 ? 4 : mod);
}

static void read_modrm(struct insn *in, struct reader *r, uint8_t rex, bool code64)
{
    uint8_t b = next_byte(r);
    unsigned int mod = b >> 6, rm = b & 7;
    /* MOV to and from control and debug registers: always registers, whatever mod says. */
    bool registers_only = in->map == INSN_0F && (in->opcode & 0xfc) == 0x20;

    in->has_modrm = true;
    in->reg = (uint8_t)(((b >> 3) & 7) | (rex & 4) << 1);
    if (mod == 3 || registers_only) {
        in->rm = (uint8_t)(rm | (rex & 1) << 3);
        return;
    }
    in->memory = true;
    in->rm = (uint8_t)rm;
    if (in->address_bytes == 2)
        read_memory_16(in, r, mod, rm);
    else
        read_memory(in, r, mod, rm, rex, code64);
}

static void read_immediate(struct insn *in, struct reader *r, uint8_t attributes)
{
    if (attributes & MO) {
        in->memory = true;
        in->displacement = next_number(r, in->address_bytes);
        return;
    }
    if (attributes & G3)
        attributes = in->reg & 6 ? 0 : in->opcode & 1 ? IZ : I8;
    if (attributes & I16)
        in->immediate_bytes = 2;
    else if (attributes & I8)
        in->immediate_bytes = 1;
    else if (attributes & IV)
        in->immediate_bytes = in->operand_bytes;
    else if (attributes & IZ)
        in->immediate_bytes = in->operand_bytes == 2 ? 2 : 4;
    in->immediate = (uint64_t)next_number(r, in->immediate_bytes);
    if ((attributes & (I16 | I8)) == (I16 | I8))
        next_byte(r); /* ENTER's nesting level */
}

enum insn_result insn_decode(struct insn *in, const uint8_t *bytes, unsigned int available,
                             unsigned int code_bits)
{
    struct reader r = {.at = bytes, .end = bytes + (available < INSN_MAX_BYTES ? available : INSN_MAX_BYTES)};
    uint8_t rex = 0, attributes, first;

    *in = (struct insn){.base = INSN_NO_REGISTER, .index = INSN_NO_REGISTER};
    in->address_bytes = (uint8_t)(code_bits / 8);
    first = read_prefixes(in, &r, code_bits, &rex);
    in->rex = rex != 0;
    set_operand_size(in, code_bits, rex);
    in->opcode = read_opcode(in, &r, first, &attributes);
    if (attributes & M)
        read_modrm(in, &r, rex, code_bits == 64);
    if (attributes & ~M & ~BAD)
        read_immediate(in, &r, attributes);
    if (r.short_of)
        return available < INSN_MAX_BYTES ? INSN_TRUNCATED : INSN_INVALID;
    in->length = (uint8_t)(r.at - bytes);
    return attributes & BAD ? INSN_INVALID : INSN_OK;
}

uint64_t insn_effective_address(const struct insn *in, const struct cpu_user_regs *regs,
                                uint64_t segment_base)
{
    struct cpu_user_regs *r = (struct cpu_user_regs *)(uintptr_t)regs;
    uint64_t offset = (uint64_t)in->displacement;

    if (in->base == INSN_RIP)
        offset += regs->rip + in->length;
    else if (in->base != INSN_NO_REGISTER)
        offset += *insn_register(r, in->base);
    if (in->index != INSN_NO_REGISTER)
        offset += *insn_register(r, in->index) << in->scale;
    if (in->address_bytes < 8)
        offset &= (1ull << (8 * in->address_bytes)) - 1;
    return offset + segment_base;
}

/* AH, CH, DH, BH: byte registers 4-7 of an instruction without REX. */
static inline bool is_high_byte(const struct insn *in, unsigned int n, unsigned int bytes)
{
    return bytes == 1 && !in->rex && n >= 4 && n < 8;
}

uint64_t insn_register_read(const struct insn *in, struct cpu_user_regs *regs, unsigned int n,
                            unsigned int bytes)
{
    if (is_high_byte(in, n, bytes))
        return (*insn_register(regs, n - 4) >> 8) & 0xff;
    return bytes < 8 ? *insn_register(regs, n) & ((1ull << (8 * bytes)) - 1) : *insn_register(regs, n);
}

void insn_register_write(const struct insn *in, struct cpu_user_regs *regs, unsigned int n,
                         unsigned int bytes, uint64_t value)
{
    bool high = is_high_byte(in, n, bytes);
    uint64_t *reg = insn_register(regs, high ? n - 4 : n);
    uint64_t mask = bytes < 8 ? (1ull << (8 * bytes)) - 1 : ~0ull;

    if (bytes >= 4)
        *reg = value & mask;
    else if (high)
        *reg = (*reg & ~0xff00ull) | (value & 0xff) << 8;
    else
        *reg = (*reg & ~mask) | (value & mask);
}
