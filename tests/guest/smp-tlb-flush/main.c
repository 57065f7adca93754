/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A mapping changed with a flush on all vCPUs is gone everywhere when the call returns.
 *
 * xen.h, UVMF_ALL, MMUEXT_TLB_FLUSH_ALL, INVLPG_MULTI with a bitmap. Two vCPUs share the page tables: one
 * writes through an address as fast as it can, the other exchanges the page under it and flushes. After the
 * flush no further write may reach the old page.
 *
 * What goes wrong: the flush is sent but not waited for; the bitmap names vCPUs and is used as one of
 * processors; a vCPU that is just being scheduled misses it. On one processor nothing of this shows.
 */
#include "guest.h"

const char test_title[] = "TLB flush on another processor";

static volatile uint64_t window[512] __attribute__((aligned(PAGE_SIZE)));
static volatile uint64_t page[2][512] __attribute__((aligned(PAGE_SIZE)));
static volatile unsigned int stop, running;

static void writer(void)
{
    uint64_t n;

    running = 1;
    for (n = 1; !stop; n++) {
        window[0] = n;
    }
    running = 0;
    for (;;) {
        hypercall_vcpu_op(VCPUOP_down, 1, NULL);
    }
}

/* Shows page[which] in the window, flushing in one of three ways; the other page must then be still. */
static bool exchange(unsigned int which, unsigned int way)
{
    unsigned long vcpus = 2 | 1, va = (unsigned long)window;
    struct mmuext_op op = {.cmd = way == 1 ? MMUEXT_TLB_FLUSH_ALL : MMUEXT_INVLPG_MULTI,
                           .arg1.linear_addr = va};
    uint64_t entry = PTE_MAKE(mfn_of(page[which]), PTE_RW), seen;
    unsigned int look;

    if (way == 0) {
        CHECK_RC(hypercall_update_va_mapping(va, entry, UVMF_INVLPG | UVMF_ALL), 0);
    } else {
        set_xen_guest_handle(op.arg2.vcpumask, &vcpus);
        CHECK_RC(hypercall_update_va_mapping(va, entry, UVMF_NONE), 0);
        CHECK_RC(hypercall_mmuext_op(&op, 1, NULL, DOMID_SELF), 0);
    }
    seen = page[!which][0];
    for (look = 0; look < 2000; look++) {
        if (page[!which][0] != seen) {
            return false;
        }
    }
    return true;
}

void test_main(void)
{
    unsigned int round;

    CHECK_EQUAL(exchange(0, 0), true);
    REQUIRE(vcpu_launch(1, writer) == 0);
    while (!running) {
        cpu_relax();
    }
    for (round = 1; round < 600; round++) {
        if (!exchange(round & 1, round % 3)) {
            test_failure("round %u: the old page is still written", round);
            break;
        }
    }
    CHECK(page[0][0] != 0 && page[1][0] != 0);
    stop = 1;
    while (running) {
        cpu_relax();
    }
    test_success();
}
