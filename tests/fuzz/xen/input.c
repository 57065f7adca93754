/* SPDX-License-Identifier: BSD-2-Clause */
/* See input.h. What hypercalls are made of these is calls.c's. */
#include <string.h>
#include <xen/types.h>
#include <xen/grant_table.h>
#include "input.h"
#include "world.h"

static size_t used;

uint64_t input_word(struct input *in, unsigned int bytes)
{
    uint64_t x = 0;

    for (unsigned int i = 0; i < bytes; i++)
        x |= (uint64_t)input_byte(in) << (8 * i);
    return x;
}

static uint64_t shared_frame(unsigned int i, bool grants)
{
    const struct domain *d = world.d[i];

    world.shared_page_named = true;
    if (!d || d->is_dying)
        return 0;
    return virt_to_mfn(grants ? (void *)d->grant_table->frames[0] : (void *)d->shared_info).n;
}

static uint64_t special_frame(struct input *in, uint8_t choice)
{
    switch (choice & 0xf) {
    case 0:
        return shared_frame(in->domain, false);
    case 1:
        return shared_frame(in->domain, true);
    case 2:
        return shared_frame((in->domain + 1) % NR_DOMAINS, false);
    case 3:
        return 2 + input_byte(in) % 4u; /* a device */
    case 4:
        return max_page;
    case 5:
        return ~0ull >> 12;
    case 6:
        return (1ull << 40) - 1;
    case 7:
        return 0;
    default:
        world.shared_page_named = true;
        return input_word(in, 2) % (max_page + 2);
    }
}

uint64_t input_frame(struct input *in)
{
    uint8_t b = input_byte(in);

    if (b < 0xd0)
        return world.frames[in->domain][b % FRAMES_OF_DOMAIN];
    if (b < 0xf0)
        return world.frames[(in->domain + 1 + (b >> 4 & 1)) % NR_DOMAINS][b % FRAMES_OF_DOMAIN];
    return special_frame(in, b);
}

uint64_t input_entry(struct input *in)
{
    uint8_t flags = input_byte(in);
    uint64_t e;

    if (flags == 0xff)
        return input_word(in, 8);
    e = pte_make(mfn(input_frame(in)), (flags & 7) ^ (PTE_PRESENT | PTE_USER)).v;
    if (flags & 0x80)
        e |= 1ull << (flags >> 3 & 0xf);
    else if (flags & 0x40)
        e |= 1ull << (48 + (flags >> 3 & 7) * 2 + 1);
    return e;
}

unsigned int input_slot(struct input *in)
{
    static const uint16_t slots[] = {0, 1, 2, 3, 255, 256, 271, 272, 511, 7, 8, 9, 260, 100, 200, 510};

    return slots[input_byte(in) % ARRAY_SIZE(slots)];
}

uint64_t input_address(struct input *in)
{
    uint8_t b = input_byte(in);
    uint64_t va = 0;

    if (b == 0xff)
        return input_word(in, 8);
    if (b < 0x80)
        return (uint64_t)(b % 16) << PAGE_SHIFT;
    for (unsigned int level = 4; level >= 1; level--)
        va |= (uint64_t)input_slot(in) << (PAGE_SHIFT + 9 * (level - 1));
    return va & (1ull << 47) ? va | 0xffff000000000000ull : va;
}

uint16_t input_domid(struct input *in)
{
    static const uint16_t others[] = {DOMID_IO, DOMID_XEN, DOMID_IDLE,    0x7fff,
                                      77,       DOMID_COW, DOMID_INVALID, DOMID_FIRST_RESERVED};
    uint8_t b = input_byte(in);

    if (b < 0x80)
        return DOMID_SELF;
    if (b < 0xf0)
        return b % NR_DOMAINS;
    return others[b % ARRAY_SIZE(others)];
}

void input_memory_reset(void)
{
    used = 0;
}

uint64_t input_place(struct input *in, const void *argument, size_t size)
{
    static const uint64_t bad[] = {0,
                                   8,
                                   GUEST_MEMORY + GUEST_MEMORY_BYTES - 4,
                                   GUEST_MEMORY + GUEST_MEMORY_BYTES,
                                   0xffff820000000000ull,
                                   0x0000800000000000ull,
                                   0xfffffffffffffff8ull,
                                   0xffff87fffffffffcull};
    uint8_t b = input_byte(in);
    uint64_t va = GUEST_MEMORY + used;

    if (b >= 0xf8)
        return bad[b & 7];
    if (used + size > GUEST_MEMORY_BYTES)
        return GUEST_MEMORY + GUEST_MEMORY_BYTES;
    memcpy((void *)va, argument, size);
    used += (size + 15) & ~15ul;
    return va;
}
