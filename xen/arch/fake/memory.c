/* SPDX-License-Identifier: BSD-2-Clause */
/* The fake machine's memory: RAM, frame table, machine-to-physical table, and guest memory that may fault. */
#include <sys/mman.h>
#include <xen/arch.h>
#include <xen/log.h>
#include <xen/mm.h>
#include <xen/string.h>
#include <fake/fake.h>

/* The first MiB is not RAM, as on the machine. */
#define FIRST_FRAME 0x100

char *fake_ram;
struct page_info *frame_table;
uint64_t max_page;
static uint64_t *m2p_inverted; /* so that memory never touched says ~0: of a large machine little is */
void (*fake_on_guest_read)(uint64_t va);
static uintptr_t fault_start, fault_end;
static uintptr_t guest_start, guest_end = UINTPTR_MAX;

/* Zero, and real only where it is touched. */
static void *sparse(size_t size)
{
    void *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

    BUG_ON(p == MAP_FAILED);
    return p;
}

void fake_ram_create(unsigned int nr_pages)
{
    max_page = FIRST_FRAME + nr_pages;
    fake_ram = sparse(max_page << PAGE_SHIFT);
    frame_table = sparse(max_page * sizeof(*frame_table));
    m2p_inverted = sparse(max_page * sizeof(*m2p_inverted));
}

bool mfn_valid(mfn_t m)
{
    return m.n >= FIRST_FRAME && m.n < max_page;
}

void arch_m2p_set(mfn_t m, uint64_t pfn)
{
    m2p_inverted[m.n] = ~pfn;
}
void arch_m2p_set_run(mfn_t m, uint64_t pfn, uint64_t nr)
{
    for (uint64_t i = 0; i < nr; i++)
        arch_m2p_set(mfn_add(m, i), pfn + i);
}
/* The tests have oracles of their own. */
unsigned long arch_pages_check(void)
{
    return 0;
}
bool arch_pages_check_prepare(void)
{
    return true;
}

uint64_t arch_m2p_get(mfn_t m)
{
    return ~m2p_inverted[m.n];
}

void fake_fault_range(const void *start, const void *end)
{
    fault_start = (uintptr_t)start;
    fault_end = (uintptr_t)end;
}

void fake_guest_range(const void *start, const void *end)
{
    guest_start = (uintptr_t)start;
    guest_end = (uintptr_t)end;
}

/* How many of the n bytes at va can be reached. */
static size_t reachable(uint64_t va, size_t n)
{
    if (va < guest_start || va >= guest_end)
        return 0;
    n = min(n, (size_t)(guest_end - va));
    if (va < PAGE_SIZE || !guest_address_ok(va) || (va >= fault_start && va < fault_end))
        return 0;
    if (va < fault_start && n > fault_start - va)
        return fault_start - va;
    return n;
}

size_t arch_copy_from_guest(void *dst, uint64_t va, size_t n)
{
    size_t ok = reachable(va, n);

    if (fake_on_guest_read)
        fake_on_guest_read(va);
    if (ok)
        memcpy(dst, (const void *)(uintptr_t)va, ok);
    return n - ok;
}

size_t arch_copy_to_guest(uint64_t va, const void *src, size_t n)
{
    size_t ok = reachable(va, n);

    if (ok)
        memcpy((void *)(uintptr_t)va, src, ok);
    return n - ok;
}

bool arch_is_hypervisor_image(mfn_t m)
{
    return false;
}
