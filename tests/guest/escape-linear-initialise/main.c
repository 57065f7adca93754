/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A vCPU is initialised with page tables that show themselves, while another vCPU calls about vCPUs.
 *
 * VCPUOP_initialise checks the page tables that the context names, and vCPUs of one domain take turns in such
 * calls. A domain's first linear entry of the top level may need all of its vCPUs to be seen outside of the
 * hypervisor (escape-linear-race has why). A hypervisor that waits for that while it keeps the others waiting
 * for their turn waits for ever: two processors are lost to all domains.
 *
 * vCPU 1 asks again and again for something about vCPUs that is refused; vCPU 0 initialises vCPU 2 with
 * tables that take long to check and have the linear entry at their end. Asserted: it succeeds.
 */
#include "guest.h"

const char test_title[] = "a linear entry comes with VCPUOP_initialise";

#define NR_L1 64

static uint64_t l4[512] __attribute__((aligned(PAGE_SIZE)));
static uint64_t l3[512] __attribute__((aligned(PAGE_SIZE)));
static uint64_t l2[512] __attribute__((aligned(PAGE_SIZE)));
static uint64_t l1[NR_L1][512] __attribute__((aligned(PAGE_SIZE)));
static char page[PAGE_SIZE] __attribute__((aligned(PAGE_SIZE)));
static struct vcpu_guest_context context;
static volatile bool stop, running;

/* No vcpu_info begins where a page ends. */
static void asks(void)
{
    struct vcpu_register_vcpu_info info = {.mfn = mfn_of(page), .offset = PAGE_SIZE};

    while (!stop) {
        hypercall_vcpu_op(VCPUOP_register_vcpu_info, 1, &info);
        running = true;
    }
    running = false;
    for (;;) {
        hypercall_vcpu_op(VCPUOP_down, 1, NULL);
    }
}

static void make_tables(void)
{
    for (unsigned int i = 0; i < NR_L1; i++) {
        for (unsigned int j = 0; j < 512; j++) {
            l1[i][j] = PTE_MAKE(mfn_of(page), PTE_RW);
        }
        l2[i] = PTE_MAKE(mfn_of(l1[i]), PTE_TABLE);
        CHECK_RC(page_protect(l1[i]), 0);
    }
    l3[0] = PTE_MAKE(mfn_of(l2), PTE_TABLE);
    l4[0] = PTE_MAKE(mfn_of(l3), PTE_TABLE);
    l4[511] = PTE_MAKE(mfn_of(l4), PTE_RO);
    CHECK_RC(page_protect(l2), 0);
    CHECK_RC(page_protect(l3), 0);
    CHECK_RC(page_protect(l4), 0);
}

void test_main(void)
{
    make_tables();
    vcpu_prepare(&context, 2, NULL);
    context.ctrlreg[3] = xen_pfn_to_cr3(mfn_of(l4));
    REQUIRE(vcpu_launch(1, asks) == 0);
    while (!running) {
        cpu_relax();
    }
    CHECK_RC(hypercall_vcpu_op(VCPUOP_initialise, 2, &context), 0);
    stop = true;
    while (running) {
        cpu_relax();
    }
    test_success();
}
