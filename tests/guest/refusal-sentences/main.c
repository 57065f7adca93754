/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Each refusal is told on the console with its rule and the values that were wrong: this frame, that level,
 * whose it is.
 *
 * Xenport's own promise ("it says why"), so this test is not for stock Xen. A sentence that names the wrong
 * frame is worse than none: it sends a porter looking in the wrong place for a day. The test makes one
 * mistake of each kind that porters make with page tables, descriptors, memory, events and vCPUs, and before
 * each prints a line "EXPECT: rule and words"; run.sh asserts that the hypervisor's next lines have a refusal
 * with these words in this order. The errno is asserted here.
 *
 * All rules with their sentences stand in docs/refusals.md, which is made from the source.
 */
#include "guest.h"

#include <xen/memory.h>
#include <xen/physdev.h>

const char test_title[] = "refusals name the rule, the frame, the level, the owner";

static uint64_t page[512] __attribute__((aligned(PAGE_SIZE)));
static uint64_t table[512] __attribute__((aligned(PAGE_SIZE)));

static void expect_entry(const volatile uint64_t *entry, uint64_t value, long rc)
{
    CHECK_RC(page_update(entry, value), rc);
}

static void page_tables(void)
{
    const volatile uint64_t *l1 = page_entry(page, 1), *l2 = page_entry(page, 2), *l3 = page_entry(page, 3);
    const volatile uint64_t *l4 = (const volatile uint64_t *)start_info->pt_base;
    uint64_t mfn = mfn_of(page), l1_mfn = PTE_MFN(*l2), l4_mfn = mfn_of((void *)l4), beyond = 0x123456789;

    printk("EXPECT: pv.l1.writable: frame 0x%lx an L4 table\n", l4_mfn);
    expect_entry(l1, PTE_MAKE(l4_mfn, PTE_RW), -XEN_EBUSY);
    printk("EXPECT: pv.l1.writable: frame 0x%lx an L1 table\n", l1_mfn);
    expect_entry(l1, PTE_MAKE(l1_mfn, PTE_RW), -XEN_EBUSY);
    printk("EXPECT: pv.l1.mmio: frame 0x%lx no RAM\n", 0xfee00ul);
    expect_entry(l1, PTE_MAKE(0xfee00ul, PTE_RW), -XEN_EPERM);
    printk("EXPECT: pv.table.type: L2 frame 0x%lx\n", mfn);
    expect_entry(l2, PTE_MAKE(mfn, PTE_TABLE), -XEN_EINVAL);
    printk("EXPECT: pv.table.type: L3 frame 0x%lx\n", l1_mfn);
    expect_entry(l3, PTE_MAKE(l1_mfn, PTE_TABLE), -XEN_EINVAL);
    printk("EXPECT: pv.table.bits: L2 frame 0x%lx PS\n", mfn);
    expect_entry(l2, PTE_MAKE(mfn, PTE_TABLE | PTE_LARGE), -XEN_EINVAL);
    printk("EXPECT: pv.table.no-ram: L4 frame 0x%lx RAM\n", beyond);
    expect_entry(&l4[7], PTE_MAKE(beyond, PTE_TABLE), -XEN_EINVAL);
    printk("EXPECT: pv.l4.hypervisor-slot: slot 262\n");
    expect_entry(&l4[262], 0, -XEN_EINVAL);
    printk("EXPECT: pv.table.linear-writable: L4 frame 0x%lx own table writable\n", l4_mfn);
    expect_entry(&l4[7], PTE_MAKE(l4_mfn, PTE_TABLE), -XEN_EINVAL);
}

static void operations(void)
{
    struct mmuext_op op = {.cmd = MMUEXT_UNPIN_TABLE, .arg1.mfn = mfn_of(page)};
    struct mmu_update update = {.ptr = 0xb8000, .val = 0};

    printk("EXPECT: mmuext.not-pinned: frame 0x%lx\n", mfn_of(page));
    CHECK_RC(hypercall_mmuext_op(&op, 1, NULL, DOMID_SELF), -XEN_EINVAL);
    printk("EXPECT: mmuext.table: frame 0x%lx pinned\n", mfn_of(page));
    CHECK_RC(page_pin(page, 1), -XEN_EINVAL);
    REQUIRE(page_protect(table) == 0 && page_pin(table, 2) == 0);
    printk("EXPECT: mmuext.pinned-already: frame 0x%lx\n", mfn_of(table));
    CHECK_RC(page_pin(table, 2), -XEN_EINVAL);
    printk("EXPECT: pv.l1.writable: frame 0x%lx an L2 table\n", mfn_of(table));
    CHECK_RC(page_unprotect(table), -XEN_EBUSY);
    printk("EXPECT: mmu.table.not-owned: frame 0xb8 domain 0\n");
    CHECK_RC(hypercall_mmu_update(&update, 1, NULL, DOMID_SELF), -XEN_EINVAL);
    printk("EXPECT: mmu.request: 0x1000\n");
    CHECK_RC(hypercall_mmu_update((void *)0x1000, 1, NULL, DOMID_SELF), -XEN_EFAULT);
}

static void others(void)
{
    uint64_t beyond = 0x123456789, frame = mfn_of(page);
    struct xen_memory_reservation reservation = {.nr_extents = 1, .domid = DOMID_SELF};
    evtchn_port_t port;

    set_xen_guest_handle(reservation.extent_start, &beyond);
    printk("EXPECT: memory.not-owned: frame 0x%lx domain 0\n", beyond);
    CHECK_RC(hypercall_memory_op(XENMEM_decrease_reservation, &reservation), 0);
    printk("EXPECT: gdt.frame: frame 0x%lx\n", frame);
    CHECK_RC(hypercall_set_gdt(&frame, 16), -XEN_EINVAL);
    printk("EXPECT: descriptor.value: descriptor 0x00008b0000000067\n");
    CHECK_RC(hypercall_update_descriptor(maddr_of(page), 0x00008b0000000067), -XEN_EINVAL);
    printk("EXPECT: evtchn. port 999\n");
    CHECK_RC(event_send(999), -XEN_EINVAL);
    CHECK_RC(event_bind_virq(VIRQ_TIMER, 0, &port), 0);
    printk("EXPECT: segment-base.address: base 0x800000000000\n");
    CHECK_RC(hypercall_set_segment_base(SEGBASE_FS, 0x800000000000), -XEN_EINVAL);
    printk("EXPECT: debugreg. 0xffff830000000000\n");
    CHECK_RC(hypercall_set_debugreg(0, 0xffff830000000000), -XEN_EPERM);
    printk("EXPECT: hypercall.number: 63\n");
    CHECK_RC(hypercall(63, 0, 0, 0, 0, 0), -XEN_ENOSYS);
}

void test_main(void)
{
    page_tables();
    operations();
    others();
    test_success();
}
