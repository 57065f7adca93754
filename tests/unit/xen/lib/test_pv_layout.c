/* SPDX-License-Identifier: BSD-2-Clause */
/* The initial layout: its parts do not overlap, its tables suffice, and it refuses what cannot be. */
#include <check.h>
#include <string.h>
#include <xen/pv_layout.h>

#define MIB (1ull << 20)

static struct pv_image kernel(uint64_t base, uint64_t bytes)
{
    return (struct pv_image){.virt_base = base, .start_va = base + MIB, .end_va = base + MIB + bytes};
}

static uint64_t tables_needed(const struct pv_layout *l)
{
    uint64_t n = 1;

    for (unsigned int shift = 21; shift <= 39; shift += 9)
        n += ((l->end_va - 1) >> shift) - (l->start_va >> shift) + 1;
    return n;
}

static void check_order(const struct pv_layout *l, const struct pv_image *image)
{
    ck_assert_uint_eq(l->start_va % (4 * MIB), 0);
    ck_assert_uint_eq(l->end_va % (4 * MIB), 0);
    ck_assert_uint_le(image->end_va, l->start_info_va);
    ck_assert_uint_lt(l->start_info_va, l->page_tables_va);
    ck_assert_uint_eq(l->page_tables_va + l->nr_page_tables * PAGE_SIZE, l->stack_va);
    ck_assert_uint_ge(l->end_va - (l->stack_va + PAGE_SIZE), 512 << 10);
    ck_assert_uint_ge(l->nr_page_tables, tables_needed(l));
}

START_TEST(ordinary_kernels)
{
    static const uint64_t bases[] = {0, 0x400000, 0xffffffff80000000ull, 0xffff880000000000ull,
                                     0x7ffff0000000ull};
    static const uint64_t sizes[] = {1, 4096, 3 * MIB, 3 * MIB - 4096, 40 * MIB};
    static const uint64_t pages[] = {16384, 65536, 1 << 20};

    for (unsigned int i = 0; i < 5 * 5 * 3; i++) {
        struct pv_image image = kernel(bases[i % 5], sizes[i / 5 % 5]);
        struct pv_layout l;

        ck_assert_int_eq(pv_layout_compute(&image, pages[i / 25], 5 * MIB + 3, 1200, &l), 0);
        check_order(&l, &image);
        ck_assert_uint_ge(l.ramdisk_va, image.end_va);
        ck_assert_uint_ge(l.p2m_va, l.ramdisk_va + 5 * MIB + 3);
        ck_assert_uint_ge(l.start_info_va, l.p2m_va + pages[i / 25] * 8);
        ck_assert_uint_eq(l.nr_used_pages, l.nr_mapped_pages);
    }
}
END_TEST

START_TEST(separate_list_and_unmapped_ramdisk_lie_behind)
{
    struct pv_image image = kernel(0xffffffff80000000ull, 20 * MIB);
    struct pv_layout l;

    image.has_init_p2m = image.mod_start_pfn = true;
    image.init_p2m_va = 0x8000000000;
    ck_assert_int_eq(pv_layout_compute(&image, 65536, 9 * MIB, 1200, &l), 0);
    check_order(&l, &image);
    ck_assert_uint_eq(l.ramdisk_va, 0);
    ck_assert_uint_eq(l.p2m_pfn, l.nr_mapped_pages);
    ck_assert_uint_eq(l.nr_p2m_pages, 128);
    ck_assert_uint_eq(l.nr_p2m_tables, 3);
    ck_assert_uint_eq(l.ramdisk_pfn, 8192);
    ck_assert_uint_eq(l.nr_used_pages, l.ramdisk_pfn + 9 * 256);

    /*
     * No room there: the first power of two behind the mapped pages is the end of the domain, or too near to
     * it.
     */
    ck_assert_int_eq(pv_layout_compute(&image, 8192 + 9 * 256 - 1, 9 * MIB, 1200, &l), 0);
    ck_assert_uint_eq(l.ramdisk_pfn, l.p2m_pfn + l.nr_p2m_pages + l.nr_p2m_tables);
    ck_assert_int_eq(pv_layout_compute(&image, 8192 + 9 * 256, 9 * MIB, 1200, &l), 0);
    ck_assert_uint_eq(l.ramdisk_pfn, 8192);
}
END_TEST

START_TEST(what_cannot_be_is_refused)
{
    struct pv_image image = kernel(0, 64 * MIB);
    struct pv_layout l;

    ck_assert_int_eq(pv_layout_compute(&image, 8192, 0, 1200, &l), -12);
    image = kernel(0xffff800000000000ull, MIB);
    ck_assert_int_eq(pv_layout_compute(&image, 65536, 0, 1200, &l), -22);
    image = kernel(0x7fffffc00000ull, 2 * MIB);
    ck_assert_int_eq(pv_layout_compute(&image, 65536, 0, 1200, &l), -22);
    image = kernel(0xffffffffffc00000ull, 2 * MIB);
    ck_assert_int_eq(pv_layout_compute(&image, 65536, 0, 1200, &l), -22);
    image = kernel(0, MIB);
    image.has_init_p2m = true;
    image.init_p2m_va = 2 * MIB;
    ck_assert_int_eq(pv_layout_compute(&image, 65536, 0, 1200, &l), -22);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("pv_layout");
    TCase *c = tcase_create("layout");
    SRunner *r = srunner_create(s);
    int failed;

    tcase_add_test(c, ordinary_kernels);
    tcase_add_test(c, separate_list_and_unmapped_ramdisk_lie_behind);
    tcase_add_test(c, what_cannot_be_is_refused);
    suite_add_tcase(s, c);
    srunner_run_all(r, CK_NORMAL);
    failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}
