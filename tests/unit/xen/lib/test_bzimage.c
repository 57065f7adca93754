/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The setup header of a bzImage: made by hand, each field wrong once, and cut at every byte. The real kernel
 * file when there is one.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xen/bzimage.h>
#include <xen/unpack.h>

#define FILE_SIZE 8192
#define SETUP_END (3 * 512) /* two setup sectors behind the first */

static unsigned char file[FILE_SIZE];
static char why[160];
static const void *payload;
static size_t payload_size;

static void put(size_t at, uint64_t value, unsigned int bytes)
{
    memcpy(file + at, &value, bytes);
}

static void make_file(void)
{
    memset(file, 0, sizeof(file));
    put(0x1f1, 2, 1);
    put(0x1fe, 0xaa55, 2);
    memcpy(file + 0x202, "HdrS", 4);
    put(0x206, 0x20f, 2);
    put(0x248, 100, 4);
    put(0x24c, 4000, 4);
}

static int find(size_t size)
{
    unsigned char *copy = malloc(size);
    int rc;

    memcpy(copy, file, size);
    why[0] = 0;
    rc = bzimage_find_payload(copy, size, &payload, &payload_size, why, sizeof(why));
    payload = (const void *)((const unsigned char *)payload - copy);
    free(copy);
    return rc;
}

START_TEST(the_payload_is_found)
{
    make_file();
    ck_assert(bzimage_is(file, FILE_SIZE));
    ck_assert_int_eq(find(FILE_SIZE), 0);
    ck_assert_uint_eq((size_t)payload, SETUP_END + 100);
    ck_assert_uint_eq(payload_size, 4000);
    put(0x1f1, 0, 1); /* means 4 */
    ck_assert_int_eq(find(FILE_SIZE), 0);
    ck_assert_uint_eq((size_t)payload, 5 * 512 + 100);
}
END_TEST

START_TEST(what_is_no_bzimage_is_none)
{
    make_file();
    for (size_t size = 0; size < 0x206; size++)
        ck_assert(!bzimage_is(file, size));
    put(0x1fe, 0xaa54, 2);
    ck_assert(!bzimage_is(file, FILE_SIZE));
    make_file();
    put(0x202, 'X', 1);
    ck_assert(!bzimage_is(file, FILE_SIZE));
}
END_TEST

START_TEST(a_wrong_header_is_named)
{
    make_file();
    put(0x206, 0x207, 2);
    ck_assert(find(FILE_SIZE) && strstr(why, "boot protocol 2.07, "));
    make_file();
    put(0x24c, 0, 4);
    ck_assert(find(FILE_SIZE) && strstr(why, "without a payload"));
    make_file();
    put(0x248, ~0u, 4);
    ck_assert(find(FILE_SIZE) && strstr(why, "does not lie in its 0x2000 bytes: it is truncated"));
    make_file();
    put(0x24c, ~0u, 4);
    ck_assert(find(FILE_SIZE) && strstr(why, "does not lie in its 0x2000 bytes: it is truncated"));
}
END_TEST

START_TEST(every_truncation_is_named)
{
    make_file();
    for (size_t size = 0x206; size < SETUP_END + 100 + 4000; size++)
        ck_assert(find(size) && strstr(why, "truncated"));
    ck_assert_int_eq(find(SETUP_END + 100 + 4000), 0);
}
END_TEST

static unsigned char *read_kernel(size_t *size)
{
    FILE *f = fopen(OUT "/../../../../../stock/vmlinuz", "rb");
    unsigned char *data;

    if (!f)
        return NULL;
    fseek(f, 0, SEEK_END);
    *size = (size_t)ftell(f);
    rewind(f);
    data = malloc(*size);
    ck_assert_uint_eq(fread(data, 1, *size, f), *size);
    fclose(f);
    return data;
}

/* Debian's own kernel, when it has been fetched for another test. */
START_TEST(the_stock_kernel_is_unpacked)
{
    size_t size;
    unsigned char *data = read_kernel(&size), *to;
    void *scratch = aligned_alloc(16, UNPACK_SCRATCH_BYTES);
    struct packed_file f;

    if (data) {
        ck_assert(bzimage_is(data, size));
        ck_assert_int_eq(bzimage_find_payload(data, size, &payload, &payload_size, why, sizeof(why)), 0);
        ck_assert(packed_recognise(payload, payload_size, &f));
        ck_assert_ptr_null(packed_find_size(&f, true, scratch));
        to = malloc(f.unpacked_size);
        ck_assert_ptr_null(packed_unpack(&f, to, scratch));
        ck_assert_int_eq(memcmp(to, "\177ELF", 4), 0);
        free(to);
    }
    free(scratch);
    free(data);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("bzimage");
    TCase *c = tcase_create("bzimage");
    SRunner *r = srunner_create(s);
    int failed;

    tcase_add_test(c, the_payload_is_found);
    tcase_add_test(c, what_is_no_bzimage_is_none);
    tcase_add_test(c, a_wrong_header_is_named);
    tcase_add_test(c, every_truncation_is_named);
    tcase_add_test(c, the_stock_kernel_is_unpacked);
    suite_add_tcase(s, c);
    srunner_run_all(r, CK_NORMAL);
    failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}
