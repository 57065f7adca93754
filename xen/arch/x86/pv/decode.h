/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * x86 instructions taken apart: prefixes, opcode, ModRM, SIB, displacement, immediate, effective address.
 * Pure: bytes in, structure out; no guest memory, no machine. What an instruction means is the business of
 * its emulator. (Intel SDM vol. 2, ch. 2 and app. A.)
 */
#ifndef PV_DECODE_H
#define PV_DECODE_H

#include <xen/types.h>
#include <public/xen.h>

#define INSN_MAX_BYTES 15

enum insn_map { INSN_ONE_BYTE, INSN_0F, INSN_0F38, INSN_0F3A };
enum insn_segment {
    INSN_SEG_NONE,
    INSN_SEG_ES,
    INSN_SEG_CS,
    INSN_SEG_SS,
    INSN_SEG_DS,
    INSN_SEG_FS,
    INSN_SEG_GS
};

#define INSN_NO_REGISTER 0xff
#define INSN_RIP         0xfe /* as base: relative to the end of the instruction */

struct insn {
    uint8_t length; /* in bytes, all included */
    uint8_t map;    /* enum insn_map */
    uint8_t opcode;
    uint8_t operand_bytes; /* 2, 4 or 8: what the prefixes make of a word-sized operand */
    uint8_t address_bytes; /* 2, 4 or 8 */
    uint8_t segment;       /* enum insn_segment: override prefix */
    bool lock, rep, repne, rex;
    bool operand_prefix; /* 0x66 was there */
    bool has_modrm;
    bool memory;             /* ModRM names memory (else register rm) */
    uint8_t reg, rm;         /* 0-15, REX applied; reg & 7 is the opcode extension of a group */
    uint8_t base, index;     /* of memory: 0-15, INSN_NO_REGISTER, base also INSN_RIP */
    uint8_t scale;           /* shift count of the index */
    uint8_t immediate_bytes; /* 0: none */
    int64_t displacement;    /* sign-extended; of moffs forms the address itself */
    uint64_t immediate;      /* sign-extended where it is the operand of a wider instruction */
};

enum insn_result {
    INSN_OK,
    INSN_TRUNCATED, /* more bytes than are there belong to it */
    INSN_INVALID    /* no such instruction, longer than 15 bytes, or one (VEX, EVEX, XOP) that this decoder
                       leaves alone */
};

/* code_bits: 16, 32 or 64, by the code segment. available: how many bytes may be looked at. */
enum insn_result insn_decode(struct insn *in, const uint8_t *bytes, unsigned int available,
                             unsigned int code_bits);

/*
 * Address of the memory operand: offset plus segment_base (the caller's choice by in->segment and base
 * register), cut to the address size. regs->rip is still at the instruction.
 */
uint64_t insn_effective_address(const struct insn *in, const struct cpu_user_regs *regs,
                                uint64_t segment_base);

/* General register n (0-15, hardware order) in the frame. */
static inline uint64_t *insn_register(struct cpu_user_regs *regs, unsigned int n)
{
    static const uint8_t offsets[16] = {
        offsetof(struct cpu_user_regs, rax), offsetof(struct cpu_user_regs, rcx),
        offsetof(struct cpu_user_regs, rdx), offsetof(struct cpu_user_regs, rbx),
        offsetof(struct cpu_user_regs, rsp), offsetof(struct cpu_user_regs, rbp),
        offsetof(struct cpu_user_regs, rsi), offsetof(struct cpu_user_regs, rdi),
        offsetof(struct cpu_user_regs, r8),  offsetof(struct cpu_user_regs, r9),
        offsetof(struct cpu_user_regs, r10), offsetof(struct cpu_user_regs, r11),
        offsetof(struct cpu_user_regs, r12), offsetof(struct cpu_user_regs, r13),
        offsetof(struct cpu_user_regs, r14), offsetof(struct cpu_user_regs, r15)};

    return (uint64_t *)((char *)regs + offsets[n & 15]);
}
/*
 * Reads or writes a register operand of 1, 2, 4 or 8 bytes as the processor does: AH-BH without REX, 4 bytes
 * clear the upper half.
 */
uint64_t insn_register_read(const struct insn *in, struct cpu_user_regs *regs, unsigned int n,
                            unsigned int bytes);
void insn_register_write(const struct insn *in, struct cpu_user_regs *regs, unsigned int n,
                         unsigned int bytes, uint64_t value);

#endif
