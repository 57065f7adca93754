/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Makes images that no domain builder should start: reads a sound ELF64 guest from standard input, gives it
 * the one defect that is named, writes it to standard output. It judges nothing: what the hypervisor says of
 * each is in cases/bad_input.sh.
 */
#include <elf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <xen/elfnote.h>

enum { MAX_BYTES = 64 << 20, SPARE_SEGMENTS = 2 };

struct image {
    unsigned char *bytes;
    size_t size;
    Elf64_Ehdr *header;
    Elf64_Phdr *segments;
};

static _Noreturn void die(const char *sentence)
{
    fprintf(stderr, "mkbad: %s\n", sentence);
    exit(2);
}

/* The program headers move behind the file's contents, where there is room for more of them. */
static struct image read_image(void)
{
    struct image image = {.bytes = calloc(1, MAX_BYTES)};
    size_t table;

    if (!image.bytes)
        die("no memory");
    image.size = fread(image.bytes, 1, MAX_BYTES - 4096, stdin);
    image.header = (Elf64_Ehdr *)image.bytes;
    if (image.size < sizeof(Elf64_Ehdr) || memcmp(image.bytes, ELFMAG, SELFMAG))
        die("no ELF file on standard input");

    table = (image.size + 7) & ~(size_t)7;
    image.segments = (Elf64_Phdr *)(image.bytes + table);
    memcpy(image.segments, image.bytes + image.header->e_phoff, image.header->e_phnum * sizeof(Elf64_Phdr));
    image.header->e_phoff = table;
    image.size = table + (image.header->e_phnum + SPARE_SEGMENTS) * sizeof(Elf64_Phdr);
    return image;
}

static Elf64_Phdr *find_segment(struct image *image, Elf64_Word type)
{
    for (int i = 0; i < image->header->e_phnum; i++)
        if (image->segments[i].p_type == type)
            return &image->segments[i];
    die("a segment is missing that the defect needs");
}

static Elf64_Phdr *add_copy_of_first_load(struct image *image)
{
    Elf64_Phdr *copy = &image->segments[image->header->e_phnum];

    *copy = *find_segment(image, PT_LOAD);
    image->header->e_phnum++;
    return copy;
}

static size_t round_to_4(size_t bytes)
{
    return (bytes + 3) & ~(size_t)3;
}

static Elf64_Nhdr *find_note(struct image *image, Elf64_Word type)
{
    Elf64_Phdr *notes = find_segment(image, PT_NOTE);
    size_t at = notes->p_offset;

    while (at + sizeof(Elf64_Nhdr) < notes->p_offset + notes->p_filesz) {
        Elf64_Nhdr *note = (Elf64_Nhdr *)(image->bytes + at);

        if (note->n_type == type)
            return note;
        at += sizeof(*note) + round_to_4(note->n_namesz) + round_to_4(note->n_descsz);
    }
    die("a note is missing that the defect needs");
}

static char *note_value(Elf64_Nhdr *note)
{
    return (char *)(note + 1) + round_to_4(note->n_namesz);
}

static void remove_note(struct image *image, Elf64_Word type)
{
    find_note(image, type)->n_type = 0x7e;
}

static void sound(struct image *image)
{
}

static void other_machine(struct image *image)
{
    image->header->e_machine = EM_AARCH64;
}

static void elf32(struct image *image)
{
    image->header->e_ident[EI_CLASS] = ELFCLASS32;
}

static void truncated(struct image *image)
{
    find_segment(image, PT_LOAD)->p_filesz = MAX_BYTES;
    find_segment(image, PT_LOAD)->p_memsz = MAX_BYTES;
}

/* Without section headers too: a note section is as good as a note segment, and so is a section named
 * __xen_guest. */
static void no_notes(struct image *image)
{
    find_segment(image, PT_NOTE)->p_type = PT_NULL;
    image->header->e_shnum = 0;
    image->header->e_shoff = 0;
    image->header->e_shstrndx = 0;
}

static void no_segments(struct image *image)
{
    for (int i = 0; i < image->header->e_phnum; i++)
        if (image->segments[i].p_type == PT_LOAD)
            image->segments[i].p_type = PT_NULL;
}

static void overlap(struct image *image)
{
    Elf64_Phdr *copy = add_copy_of_first_load(image);

    copy->p_vaddr += 16;
    copy->p_paddr += 16;
}

static void outside_memory(struct image *image)
{
    Elf64_Phdr *copy = add_copy_of_first_load(image);

    copy->p_vaddr += 64ul << 30;
    copy->p_paddr += 64ul << 30;
}

static void entry_outside(struct image *image)
{
    image->header->e_entry += 1 << 20;
}

static void faults_at_once(struct image *image)
{
    static const unsigned char read_of_nothing[] = {0x48, 0x8b, 0x04, 0x25,
                                                    0x00, 0xd0, 0xea, 0x0d}; /* mov 0xdead000, %rax */
    Elf64_Phdr *text = find_segment(image, PT_LOAD);

    memcpy(image->bytes + text->p_offset + (image->header->e_entry - text->p_vaddr), read_of_nothing,
           sizeof(read_of_nothing));
}

static void version_missing(struct image *image)
{
    remove_note(image, XEN_ELFNOTE_XEN_VERSION);
}

static void version_wrong(struct image *image)
{
    memcpy(note_value(find_note(image, XEN_ELFNOTE_XEN_VERSION)), "xen-2.0", 8);
}

static void loader_wrong(struct image *image)
{
    memcpy(note_value(find_note(image, XEN_ELFNOTE_LOADER)), "special", 8);
}

static void offset_without_base(struct image *image)
{
    Elf64_Xword offset = 4096;

    memcpy(note_value(find_note(image, XEN_ELFNOTE_PADDR_OFFSET)), &offset, sizeof(offset));
    remove_note(image, XEN_ELFNOTE_VIRT_BASE);
}

/* In place of the PADDR_OFFSET note, which says 0. */
static void put_note(struct image *image, Elf64_Word type, Elf64_Xword value)
{
    Elf64_Nhdr *note = find_note(image, XEN_ELFNOTE_PADDR_OFFSET);

    note->n_type = type;
    memcpy(note_value(note), &value, sizeof(value));
}

static void base_twice(struct image *image)
{
    put_note(image, XEN_ELFNOTE_VIRT_BASE, 1ul << 30);
}

static void hypercall_page_outside(struct image *image)
{
    put_note(image, XEN_ELFNOTE_HYPERCALL_PAGE, 0xdead000);
}

static void p2m_inside(struct image *image)
{
    put_note(image, XEN_ELFNOTE_INIT_P2M, image->header->e_entry & ~4095ul);
}

static void base_not_canonical(struct image *image)
{
    Elf64_Xword base = 1ul << 62;

    image->header->e_entry += base;
    memcpy(note_value(find_note(image, XEN_ELFNOTE_VIRT_BASE)), &base, sizeof(base));
}

static void note_past_its_segment(struct image *image)
{
    find_note(image, XEN_ELFNOTE_XEN_VERSION)->n_descsz = 1 << 30;
}

static const struct {
    const char *name;
    void (*apply)(struct image *image);
} defects[] = {
    {"sound", sound},
    {"other_machine", other_machine},
    {"elf32", elf32},
    {"truncated", truncated},
    {"no_notes", no_notes},
    {"no_segments", no_segments},
    {"overlap", overlap},
    {"outside_memory", outside_memory},
    {"entry_outside", entry_outside},
    {"faults_at_once", faults_at_once},
    {"version_missing", version_missing},
    {"version_wrong", version_wrong},
    {"loader_wrong", loader_wrong},
    {"offset_without_base", offset_without_base},
    {"base_twice", base_twice},
    {"hypercall_page_outside", hypercall_page_outside},
    {"p2m_inside", p2m_inside},
    {"base_not_canonical", base_not_canonical},
    {"note_past_its_segment", note_past_its_segment},
};

int main(int argc, char **argv)
{
    struct image image = read_image();

    for (size_t i = 0; i < sizeof(defects) / sizeof(*defects); i++) {
        if (argc != 2 || strcmp(argv[1], defects[i].name))
            continue;
        defects[i].apply(&image);
        return fwrite(image.bytes, 1, image.size, stdout) != image.size;
    }
    die("which defect?");
}
