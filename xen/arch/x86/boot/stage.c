/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The 32-bit stage: looks whether the CPU can run the image at all, keeps the loader's information, and makes
 * the first page tables. These map the first 4 GiB three times: at their own address, in the direct map, and
 * (the first GiB) where the image is linked.
 */
#include <asm/layout.h>
#include "stage.h"

#define PTE_TABLE           0x003ull /* present, writable */
#define PTE_2MB             0x0e3ull /* and accessed, dirty, large */
#define PT_ENTRIES          512
#define LOW_GIB             4
#define SHIFT_L4            39
#define SHIFT_L3            30
#define PT_INDEX(va, shift) ((unsigned int)((va) >> (shift)) & (PT_ENTRIES - 1))

typedef uint64_t table_t[PT_ENTRIES] __attribute__((__aligned__(4096)));

extern char __stage_start[], __stage_end[], image_end[];
extern table_t stage_l4;
table_t stage_l4;
static table_t l3_low, l3_image, l2_low[LOW_GIB];
static struct boot_info boot_info;

struct cpuid_result {
    uint32_t a, b, c, d;
};

static struct cpuid_result cpuid(uint32_t leaf)
{
    struct cpuid_result r;

    __asm__ __volatile__("cpuid" : "=a"(r.a), "=b"(r.b), "=c"(r.c), "=d"(r.d) : "a"(leaf), "c"(0));
    return r;
}

/* A CPU that has CPUID lets EFLAGS.ID be changed. */
static bool has_cpuid(void)
{
    uint32_t before, after;

    __asm__ __volatile__(
        "pushf; pop %0; mov %0, %1; xor $0x200000, %1; push %1; popf; pushf; pop %1; push %0; popf"
        : "=&r"(before), "=&r"(after)::"cc");
    return (before ^ after) & 0x200000;
}

/* NULL, or what the CPU lacks. SYSCALL is looked at in 64-bit mode: Intel's CPUs show it only there. */
static const char *cpu_lacks(void)
{
    uint32_t features;

    if (!has_cpuid() || cpuid(0x80000000).a < 0x80000001)
        features = 0;
    else
        features = cpuid(0x80000001).d;
    if (!(features & (1u << 29)))
        return "this CPU has no long mode (64 bits); use a 64-bit CPU (QEMU: qemu-system-x86_64 -cpu max).";
    if (!(features & (1u << 20)))
        return "this CPU has no NX (no-execute pages), or the firmware has it off; turn it on there (QEMU: "
               "leave out -nx).";
    return NULL;
}

/* A loader may not have noticed that there is no memory where it put the image. */
static bool image_in_ram(void)
{
    for (uint32_t i = 0; i < boot_info.nr_e820; i++) {
        const struct boot_e820 *e = &boot_info.e820[i];

        if (e->type == E820_RAM && e->start <= STAGE_PHYS && e->start + e->size >= (uint32_t)image_end)
            return true;
    }
    return false;
}

static uint64_t table_entry(const void *table)
{
    return (uint32_t)table | PTE_TABLE;
}

static void make_page_tables(void)
{
    for (unsigned int i = 0; i < LOW_GIB * PT_ENTRIES; i++)
        l2_low[i / PT_ENTRIES][i % PT_ENTRIES] = ((uint64_t)i << 21) | PTE_2MB;
    for (unsigned int i = 0; i < LOW_GIB; i++)
        l3_low[i] = table_entry(l2_low[i]);
    l3_image[PT_INDEX(IMAGE_VIRT_START, SHIFT_L3)] = table_entry(l2_low[0]);
    stage_l4[0] = table_entry(l3_low);
    stage_l4[PT_INDEX(DIRECT_MAP_START, SHIFT_L4)] = table_entry(l3_low);
    stage_l4[PT_INDEX(IMAGE_VIRT_START, SHIFT_L4)] = table_entry(l3_image);
}

struct boot_info *stage_main(uint32_t magic, uint32_t address)
{
    const char *problem = multiboot_read(magic, address, &boot_info);

    if (!problem)
        problem = cpu_lacks();
    if (!problem && !image_in_ram())
        problem = "the machine has too little RAM for the hypervisor's image; give it at least 64 MiB (QEMU: "
                  "-m 512).";
    if (problem)
        stage_panic(problem, boot_info.text + boot_info.command_line);
    boot_info.stage_start = (uint32_t)__stage_start;
    boot_info.stage_end = (uint32_t)__stage_end;
    make_page_tables();
    return &boot_info;
}
