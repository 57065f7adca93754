/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The hypervisor's own page tables: hypervisor_l4, the direct map, the image with its rights, the frame
 * table, device registers. Guests' tables are pv/'s; the machine-to-physical table is pv/m2p.c's.
 */
#include <xen/errno.h>
#include <xen/log.h>
#include <xen/mm.h>
#include <xen/spinlock.h>
#include <xen/string.h>
#include <asm/cpu.h>
#include <asm/flushtlb.h>
#include <asm/memory_map.h>
#include <asm/mm_boot.h>
#include <asm/page.h>
#include <asm/processor.h>

#define LARGE_SHIFT(level) (PAGE_SHIFT + 9 * ((level)-1))
#define LARGE_SIZE(level)  (1ull << LARGE_SHIFT(level))

extern char __image_start[], __text_start[], __text_end[], __init_start[], __init_end[], __rodata_start[],
    __rodata_end[], __data_start[], __data_end[];

pte_t hypervisor_l4[PT_ENTRIES] __aligned(4096);
struct page_info *frame_table = (struct page_info *)FRAMETABLE_START;
uint64_t max_page;

static unsigned long *ram_bitmap;
/* Guards the tables below hypervisor_l4 and io_next; see docs/locking.md. */
static spinlock_t mapping_lock;
static bool allocator_ready;
static unsigned long io_next = IOMAP_VIRT_START;
static paddr_t trampoline_l4_at;

bool mfn_valid(mfn_t m)
{
    return m.n < max_page && test_bit((unsigned int)m.n, ram_bitmap);
}

static pte_t *table_of(pte_t e)
{
    return mfn_to_virt(pte_mfn(e));
}

/* A zeroed table, or INVALID_MFN. */
static mfn_t table_alloc(void)
{
    struct page_info *pg;
    mfn_t m;

    if (!allocator_ready) {
        m = paddr_to_mfn(boot_alloc(PAGE_SIZE, PAGE_SIZE));
    } else {
        pg = page_alloc(0, 0);
        if (!pg)
            return INVALID_MFN;
        pg->count_info = PGC_HYPERVISOR;
        m = page_to_mfn(pg);
    }
    memset(mfn_to_virt(m), 0, PAGE_SIZE);
    return m;
}

/* The entry of this level that maps va, with the tables above it; NULL: no memory. */
static pte_t *entry_for(unsigned long va, unsigned int level)
{
    pte_t *table = hypervisor_l4;

    for (unsigned int l = 4; l > level; l--) {
        pte_t *e = &table[pt_index(va, l)];

        BUG_ON(pte_present(*e) && l < 4 && (e->v & PTE_LARGE));
        if (!pte_present(*e)) {
            mfn_t m = table_alloc();

            if (mfn_eq(m, INVALID_MFN))
                return NULL;
            /* The walk of a table by hardware on another CPU must find it zeroed. */
            WRITE_ONCE(e->v, pte_make(m, PTE_PRESENT | PTE_WRITE | PTE_ACCESSED | PTE_DIRTY).v);
        }
        table = table_of(*e);
    }
    return &table[pt_index(va, level)];
}

/* The largest page that fits at this place. */
static unsigned int level_for(unsigned long va, paddr_t pa, uint64_t bytes)
{
    for (unsigned int level = cpu_features.gigabyte_pages ? 3 : 2; level > 1; level--)
        if (!((va | pa) & (LARGE_SIZE(level) - 1)) && bytes >= LARGE_SIZE(level))
            return level;
    return 1;
}

static int map_bytes(unsigned long va, paddr_t pa, uint64_t bytes, uint64_t flags)
{
    while (bytes) {
        unsigned int level = flags ? level_for(va, pa, bytes) : 1;
        pte_t *e = entry_for(va, level);
        uint64_t run;

        if (!e)
            return -XEN_ENOMEM;
        /* Entries that lie side by side in one table. */
        for (run = PT_ENTRIES - pt_index(va, level); run && bytes >= LARGE_SIZE(level); run--, e++) {
            WRITE_ONCE(e->v, flags ? pa | flags | (level > 1 ? PTE_LARGE : 0) : 0);
            va += LARGE_SIZE(level);
            pa += LARGE_SIZE(level);
            bytes -= LARGE_SIZE(level);
        }
    }
    return 0;
}

int map_hypervisor_pages(unsigned long va, mfn_t m, uint64_t nr, uint64_t flags)
{
    unsigned long irq_flags = spin_lock_irqsave(&mapping_lock);
    int rc = map_bytes(va, mfn_to_paddr(m), nr << PAGE_SHIFT, flags);

    spin_unlock_irqrestore(&mapping_lock, irq_flags);
    return rc;
}

unsigned long io_reserve(uint64_t nr)
{
    unsigned long va = 0, irq_flags = spin_lock_irqsave(&mapping_lock);
    uint64_t bytes = (nr + 1) << PAGE_SHIFT; /* a hole between two */

    if (bytes <= IOMAP_VIRT_END - io_next) {
        va = io_next;
        io_next += bytes;
    }
    spin_unlock_irqrestore(&mapping_lock, irq_flags);
    return va;
}

static void *io_map(paddr_t start, size_t size, uint64_t flags)
{
    paddr_t first = ROUND_DOWN(start, PAGE_SIZE);
    uint64_t nr = (ROUND_UP(start + size, PAGE_SIZE) - first) >> PAGE_SHIFT;
    unsigned long va = io_reserve(nr);

    if (!va || map_hypervisor_pages(va, paddr_to_mfn(first), nr, flags))
        panic("no room to map %lu bytes of device memory at %#lx", size, start);
    return (void *)(va + (start - first));
}

void *ioremap(paddr_t start, size_t size)
{
    return io_map(start, size, PTE_HV_UC);
}

const void *map_firmware(paddr_t start, size_t size)
{
    return io_map(start, size, PTE_HV_RO);
}

static void __init map_or_panic(unsigned long va, paddr_t pa, uint64_t bytes, uint64_t flags)
{
    if (map_bytes(va, pa, bytes, flags))
        panic("no memory for the hypervisor's page tables");
}

static void __init map_image_part(const char *start, const char *end, uint64_t flags)
{
    map_or_panic((unsigned long)start, arch_virt_to_paddr(start), (uint64_t)(end - start), flags);
}

static void __init map_image(void)
{
    map_image_part(__text_start, __text_end, PTE_HV_CODE);
    map_image_part(__text_end, __init_end, PTE_HV_DATA);
    map_image_part(__rodata_start, __rodata_end, PTE_HV_RO);
    map_image_part(__data_start, __data_end, PTE_HV_DATA);
}

/*
 * Whole large pages: what the firmware reserves beside RAM is mapped too, and its own MTRRs say how it is
 * cached.
 */
static void __init map_direct(void)
{
    unsigned int nr;
    const struct memory_range *ram = ram_ranges(&nr);
    paddr_t done = 0;

    for (unsigned int i = 0; i < nr; i++) {
        paddr_t start = max(ROUND_DOWN(ram[i].start, LARGE_SIZE(2)), done),
                end = ROUND_UP(ram[i].end, LARGE_SIZE(2));

        if (start >= end)
            continue;
        map_or_panic(DIRECT_MAP_START + start, start, end - start, PTE_HV_DATA);
        done = end;
    }
}

static void __init clear_boot_memory(paddr_t start, uint64_t bytes)
{
    void *p = arch_direct_map(start);
    uint64_t words = bytes / 8;

    __asm__ __volatile__("rep stosq" : "+D"(p), "+c"(words) : "a"(0) : "memory");
}

/* page_info of frames that are no RAM: one page of zeroes, read-only, for all of them. */
static void __init map_frame_table_hole(unsigned long start, unsigned long end)
{
    static paddr_t zero_page;

    if (!zero_page) {
        zero_page = boot_alloc(PAGE_SIZE, PAGE_SIZE);
        clear_boot_memory(zero_page, PAGE_SIZE);
    }
    for (; start < end; start += PAGE_SIZE)
        map_or_panic(start, zero_page, PAGE_SIZE, PTE_HV_RO);
}

/* page_info of every frame up to max_page. */
static void __init map_frame_table(void)
{
    unsigned int nr;
    const struct memory_range *ram = ram_ranges(&nr);
    unsigned long done = FRAMETABLE_START;

    for (unsigned int i = 0; i < nr; i++) {
        unsigned long start = ROUND_DOWN((unsigned long)&frame_table[PFN_DOWN(ram[i].start)], PAGE_SIZE);
        unsigned long end = ROUND_UP((unsigned long)&frame_table[PFN_DOWN(ram[i].end)], PAGE_SIZE);
        paddr_t pa;

        start = max(start, done);
        if (start >= end)
            continue;
        map_frame_table_hole(done, start);
        /* Page size 2 MiB where both addresses allow it. */
        pa = boot_alloc(end - start + (start & (LARGE_SIZE(2) - 1)),
                        end - start >= LARGE_SIZE(2) ? LARGE_SIZE(2) : PAGE_SIZE);
        pa += start & (LARGE_SIZE(2) - 1);
        clear_boot_memory(pa, end - start);
        map_or_panic(start, pa, end - start, PTE_HV_DATA);
        done = end;
    }
    max_page = nr ? PFN_DOWN(ram[nr - 1].end) : 0;
}

/* The first MiB counts as device memory, as on stock Xen: guests see the firmware's tables and the VGA there.
 */
static void __init make_ram_bitmap(void)
{
    unsigned int nr;
    const struct memory_range *ram = ram_ranges(&nr);
    uint64_t bytes = ROUND_UP(max_page / 8 + 8, PAGE_SIZE);
    paddr_t pa = boot_alloc(bytes, PAGE_SIZE);

    clear_boot_memory(pa, bytes);
    ram_bitmap = arch_direct_map(pa);
    for (unsigned int i = 0; i < nr; i++) {
        uint64_t m = max(PFN_DOWN(ram[i].start), 0x100ul), end = PFN_DOWN(ram[i].end);

        for (; m < end && m % BITS_PER_LONG; m++)
            __set_bit((unsigned int)m, ram_bitmap);
        for (; m + BITS_PER_LONG <= end; m += BITS_PER_LONG)
            ram_bitmap[m / BITS_PER_LONG] = ~0ul;
        for (; m < end; m++)
            __set_bit((unsigned int)m, ram_bitmap);
    }
}

static void __init make_trampoline_tables(void)
{
    paddr_t l4 = boot_alloc(3 * PAGE_SIZE, PAGE_SIZE), l3 = l4 + PAGE_SIZE, l2 = l3 + PAGE_SIZE;
    uint64_t table = PTE_PRESENT | PTE_WRITE;

    clear_boot_memory(l4, 3 * PAGE_SIZE);
    memcpy((pte_t *)arch_direct_map(l4) + HV_FIRST_SLOT, hypervisor_l4 + HV_FIRST_SLOT,
           (HV_LAST_SLOT - HV_FIRST_SLOT + 1) * sizeof(pte_t));
    *(pte_t *)arch_direct_map(l4) = (pte_t){l3 | table};
    *(pte_t *)arch_direct_map(l3) = (pte_t){l2 | table};
    *(pte_t *)arch_direct_map(l2) = (pte_t){table | PTE_LARGE};
    trampoline_l4_at = l4;
}

void __init paging_init(void)
{
    /* Every later mapping appears in all top-level tables, because their entries never change after this. */
    for (unsigned int slot = HV_FIRST_SLOT; slot <= HV_LAST_SLOT; slot++)
        hypervisor_l4[slot] = pte_make(table_alloc(), PTE_PRESENT | PTE_WRITE | PTE_ACCESSED | PTE_DIRTY);
    map_image();
    map_direct();
    make_trampoline_tables();
    write_cr3(arch_virt_to_paddr(hypervisor_l4));
    boot_alloc_reach_all();
    map_frame_table();
    make_ram_bitmap();
}

void __init mapping_use_allocator(void)
{
    allocator_ready = true;
}

void init_memory_unmap(void)
{
    if (map_hypervisor_pages((unsigned long)__init_start, INVALID_MFN,
                             (uint64_t)(__init_end - __init_start) >> PAGE_SHIFT, 0))
        BUG();
    flush_tlb_mask(cpu_online_map);
}

paddr_t trampoline_page_table(void)
{
    return trampoline_l4_at;
}
