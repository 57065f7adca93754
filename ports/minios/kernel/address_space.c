/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The address space: the linear map built at start, the dynamic area's allocation, and locked forms of the
 * library's mapping calls. Page tables themselves are the library's business.
 */
#include <minios/address_space.h>

#include <minios/page_alloc.h>
#include <minios/panic.h>
#include <minios/spinlock.h>
#include <xenguest/balloon.h>
#include <xenguest/errno.h>
#include <xenguest/map.h>
#include <xenguest/p2m.h>

#define DYNAMIC_PAGES 65536
#define WORD_BITS     64
#define TABLE_ENTRIES 512
#define CHUNK         64 /* new pages mapped, or unmapped, at a time */

/* Of the linker script, page-aligned. */
extern char image_start[], text_end[], rodata_end[], image_end[];

static struct {
    struct spinlock lock; /* guards all of this */
    struct xg_p2m p2m;
    struct xg_p2m_tree tree;
    struct xg_map map;
    void *top_table;
    uint64_t dynamic_used[DYNAMIC_PAGES / WORD_BITS];
} space;

xg_mfn_t address_space_root(void)
{
    return space.map.root;
}

void *address_space_mfn_address(xg_mfn_t mfn)
{
    xg_pfn_t pfn = xg_p2m_pfn(&space.p2m, mfn);

    return pfn.n == XG_INVALID_PFN.n ? NULL : linear_address(pfn.n);
}

xg_mfn_t address_space_lookup(const void *address)
{
    uint64_t page = linear_page(address);

    /* The linear map needs no walk, and is asked before there is anything to walk with. */
    if ((uint64_t)address >= LINEAR_BASE && page < space.p2m.nr)
        return xg_p2m_mfn(&space.p2m, xg_pfn(page));
    return xg_map_lookup(&space.map, (uint64_t)address);
}

int address_space_map(void *address, const xg_mfn_t *frames, uint64_t nr, uint64_t pte_flags,
                      xg_domid_t owner)
{
    unsigned long saved = spin_lock(&space.lock);
    int rc = xg_map_frames(&space.map, (uint64_t)address, frames, nr, pte_flags, owner);

    spin_unlock(&space.lock, saved);
    return rc;
}

int address_space_unmap(void *address, uint64_t nr)
{
    unsigned long saved = spin_lock(&space.lock);
    int rc = xg_map_clear(&space.map, (uint64_t)address, nr);

    spin_unlock(&space.lock, saved);
    return rc;
}

int address_space_protect(void *address, uint64_t nr, uint64_t pte_flags)
{
    unsigned long saved = spin_lock(&space.lock);
    int rc = xg_map_protect(&space.map, (uint64_t)address, nr, pte_flags);

    spin_unlock(&space.lock, saved);
    return rc;
}

/* At most CHUNK pages. */
static int map_new_chunk(char *address, uint64_t nr)
{
    xg_mfn_t frames[CHUNK];
    uint64_t nr_allocated = 0;
    int rc = -XG_ENOMEM;
    void *page;

    while (nr_allocated < nr && (page = page_alloc()) != NULL)
        frames[nr_allocated++] = address_space_lookup(page);
    if (nr_allocated == nr)
        rc = address_space_map(address, frames, nr, XG_PTE_DATA, XG_DOMID_SELF);
    if (rc && address_space_unmap(address, nr))
        panic("%p cannot be unmapped", (void *)address);
    while (rc && nr_allocated > 0)
        page_free(address_space_mfn_address(frames[--nr_allocated]));
    return rc;
}

int address_space_map_new(void *address, uint64_t nr)
{
    int rc = 0;

    for (uint64_t done = 0; done < nr && rc == 0; done += CHUNK) {
        rc = map_new_chunk((char *)address + done * PAGE_SIZE, nr - done < CHUNK ? nr - done : CHUNK);
        if (rc)
            address_space_unmap_free(address, done);
    }
    return rc;
}

/* One flush of all vCPUs for a whole chunk, and no page is free before it. */
static void unmap_free_chunk(char *address, uint64_t nr)
{
    void *pages[CHUNK];

    for (uint64_t i = 0; i < nr; i++)
        pages[i] = address_space_mfn_address(address_space_lookup(address + i * PAGE_SIZE));
    if (address_space_unmap(address, nr))
        panic("%p cannot be unmapped", (void *)address);
    for (uint64_t i = 0; i < nr; i++)
        if (pages[i])
            page_free(pages[i]);
}

void address_space_unmap_free(void *address, uint64_t nr)
{
    for (uint64_t done = 0; done < nr; done += CHUNK)
        unmap_free_chunk((char *)address + done * PAGE_SIZE, nr - done < CHUNK ? nr - done : CHUNK);
}

uint64_t address_space_tables(void)
{
    return space.map.nr_tables;
}

static bool dynamic_is_used(unsigned int page)
{
    return space.dynamic_used[page / WORD_BITS] >> page % WORD_BITS & 1;
}

static void dynamic_mark(unsigned int first, unsigned int nr, bool used)
{
    for (unsigned int page = first; page < first + nr; page++) {
        if (dynamic_is_used(page) == used)
            panic("dynamic page %u %s twice", page, used ? "reserved" : "released");
        space.dynamic_used[page / WORD_BITS] ^= 1ull << page % WORD_BITS;
    }
}

void *address_space_reserve(unsigned int nr_pages)
{
    unsigned long saved = spin_lock(&space.lock);
    unsigned int found = 0, page;

    for (page = 0; page < DYNAMIC_PAGES && found < nr_pages; page++)
        found = dynamic_is_used(page) ? 0 : found + 1;
    if (found == nr_pages)
        dynamic_mark(page - nr_pages, nr_pages, true);
    spin_unlock(&space.lock, saved);
    return found == nr_pages ? (char *)DYNAMIC_BASE + (page - nr_pages) * PAGE_SIZE : NULL;
}

void address_space_release(void *address, unsigned int nr_pages)
{
    unsigned int first = (unsigned int)(((uint64_t)address - DYNAMIC_BASE) / PAGE_SIZE);
    unsigned long saved = spin_lock(&space.lock);

    dynamic_mark(first, nr_pages, false);
    spin_unlock(&space.lock, saved);
}

/*
 * Maps pages [first, end) of the domain's memory at their linear addresses, and frees them. A table's worth
 * at a time, which the library maps by one update.
 */
static void map_linear(uint64_t first, uint64_t end)
{
    static xg_mfn_t frames[TABLE_ENTRIES];
    uint64_t nr;

    for (; first < end; first += nr) {
        nr = TABLE_ENTRIES - xg_pte_index((uint64_t)linear_address(first), 1);
        if (nr > end - first)
            nr = end - first;
        for (uint64_t i = 0; i < nr; i++)
            frames[i] = xg_p2m_mfn(&space.p2m, xg_pfn(first + i));
        if (address_space_map(linear_address(first), frames, nr, XG_PTE_DATA, XG_DOMID_SELF))
            panic("page %#llx of %#llx cannot be mapped", (unsigned long long)first, (unsigned long long)end);
        page_alloc_add(first, nr);
    }
}

static void protect_image(void)
{
    uint64_t text = (uint64_t)(text_end - image_start) / PAGE_SIZE;
    uint64_t rodata = (uint64_t)(rodata_end - text_end) / PAGE_SIZE;
    uint64_t data = (uint64_t)(image_end - rodata_end) / PAGE_SIZE;

    if (address_space_protect(image_start, text, XG_PTE_TEXT) ||
        address_space_protect(text_end, rodata, XG_PTE_READONLY))
        panic("the image cannot be write-protected");
    /* The page that the shared-info page was mapped over is data, too, but not of our memory. */
    for (uint64_t i = 0; i < data; i++) {
        char *address = rodata_end + i * PAGE_SIZE;
        xg_mfn_t mapped = xg_map_lookup(&space.map, (uint64_t)address);

        if (mapped.n == address_space_lookup(address).n && address_space_protect(address, 1, XG_PTE_DATA))
            panic("the image's data cannot be made non-executable");
    }
}

void address_space_init(const struct xg_boot *boot)
{
    uint64_t first_free =
        linear_page((void *)boot->page_tables) + boot->nr_page_table_frames + 1; /* + stack */
    uint64_t bitmap_pages = (boot->nr_pages / 8 + 8 + PAGE_SIZE - 1) / PAGE_SIZE;
    uint64_t mapped_end = first_free;

    xg_p2m_init(&space.p2m, boot);
    space.top_table = (void *)boot->page_tables;
    address_space_frames_changed();
    while (mapped_end < boot->nr_pages &&
           xg_mfn_valid(xg_map_lookup(&space.map, (uint64_t)linear_address(mapped_end))))
        mapped_end++;
    if (first_free + bitmap_pages + 16 > mapped_end)
        panic("the domain builder left %llu pages mapped: too few to begin with",
              (unsigned long long)(mapped_end - first_free));
    page_alloc_init(linear_address(first_free), boot->nr_pages);
    page_alloc_add(first_free + bitmap_pages, mapped_end - first_free - bitmap_pages);
    map_linear(mapped_end, boot->nr_pages);
    protect_image();
}

void address_space_frames_changed(void)
{
    uint64_t nr_tables = space.map.nr_tables;

    xg_map_init(&space.map, address_space_lookup(space.top_table));
    space.map.nr_tables = nr_tables;
}

struct xg_p2m *address_space_p2m(void)
{
    return &space.p2m;
}

struct xg_p2m_tree *address_space_p2m_tree(void)
{
    return &space.tree;
}

void address_space_publish(struct shared_info *shared)
{
    if (xg_p2m_publish(&space.p2m, &space.tree, shared))
        panic("no memory for the tree of the p2m list");
}

/* ---- Frames that come and go ---- */

int address_space_give_frame(uint64_t page)
{
    const xg_pfn_t pfn = xg_pfn(page);
    const xg_mfn_t frame = xg_p2m_mfn(&space.p2m, pfn);
    int rc = address_space_unmap(linear_address(page), 1);
    long done = rc ? rc : xg_balloon_out(&space.p2m, &pfn, 1);

    if (done == 1)
        return 0;
    if (!rc && address_space_map(linear_address(page), &frame, 1, XG_PTE_DATA, XG_DOMID_SELF))
        panic("page %lu cannot be mapped again", page);
    return done < 0 ? (int)done : -XG_ENOMEM;
}

int address_space_take_frame(uint64_t page)
{
    const xg_pfn_t pfn = xg_pfn(page);
    long done = xg_balloon_in(&space.p2m, &pfn, 1);
    xg_mfn_t frame;

    if (done != 1)
        return done < 0 ? (int)done : -XG_ENOMEM;
    frame = xg_p2m_mfn(&space.p2m, pfn);
    if (address_space_map(linear_address(page), &frame, 1, XG_PTE_DATA, XG_DOMID_SELF))
        panic("page %lu cannot be mapped", page);
    return 0;
}
