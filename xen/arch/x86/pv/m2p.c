/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The machine-to-physical table: 8 bytes for each frame of the machine, which all guests read at
 * HYPERVISOR_VIRT_START and only the hypervisor writes, through the direct map. It says nothing that the
 * hypervisor relies on.
 *
 * Made of 2 MiB pages, one for each GiB of RAM, which belong to DOMID_XEN so that tools can map them frame by
 * frame.
 */
#include <xen/arch.h>
#include <xen/domain.h>
#include <xen/errno.h>
#include <xen/log.h>
#include <asm/page.h>
#include <asm/pv.h>
#include <asm/pv_mm.h>

#define CHUNK_ORDER  9
#define CHUNK_BYTES  (PAGE_SIZE << CHUNK_ORDER)
#define CHUNK_SHIFT  18 /* frames told by one chunk */
#define CHUNK_FRAMES (1ul << CHUNK_SHIFT)
#define CHUNKS_MAX   ((DIRECT_MAP_END - DIRECT_MAP_START) >> (PAGE_SHIFT + CHUNK_SHIFT))

#define PTE_GUEST_RO (PTE_PRESENT | PTE_USER | PTE_ACCESSED | PTE_GLOBAL | PTE_NX)

static uint64_t *chunks[CHUNKS_MAX]; /* NULL: no RAM there */

void arch_m2p_set(mfn_t m, uint64_t pfn)
{
    uint64_t *chunk = m.n < max_page ? chunks[m.n >> CHUNK_SHIFT] : NULL;

    if (chunk)
        WRITE_ONCE(chunk[m.n & (CHUNK_FRAMES - 1)], pfn);
}

static void set_row(uint64_t *word, uint64_t pfn, uint64_t nr)
{
    for (uint64_t end = pfn + nr; pfn != end; pfn++)
        WRITE_ONCE(*word++, pfn);
}

void arch_m2p_set_run(mfn_t m, uint64_t pfn, uint64_t nr)
{
    uint64_t n = m.n, end = min(n + nr, max_page);

    while (n < end) {
        uint64_t *chunk = chunks[n >> CHUNK_SHIFT], stop = min((n | (CHUNK_FRAMES - 1)) + 1, end);

        if (chunk)
            set_row(&chunk[n & (CHUNK_FRAMES - 1)], pfn + (n - m.n), stop - n);
        n = stop;
    }
}

uint64_t arch_m2p_get(mfn_t m)
{
    const uint64_t *chunk = m.n < max_page ? chunks[m.n >> CHUNK_SHIFT] : NULL;

    return chunk ? READ_ONCE(chunk[m.n & (CHUNK_FRAMES - 1)]) : ~0ull;
}

bool m2p_extent(unsigned int nr, uint64_t *m)
{
    if (((uint64_t)nr << CHUNK_SHIFT) >= max_page)
        return false;
    *m = chunks[nr] ? virt_to_mfn(chunks[nr]).n : 0;
    return true;
}

static bool __init has_ram(uint64_t first)
{
    uint64_t end = min(first + CHUNK_FRAMES, max_page);

    for (uint64_t n = first; n < end; n += 16)
        if (mfn_valid(mfn(n)))
            return true;
    return false;
}

/* The table below an entry on the way to the M2P; guests may walk it. */
static pte_t *__init table_below(pte_t *e)
{
    if (!pte_present(*e)) {
        void *table = hypervisor_pages_alloc(0);

        if (!table)
            panic("no memory for the page tables of the machine-to-physical table");
        *e = pte_make(virt_to_mfn(table), PTE_PRESENT | PTE_ACCESSED);
    }
    /* Never writable, not even by a mistake of ours, and visible to ring 3. */
    e->v = (e->v & ~PTE_WRITE) | PTE_USER;
    return mfn_to_virt(pte_mfn(*e));
}

static void __init add_chunk(uint64_t nr)
{
    unsigned long va = M2P_VIRT_START + nr * CHUNK_BYTES;
    struct page_info *pg = page_alloc(CHUNK_ORDER, 0);
    uint64_t words = CHUNK_BYTES / sizeof(uint64_t);
    pte_t *l3, *l2;
    void *to;

    if (!pg)
        panic("no 2 MiB of contiguous memory for the machine-to-physical table");
    chunks[nr] = to = page_to_virt(pg);
    __asm__ __volatile__("rep stosq" : "+D"(to), "+c"(words) : "a"(~0ul) : "memory");
    for (unsigned int i = 0; i < 1u << CHUNK_ORDER; i++) {
        pg[i].count_info = PGC_HYPERVISOR;
        share_hypervisor_page((char *)chunks[nr] + i * PAGE_SIZE, dom_xen, false);
    }
    l3 = table_below(&hypervisor_l4[pt_index(va, 4)]);
    l2 = table_below(&l3[pt_index(va, 3)]);
    l2[pt_index(va, 2)] = pte_make(page_to_mfn(pg), PTE_GUEST_RO | PTE_LARGE);
}

void __init m2p_init(void)
{
    for (uint64_t nr = 0; nr << CHUNK_SHIFT < max_page; nr++)
        if (has_ram(nr << CHUNK_SHIFT))
            add_chunk(nr);
}
