/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A kernel with the note BSD_SYMTAB "yes" finds its symbol table behind itself.
 *
 * elfnote.h says only that the table is loaded "in the BSD way". Measured on stock Xen 4.17: at the next
 * multiple of 8 bytes behind the segments lies a 32-bit word, how many bytes follow; then an ELF header as
 * the file's, without program headers, with three section headers directly behind it: an empty one, the
 * symbol table, its strings, as the file has them but for their offsets, which count from the ELF header, and
 * the link to the strings. Four bytes later comes the table, then the strings. The next thing of the initial
 * layout begins on the page after all this.
 *
 * What goes wrong: the table of strings is the one of section names; the word counts itself; p2m list or
 * ramdisk lie on top of it. The end of this image is 1 modulo 8 (link.lds), so that the alignment shows.
 */
#include "guest.h"

const char test_title[] = "the symbol table behind the kernel";

#define SHT_SYMTAB 2
#define SHT_STRTAB 3

/* ELF64 (System V ABI, chapter 4), as words of their sizes. */
struct header {
    uint8_t ident[16];
    uint16_t type, machine;
    uint32_t version;
    uint64_t entry, phoff, shoff;
    uint32_t flags;
    uint16_t ehsize, phentsize, phnum, shentsize, shnum, shstrndx;
};
struct section {
    uint32_t name, type;
    uint64_t flags, address, offset, size;
    uint32_t link, info;
    uint64_t align, entry_size;
};
struct symbol {
    uint32_t name;
    uint8_t info, other;
    uint16_t section;
    uint64_t value, size;
};

extern char guest_end[], guest_entry[];
char last_byte __attribute__((section(".tail,\"aw\",@nobits#")));

static const char *table_begin(void)
{
    return (const char *)(((unsigned long)guest_end + 7) & ~7ul);
}

static const struct section *sections(void)
{
    return (const void *)(table_begin() + 4 + sizeof(struct header));
}

static const void *contents(const struct section *s)
{
    return table_begin() + 4 + s->offset;
}

static void headers(void)
{
    const struct header *h = (const void *)(table_begin() + 4);
    const struct section *s = sections();
    uint32_t bytes;

    memcpy(&bytes, table_begin(), sizeof(bytes));
    CHECK(!memcmp(h->ident, "\x7f"
                            "ELF\x02\x01\x01",
                  7));
    CHECK_EQUAL(h->machine, 62);
    CHECK_EQUAL(h->entry, (unsigned long)guest_entry);
    CHECK_EQUAL(h->phoff, 0);
    CHECK_EQUAL(h->phnum, 0);
    CHECK_EQUAL(h->shoff, sizeof(*h));
    CHECK_EQUAL(h->shentsize, sizeof(*s));
    CHECK_EQUAL(h->shnum, 3);
    CHECK_EQUAL(h->shstrndx, 0);
    CHECK_EQUAL(s[0].type, 0);
    CHECK_EQUAL(s[1].type, SHT_SYMTAB);
    CHECK_EQUAL(s[1].link, 2);
    CHECK_EQUAL(s[1].entry_size, sizeof(struct symbol));
    CHECK_EQUAL(s[1].offset, 4 + sizeof(*h) + 3 * sizeof(*s));
    CHECK_EQUAL(s[2].type, SHT_STRTAB);
    CHECK_EQUAL(s[2].offset, s[1].offset + s[1].size);
    CHECK_EQUAL(bytes, s[2].offset + s[2].size);
    CHECK_EQUAL(start_info->mfn_list,
                ((unsigned long)table_begin() + 4 + bytes + PAGE_SIZE - 1) & -PAGE_SIZE);
}

/* The symbol of this name; NULL: none. */
static const struct symbol *find(const char *name)
{
    const struct section *s = sections();
    const struct symbol *symbol = contents(&s[1]);
    const char *names = contents(&s[2]);

    for (uint64_t i = 0; i < s[1].size / sizeof(*symbol); i++)
        if (symbol[i].name < s[2].size && !strcmp(names + symbol[i].name, name))
            return &symbol[i];
    return NULL;
}

void test_main(void)
{
    const struct symbol *own;

    CHECK_EQUAL((unsigned long)guest_end % 8, 1);
    headers();
    own = find("test_main");
    REQUIRE(own);
    CHECK_EQUAL(own->value, (unsigned long)test_main);
    CHECK(own->size > 16);
    CHECK(!find("no such function"));
    test_success();
}
