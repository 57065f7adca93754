/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The gzip decoder against the gzip program, and against damaged files: a phrase each time, never a stray
 * access.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xen/inflate.h>
#include <xen/unpack.h>

#define PLAIN_SIZE 300000

static unsigned char plain[PLAIN_SIZE], packed[PLAIN_SIZE + 4096], unpacked[PLAIN_SIZE + 1];
static size_t packed_size;
static unsigned char scratch[UNPACK_SCRATCH_BYTES] __attribute__((aligned(16)));

/* Data with runs, far repeats and noise: every kind of block and code. */
static void make_plain(unsigned int noise_of_8)
{
    srand(7);
    for (size_t i = 0; i < PLAIN_SIZE; i++)
        plain[i] = (unsigned int)(rand() & 7) < noise_of_8 ? (unsigned char)rand()
                   : i > 40000                             ? plain[i - 30000 - (i >> 12)]
                                                           : (unsigned char)(i >> 6);
}

static void pack(const char *options)
{
    char command[512], name[] = OUT "/plain-XXXXXX";
    int fd = mkstemp(name);
    FILE *f = fdopen(fd, "w+b");

    ck_assert_uint_eq(fwrite(plain, 1, PLAIN_SIZE, f), PLAIN_SIZE);
    fflush(f);
    snprintf(command, sizeof(command), "gzip %s < %s", options, name);
    FILE *p = popen(command, "r");
    packed_size = fread(packed, 1, sizeof(packed), p);
    ck_assert_int_eq(pclose(p), 0);
    fclose(f);
    remove(name);
}

static void check_round_trip(void)
{
    size_t n = 0;

    ck_assert_uint_eq(gzip_claimed_size(packed, packed_size), PLAIN_SIZE);
    ck_assert_ptr_null(gzip_unpack(unpacked, PLAIN_SIZE, packed, packed_size, scratch, &n));
    ck_assert_uint_eq(n, PLAIN_SIZE);
    ck_assert_int_eq(memcmp(plain, unpacked, PLAIN_SIZE), 0);
}

START_TEST(what_gzip_packs_is_unpacked)
{
    static const char *const options[] = {"-1", "-6", "-9", "-9 -N"};

    for (unsigned int noise = 0; noise <= 8; noise += 2) {
        make_plain(noise);
        pack(options[_i]);
        check_round_trip();
    }
}
END_TEST

START_TEST(every_truncation_is_named)
{
    size_t n;

    make_plain(1);
    pack("-6");
    for (size_t cut = 1; cut < packed_size; cut = cut * 5 / 4 + 1) {
        /* A copy of its own, so that the sanitizer sees a read past its end. */
        size_t size = packed_size - cut;
        unsigned char *copy = malloc(size ? size : 1);
        const char *wrong;

        memcpy(copy, packed, size);
        wrong = gzip_unpack(unpacked, PLAIN_SIZE, copy, size, scratch, &n);
        ck_assert_ptr_nonnull(wrong);
        free(copy);
    }
    ck_assert_ptr_nonnull(
        strstr(gzip_unpack(unpacked, PLAIN_SIZE, packed, packed_size / 2, scratch, &n), "truncated"));
}
END_TEST

/* A flipped bit is noticed, or it was one that carries nothing (the padding of the last byte). */
START_TEST(flipped_bits_never_give_wrong_data)
{
    size_t n;
    int refused = 0;

    make_plain(1);
    pack("-6");
    for (int i = 0; i < 400; i++) {
        size_t at = 10 + (size_t)rand() % (packed_size - 10);
        unsigned char old = packed[at];

        packed[at] ^= (unsigned char)(1 << (rand() & 7));
        if (gzip_unpack(unpacked, PLAIN_SIZE, packed, packed_size, scratch, &n))
            refused++;
        else
            ck_assert_int_eq(memcmp(plain, unpacked, PLAIN_SIZE), 0);
        packed[at] = old;
    }
    ck_assert_int_ge(refused, 390);
    check_round_trip();
}
END_TEST

START_TEST(a_small_buffer_is_not_overrun)
{
    size_t n;
    unsigned char *small = malloc(1000);

    make_plain(1);
    pack("-6");
    ck_assert_ptr_nonnull(gzip_unpack(small, 1000, packed, packed_size, scratch, &n));
    free(small);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("inflate");
    TCase *c = tcase_create("gzip");
    SRunner *r = srunner_create(s);
    int failed;

    tcase_add_loop_test(c, what_gzip_packs_is_unpacked, 0, 4);
    tcase_add_test(c, every_truncation_is_named);
    tcase_add_test(c, flipped_bits_never_give_wrong_data);
    tcase_add_test(c, a_small_buffer_is_not_overrun);
    suite_add_tcase(s, c);
    srunner_run_all(r, CK_NORMAL);
    failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}
