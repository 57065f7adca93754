/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A linear entry that comes and goes while a hypercall reads its arguments lends nothing of the hypervisor's
 * either.
 *
 * escape-linear-table tells how an address through a linear top-level entry leads into the hypervisor's
 * memory, and that such pointers are to be refused. A refusal by looking at the tables first and reading
 * afterwards can be outrun: another vCPU puts the entry in between the look and the read. And a translation
 * that a TLB has from when the entry was there is not gone when the entry is.
 *
 * vCPU 1 makes the entry and takes it away as fast as it can; vCPU 0 asks memory_op with an argument behind
 * it, and touches the address itself in between, so that the processor has reason to translate it. Asserted:
 * the call never succeeds. Only on Xenport, as stock Xen 4.17 does not refuse such pointers at all.
 */
#include "guest.h"

#include <xen/memory.h>

const char test_title[] = "no race of a linear entry against a hypercall's pointers";

#define LINEAR_SLOT 200ul
#define DIRECT_MAP  262ul
#define WINDOW      0x0000600000000000ul
#define TRIES       60000

static volatile bool stop, running;

static void toggler(void)
{
    const volatile uint64_t *entry = (const volatile uint64_t *)start_info->pt_base + LINEAR_SLOT;
    struct mmu_update updates[2] = {
        {.ptr = maddr_of(entry), .val = PTE_MAKE(mfn_of((void *)start_info->pt_base), PTE_RO)},
        {.ptr = maddr_of(entry), .val = 0},
    };

    running = true;
    while (!stop) {
        hypercall_mmu_update(updates, 2, NULL, DOMID_SELF);
    }
    running = false;
    for (;;) {
        hypercall_vcpu_op(VCPUOP_down, 1, NULL);
    }
}

void test_main(void)
{
    uint64_t frame = mfn_of_2mib(), phys = frame << PAGE_SHIFT;
    void *at = (void *)(LINEAR_SLOT << 39 | DIRECT_MAP << 30 | (phys >> 30) << 21 | (phys >> 21 & 511) << 12);
    unsigned int n, read = 0;

    REQUIRE(frame != 0);
    page_make_window(WINDOW);
    REQUIRE(hypercall_update_va_mapping(WINDOW, PTE_MAKE(frame, PTE_RW), UVMF_INVLPG) == 0);
    *(uint64_t *)WINDOW = DOMID_SELF;
    REQUIRE(hypercall_update_va_mapping(WINDOW, 0, UVMF_INVLPG) == 0);
    REQUIRE(vcpu_launch(1, toggler) == 0);
    while (!running) {
        cpu_relax();
    }
    for (n = 0; n < TRIES; n++) {
        asm volatile("prefetcht0 (%0)" : : "r"(at));
        read += hypercall_memory_op(XENMEM_current_reservation, at) >= 0;
    }
    stop = true;
    while (running) {
        cpu_relax();
    }
    if (read) {
        test_failure("%u of %u calls read their argument through the direct map", read, n);
    }
    test_success();
}
