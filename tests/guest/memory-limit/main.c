/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * mem=: RAM beyond an address is left alone.
 *
 * The option is the hypervisor's: an address with a suffix, to the byte, though whole pages count. In the
 * machine's memory map that Domain 0 gets, what was RAM beyond it is unusable (type 5): still no place for a
 * device. maximum_ram_page ends there too.
 *
 * What goes wrong: the map says RAM, and a kernel that looks for free memory for its devices finds none, or
 * too much.
 */
#include "guest.h"

#include <xen/memory.h>

const char test_title[] = "mem= limits what RAM there is";

#define LIMIT (300001ul << 10)

static struct e820 {
    uint64_t address, size;
    uint32_t type;
} __attribute__((packed)) entries[64];

void test_main(void)
{
    struct xen_memory_map map = {.nr_entries = ARRAY_SIZE(entries)};
    uint64_t unusable = 0;

    set_xen_guest_handle(map.buffer, (void *)entries);
    REQUIRE(hypercall_memory_op(XENMEM_machine_memory_map, &map) == 0);
    for (unsigned int i = 0; i < map.nr_entries; i++) {
        uint64_t end = entries[i].address + entries[i].size;

        if (entries[i].type == 1) {
            CHECK(end <= LIMIT);
        }
        if (entries[i].type == 5) {
            CHECK_EQUAL(entries[i].address, LIMIT);
            CHECK(end > 500ul << 20 && end <= 512ul << 20);
            unusable++;
        }
    }
    CHECK_EQUAL(unusable, 1);
    CHECK_RC(hypercall_memory_op(XENMEM_maximum_ram_page, NULL), LIMIT >> PAGE_SHIFT);
    test_success();
}
