/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Parser of PV kernel files: ELF headers, Xen ELF notes, the `__xen_guest` string. Pure.
 *
 * The file is not trusted: every offset is checked against the file's size by distance before it is followed.
 * What is wrong ends in one sentence that names the field. Meaning of the notes: public/elfnote.h.
 */
#include <xen/types.h>
#include <public/elfnote.h>
#include <xen/errno.h>
#include <xen/pv_image.h>
#include <xen/string.h>

#define UNSET (~0ull)

struct parser {
    const uint8_t *file;
    size_t size;
    struct elf64_header header;
    struct pv_image *image;
    char *why;
    size_t why_size;
    /* As the notes give them; UNSET when they do not. */
    uint64_t virt_base, paddr_offset, entry, hypercall_page, init_p2m;
    bool from_string;             /* the __xen_guest section, not notes */
    bool hypercall_page_is_index; /* the string section counts it in pages from virt_base */
    bool found; /* a note of Xen's or the string */
    bool wants_symbols;
    char loader[32], xen_version[32], features[256];
};

static int fail(struct parser *p, const char *fmt, ...) __printf(2, 3);
static int fail(struct parser *p, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    xp_vsnprintf(p->why, p->why_size, fmt, ap);
    va_end(ap);
    return -XEN_EINVAL;
}

/* The bytes [offset, offset + length) of the file, or NULL when it does not have them. */
static const void *in_file(const struct parser *p, uint64_t offset, uint64_t length)
{
    return offset <= p->size && length <= p->size - offset ? p->file + offset : NULL;
}

/* By value: nothing says that the tables of a file are aligned. */
static struct elf64_program_header program_header(const struct parser *p, unsigned int i)
{
    struct elf64_program_header ph;

    memcpy(&ph, p->file + p->header.phoff + (uint64_t)i * p->header.phentsize, sizeof(ph));
    return ph;
}

static int check_header(struct parser *p)
{
    const struct elf64_header *h = &p->header;
    const void *at = in_file(p, 0, sizeof(*h));

    if (at)
        memcpy(&p->header, at, sizeof(*h));
    if (!p->size)
        return fail(p, "is no ELF file; it is empty: give the kernel as ELF64 or bzImage, plain or packed "
                       "(gzip, XZ, zstd, LZ4)");
    if (h->magic != ELF_MAGIC)
        return fail(
            p, "is no ELF file; give the kernel as ELF64 or bzImage, plain or packed (gzip, XZ, zstd, LZ4)");
    if (h->class != ELF_CLASS64 || h->data != ELF_DATA_LITTLE || h->machine != ELF_MACHINE_X86_64)
        return fail(p, "is for another machine (ELF class %u, machine %u); an x86-64 ELF64 file is needed",
                    h->class, h->machine);
    if (h->type != ELF_TYPE_EXEC)
        return fail(p, "is no executable (ELF type %u); link the kernel as ET_EXEC", h->type);
    if (h->phentsize != sizeof(struct elf64_program_header) || !h->phnum ||
        !in_file(p, h->phoff, (uint64_t)h->phnum * h->phentsize))
        return fail(
            p, "has a program header table that does not lie in the file; the file is truncated or damaged: "
               "give it anew");
    return 0;
}

/* --- Notes --- */

static uint64_t note_number(const void *desc, uint32_t size)
{
    uint64_t v = 0;

    memcpy(&v, desc, min(size, (uint32_t)8));
    return v;
}

static void note_string(char *to, size_t to_size, const void *desc, uint32_t size)
{
    size_t n = strnlen(desc, min((size_t)size, to_size - 1));

    memcpy(to, desc, n);
    to[n] = 0;
}

/* A number given twice must be given alike. */
static int set_number(struct parser *p, uint64_t *field, uint64_t value, const char *name)
{
    if (*field != UNSET && *field != value)
        return fail(p, "has two contradictory %s notes (%#lx and %#lx)", name, *field, value);
    *field = value;
    return 0;
}

static int take_note(struct parser *p, uint32_t type, const void *desc, uint32_t size)
{
    p->found = true;
    switch (type) {
    case XEN_ELFNOTE_ENTRY:
        return set_number(p, &p->entry, note_number(desc, size), "ENTRY");
    case XEN_ELFNOTE_HYPERCALL_PAGE:
        return set_number(p, &p->hypercall_page, note_number(desc, size), "HYPERCALL_PAGE");
    case XEN_ELFNOTE_VIRT_BASE:
        return set_number(p, &p->virt_base, note_number(desc, size), "VIRT_BASE");
    case XEN_ELFNOTE_PADDR_OFFSET:
        return set_number(p, &p->paddr_offset, note_number(desc, size), "PADDR_OFFSET");
    case XEN_ELFNOTE_INIT_P2M:
        return set_number(p, &p->init_p2m, note_number(desc, size), "INIT_P2M");
    case XEN_ELFNOTE_MOD_START_PFN:
        p->image->mod_start_pfn = note_number(desc, size) != 0;
        break;
    case XEN_ELFNOTE_XEN_VERSION:
        note_string(p->xen_version, sizeof(p->xen_version), desc, size);
        break;
    case XEN_ELFNOTE_LOADER:
        note_string(p->loader, sizeof(p->loader), desc, size);
        break;
    case XEN_ELFNOTE_GUEST_OS:
        note_string(p->image->guest_os, sizeof(p->image->guest_os), desc, size);
        break;
    case XEN_ELFNOTE_GUEST_VERSION:
        note_string(p->image->guest_version, sizeof(p->image->guest_version), desc, size);
        break;
    case XEN_ELFNOTE_BSD_SYMTAB:
        p->wants_symbols = size >= 4 && !memcmp(desc, "yes", 4);
        break;
    case XEN_ELFNOTE_FEATURES:
        note_string(p->features, sizeof(p->features), desc, size);
        break;
    }
    return 0;
}

static int scan_notes(struct parser *p, uint64_t offset, uint64_t size)
{
    const uint8_t *at = in_file(p, offset, size), *end = at ? at + size : NULL;

    if (!at)
        return fail(p, "has notes outside the file; the file is truncated or damaged: give it anew");
    while ((size_t)(end - at) >= sizeof(struct elf64_note_header)) {
        struct elf64_note_header h;
        uint64_t name_space, desc_space;
        int rc;

        memcpy(&h, at, sizeof(h));
        at += sizeof(h);
        name_space = ROUND_UP((uint64_t)h.name_size, 4);
        desc_space = ROUND_UP((uint64_t)h.desc_size, 4);
        if (name_space > (size_t)(end - at) || h.desc_size > (size_t)(end - at) - name_space)
            return fail(
                p, "has a note that reaches past its segment; the notes are damaged: link the kernel anew");
        if (h.name_size == 4 && !memcmp(at, "Xen", 4)) {
            rc = take_note(p, h.type, at + name_space, h.desc_size);
            if (rc)
                return rc;
        }
        at += min(name_space + desc_space, (uint64_t)(end - at));
    }
    return 0;
}

static int scan_note_segments(struct parser *p)
{
    for (unsigned int i = 0; i < p->header.phnum; i++) {
        struct elf64_program_header ph = program_header(p, i);
        int rc = ph.type == ELF_PT_NOTE ? scan_notes(p, ph.offset, ph.filesz) : 0;

        if (rc)
            return rc;
    }
    return 0;
}

/* False when the table does not lie in the file: it may be stripped off. */
static bool section_header(const struct parser *p, unsigned int i, struct elf64_section_header *sh)
{
    const struct elf64_header *h = &p->header;
    const void *at;

    if (i >= h->shnum || h->shentsize != sizeof(*sh) || h->shoff > p->size)
        return false;
    at = in_file(p, h->shoff + (uint64_t)i * h->shentsize, sizeof(*sh));
    if (at)
        memcpy(sh, at, sizeof(*sh));
    return at;
}

static int scan_note_sections(struct parser *p)
{
    for (unsigned int i = 0; i < p->header.shnum; i++) {
        struct elf64_section_header sh;
        int rc = section_header(p, i, &sh) && sh.type == ELF_SHT_NOTE ? scan_notes(p, sh.offset, sh.size) : 0;

        if (rc)
            return rc;
    }
    return 0;
}

/* --- The __xen_guest string: NAME=value,NAME=value --- */

static int take_string(struct parser *p, const char *name, const char *value)
{
    const char *end;
    uint64_t number = xp_strtoull(value, &end, 0);

    p->found = true;
    if (!strcmp(name, "VIRT_BASE"))
        return set_number(p, &p->virt_base, number, name);
    if (!strcmp(name, "VIRT_ENTRY"))
        return set_number(p, &p->entry, number, name);
    if (!strcmp(name, "ELF_PADDR_OFFSET"))
        return set_number(p, &p->paddr_offset, number, name);
    if (!strcmp(name, "HYPERCALL_PAGE")) {
        p->hypercall_page_is_index = true;
        return set_number(p, &p->hypercall_page, number, name);
    }
    if (!strcmp(name, "LOADER"))
        xp_strlcpy(p->loader, value, sizeof(p->loader));
    else if (!strcmp(name, "XEN_VER"))
        xp_strlcpy(p->xen_version, value, sizeof(p->xen_version));
    else if (!strcmp(name, "GUEST_OS"))
        xp_strlcpy(p->image->guest_os, value, sizeof(p->image->guest_os));
    else if (!strcmp(name, "GUEST_VER"))
        xp_strlcpy(p->image->guest_version, value, sizeof(p->image->guest_version));
    else if (!strcmp(name, "BSD_SYMTAB"))
        p->wants_symbols = true;
    else if (!strcmp(name, "FEATURES"))
        xp_strlcpy(p->features, value, sizeof(p->features));
    return 0;
}

/* Copies up to a delimiter; returns where it stopped. */
static const char *take_word(const char *s, const char *end, const char *delimiters, char *to, size_t to_size)
{
    size_t n = 0;

    while (s < end && *s && !strchr(delimiters, *s)) {
        if (n + 1 < to_size)
            to[n++] = *s;
        s++;
    }
    to[n] = 0;
    return s;
}

static int scan_guest_string(struct parser *p, const char *s, size_t size)
{
    const char *end = s + size;
    char name[32], value[256];

    while (s < end && *s) {
        int rc;

        s = take_word(s, end, "=,", name, sizeof(name));
        value[0] = 0;
        if (s < end && *s == '=')
            s = take_word(s + 1, end, ",", value, sizeof(value));
        if (s < end && *s == ',')
            s++;
        rc = take_string(p, name, value);
        if (rc)
            return rc;
    }
    return 0;
}

static int scan_guest_section(struct parser *p)
{
    struct elf64_section_header names, sh;
    bool have_names = section_header(p, p->header.shstrndx, &names);

    for (unsigned int i = 0; have_names && i < p->header.shnum; i++) {
        static const char wanted[] = "__xen_guest";
        const char *name = section_header(p, i, &sh) ? in_file(p, names.offset, names.size) : NULL;

        if (!name || sh.name > names.size || names.size - sh.name < sizeof(wanted) ||
            memcmp(name + sh.name, wanted, sizeof(wanted)))
            continue;
        if (!in_file(p, sh.offset, sh.size))
            return fail(
                p,
                "has a __xen_guest section outside the file; the file is truncated or damaged: give it anew");
        p->from_string = true;
        return scan_guest_string(p, in_file(p, sh.offset, sh.size), sh.size);
    }
    return 0;
}

/* --- Symbols --- */

static const void *section_data(const struct parser *p, const struct elf64_section_header *sh)
{
    return sh->type == ELF_SHT_NOBITS ? NULL : in_file(p, sh->offset, sh->size);
}

/* The first table that lies in the file, with its names. */
static void find_symbols(const struct parser *p)
{
    struct pv_symbols s;

    for (unsigned int i = 0; i < p->header.shnum; i++) {
        if (!section_header(p, i, &s.symtab_header) || s.symtab_header.type != ELF_SHT_SYMTAB)
            continue;
        s.symtab = section_data(p, &s.symtab_header);
        s.symtab_size = s.symtab_header.size;
        if (!s.symtab || !section_header(p, s.symtab_header.link, &s.strtab_header) ||
            s.strtab_header.type != ELF_SHT_STRTAB)
            continue;
        s.strtab = section_data(p, &s.strtab_header);
        s.strtab_size = s.strtab_header.size;
        if (s.strtab) {
            p->image->symbols = s;
            return;
        }
    }
}

/* Behind the segments, if the kernel wants them there: a part of the image from now on. */
static int place_symbols(struct parser *p)
{
    struct pv_image *image = p->image;
    const struct pv_symbols *s = &image->symbols;

    find_symbols(p);
    if (!s->symtab || !p->wants_symbols)
        return 0;
    image->symbols_va = ROUND_UP(image->end_va, 8);
    image->end_va =
        ROUND_UP(image->symbols_va + sizeof(struct pv_symbols_file) + s->symtab_size + s->strtab_size, 8);
    if (image->symbols_va && image->end_va > image->symbols_va)
        return 0;
    return fail(p, "has no room for its symbol table behind its segments; check the linker script, or leave "
                   "out BSD_SYMTAB");
}

void pv_image_symbols_file(const struct pv_image *image, struct pv_symbols_file *out)
{
    const struct pv_symbols *s = &image->symbols;
    uint64_t headers = sizeof(*out) - offsetof(struct pv_symbols_file, elf);

    *out = (struct pv_symbols_file){.elf = image->header};
    out->elf.phoff = 0;
    out->elf.phnum = out->elf.phentsize = 0;
    out->elf.shoff = sizeof(out->elf);
    out->elf.shnum = ARRAY_SIZE(out->section);
    out->elf.shstrndx = 0;
    out->section[1] = s->symtab_header;
    out->section[1].offset = headers;
    out->section[1].link = 2;
    out->section[2] = s->strtab_header;
    out->section[2].offset = headers + s->symtab_size;
    out->bytes = (uint32_t)(headers + s->symtab_size + s->strtab_size);
}

/* --- Segments --- */

static int add_segment(struct parser *p, unsigned int number, const struct elf64_program_header *ph)
{
    struct pv_image *image = p->image;
    struct pv_segment s = {.memory_size = ph->memsz, .file_size = ph->filesz};
    unsigned int at = image->nr_segments;

    if (ph->filesz > ph->memsz)
        return fail(
            p,
            "has segment %u with more bytes in the file (%#lx) than in memory (%#lx); the file is damaged: "
            "give it anew",
            number, ph->filesz, ph->memsz);
    s.data = in_file(p, ph->offset, ph->filesz);
    if (!s.data)
        return fail(p, "has segment %u outside the file; the file is truncated or damaged: give it anew",
                    number);
    if (ph->paddr < p->paddr_offset || ph->paddr - p->paddr_offset > UINT32_MAX || ph->memsz > UINT32_MAX)
        return fail(
            p,
            "has segment %u outside memory (physical address %#lx, size %#lx); check PADDR_OFFSET and the "
            "linker script",
            number, ph->paddr, ph->memsz);
    if (at == PV_IMAGE_MAX_SEGMENTS)
        return fail(p, "has more than %u segments; link it with fewer", PV_IMAGE_MAX_SEGMENTS);
    s.va = ph->paddr - p->paddr_offset + p->virt_base;
    if (s.va < p->virt_base || s.va + s.memory_size < s.va)
        return fail(p, "has segment %u wrapping round the end of the address space; check VIRT_BASE and the "
                       "linker script",
                    number);
    for (; at && image->segment[at - 1].va > s.va; at--)
        image->segment[at] = image->segment[at - 1];
    image->segment[at] = s;
    image->nr_segments++;
    return 0;
}

static int collect_segments(struct parser *p)
{
    struct pv_image *image = p->image;

    for (unsigned int i = 0; i < p->header.phnum; i++) {
        struct elf64_program_header ph = program_header(p, i);
        int rc = ph.type == ELF_PT_LOAD && ph.memsz ? add_segment(p, i, &ph) : 0;

        if (rc)
            return rc;
    }
    if (!image->nr_segments)
        return fail(p, "has no segment to load; link it with one PT_LOAD segment at least");
    for (unsigned int i = 1; i < image->nr_segments; i++) {
        const struct pv_segment *a = &image->segment[i - 1], *b = &image->segment[i];

        if (a->memory_size > b->va - a->va)
            return fail(p,
                        "overlaps itself: a segment at %#lx of size %#lx reaches into the next at %#lx; "
                        "check the linker "
                        "script",
                        a->va, a->memory_size, b->va);
    }
    image->start_va = image->segment[0].va;
    image->end_va =
        image->segment[image->nr_segments - 1].va + image->segment[image->nr_segments - 1].memory_size;
    return 0;
}

static bool in_segments(const struct pv_image *image, uint64_t va, uint64_t size)
{
    for (unsigned int i = 0; i < image->nr_segments; i++) {
        const struct pv_segment *s = &image->segment[i];

        if (va >= s->va && va - s->va < s->memory_size && size <= s->memory_size - (va - s->va))
            return true;
    }
    return false;
}

/* --- The whole --- */

static int check_identity(struct parser *p)
{
    if (!p->found)
        return fail(
            p,
            "has no Xen notes and no __xen_guest section; it is no kernel for the Xen PV interface: link it "
            "with the notes of xen/elfnote.h, XEN_VERSION and LOADER at least");
    if (strncmp(p->xen_version, "xen-3.0", 7))
        return fail(p, "has %s XEN_VERSION note%s%s; it must say xen-3.0",
                    p->xen_version[0] ? "a wrong" : "no", p->xen_version[0] ? " of " : "", p->xen_version);
    if (strncmp(p->loader, "generic", 7) && strncmp(p->image->guest_os, "linux", 5))
        return fail(p, "has %s LOADER note%s%s; it must say generic", p->loader[0] ? "a wrong" : "no",
                    p->loader[0] ? " of " : "", p->loader);
    if (p->paddr_offset != UNSET && p->virt_base == UNSET)
        return fail(p, "has a PADDR_OFFSET note but no VIRT_BASE note; give both or neither");
    if (strstr(p->features, "!supervisor_mode_kernel"))
        return fail(
            p,
            "requires the feature supervisor_mode_kernel in its FEATURES note, which no x86-64 Xen offers");
    return 0;
}

static int check_addresses(struct parser *p)
{
    struct pv_image *image = p->image;

    image->entry_va = p->entry != UNSET ? p->entry : p->header.entry;
    if (!in_segments(image, image->entry_va, 1))
        return fail(p, "has its entry %#lx outside its segments (%#lx to %#lx); check the ENTRY note",
                    image->entry_va, image->start_va, image->end_va);
    image->has_hypercall_page = p->hypercall_page != UNSET;
    if (image->has_hypercall_page) {
        image->hypercall_page_va =
            p->hypercall_page_is_index ? p->virt_base + (p->hypercall_page << PAGE_SHIFT) : p->hypercall_page;
        if ((image->hypercall_page_va & ~PAGE_MASK) ||
            !in_segments(image, image->hypercall_page_va, PAGE_SIZE))
            return fail(p,
                        "has a HYPERCALL_PAGE note of %#lx, which is no page-aligned page in its segments "
                        "(%#lx to %#lx)",
                        image->hypercall_page_va, image->start_va, image->end_va);
    }
    image->has_init_p2m = p->init_p2m != UNSET;
    image->init_p2m_va = p->init_p2m;
    if (image->has_init_p2m && ((image->init_p2m_va & ~PAGE_MASK) || (image->init_p2m_va >= image->start_va &&
                                                                      image->init_p2m_va < image->end_va)))
        return fail(
            p,
            "has an INIT_P2M note of %#lx, which is not page-aligned or lies in its segments (%#lx to %#lx)",
            image->init_p2m_va, image->start_va, image->end_va);
    return 0;
}

int pv_image_parse(const void *file, size_t size, struct pv_image *image, char *why, size_t why_size)
{
    struct parser p = {.file = file,
                       .size = size,
                       .image = image,
                       .why = why,
                       .why_size = why_size,
                       .virt_base = UNSET,
                       .paddr_offset = UNSET,
                       .entry = UNSET,
                       .hypercall_page = UNSET,
                       .init_p2m = UNSET};
    int rc;

    memset(image, 0, sizeof(*image));
    rc = check_header(&p);
    rc = rc ? rc : scan_note_segments(&p);
    rc = rc || p.found ? rc : scan_note_sections(&p);
    rc = rc || p.found ? rc : scan_guest_section(&p);
    rc = rc ? rc : check_identity(&p);
    if (rc)
        return rc;
    if (p.virt_base == UNSET)
        p.virt_base = 0;
    /* The string section's kernels were linked with physical addresses equal to virtual ones. */
    if (p.paddr_offset == UNSET)
        p.paddr_offset = p.from_string ? p.virt_base : 0;
    image->virt_base = p.virt_base;
    image->header = p.header;
    rc = collect_segments(&p);
    rc = rc ? rc : place_symbols(&p);
    return rc ? rc : check_addresses(&p);
}
