/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reads what a multiboot 1 or 2 loader left into struct boot_info. Nothing of the loader's memory is used
 * after that, so that the 64-bit image may give it all to its allocator.
 */
#include "stage.h"

#define MB1_LOADER_MAGIC 0x2badb002u
#define MB2_LOADER_MAGIC 0x36d76289u

#define MB1_HAS_CMDLINE (1u << 2)
#define MB1_HAS_MODULES (1u << 3)
#define MB1_HAS_MMAP    (1u << 6)
#define MB1_HAS_NAME    (1u << 9)

/* Multiboot Specification 0.6.96, section 3.3. */
struct mb1_info {
    uint32_t flags, mem_lower, mem_upper, boot_device, cmdline, nr_modules, modules, syms[4], mmap_length,
        mmap_address, drives_length, drives_address, config_table, loader_name;
};
struct mb1_module {
    uint32_t start, end, string, reserved;
};
struct mb1_mmap {
    uint32_t size; /* of the rest of the entry */
    uint64_t start, length;
    uint32_t type;
} __attribute__((__packed__));

/* Multiboot2 Specification 1.6, section 3.6. */
enum {
    MB2_END,
    MB2_CMDLINE,
    MB2_LOADER_NAME,
    MB2_MODULE,
    MB2_MMAP = 6,
    MB2_ACPI_OLD = 14,
    MB2_ACPI_NEW = 15
};
struct mb2_tag {
    uint32_t type, size;
};
struct mb2_module {
    struct mb2_tag tag;
    uint32_t start, end;
    char string[];
};
struct mb2_mmap {
    struct mb2_tag tag;
    uint32_t entry_size, entry_version;
    uint8_t entries[];
};
struct mb2_mmap_entry {
    uint64_t start, length;
    uint32_t type, reserved;
};

static const char no_map[] =
    "the boot loader gave no memory map; use one that does (GRUB 2, or QEMU's -kernel).";

static const char *skip_spaces(const char *s)
{
    while (*s == ' ')
        s++;
    return s;
}

/* Keeps a copy in text[]; gives its offset, 0 (the empty string) when it does not fit. */
static uint32_t keep_text(struct boot_info *info, const char *s)
{
    uint32_t at = info->text_used, n = 0;

    while (s[n])
        n++;
    if (n >= BOOT_TEXT_SIZE - at)
        return 0;
    for (uint32_t i = 0; i <= n; i++)
        info->text[at + i] = s[i];
    info->text_used = at + n + 1;
    return at;
}

/* GRUB 2 passes arguments alone; GRUB 1 and QEMU put the name of the file before them. */
static bool loader_omits_file_name(const char *loader)
{
    for (; *loader; loader++)
        if (loader[0] == 'G' && loader[1] == 'R' && loader[2] == 'U' && loader[3] == 'B' && loader[4] == ' ')
            return loader[5] > '0';
    return false;
}

static uint32_t keep_arguments(struct boot_info *info, const char *s)
{
    s = skip_spaces(s);
    if (!loader_omits_file_name(info->text + info->loader_name)) {
        while (*s && *s != ' ')
            s++;
        s = skip_spaces(s);
    }
    return keep_text(info, s);
}

static void add_module(struct boot_info *info, uint32_t start, uint32_t end, const char *string)
{
    struct boot_info_module *m;

    if (info->nr_modules == BOOT_MAX_MODULES)
        return;
    m = &info->module[info->nr_modules++];
    m->start = start;
    m->size = end - start;
    m->command_line = keep_arguments(info, string);
}

static void add_e820(struct boot_info *info, uint64_t start, uint64_t size, uint32_t type)
{
    if (info->nr_e820 == BOOT_MAX_E820 || !size)
        return;
    info->e820[info->nr_e820].start = start;
    info->e820[info->nr_e820].size = size;
    info->e820[info->nr_e820++].type = type;
}

static const char *read_multiboot1(const struct mb1_info *mb, struct boot_info *info)
{
    const struct mb1_module *m = (const struct mb1_module *)mb->modules;
    uint32_t at = mb->mmap_address, end = at + mb->mmap_length;

    if (!(mb->flags & MB1_HAS_MMAP))
        return no_map;
    if (mb->flags & MB1_HAS_NAME)
        info->loader_name = keep_text(info, (const char *)mb->loader_name);
    if (mb->flags & MB1_HAS_CMDLINE)
        info->command_line = keep_arguments(info, (const char *)mb->cmdline);
    for (uint32_t i = 0; (mb->flags & MB1_HAS_MODULES) && i < mb->nr_modules; i++)
        add_module(info, m[i].start, m[i].end, m[i].string ? (const char *)m[i].string : "");
    while (at < end) {
        const struct mb1_mmap *e = (const struct mb1_mmap *)at;

        add_e820(info, e->start, e->length, e->type);
        at += e->size + sizeof(e->size);
    }
    return NULL;
}

static void keep_rsdp(struct boot_info *info, const uint8_t *rsdp, uint32_t size)
{
    for (uint32_t i = 0; i < BOOT_RSDP_SIZE; i++)
        info->rsdp[i] = i < size ? rsdp[i] : 0;
    info->has_rsdp = 1;
}

static void read_mmap2(const struct mb2_mmap *map, struct boot_info *info)
{
    for (uint32_t at = sizeof(*map); at < map->tag.size; at += map->entry_size) {
        const struct mb2_mmap_entry *e = (const void *)((const uint8_t *)map + at);

        add_e820(info, e->start, e->length, e->type);
    }
}

static void read_tag(const struct mb2_tag *tag, struct boot_info *info)
{
    const char *body = (const char *)(tag + 1);
    const struct mb2_module *m = (const struct mb2_module *)tag;

    switch (tag->type) {
    case MB2_CMDLINE:
        info->command_line = keep_arguments(info, body);
        break;
    case MB2_MODULE:
        add_module(info, m->start, m->end, m->string);
        break;
    case MB2_MMAP:
        read_mmap2((const struct mb2_mmap *)tag, info);
        break;
    case MB2_ACPI_OLD:
        if (info->has_rsdp)
            break;
        /* fall through */
    case MB2_ACPI_NEW:
        keep_rsdp(info, (const uint8_t *)body, tag->size - (uint32_t)sizeof(*tag));
        break;
    }
}

static const char *read_multiboot2(uint32_t address, struct boot_info *info)
{
    uint32_t first = address + 8;

    /* The loader's name first: it decides how the command lines are read. */
    for (unsigned int pass = 0; pass < 2; pass++) {
        const struct mb2_tag *tag = (const struct mb2_tag *)first;

        for (; tag->type != MB2_END; tag = (const void *)((const char *)tag + ((tag->size + 7) & ~7u))) {
            if (pass)
                read_tag(tag, info);
            else if (tag->type == MB2_LOADER_NAME)
                info->loader_name = keep_text(info, (const char *)(tag + 1));
        }
    }
    return info->nr_e820 ? NULL : no_map;
}

const char *multiboot_read(uint32_t magic, uint32_t address, struct boot_info *info)
{
    info->text_used = 1;
    switch (magic) {
    case MB1_LOADER_MAGIC:
        return read_multiboot1((const struct mb1_info *)address, info);
    case MB2_LOADER_MAGIC:
        return read_multiboot2(address, info);
    default:
        return "the boot loader speaks neither multiboot 1 nor 2; use GRUB's multiboot2 command, or QEMU's "
               "-kernel.";
    }
}
