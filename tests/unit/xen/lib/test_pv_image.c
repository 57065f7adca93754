/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The parser of PV kernel files: what a good one says, and the sentence for each way in which one can be bad.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <xen/types.h>
#include <public/elfnote.h>
#include <xen/pv_image.h>

#define BASE   0xffffffff80000000ull
#define NR_PH  3
#define FILE_SIZE 0x3000

/* A small good kernel: two segments and a note segment; tests damage it. */
static unsigned char file[FILE_SIZE];
static size_t notes_at;
static char why[256];
static struct pv_image image;

static struct elf64_header *header(void)
{
    return (struct elf64_header *)file;
}

static struct elf64_program_header *ph(unsigned int i)
{
    return (struct elf64_program_header *)(file + sizeof(struct elf64_header)) + i;
}

static void add_note(uint32_t type, const void *desc, uint32_t size)
{
    struct elf64_note_header h = {4, size, type};

    memcpy(file + notes_at, &h, sizeof(h));
    memcpy(file + notes_at + sizeof(h), "Xen", 4);
    memcpy(file + notes_at + sizeof(h) + 4, desc, size);
    notes_at += sizeof(h) + 4 + ROUND_UP(size, 4);
    ph(2)->filesz = notes_at - 0x200;
}

static void add_number(uint32_t type, uint64_t value)
{
    add_note(type, &value, sizeof(value));
}

static void add_string(uint32_t type, const char *value)
{
    add_note(type, value, (uint32_t)strlen(value) + 1);
}

static void good_headers(void)
{
    struct elf64_header h = {.magic = ELF_MAGIC,
                             .class = ELF_CLASS64,
                             .data = ELF_DATA_LITTLE,
                             .ident_version = 1,
                             .type = ELF_TYPE_EXEC,
                             .machine = ELF_MACHINE_X86_64,
                             .version = 1,
                             .entry = BASE + 0x100000,
                             .phoff = sizeof(h),
                             .ehsize = sizeof(h),
                             .phentsize = sizeof(struct elf64_program_header),
                             .phnum = NR_PH};

    memset(file, 0, sizeof(file));
    memcpy(file, &h, sizeof(h));
    *ph(0) = (struct elf64_program_header){ELF_PT_LOAD, 5,      0x1000, BASE + 0x100000,
                                           0x100000,    0x1000, 0x1000, 0x1000};
    /* The per-CPU kind: its virtual address is no place at all. */
    *ph(1) = (struct elf64_program_header){ELF_PT_LOAD, 6, 0x2000, 0, 0x102000, 0x800, 0x5000, 0x1000};
    *ph(2) = (struct elf64_program_header){ELF_PT_NOTE, 4, 0x200, 0, 0, 0, 0, 4};
    notes_at = 0x200;
}

static void good_file(void)
{
    good_headers();
    add_string(XEN_ELFNOTE_XEN_VERSION, "xen-3.0");
    add_string(XEN_ELFNOTE_LOADER, "generic");
    add_string(XEN_ELFNOTE_GUEST_OS, "testos");
    add_number(XEN_ELFNOTE_VIRT_BASE, BASE);
}

static int parse(void)
{
    why[0] = 0;
    return pv_image_parse(file, sizeof(file), &image, why, sizeof(why));
}

static void expect_refused(const char *phrase)
{
    ck_assert_int_eq(parse(), -22);
    ck_assert_msg(strstr(why, phrase), "'%s' lacks '%s'", why, phrase);
}

START_TEST(good_file_is_understood)
{
    good_file();
    add_number(XEN_ELFNOTE_HYPERCALL_PAGE, BASE + 0x103000);
    add_number(XEN_ELFNOTE_INIT_P2M, 0x8000000000);
    add_number(XEN_ELFNOTE_MOD_START_PFN, 1);
    ck_assert_msg(!parse(), "%s", why);
    ck_assert_uint_eq(image.nr_segments, 2);
    ck_assert_uint_eq(image.segment[1].va, BASE + 0x102000);
    ck_assert_uint_eq(image.start_va, BASE + 0x100000);
    ck_assert_uint_eq(image.end_va, BASE + 0x107000);
    ck_assert_uint_eq(image.entry_va, BASE + 0x100000);
    ck_assert(image.has_hypercall_page && image.has_init_p2m && image.mod_start_pfn);
    ck_assert_str_eq(image.guest_os, "testos");
}
END_TEST

START_TEST(entry_note_beats_the_header)
{
    good_file();
    add_number(XEN_ELFNOTE_ENTRY, BASE + 0x100123);
    ck_assert(!parse());
    ck_assert_uint_eq(image.entry_va, BASE + 0x100123);
    ck_assert(!image.has_hypercall_page);
}
END_TEST

START_TEST(the_string_section_will_do)
{
    static const char text[] =
        "GUEST_OS=old,XEN_VER=xen-3.0,VIRT_BASE=0xffffffff80000000,HYPERCALL_PAGE=0x101,LOADER=generic";
    static const char names[] = "\0__xen_guest";
    struct elf64_section_header sh[2] = {{.name = 1, .offset = 0x400, .size = sizeof(text)},
                                         {.offset = 0x500, .size = sizeof(names)}};

    good_headers();
    ph(0)->memsz = 0x2000;
    ph(0)->paddr += BASE;
    ph(1)->paddr += BASE;
    memcpy(file + 0x400, text, sizeof(text));
    memcpy(file + 0x500, names, sizeof(names));
    memcpy(file + 0x600, sh, sizeof(sh));
    header()->shoff = 0x600;
    header()->shnum = 2;
    header()->shentsize = sizeof(sh[0]);
    header()->shstrndx = 1;
    ck_assert_msg(!parse(), "%s", why);
    ck_assert_uint_eq(image.hypercall_page_va, BASE + 0x101000);
    ck_assert_str_eq(image.guest_os, "old");
}
END_TEST

/* Three sections: none, one symbol beside the empty one, its name. */
#define SYMTAB_AT 0x2900
#define STRTAB_AT 0x2a00
static void add_symbols(void)
{
    static const char names[] = "\0start";
    struct elf64_symbol s = {.name = 1, .info = ELF_STT_FUNC, .section = 1, .value = BASE + 0x100010};
    struct elf64_section_header sh[3] = {
        {.type = 0},
        {.type = ELF_SHT_SYMTAB, .offset = SYMTAB_AT, .size = 2 * sizeof(s), .link = 2},
        {.type = ELF_SHT_STRTAB, .offset = STRTAB_AT, .size = sizeof(names)}};

    header()->shoff = 0x2b00;
    header()->shentsize = sizeof(sh[0]);
    header()->shnum = 3;
    memcpy(file + header()->shoff, sh, sizeof(sh));
    memcpy(file + SYMTAB_AT + sizeof(s), &s, sizeof(s));
    memcpy(file + STRTAB_AT, names, sizeof(names));
}

START_TEST(symbols_stand_behind_the_segments_of_a_kernel_that_asks)
{
    struct pv_symbols_file head;

    good_file();
    add_symbols();
    ck_assert(!parse());
    ck_assert_ptr_eq(image.symbols.symtab, file + SYMTAB_AT);
    ck_assert_ptr_eq(image.symbols.strtab, file + STRTAB_AT);
    ck_assert_uint_eq(image.symbols_va, 0);
    ck_assert_uint_eq(image.end_va, BASE + 0x107000);
    add_string(XEN_ELFNOTE_BSD_SYMTAB, "yes");
    ph(1)->memsz = 0x4ffd;
    ck_assert(!parse());
    ck_assert_uint_eq(image.symbols_va, BASE + 0x107000);
    ck_assert_uint_eq(image.end_va, BASE + 0x107000 + sizeof(head) + 48 + 8);
    pv_image_symbols_file(&image, &head);
    ck_assert_uint_eq(head.bytes, sizeof(head) - 4 + 48 + 7);
    ck_assert_uint_eq(head.elf.shnum, 3);
    ck_assert_uint_eq(head.section[1].offset, 260);
    ck_assert_uint_eq(head.section[2].offset, 260 + 48);
}
END_TEST

START_TEST(symbols_that_are_not_in_the_file_are_left_out)
{
    struct elf64_section_header *sh = (struct elf64_section_header *)(file + 0x2b00);

    good_file();
    add_symbols();
    add_string(XEN_ELFNOTE_BSD_SYMTAB, "yes");
    sh[2].size = FILE_SIZE;
    ck_assert(!parse());
    ck_assert_ptr_null(image.symbols.symtab);
    ck_assert_uint_eq(image.symbols_va, 0);
    add_symbols();
    sh[1].link = 9;
    ck_assert(!parse());
    ck_assert_ptr_null(image.symbols.symtab);
    add_symbols();
    add_string(XEN_ELFNOTE_BSD_SYMTAB, "no");
    ck_assert(!parse());
    ck_assert_uint_eq(image.symbols_va, 0);
}
END_TEST

/* Nothing that was found lies outside of the file: the sanitizer sees the reading. */
static void read_all(void)
{
    const struct pv_symbols *s = &image.symbols;

    for (unsigned int n = 0; n < image.nr_segments; n++)
        if (image.segment[n].file_size)
            ck_assert(!memchr(image.segment[n].data, 0xaa, image.segment[n].file_size));
    if (s->symtab) {
        ck_assert(!memchr(s->symtab, 0xaa, s->symtab_size));
        ck_assert(!memchr(s->strtab, 0xaa, s->strtab_size));
    }
}

START_TEST(bad_files_are_refused_with_a_reason)
{
    good_file();
    header()->magic = 0;
    expect_refused("no ELF");
    good_file();
    header()->machine = ELF_MACHINE_386;
    expect_refused("another machine");
    good_file();
    header()->type = 3;
    expect_refused("no executable");
    good_file();
    header()->phoff = ~0ull;
    expect_refused("program header table");
    good_headers();
    expect_refused("no Xen notes");
    good_headers();
    add_string(XEN_ELFNOTE_LOADER, "generic");
    expect_refused("no XEN_VERSION note");
    good_headers();
    add_string(XEN_ELFNOTE_XEN_VERSION, "xen-2.0");
    expect_refused("wrong XEN_VERSION note of xen-2.0");
    good_headers();
    add_string(XEN_ELFNOTE_XEN_VERSION, "xen-3.0");
    expect_refused("no LOADER note");
    good_file();
    add_number(XEN_ELFNOTE_VIRT_BASE, BASE + 0x400000);
    expect_refused("two contradictory VIRT_BASE notes");
    good_headers();
    add_string(XEN_ELFNOTE_XEN_VERSION, "xen-3.0");
    add_string(XEN_ELFNOTE_LOADER, "generic");
    add_number(XEN_ELFNOTE_PADDR_OFFSET, 0);
    expect_refused("no VIRT_BASE note");
    good_file();
    ph(0)->memsz = 0x3000;
    expect_refused("overlaps itself");
    good_file();
    ph(0)->filesz = 0x100000;
    expect_refused("more bytes in the file");
    good_file();
    ph(0)->offset = ~0xfffull;
    expect_refused("outside the file");
    good_file();
    ph(1)->paddr = 0x900000000000ull;
    expect_refused("outside memory");
    good_file();
    add_number(XEN_ELFNOTE_ENTRY, 0x1234);
    expect_refused("entry 0x1234 outside its segments");
    good_file();
    add_number(XEN_ELFNOTE_HYPERCALL_PAGE, BASE + 0x100010);
    expect_refused("HYPERCALL_PAGE");
    good_file();
    add_number(XEN_ELFNOTE_INIT_P2M, BASE + 0x101000);
    expect_refused("INIT_P2M");
    good_file();
    add_string(XEN_ELFNOTE_FEATURES, "!supervisor_mode_kernel");
    expect_refused("supervisor_mode_kernel");
}
END_TEST

START_TEST(sentences_say_what_to_do)
{
    ck_assert_int_eq(pv_image_parse(file, 0, &image, why, sizeof(why)), -22);
    ck_assert_str_eq(why, "is no ELF file; it is empty: give the kernel as ELF64 or bzImage, plain or packed "
                          "(gzip, XZ, zstd, LZ4)");
    good_headers();
    expect_refused("link it with the notes of xen/elfnote.h");
    good_file();
    ph(0)->type = ph(1)->type = 0;
    expect_refused("no segment to load; link it");
    good_file();
    ph(0)->offset = ~0xfffull;
    expect_refused("give it anew");
}
END_TEST

START_TEST(truncated_and_random_files_never_lead_outside)
{
    srand(5);
    for (int i = 0; i < 20000; i++) {
        size_t size = (size_t)rand() % sizeof(file) + 1;
        unsigned char *copy;

        good_file();
        add_symbols();
        for (int k = rand() % 8; k; k--)
            file[(rand() & 3 ? 0 : 0x2b00) + rand() % 0x400] ^= (unsigned char)(1 << (rand() & 7));
        copy = malloc(size);
        memcpy(copy, file, size);
        if (!pv_image_parse(copy, size, &image, why, sizeof(why)))
            read_all();
        free(copy);
    }
}
END_TEST

int main(void)
{
    Suite *s = suite_create("pv_image");
    TCase *c = tcase_create("parse");
    SRunner *r = srunner_create(s);
    int failed;

    tcase_add_test(c, good_file_is_understood);
    tcase_add_test(c, entry_note_beats_the_header);
    tcase_add_test(c, the_string_section_will_do);
    tcase_add_test(c, symbols_stand_behind_the_segments_of_a_kernel_that_asks);
    tcase_add_test(c, symbols_that_are_not_in_the_file_are_left_out);
    tcase_add_test(c, bad_files_are_refused_with_a_reason);
    tcase_add_test(c, sentences_say_what_to_do);
    tcase_add_test(c, truncated_and_random_files_never_lead_outside);
    suite_add_tcase(s, c);
    srunner_run_all(r, CK_NORMAL);
    failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}
