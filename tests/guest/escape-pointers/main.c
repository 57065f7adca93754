/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Pointers that a hypercall is given are the guest's memory or refused, wherever in a structure they stand.
 *
 * A hypercall runs where the hypervisor's memory is mapped. A pointer of the outer structure is mostly
 * checked; those that were not were inner ones: the list of extents that memory_exchange writes, reached with
 * a count that has been advanced (compare XSA-29, XSA-212), results written behind a range that was checked
 * only at its beginning, counts whose product with the element's size wraps around.
 *
 * Asserted, for addresses at the hypervisor's beginning, its direct map, its end, across both rims of the
 * canonical hole and at the end of the address space: calls that read say -EFAULT or do nothing; calls that
 * write say so or lose their result; the machine-to-physical table, which the guest may read there, is as
 * before.
 */
#include "guest.h"

#include <xen/memory.h>
#include <xen/physdev.h>
#include <xen/sched.h>
#include <xen/version.h>

const char test_title[] = "hypercall pointers into the hypervisor";

static const uint64_t addresses[] = {
    0xffff800000000000, 0xffff800000000040, 0xffff804000000000, 0xffff82d080200000,
    0xffff830000100000, 0xffff87fffffffff8, 0xffff7ffffffffff8, 0x00007ffffffffffc,
    0x0000800000000000, 0xffff7fffffffffff, 0x8000000000000000,
};

static void outer(void *p)
{
    CHECK_RC(hypercall_mmu_update(p, 1, NULL, DOMID_SELF), -XEN_EFAULT);
    CHECK_RC(hypercall_mmuext_op(p, 1, NULL, DOMID_SELF), -XEN_EFAULT);
    CHECK_RC(hypercall_set_trap_table(p), -XEN_EFAULT);
    CHECK_RC(hypercall_multicall(p, 1), -XEN_EFAULT);
    CHECK_RC(hypercall_set_gdt(p, 512), -XEN_EFAULT);
    CHECK_RC(hypercall_sched_op(SCHEDOP_poll, p), -XEN_EFAULT);
    CHECK_RC(hypercall_event_channel_op(EVTCHNOP_status, p), -XEN_EFAULT);
    CHECK_RC(hypercall_xen_version(XENVER_extraversion, p), -XEN_EFAULT);
    CHECK_RC(hypercall_xen_version(XENVER_capabilities, p), -XEN_EFAULT);
    CHECK_RC(hypercall_vcpu_op(VCPUOP_register_vcpu_info, 0, p), -XEN_EFAULT);
    CHECK_RC(hypercall_vcpu_op(VCPUOP_get_runstate_info, 0, p), -XEN_EFAULT);
    CHECK_RC(hypercall_physdev_op(PHYSDEVOP_set_iopl, p), -XEN_EFAULT);
    CHECK_RC(hypercall_memory_op(XENMEM_machphys_mapping, p), -XEN_EFAULT);
    CHECK_RC(hypercall_memory_op(XENMEM_current_reservation, p), -XEN_EFAULT);
    CHECK(hypercall_console_io(CONSOLEIO_write, 16, p) < 0);
}

/* In the hypervisor's memory, or across the rim of it. */
static void lists(uint64_t *p)
{
    struct xen_memory_reservation op = {.nr_extents = 2, .domid = DOMID_SELF};
    struct xen_machphys_mfn_list list = {.max_extents = 8};
    struct xen_memory_map map = {.nr_entries = 128};
    struct sched_poll poll = {.nr_ports = 1, .timeout = 1};
    struct vcpu_register_runstate_memory_area area = {.addr.p = (uint64_t)p};
    struct mmuext_op flush = {.cmd = MMUEXT_TLB_FLUSH_MULTI};

    set_xen_guest_handle_raw(op.extent_start, p);
    CHECK_RC(hypercall_memory_op(XENMEM_decrease_reservation, &op), 0);
    CHECK_RC(hypercall_memory_op(XENMEM_populate_physmap, &op), 0);
    set_xen_guest_handle_raw(list.extent_start, p);
    CHECK_RC(hypercall_memory_op(XENMEM_machphys_mfn_list, &list), -XEN_EFAULT);
    set_xen_guest_handle_raw(map.buffer, p);
    CHECK_RC(hypercall_memory_op(XENMEM_machine_memory_map, &map), -XEN_EFAULT);
    set_xen_guest_handle_raw(poll.ports, (evtchn_port_t *)p);
    CHECK_RC(hypercall_sched_op(SCHEDOP_poll, &poll), -XEN_EFAULT);
    set_xen_guest_handle_raw(flush.arg2.vcpumask, p);
    CHECK(hypercall_mmuext_op(&flush, 1, NULL, DOMID_SELF) < 0);
    if ((uint64_t)p >> 43 == 0xffff800000000000 >> 43) {
        CHECK_RC(hypercall_vcpu_op(VCPUOP_register_runstate_memory_area, 0, &area), -XEN_EFAULT);
    }
}

/*
 * The count of exchanges that are said to be done moves both lists: into the hypervisor, or around the end of
 * the address space.
 */
static void exchange(uint64_t *out, uint64_t done)
{
    static uint64_t page[512] __attribute__((aligned(PAGE_SIZE)));
    uint64_t mfn = mfn_of(page);
    struct xen_memory_exchange op = {
        .in = {.nr_extents = 1 + done, .domid = DOMID_SELF},
        .out = {.nr_extents = 1 + done, .domid = DOMID_SELF},
        .nr_exchanged = done,
    };

    set_xen_guest_handle_raw(op.in.extent_start, &mfn - done);
    set_xen_guest_handle_raw(op.out.extent_start, out - done);
    CHECK(hypercall_memory_op(XENMEM_exchange, &op) < 0);
}

/* A list that begins in good memory and a count that leads far out of it. */
static void long_lists(void)
{
    static struct mmu_update updates[16] __attribute__((aligned(PAGE_SIZE)));
    unsigned int done = 0, i;

    for (i = 0; i < 16; i++) {
        updates[i].ptr = 7;
    }
    CHECK(hypercall_mmu_update(updates, 0x7fffffff, &done, DOMID_SELF) < 0);
    CHECK(hypercall_mmuext_op((void *)0xfffffffffffff000, 0x7fffffff, NULL, DOMID_SELF) < 0);
    CHECK(hypercall_multicall((void *)0xffff7fffffffff80, 0x7fffffff) < 0);
}

void test_main(void)
{
    uint64_t first = machine_to_phys_mapping[0], at = machine_to_phys_mapping[8];
    unsigned int i;

    for (i = 0; i < ARRAY_SIZE(addresses); i++) {
        printk("address 0x%lx\n", addresses[i]);
        outer((void *)addresses[i]);
        lists((uint64_t *)addresses[i]);
        exchange((uint64_t *)addresses[i], 0);
        exchange((uint64_t *)addresses[i], 1000);
        exchange((uint64_t *)addresses[i], 0x1ffffffffffffffful);
    }
    long_lists();
    CHECK_EQUAL(machine_to_phys_mapping[0], first);
    CHECK_EQUAL(machine_to_phys_mapping[8], at);
    test_success();
}
