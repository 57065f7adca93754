/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The decoder against instructions whose encoding the manuals and an assembler agree on, against cut-off
 * ones, and against noise.
 */
#include <stdlib.h>
#include <string.h>

#include "suites.h" /* first: Check uses the name noreturn */
#include "decode.h"

struct sample {
    const char *text;
    unsigned int code_bits;
    uint8_t bytes[16];
    uint8_t length, map, opcode, operand_bytes;
    uint8_t immediate_bytes;
    int64_t immediate;
};

/* clang-format off */
static const struct sample samples[] = {
    {"mov %cr0, %rax", 64, {0x0f, 0x20, 0xc0}, 3, INSN_0F, 0x20, 4, 0, 0},
    {"mov %cr4, %r9", 64, {0x41, 0x0f, 0x20, 0xe1}, 4, INSN_0F, 0x20, 4, 0, 0},
    {"mov %rax, %dr7", 64, {0x0f, 0x23, 0xf8}, 3, INSN_0F, 0x23, 4, 0, 0},
    {"clts", 64, {0x0f, 0x06}, 2, INSN_0F, 0x06, 4, 0, 0},
    {"cpuid", 64, {0x0f, 0xa2}, 2, INSN_0F, 0xa2, 4, 0, 0},
    {"xsetbv", 64, {0x0f, 0x01, 0xd1}, 3, INSN_0F, 0x01, 4, 0, 0},
    {"cli", 64, {0xfa}, 1, INSN_ONE_BYTE, 0xfa, 4, 0, 0},
    {"in $0x71, %al", 64, {0xe4, 0x71}, 2, INSN_ONE_BYTE, 0xe4, 4, 1, 0x71},
    {"out %ax, %dx", 64, {0x66, 0xef}, 2, INSN_ONE_BYTE, 0xef, 2, 0, 0},
    {"rep insl", 64, {0xf3, 0x6d}, 2, INSN_ONE_BYTE, 0x6d, 4, 0, 0},
    {"mov %rax, (%rdi)", 64, {0x48, 0x89, 0x07}, 3, INSN_ONE_BYTE, 0x89, 8, 0, 0},
    {"xchg %rax, 8(%r13)", 64, {0x49, 0x87, 0x45, 0x08}, 4, INSN_ONE_BYTE, 0x87, 8, 0, 0},
    {"lock cmpxchg %rcx, (%rsp)", 64, {0xf0, 0x48, 0x0f, 0xb1, 0x0c, 0x24}, 6, INSN_0F, 0xb1, 8, 0, 0},
    {"lock andb $0xfd, 0(%r12)", 64, {0xf0, 0x41, 0x80, 0x24, 0x24, 0xfd}, 6, INSN_ONE_BYTE, 0x80, 4, 1, -3},
    {"movq $-1, 0x100(%rip)", 64, {0x48, 0xc7, 0x05, 0, 1, 0, 0, 0xff, 0xff, 0xff, 0xff}, 11, INSN_ONE_BYTE, 0xc7, 8, 4, -1},
    {"movabs $0x1122334455667788, %r10", 64, {0x49, 0xba, 0x88, 0x77, 0x66, 0x55, 0x44, 0x33, 0x22, 0x11}, 10,
     INSN_ONE_BYTE, 0xba, 8, 8, 0x1122334455667788},
    {"mov $0x1234, %ax", 64, {0x66, 0xb8, 0x34, 0x12}, 4, INSN_ONE_BYTE, 0xb8, 2, 2, 0x1234},
    {"testb $1, (%rax)", 64, {0xf6, 0x00, 0x01}, 3, INSN_ONE_BYTE, 0xf6, 4, 1, 1},
    {"notb (%rax)", 64, {0xf6, 0x10}, 2, INSN_ONE_BYTE, 0xf6, 4, 0, 0},
    {"testl $1, %eax", 64, {0xf7, 0xc0, 1, 0, 0, 0}, 6, INSN_ONE_BYTE, 0xf7, 4, 4, 1},
    {"enter $16, $1", 64, {0xc8, 0x10, 0x00, 0x01}, 4, INSN_ONE_BYTE, 0xc8, 4, 2, 0x10},
    {"movabs %al, 0x1122334455667788", 64, {0xa2, 0x88, 0x77, 0x66, 0x55, 0x44, 0x33, 0x22, 0x11}, 9, INSN_ONE_BYTE, 0xa2, 4, 0, 0},
    {"jmp rel32", 64, {0xe9, 0, 0, 0, 0}, 5, INSN_ONE_BYTE, 0xe9, 4, 4, 0},
    {"bts $3, (%rbx)", 64, {0x0f, 0xba, 0x2b, 0x03}, 4, INSN_0F, 0xba, 4, 1, 3},
    {"pshufb (%rax), %xmm1", 64, {0x66, 0x0f, 0x38, 0x00, 0x08}, 5, INSN_0F38, 0x00, 2, 0, 0},
    {"palignr $4, %xmm1, %xmm0", 64, {0x66, 0x0f, 0x3a, 0x0f, 0xc1, 0x04}, 6, INSN_0F3A, 0x0f, 2, 1, 4},
    {"inc %eax in 32-bit code", 32, {0x40}, 1, INSN_ONE_BYTE, 0x40, 4, 0, 0},
    {"mov (%bx,%si), %ax in 16-bit code", 16, {0x8b, 0x00}, 2, INSN_ONE_BYTE, 0x8b, 2, 0, 0},
    {"mov disp16, %eax in 32-bit code", 32, {0x67, 0x8b, 0x06, 0x34, 0x12}, 5, INSN_ONE_BYTE, 0x8b, 4, 0, 0},
};
/* clang-format on */
#define NR_SAMPLES (sizeof(samples) / sizeof(samples[0]))

START_TEST(known_instructions)
{
    const struct sample *s = &samples[_i];
    struct insn in;

    ck_assert_int_eq(insn_decode(&in, s->bytes, sizeof(s->bytes), s->code_bits), INSN_OK);
    ck_assert_msg(in.length == s->length, "%s: %u bytes", s->text, in.length);
    ck_assert_msg(in.map == s->map && in.opcode == s->opcode, "%s: map %u opcode %#x", s->text, in.map,
                  in.opcode);
    ck_assert_msg(in.operand_bytes == s->operand_bytes, "%s: operand of %u bytes", s->text, in.operand_bytes);
    ck_assert_msg(in.immediate_bytes == s->immediate_bytes && (int64_t)in.immediate == s->immediate,
                  "%s: immediate %#lx", s->text, (unsigned long)in.immediate);
}
END_TEST

START_TEST(truncated_everywhere)
{
    const struct sample *s = &samples[_i];
    struct insn in;

    for (unsigned int n = 0; n < s->length; n++)
        ck_assert_int_eq(insn_decode(&in, s->bytes, n, s->code_bits), INSN_TRUNCATED);
    ck_assert_int_eq(insn_decode(&in, s->bytes, s->length, s->code_bits), INSN_OK);
}
END_TEST

static struct cpu_user_regs numbered_registers(void)
{
    struct cpu_user_regs regs;

    memset(&regs, 0, sizeof(regs));
    for (unsigned int i = 0; i < 16; i++)
        *insn_register(&regs, i) = 0x1000ull * (i + 1);
    regs.rip = 0x400000;
    return regs;
}

static uint64_t address_of(const uint8_t *bytes, unsigned int code_bits)
{
    struct cpu_user_regs regs = numbered_registers();
    struct insn in;

    ck_assert_int_eq(insn_decode(&in, bytes, 15, code_bits), INSN_OK);
    ck_assert(in.memory);
    return insn_effective_address(&in, &regs, 0);
}

START_TEST(effective_addresses)
{
    static const struct {
        unsigned int code_bits;
        uint8_t bytes[16];
        uint64_t address;
    } cases[] = {
        {64, {0x48, 0x89, 0x07}, 0x8000},                                  /* (%rdi) */
        {64, {0x48, 0x89, 0x47, 0xf8}, 0x7ff8},                            /* -8(%rdi) */
        {64, {0x48, 0x89, 0x04, 0x24}, 0x5000},                            /* (%rsp) */
        {64, {0x4a, 0x89, 0x04, 0x63}, 0x4000 + 0xd000 * 2},               /* (%rbx,%r12,2) */
        {64, {0x49, 0x89, 0x44, 0xc5, 0x10}, 0xe000 + 0x1000 * 8 + 0x10},  /* 16(%r13,%rax,8) */
        {64, {0x48, 0x89, 0x04, 0x25, 0, 0, 0, 0x80}, 0xffffffff80000000}, /* absolute, sign-extended */
        {64, {0x48, 0x89, 0x05, 0x10, 0, 0, 0}, 0x400017},                 /* 16(%rip), 7 bytes */
        {64, {0x48, 0xc7, 0x05, 0x10, 0, 0, 0, 1, 0, 0, 0}, 0x40001b},     /* the immediate counts */
        {64, {0x67, 0x89, 0x47, 0x80}, 0x7f80},                            /* -128(%edi) */
        {64, {0x67, 0x89, 0x04, 0x25, 0, 0, 0, 0x80}, 0x80000000},         /* cut to 32 bits */
        {64, {0xa1, 1, 2, 3, 4, 5, 6, 7, 8}, 0x0807060504030201},
        {32, {0x89, 0x05, 0x78, 0x56, 0x34, 0x12}, 0x12345678},
        {16, {0x89, 0x42, 0x02}, 0x6000 + 0x7000 + 2}, /* 2(%bp,%si) */
    };

    for (unsigned int i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        ck_assert_msg(address_of(cases[i].bytes, cases[i].code_bits) == cases[i].address, "case %u: %#lx", i,
                      (unsigned long)address_of(cases[i].bytes, cases[i].code_bits));
}
END_TEST

START_TEST(prefixes)
{
    static const uint8_t all[] = {0x65, 0xf0, 0x66, 0xf2, 0x48, 0x87, 0x07};
    static const uint8_t rex_not_last[] = {0x48, 0x66, 0x89, 0x07};
    struct insn in;

    ck_assert_int_eq(insn_decode(&in, all, sizeof(all), 64), INSN_OK);
    ck_assert(in.lock && in.repne && !in.rep && in.segment == INSN_SEG_GS && in.operand_bytes == 8 && in.rex);
    ck_assert_int_eq(insn_decode(&in, rex_not_last, sizeof(rex_not_last), 64), INSN_OK);
    ck_assert(in.operand_bytes == 2 && !in.rex && in.length == 4);
}
END_TEST

START_TEST(too_long_or_unknown)
{
    uint8_t prefixes_only[16];
    struct insn in;

    memset(prefixes_only, 0x66, sizeof(prefixes_only));
    ck_assert_int_eq(insn_decode(&in, prefixes_only, sizeof(prefixes_only), 64), INSN_INVALID);
    ck_assert_int_eq(insn_decode(&in, prefixes_only, 14, 64), INSN_TRUNCATED);
    ck_assert_int_eq(insn_decode(&in, (const uint8_t[]){0x06, 0}, 2, 64), INSN_INVALID);
    ck_assert_int_eq(insn_decode(&in, (const uint8_t[]){0xc5, 0xf8, 0x77}, 3, 64), INSN_INVALID);
}
END_TEST

START_TEST(registers)
{
    struct cpu_user_regs regs = numbered_registers();
    struct insn legacy = {0}, rex = {.rex = true};

    ck_assert_ptr_eq(insn_register(&regs, 4), &regs.rsp);
    ck_assert_ptr_eq(insn_register(&regs, 15), &regs.r15);
    regs.rax = 0x1122334455667788;
    ck_assert_uint_eq(insn_register_read(&legacy, &regs, 4, 1), 0x77); /* ah */
    ck_assert_uint_eq(insn_register_read(&rex, &regs, 4, 1), 0x00);    /* spl */
    ck_assert_uint_eq(insn_register_read(&rex, &regs, 0, 4), 0x55667788);
    insn_register_write(&legacy, &regs, 4, 1, 0xff);
    ck_assert_uint_eq(regs.rax, 0x112233445566ff88);
    insn_register_write(&legacy, &regs, 0, 2, 0x12345);
    ck_assert_uint_eq(regs.rax, 0x1122334455662345);
    insn_register_write(&legacy, &regs, 0, 4, ~0ull);
    ck_assert_uint_eq(regs.rax, 0xffffffff);
}
END_TEST

/*
 * Whatever the bytes, the decoder reads none that it was not given, and a shorter view never changes a whole
 * instruction.
 */
START_TEST(noise)
{
    static const unsigned int widths[3] = {16, 32, 64};

    srand(1);
    for (unsigned int round = 0; round < 200000; round++) {
        unsigned int n = 1 + (unsigned int)rand() % 15, bits = widths[rand() % 3];
        uint8_t *bytes = malloc(n);
        struct insn in, again;

        for (unsigned int i = 0; i < n; i++)
            bytes[i] = (uint8_t)rand();
        if (insn_decode(&in, bytes, n, bits) == INSN_OK) {
            ck_assert(in.length >= 1 && in.length <= n);
            ck_assert_int_eq(insn_decode(&again, bytes, in.length, bits), INSN_OK);
            ck_assert_int_eq(in.length, again.length);
        }
        free(bytes);
    }
}
END_TEST

Suite *decode_suite(void)
{
    Suite *s = suite_create("decode");
    TCase *t = tcase_create("decode");

    tcase_add_loop_test(t, known_instructions, 0, NR_SAMPLES);
    tcase_add_loop_test(t, truncated_everywhere, 0, NR_SAMPLES);
    tcase_add_test(t, effective_addresses);
    tcase_add_test(t, prefixes);
    tcase_add_test(t, too_long_or_unknown);
    tcase_add_test(t, registers);
    tcase_add_test(t, noise);
    suite_add_tcase(s, t);
    return s;
}
