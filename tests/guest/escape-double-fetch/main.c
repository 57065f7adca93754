/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a hypercall has checked is what it does, though another vCPU changes the arguments meanwhile.
 *
 * Arguments in memory are shared with all vCPUs of the guest. A hypervisor that reads a word twice, once to
 * check it and once to use it, can be given a good one and then a bad one (compare XSA-155, where the
 * compiler made two reads of one).
 *
 * vCPU 1 flips a word as fast as it can between an entry that is allowed, a page mapped writable, and one
 * that is not, the top-level table mapped writable. vCPU 0 makes mmu_update, update lists, multicalls and
 * emulated writes from it. Asserted: the entry is never the forbidden one, whatever the call said, and a call
 * that succeeded has stored the allowed one. The same for mmuext_op, whose pin of the page that is mapped
 * writable must never succeed. Both outcomes must have been seen, or nothing was tested.
 */
#include "guest.h"

const char test_title[] = "arguments that change while the hypercall runs";

#define ROUNDS 20000

static uint64_t page[512] __attribute__((aligned(PAGE_SIZE)));
static uint64_t window[512] __attribute__((aligned(PAGE_SIZE)));
static struct mmu_update updates[2];
static struct multicall_entry call;
static struct mmuext_op operation;
static volatile bool stop, running;
static uint64_t good, bad;
static unsigned int accepted, refused;

static void flipper(void)
{
    volatile uint64_t *words[] = {&updates[0].val, &updates[1].val, &call.args[1],
                                  (volatile uint64_t *)&operation.arg1.mfn};
    uint64_t frames[2] = {mfn_of((void *)start_info->pt_base), mfn_of(page)};

    running = true;
    while (!stop) {
        *words[0] = *words[1] = *words[2] = good;
        *words[3] = frames[0];
        *words[0] = *words[1] = *words[2] = bad;
        *words[3] = frames[1];
    }
    running = false;
    for (;;) {
        hypercall_vcpu_op(VCPUOP_down, 1, NULL);
    }
}

static bool held(const volatile uint64_t *entry, long rc)
{
    uint64_t found = *entry;

    if (rc < 0) {
        refused++;
    } else {
        accepted++;
    }
    if ((found & PTE_WRITABLE) && PTE_MFN(found) == PTE_MFN(bad)) {
        test_failure("the top-level table is mapped writable: 0x%lx, the call said %ld", found, rc);
        return false;
    }
    return true;
}

static bool round_of(const volatile uint64_t *entry)
{
    unsigned int i;
    long rc;

    for (i = 0; i < 2; i++) {
        updates[i].ptr = maddr_of(entry) | (i ? MMU_PT_UPDATE_PRESERVE_AD : MMU_NORMAL_PT_UPDATE);
    }
    if (!held(entry, hypercall_mmu_update(updates, 1, NULL, DOMID_SELF)) ||
        !held(entry, hypercall_mmu_update(updates, 2, NULL, DOMID_SELF))) {
        return false;
    }
    call.op = __HYPERVISOR_update_va_mapping;
    call.args[0] = (unsigned long)window;
    call.args[2] = UVMF_INVLPG;
    hypercall_multicall(&call, 1);
    if (!held(entry, (long)call.result)) {
        return false;
    }
    operation.cmd = MMUEXT_PIN_L4_TABLE;
    rc = hypercall_mmuext_op(&operation, 1, NULL, DOMID_SELF);
    CHECK(rc == 0 || rc == -XEN_EINVAL || rc == -XEN_EBUSY);
    return true;
}

void test_main(void)
{
    const volatile uint64_t *entry = page_entry(window, 1);
    unsigned int round;

    good = PTE_MAKE(mfn_of(page), PTE_RW);
    bad = PTE_MAKE(mfn_of((void *)start_info->pt_base), PTE_RW);
    updates[0].val = updates[1].val = call.args[1] = good;
    operation.arg1.mfn = mfn_of(page);
    REQUIRE(vcpu_launch(1, flipper) == 0);
    while (!running) {
        cpu_relax();
    }
    for (round = 0; round < ROUNDS && round_of(entry); round++) {
    }
    printk("%u accepted, %u refused\n", accepted, refused);
    CHECK(accepted > 0 && refused > 0);
    CHECK(page_unpin(page) < 0);
    stop = true;
    while (running) {
        cpu_relax();
    }
    test_success();
}
