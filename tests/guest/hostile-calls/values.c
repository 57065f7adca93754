/* SPDX-License-Identifier: BSD-2-Clause */
/* Values that have broken hypervisors before, drawn from one seed. What they are used for is calls.c's. */
#include "hostile.h"

static uint64_t state;
static uint64_t read_only_page[512] __attribute__((aligned(PAGE_SIZE)));

void values_seed(uint64_t seed)
{
    state = seed * 0x9e3779b97f4a7c15ul | 1;
}

uint64_t value_random(void)
{
    state ^= state >> 12;
    state ^= state << 25;
    state ^= state >> 27;
    return state * 0x2545f4914f6cdd1dul;
}

uint64_t value_below(uint64_t limit)
{
    return (value_random() >> 16) % limit;
}

/* Beginnings of areas in one hypervisor or the other, and the rims of what is canonical. */
static const uint64_t bad_addresses[] = {
    0xffff800000000000,
    0xffff804000000000,
    0xffff808000000000,
    0xffff820000000000,
    0xffff82d040000000,
    0xffff82e000000000,
    0xffff830000000000,
    0xffff83ffffffffff,
    0xffff87fffffffff0,
    0xffff878000000000,
    0x0000800000000000,
    0xffff7fffffffffff,
    0x00007ffffffffff8,
    0xffff7ffffffffff8,
    0x8000000000000000,
    0x4141414141414141,
    0xfffffffffffffff8,
    0,
    0x1000,
    0xffff880000000000,
};

uint64_t value_bad_address(void)
{
    return bad_addresses[value_below(ARRAY_SIZE(bad_addresses))];
}

uint64_t value_target(void)
{
    uint64_t page = (uint64_t)arena[value_below(ARENA_PAGES)];

    switch (value_below(8)) {
    case 0:
        return value_bad_address();
    case 1:
        return value_bad_address() + (value_random() & 0x7fffffffff);
    case 2:
        return page + PAGE_SIZE - 1 - value_below(64);
    case 3:
        return WINDOW + value_below(512 * PAGE_SIZE);
    case 4:
        return page + value_below(PAGE_SIZE);
    default:
        return page;
    }
}

uint64_t value_address(void)
{
    return value_below(8) ? value_target() : (uint64_t)read_only_page + value_below(PAGE_SIZE);
}

static uint64_t frames[] = {0,       1,       0x9f,     0xb8,         0xff,           0x100,
                            0x101,   0x200,   0x400,    0x1fc00,      0x1ffdf,        0x1ffff,
                            0xfec00, 0xfee00, 0x100000, 0xfffffffful, 0xfffffffffful, ~0ul};

/* None of the test's own pages may be among the frames. */
void values_initialise(void)
{
    uint64_t own = pfn_of((void *)start_info->pt_base) + start_info->nr_pt_frames + 2, pfn;
    unsigned int i;

    REQUIRE(page_protect(read_only_page) == 0);
    for (pfn = 0; pfn < own; pfn++) {
        for (i = 0; i < ARRAY_SIZE(frames); i++) {
            if (frames[i] == ((const uint64_t *)start_info->mfn_list)[pfn] ||
                frames[i] == start_info->shared_info >> PAGE_SHIFT) {
                frames[i] = ~0ul;
            }
        }
    }
}

uint64_t value_foreign(void)
{
    return frames[value_below(ARRAY_SIZE(frames))];
}

uint64_t value_table(void)
{
    return PTE_MFN(*page_entry(arena[0], 2 + (unsigned int)value_below(3)));
}

uint64_t value_frame(void)
{
    switch (value_below(8)) {
    case 0:
        return value_foreign();
    case 2:
        return window_table[value_below(3)] >> PAGE_SHIFT;
    case 3:
        return mfn_of((void *)start_info->pt_base);
    default:
        return arena_mfn[value_below(ARENA_PAGES)];
    }
}

uint64_t value_entry(void)
{
    static const uint64_t bits[] = {
        0,     PTE_PRESENT,       PTE_RO, PTE_RW, PTE_RW | PTE_LARGE, PTE_RW | PTE_GLOBAL, PTE_RW | PTE_NX,
        0x1ff, 0x7ff0000000000e67};
    uint64_t entry = PTE_MAKE(value_frame() & 0xfffffffffful, bits[value_below(ARRAY_SIZE(bits))]);

    return value_below(16) ? entry : value_random();
}

domid_t value_domid(void)
{
    static const domid_t ids[] = {0, 1, 2, 0x7ff0, 0x7ff1, 0x7ff2, 0x7ff3, 0x7ff4, 0x7fff, 0xffff};

    return value_below(3) ? DOMID_SELF : ids[value_below(ARRAY_SIZE(ids))];
}

uint64_t value_any(void)
{
    switch (value_below(8)) {
    case 0:
        return value_below(16);
    case 1:
        return (1ul << value_below(64)) - value_below(3) + 1;
    case 2:
        return value_entry();
    case 3:
        return value_frame();
    case 4:
        return value_random();
    case 5:
        return value_domid();
    default:
        return value_target();
    }
}
