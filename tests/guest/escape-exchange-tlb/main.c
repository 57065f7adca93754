/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A frame that XENMEM_exchange took, and gave back because it failed, is as safe as one that was never taken.
 *
 * What a TLB may still know of a frame's last use is remembered with the frame, by its type: that is why a
 * pin flushes (escape-stale-tlb). exchange takes its input frames out of the domain, where they lose their
 * type, and when a later one of the same chunk cannot be had it gives back those that it took. If it forgets
 * the type and does not flush, the frame looks like one that nobody has ever written to: the pin that follows
 * flushes nothing, and another vCPU writes into a page table by what its TLB remembers.
 *
 * Here vCPU 1 writes through a mapping as fast as it can. vCPU 0 takes the mapping away without a flush, lets
 * an exchange of this frame fail (its chunk has two frames, and the second is nobody's), and pins it as a
 * table. Asserted: once the pin has succeeded the table does not change any more.
 */
#include "guest.h"

#include <xen/memory.h>

const char test_title[] =
    "a frame that exchange gave back is out of every TLB's reach when it becomes a page table";

#define ROUNDS 100

static volatile uint64_t table[512] __attribute__((aligned(PAGE_SIZE)));
static volatile uint64_t window[512] __attribute__((aligned(PAGE_SIZE)));
static volatile uint64_t view[512] __attribute__((aligned(PAGE_SIZE)));
static volatile bool running, stop;
static uint64_t frame;

/* The values are no present entries, so that the table is always valid. */
static void writer(void)
{
    for (uint64_t n = 2; !stop; n += 2) {
        (void)trap_try_write(&window[0], n);
        running = true;
    }
    running = false;
    for (;;)
        hypercall_vcpu_op(VCPUOP_down, 1, NULL);
}

static long map(volatile uint64_t *at, uint64_t entry, unsigned long flags)
{
    return hypercall_update_va_mapping((unsigned long)at, entry, flags);
}

static void wait_for_write(void)
{
    uint64_t seen = view[0], end = time_ns() + PATIENCE_NS;

    while (view[0] == seen) {
        if (time_ns() > end) {
            test_error("the other vCPU does not write");
            test_finish();
        }
        cpu_relax();
    }
}

static bool still(void)
{
    uint64_t seen = view[0];

    for (unsigned int look = 0; look < 2000; look++)
        if (view[0] != seen)
            return false;
    return true;
}

static void fail_exchange(void)
{
    static uint64_t in[2], out;
    struct xen_memory_exchange op = {.in = {.nr_extents = 2, .extent_order = 0, .domid = DOMID_SELF},
                                     .out = {.nr_extents = 1, .extent_order = 1, .domid = DOMID_SELF}};

    in[0] = frame;
    in[1] = 0x12345678;
    out = pfn_of(table);
    set_xen_guest_handle(op.in.extent_start, in);
    set_xen_guest_handle(op.out.extent_start, &out);
    CHECK_RC(hypercall_memory_op(XENMEM_exchange, &op), -XEN_EINVAL);
}

void test_main(void)
{
    frame = mfn_of(table);
    REQUIRE(page_unmap(table) == 0);
    REQUIRE(map(window, PTE_MAKE(frame, PTE_RW), UVMF_NONE) == 0);
    REQUIRE(vcpu_launch(1, writer) == 0);
    for (unsigned int round = 0; round < ROUNDS; round++) {
        mmuext_op_t pin = {.cmd = MMUEXT_PIN_L1_TABLE, .arg1.mfn = frame};
        mmuext_op_t unpin = {.cmd = MMUEXT_UNPIN_TABLE, .arg1.mfn = frame};

        REQUIRE(map(view, PTE_MAKE(frame, PTE_RO), UVMF_INVLPG) == 0);
        wait_for_write();
        /* Only the other processor may know the frame from now on. */
        REQUIRE(map(view, 0, UVMF_INVLPG) == 0);
        REQUIRE(map(window, 0, UVMF_NONE) == 0);
        fail_exchange();
        CHECK_RC(hypercall_mmuext_op(&pin, 1, NULL, DOMID_SELF), 0);
        REQUIRE(map(view, PTE_MAKE(frame, PTE_RO), UVMF_INVLPG) == 0);
        if (!still()) {
            test_failure("round %u: the page table changes by itself", round);
            break;
        }
        REQUIRE(map(view, 0, UVMF_INVLPG) == 0);
        CHECK_RC(hypercall_mmuext_op(&unpin, 1, NULL, DOMID_SELF), 0);
        REQUIRE(map(window, PTE_MAKE(frame, PTE_RW), UVMF_NONE) == 0);
    }
    stop = true;
    while (running)
        cpu_relax();
    test_success();
}
