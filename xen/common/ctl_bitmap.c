/* SPDX-License-Identifier: BSD-2-Clause */
/* Bitmaps that tools and the hypervisor exchange: struct xenctl_bitmap, whose length is the tool's. */
#include <xen/ctl.h>
#include <xen/guest_access.h>
#include <xen/refusal.h>

static int refuse_bitmap(const struct xenctl_bitmap *map)
{
    return refuse(-XEN_EFAULT, "ctl.bitmap", "the bitmap at %#lx cannot be read or written",
                  (unsigned long)handle_va(map->bitmap));
}

/* Bytes of the tool's map that can have bits of ours. */
static size_t shared_bytes(const struct xenctl_bitmap *map)
{
    return min((size_t)(map->nr_bits + 7ull) / 8, sizeof(uint64_t));
}

static uint64_t below(unsigned int nr)
{
    return nr >= 64 ? ~0ull : (1ull << nr) - 1;
}

int ctl_bitmap_read(const struct xenctl_bitmap *map, unsigned int nr, uint64_t *out)
{
    *out = 0;
    if (copy_from_guest(out, handle_va(map->bitmap), shared_bytes(map)))
        return refuse_bitmap(map);
    *out &= below(min(nr, map->nr_bits));
    return 0;
}

/* A toolstack's maps are as long as the machine has CPUs or nodes. */
#define BITS_MAX (1u << 20)

int ctl_bitmap_write(const struct xenctl_bitmap *map, unsigned int nr, uint64_t bits)
{
    uint64_t va = handle_va(map->bitmap), bytes = (map->nr_bits + 7ull) / 8, zero = 0;

    if (map->nr_bits > BITS_MAX)
        return refuse(-XEN_EINVAL, "ctl.bitmap-length",
                      "a map of %u bits is longer than any: %u are possible", map->nr_bits, BITS_MAX);
    bits &= below(min(nr, map->nr_bits));
    if (copy_to_guest(va, &bits, shared_bytes(map)))
        return refuse_bitmap(map);
    for (uint64_t i = sizeof(bits); i < bytes; i += sizeof(zero))
        if (copy_to_guest(va + i, &zero, min((size_t)(bytes - i), sizeof(zero))))
            return refuse_bitmap(map);
    return 0;
}
