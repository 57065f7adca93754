/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The unpackers against the programs that pack (xz, zstd, lz4, gzip), and against damaged files: each
 * truncation and each flipped bit gives a phrase or the right data, never a stray access.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xen/bcj_x86.h>
#include <xen/crc.h>
#include <xen/unpack.h>
#include <xen/xxhash64.h>

#define PLAIN_MAX 600000

static unsigned char scratch[UNPACK_SCRATCH_BYTES] __attribute__((aligned(16)));
static unsigned char plain[PLAIN_MAX], packed[PLAIN_MAX + 4096];
static size_t plain_size, packed_size;

struct packer {
    const char *command;
    bool appended; /* the file does not say its size: as in a bzImage, four bytes behind it do */
    bool checked;  /* flipped bits are noticed */
};

static const struct packer packers[] = {
    {"xz -0 --check=crc32", false, true},
    {"xz -6 --check=crc64", false, true},
    {"xz -9e --check=crc32 --x86 --lzma2=dict=32MiB,lc=1,lp=3,pb=0", true, true},
    {"xz --check=none --lzma2=preset=6,lc=4,lp=0,pb=4", false, false},
    {"xz -1 --block-size=50000 --check=crc32", false, true},
    {"xz --x86=start=4096 --lzma2 --check=crc32 --block-size=100000", false, true},
    {"zstd -q -1", true, true},
    {"zstd -q -19", true, true},
    {"zstd -q --ultra -22", true, true},
    {"zstd -q --fast=9", true, true},
    {"zstd -q -3 --no-check", true, false},
    {"zstd -q -5 --stream-size=300000", false, true},
    {"lz4 -q -l -1", true, false},
    {"lz4 -q -l -9", true, false},
    {"gzip -6", false, true},
    {"gzip -1", true, true},
};

enum { NOISE, REPEATS, ZEROS, CODE, TEXT, SHORT, NR_CONTENTS };

/* What the packers have their different blocks, codes and filters for. */
static void make_plain(int contents)
{
    plain_size = contents == SHORT ? 1 : 300000;
    srand(7);
    for (size_t i = 0; i < plain_size; i++) {
        unsigned char noise = (unsigned char)rand();

        switch (contents) {
        case NOISE:
            plain[i] = noise;
            break;
        case REPEATS:
            plain[i] = rand() % 8 < 1 ? noise
                       : i > 40000    ? plain[i - 30000 - (i >> 12)]
                                      : (unsigned char)(i >> 6);
            break;
        case ZEROS:
            plain[i] = rand() % 5000 ? 0 : noise;
            break;
        case CODE: /* opcodes of calls, near each other too, with operands of either sign */
            plain[i] = rand() % 4 ? (rand() % 3 ? (rand() % 2 ? 0xff : 0) : noise)
                                  : (unsigned char)(0xe8 | (noise & 1));
            break;
        case TEXT:
            plain[i] = (unsigned char)("etaoin shrdlu\n"[noise % 14]);
            break;
        default:
            plain[i] = 'x';
        }
    }
}

static void pack(const struct packer *p)
{
    char command[512], name[] = OUT "/plain-XXXXXX";
    int fd = mkstemp(name);
    FILE *f = fdopen(fd, "w+b");

    ck_assert_uint_eq(fwrite(plain, 1, plain_size, f), plain_size);
    fflush(f);
    snprintf(command, sizeof(command), "%s -c < %s", p->command, name);
    FILE *pipe = popen(command, "r");
    packed_size = fread(packed, 1, sizeof(packed) - 4, pipe);
    ck_assert_int_eq(pclose(pipe), 0);
    fclose(f);
    remove(name);
    if (p->appended && strncmp(p->command, "gzip", 4)) {
        uint32_t size = (uint32_t)plain_size;

        memcpy(packed + packed_size, &size, 4);
        packed_size += 4;
    }
}

/*
 * As the domain builder does it, from and to memory of just the right size, so that the sanitizer sees all
 * that goes beyond.
 */
static const char *unpack(const unsigned char *data, size_t size, bool appended, bool *right)
{
    unsigned char *copy = malloc(size ? size : 1), *to = NULL;
    const char *wrong = "is not recognised";
    struct packed_file f;

    memcpy(copy, data, size);
    *right = false;
    if (packed_recognise(copy, size, &f))
        wrong = packed_find_size(&f, appended, scratch);
    if (!wrong && f.unpacked_size > 4 * PLAIN_MAX)
        wrong = "unpacks to too much";
    if (!wrong) {
        to = malloc(f.unpacked_size ? f.unpacked_size : 1);
        wrong = packed_unpack(&f, to, scratch);
        *right = !wrong && f.unpacked_size == plain_size && !memcmp(to, plain, plain_size);
    }
    free(copy);
    free(to);
    return wrong;
}

START_TEST(what_is_packed_is_unpacked)
{
    const struct packer *p = &packers[_i];
    bool right;

    for (int contents = 0; contents < NR_CONTENTS; contents++) {
        const char *wrong;

        make_plain(contents);
        if (strstr(p->command, "stream-size") && plain_size != 300000)
            continue;
        pack(p);
        wrong = unpack(packed, packed_size, p->appended, &right);
        ck_assert_msg(!wrong && right, "%s, contents %d: %s", p->command, contents,
                      wrong ? wrong : "other data");
    }
}
END_TEST

static void small_plain(void)
{
    make_plain(REPEATS);
    memmove(plain, plain + 38000, 5000);
    memset(plain + 5000, 0, 3000);
    plain_size = 8000;
}

static bool is_for_one_size(const struct packer *p)
{
    return strstr(p->command, "stream-size");
}

START_TEST(every_truncation_is_refused)
{
    const struct packer *p = &packers[_i];
    bool right;

    if (is_for_one_size(p))
        return;
    small_plain();
    pack(p);
    memset(scratch, 0xa5, sizeof(scratch));
    for (size_t size = 0; size < packed_size; size++)
        ck_assert_msg(unpack(packed, size, p->appended, &right) != NULL, "%s: %zu of %zu bytes", p->command,
                      size, packed_size);
    ck_assert_msg(!unpack(packed, packed_size, p->appended, &right) && right, "%s", p->command);
}
END_TEST

START_TEST(every_flipped_byte_is_refused_or_harmless)
{
    const struct packer *p = &packers[_i];
    size_t refused = 0;
    bool right;

    if (is_for_one_size(p))
        return;
    small_plain();
    pack(p);
    for (size_t at = 0; at < packed_size; at++) {
        unsigned char old = packed[at];
        const char *wrong;

        packed[at] ^= (unsigned char)(at & 1 ? 0xff : 1 << (at / 2 & 7));
        wrong = unpack(packed, packed_size, p->appended, &right);
        refused += wrong != NULL;
        ck_assert_msg(wrong || right || !p->checked, "%s: wrong data after a change of byte %zu", p->command,
                      at);
        packed[at] = old;
    }
    /*
     * What may change without harm: gzip's flags and time, lengths of codes that nothing uses, the size of a
     * window.
     */
    ck_assert_msg(!p->checked || refused * 100 >= packed_size * 98, "%s: %zu of %zu refused", p->command,
                  refused, packed_size);
}
END_TEST

START_TEST(a_wrong_size_behind_is_refused)
{
    static const uint32_t sizes[] = {0, 1, 7999, 8001, 100000};
    const struct packer *p = &packers[_i];
    bool right;

    if (!p->appended || !strncmp(p->command, "gzip", 4))
        return;
    small_plain();
    pack(p);
    for (unsigned int i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        memcpy(packed + packed_size - 4, &sizes[i], 4);
        ck_assert_ptr_nonnull(unpack(packed, packed_size, true, &right));
    }
}
END_TEST

static void expect_phrase(const char *command, const char *phrase)
{
    struct packer p = {command, false, false};
    const char *wrong;
    bool right;

    small_plain();
    pack(&p);
    wrong = unpack(packed, packed_size, false, &right);
    ck_assert_msg(wrong && strstr(wrong, phrase), "%s: %s", command, wrong ? wrong : "unpacked");
}

START_TEST(what_is_left_out_is_named)
{
    expect_phrase("xz --check=sha256", "check other than CRC-32 and CRC-64");
    expect_phrase("xz --arm --lzma2", "filter other than LZMA2 and x86");
    expect_phrase("xz --delta --lzma2", "filter other than LZMA2 and x86");
    expect_phrase("zstd -q -3", "does not say what it unpacks to");
    expect_phrase("lz4 -q -l", "does not say what it unpacks to");
    expect_phrase("xz --format=lzma", "format that is not known");
    expect_phrase("lz4 -q", "not recognised");
}
END_TEST

/* The published check values of the three sums. */
START_TEST(sums_are_the_published_ones)
{
    static struct crc32_table t32;
    static struct crc64_table t64;

    crc32_prepare(&t32);
    crc64_prepare(&t64);
    ck_assert_uint_eq(crc32_of(&t32, "123456789", 9), 0xcbf43926u);
    ck_assert_uint_eq(crc64_of(&t64, "123456789", 9), 0x995dc9bbdf1939faull);
    ck_assert_uint_eq(xxhash64("", 0), 0xef46db3751d8e999ull);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("unpack");
    TCase *c = tcase_create("unpack");
    int nr = sizeof(packers) / sizeof(packers[0]), failed;
    SRunner *r = srunner_create(s);

    tcase_add_loop_test(c, what_is_packed_is_unpacked, 0, nr);
    tcase_add_loop_test(c, every_truncation_is_refused, 0, nr);
    tcase_add_loop_test(c, every_flipped_byte_is_refused_or_harmless, 0, nr);
    tcase_add_loop_test(c, a_wrong_size_behind_is_refused, 0, nr);
    tcase_add_test(c, what_is_left_out_is_named);
    tcase_add_test(c, sums_are_the_published_ones);
    suite_add_tcase(s, c);
    srunner_run_all(r, CK_NORMAL);
    failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}
