/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The memory maps, the M2P's frames, and the memory operations that do not exist.
 *
 * memory.h: machine_memory_map gives Domain 0 the machine's E820, or -EINVAL unless there is room for one
 * entry more than there are; a domain's own memory_map is -ENOSYS as long as nobody set one.
 * machphys_mfn_list gives the M2P's frames at 2 MiB steps, up to max_extents. Unknown operations are -ENOSYS.
 *
 * What goes wrong: the count is not written back; an entry is 24 bytes
 * (padded) instead of 20; the hypervisor's own memory is listed as free.
 */
#include "guest.h"

#include <xen/memory.h>

const char test_title[] = "memory_op: maps and lists";

struct e820 {
    uint64_t address, size;
    uint32_t type;
} __attribute__((packed));

static struct e820 entries[64];

static long machine_map(unsigned int room, unsigned int *stored)
{
    struct xen_memory_map map = {.nr_entries = room};
    long rc;

    set_xen_guest_handle(map.buffer, (void *)entries);
    rc = hypercall_memory_op(XENMEM_machine_memory_map, &map);
    *stored = map.nr_entries;
    return rc;
}

void test_main(void)
{
    struct xen_machphys_mfn_list list = {.max_extents = 4};
    struct xen_memory_map own = {.nr_entries = 64};
    static xen_pfn_t frames[4];
    uint64_t usable = 0;
    unsigned int count, few, i;

    CHECK_RC(machine_map(64, &count), 0);
    CHECK(count >= 2 && count < 64);
    for (i = 0; i < count; i++) {
        if (entries[i].type == 1) {
            usable += entries[i].size;
        }
        CHECK(entries[i].type >= 1 && entries[i].type <= 20 && entries[i].size != 0);
        CHECK(i == 0 || entries[i].address >= entries[i - 1].address + entries[i - 1].size);
    }
    CHECK(usable > 500ul << 20 && usable < 512ul << 20);
    CHECK_EQUAL(entries[0].address, 0);
    CHECK_RC(machine_map(1, &few), -XEN_EINVAL);
    CHECK_RC(machine_map(count, &few), -XEN_EINVAL);
    CHECK_RC(machine_map(count + 1, &few), 0);
    CHECK_EQUAL(few, count);

    set_xen_guest_handle(own.buffer, (void *)entries);
    CHECK_RC(hypercall_memory_op(XENMEM_memory_map, &own), -XEN_ENOSYS);

    set_xen_guest_handle(list.extent_start, frames);
    CHECK_RC(hypercall_memory_op(XENMEM_machphys_mfn_list, &list), 0);
    CHECK_EQUAL(list.nr_extents, 1);
    CHECK(frames[0] != 0);
    list.max_extents = 0;
    CHECK_RC(hypercall_memory_op(XENMEM_machphys_mfn_list, &list), 0);
    CHECK_EQUAL(list.nr_extents, 0);

    CHECK_RC(hypercall_memory_op(XENMEM_machine_memory_map, (void *)0x1000), -XEN_EFAULT);
    CHECK_RC(hypercall_memory_op(8, NULL), -XEN_ENOSYS);
    CHECK_RC(hypercall_memory_op(63, NULL), -XEN_ENOSYS);
    test_success();
}
