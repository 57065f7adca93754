/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * When a frame becomes a page table, no processor can write to it any more, whatever its TLB remembers.
 *
 * The guest need not flush after it takes a mapping away; then its other vCPUs go on using what their TLBs
 * have. That is the guest's own affair as long as the frame stays its memory. When it becomes a page table,
 * or is given to somebody else, the hypervisor must flush for itself, and must do so after the last reference
 * went and before it looks at the entries (compare XSA-287, XSA-290, XSA-402): too early, and a TLB loads the
 * mapping again; too late, and entries change behind the check.
 *
 * Here vCPU 1 writes through a mapping as fast as it can. vCPU 0 takes the mapping away without a flush and
 * pins the frame as a table of level 1 at once. Asserted: once the pin has succeeded the table does not
 * change any more; after unpinning and a new mapping it goes on. The same with giving the frame back. The
 * writer's values are no present entries, so that the table is always valid.
 */
#include "guest.h"

#include <xen/memory.h>

const char test_title[] = "a new page table is out of every TLB's reach";

#define ROUNDS 300

static volatile uint64_t table[512] __attribute__((aligned(PAGE_SIZE)));
static volatile uint64_t window[512] __attribute__((aligned(PAGE_SIZE)));
static volatile bool running, stop;
static volatile uint64_t faults;

static void writer(void)
{
    uint64_t n;

    for (n = 2; !stop; n += 2) {
        if (trap_try_write(&window[0], n) >= 0) {
            faults++;
        }
        running = true;
    }
    running = false;
    for (;;) {
        hypercall_vcpu_op(VCPUOP_down, 1, NULL);
    }
}

static void map(void)
{
    REQUIRE(hypercall_update_va_mapping((unsigned long)window, PTE_MAKE(mfn_of(table), PTE_RW), UVMF_NONE) ==
            0);
}

static void wait_for_write(void)
{
    uint64_t seen = table[0], end = time_ns() + PATIENCE_NS;

    while (table[0] == seen) {
        if (time_ns() > end) {
            test_error("the other vCPU does not write");
            test_finish();
        }
        cpu_relax();
    }
}

static bool still(void)
{
    uint64_t seen = table[0];
    unsigned int look;

    for (look = 0; look < 2000; look++) {
        if (table[0] != seen) {
            return false;
        }
    }
    return true;
}

void test_main(void)
{
    unsigned int round;

    REQUIRE(page_protect(table) == 0);
    map();
    REQUIRE(vcpu_launch(1, writer) == 0);
    for (round = 0; round < ROUNDS; round++) {
        wait_for_write();
        REQUIRE(hypercall_update_va_mapping((unsigned long)window, 0, UVMF_NONE) == 0);
        CHECK_RC(page_pin(table, 1), 0);
        if (!still()) {
            test_failure("round %u: the page table changes by itself", round);
            break;
        }
        CHECK_RC(page_unpin(table), 0);
        map();
    }
    printk("%lu writes faulted\n", faults);
    stop = true;
    while (running) {
        cpu_relax();
    }
    test_success();
}
