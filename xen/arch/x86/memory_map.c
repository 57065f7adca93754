/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The firmware's memory map and who has what of it while the boot lasts. Owns the lists of ranges; the page
 * allocator takes over what is left.
 */
#include <xen/errno.h>
#include <xen/arch.h>
#include <xen/log.h>
#include <xen/mm.h>
#include <xen/param.h>
#include <xen/string.h>
#include <asm/memory_map.h>
#include <asm/mm_boot.h>

#define FIRST_MIB   0x100000ull
#define FOUR_GIB    0x100000000ull
#define MINIMUM_RAM (16ull << 20)
#define ENOUGH_MIB  64
#define MAX_RANGES  (BOOT_MAX_E820 + 16)

struct range_list {
    unsigned int nr;
    struct memory_range range[MAX_RANGES];
};

extern char __image_start[], __image_end[], __init_start[], __init_end[];

static struct boot_e820 map[BOOT_MAX_E820];
static unsigned int nr_map;
static struct range_list ram, boot_free;
static struct memory_range stage;
static paddr_t trampoline;
/* What boot_alloc may give: below what is mapped. */
static paddr_t boot_alloc_limit = FOUR_GIB;

const struct boot_e820 *machine_memory_map(unsigned int *nr)
{
    *nr = nr_map;
    return map;
}

const struct memory_range *ram_ranges(unsigned int *nr)
{
    *nr = ram.nr;
    return ram.range;
}

/* Code of the start-up is free memory by the time that somebody asks. */
bool arch_is_hypervisor_image(mfn_t m)
{
    paddr_t at = mfn_to_paddr(m);

    return at >= arch_virt_to_paddr(__image_start) && at < arch_virt_to_paddr(__image_end) &&
           !(at >= arch_virt_to_paddr(__init_start) && at < arch_virt_to_paddr(__init_end));
}

paddr_t trampoline_page(void)
{
    return trampoline;
}

static void __init range_add(struct range_list *list, paddr_t start, paddr_t end)
{
    if (start >= end || list->nr == MAX_RANGES)
        return;
    list->range[list->nr++] = (struct memory_range){start, end};
}

/* Takes [start, end) out of the list; a range that it splits leaves two. */
static void __init range_remove(struct range_list *list, paddr_t start, paddr_t end)
{
    for (unsigned int i = list->nr; i-- > 0;) {
        struct memory_range r = list->range[i];

        if (r.end <= start || end <= r.start)
            continue;
        memmove(&list->range[i], &list->range[i + 1], (list->nr - i - 1) * sizeof(r));
        list->nr--;
        for (unsigned int half = 2; half-- > 0;) {
            struct memory_range part = half ? (struct memory_range){max(r.start, end), r.end}
                                            : (struct memory_range){r.start, min(r.end, start)};

            if (part.start >= part.end || list->nr == MAX_RANGES)
                continue;
            memmove(&list->range[i + 1], &list->range[i], (list->nr - i) * sizeof(r));
            list->range[i] = part;
            list->nr++;
        }
    }
}

static void __init map_sort(void)
{
    for (unsigned int i = 1; i < nr_map; i++)
        for (unsigned int j = i; j > 0 && map[j].start < map[j - 1].start; j--) {
            struct boot_e820 swapped = map[j];

            map[j] = map[j - 1];
            map[j - 1] = swapped;
        }
}

static paddr_t opt_mem; /* 0: no limit */

static int __init parse_mem(const char *s)
{
    const char *end;

    opt_mem = param_parse_size(s, &end);
    return opt_mem && !*end ? 0 : -XEN_EINVAL;
}
PARAM_CUSTOM("mem", parse_mem, "an address, as in 4G, beyond which RAM is left alone");

/* RAM beyond the limit is unusable, for Domain 0 too, and not free space where devices may appear. */
static void __init limit_ram(void)
{
    paddr_t highest = 0;

    for (unsigned int i = 0, end = nr_map; i < end; i++) {
        paddr_t start = map[i].start, last = start + map[i].size;

        if (map[i].type != E820_RAM)
            continue;
        highest = max(highest, last);
        if (last <= opt_mem)
            continue;
        if (start >= opt_mem) {
            map[i].type = E820_UNUSABLE;
        } else if (nr_map < ARRAY_SIZE(map)) {
            map[i].size = opt_mem - start;
            map[nr_map++] = (struct boot_e820){opt_mem, last - opt_mem, E820_UNUSABLE, 0};
        }
    }
    if (highest > opt_mem)
        log_warning("Truncating RAM from %lukB to %lukB\n", highest >> 10, opt_mem >> 10);
    map_sort();
}

static const char *__init e820_name(uint32_t type)
{
    static const char *const names[] = {"reserved", "RAM", "reserved", "ACPI data", "ACPI NVS", "unusable"};

    return type < ARRAY_SIZE(names) ? names[type] : "reserved";
}

/* RAM entries, page-aligned inwards, less everything that another entry claims. */
static void __init find_ram(void)
{
    for (unsigned int i = 0; i < nr_map; i++)
        if (map[i].type == E820_RAM)
            range_add(&ram, ROUND_UP(map[i].start, PAGE_SIZE),
                      ROUND_DOWN(map[i].start + map[i].size, PAGE_SIZE));
    for (unsigned int i = 0; i < nr_map; i++)
        if (map[i].type != E820_RAM)
            range_remove(&ram, ROUND_DOWN(map[i].start, PAGE_SIZE),
                         ROUND_UP(map[i].start + map[i].size, PAGE_SIZE));
    range_remove(&ram, DIRECT_MAP_END - DIRECT_MAP_START, ~0ull);
}

/*
 * The last page of the first MiB's RAM: firmware keeps its own data at the beginning, and names the end
 * right.
 */
static void __init choose_trampoline(void)
{
    for (unsigned int i = 0; i < ram.nr; i++)
        if (ram.range[i].end < FIRST_MIB && ram.range[i].end - ram.range[i].start >= PAGE_SIZE)
            trampoline = ram.range[i].end - PAGE_SIZE;
}

static uint64_t ram_pages;

uint64_t machine_ram_pages(void)
{
    return ram_pages;
}

void __init memory_map_init(const struct boot_info *info)
{
    uint64_t total = 0;

    nr_map = info->nr_e820;
    memcpy(map, info->e820, nr_map * sizeof(map[0]));
    map_sort();
    if (opt_mem)
        limit_ram();
    find_ram();
    for (unsigned int i = 0; i < nr_map; i++)
        log_debug("Memory: %#014lx - %#014lx %s\n", map[i].start, map[i].start + map[i].size,
                  e820_name(map[i].type));
    for (unsigned int i = 0; i < ram.nr; i++)
        total += ram.range[i].end - ram.range[i].start;
    ram_pages = total >> PAGE_SHIFT;
    log_info("RAM: %lu MiB\n", total >> 20);
    if (total < MINIMUM_RAM)
        panic_user("the machine has only %lu MiB of RAM, too little; give it at least %u MiB "
                   "(QEMU: -m 512).",
                   total >> 20, ENOUGH_MIB);

    choose_trampoline();
    boot_free = ram;
    range_remove(&boot_free, 0, FIRST_MIB);
    stage =
        (struct memory_range){ROUND_DOWN(info->stage_start, PAGE_SIZE), ROUND_UP(info->stage_end, PAGE_SIZE)};
    range_remove(&boot_free, stage.start, stage.end);
    range_remove(&boot_free, arch_virt_to_paddr(__image_start), arch_virt_to_paddr(__image_end));
    for (unsigned int i = 0; i < info->nr_modules; i++)
        if (opt_mem && info->module[i].start + info->module[i].size > opt_mem)
            panic_user("the boot loader has put a module at %#lx, beyond mem=; allow more.",
                       info->module[i].start);
    for (unsigned int i = 0; i < info->nr_modules; i++)
        range_remove(&boot_free, ROUND_DOWN(info->module[i].start, PAGE_SIZE),
                     ROUND_UP(info->module[i].start + info->module[i].size, PAGE_SIZE));
}

void __init boot_alloc_reach_all(void)
{
    boot_alloc_limit = ~0ull;
}

/*
 * From the top of the highest range: large blocks stay whole below, and devices that need low memory find
 * some.
 */
paddr_t __init boot_alloc(uint64_t size, uint64_t align)
{
    for (unsigned int i = boot_free.nr; i-- > 0;) {
        struct memory_range r = boot_free.range[i];
        paddr_t end = min(r.end, boot_alloc_limit), start;

        if (r.start >= end || end - r.start < size)
            continue;
        start = ROUND_DOWN(end - size, align);
        if (start < r.start)
            continue;
        range_remove(&boot_free, start, start + ROUND_UP(size, PAGE_SIZE));
        return start;
    }
    panic_user(
        "too little RAM: %lu KiB for the hypervisor's own tables are not there; give the machine more.",
        size >> 10);
}

void __init memory_map_hand_over(void)
{
    for (unsigned int i = 0; i < boot_free.nr; i++)
        page_alloc_add_region(paddr_to_mfn(boot_free.range[i].start),
                              (boot_free.range[i].end - boot_free.range[i].start) >> PAGE_SHIFT);
    boot_free.nr = 0;
}

void free_init_memory(void)
{
    paddr_t start = arch_virt_to_paddr(__init_start), end = arch_virt_to_paddr(__init_end);

    init_memory_unmap();
    page_alloc_add_region(paddr_to_mfn(start), (end - start) >> PAGE_SHIFT);
    page_alloc_add_region(paddr_to_mfn(stage.start), (stage.end - stage.start) >> PAGE_SHIFT);
    log_debug("Freed %lu KiB of start-up code\n", (end - start + stage.end - stage.start) >> 10);
}
