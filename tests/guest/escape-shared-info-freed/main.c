/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The shared-info frame can be handed back like any frame, and the hypervisor goes on using it all the same.
 *
 * Class: life-time of pages that guest and hypervisor share. The guest sees the frame's number in start_info
 * and may name it to decrease_reservation, to exchange, to the pin calls and as a page table. The hypervisor
 * writes events and time through a pointer of its own. If only the guest's references counted, then giving
 * the frame back and taking its mapping away would free a page that is still written: the next owner of the
 * frame, perhaps as a page table, gets words that the first one chooses by its events. If a count is wrong in
 * the other direction, the last put finds a page that is still typed, and a careful hypervisor stops the
 * whole machine.
 *
 * Asserted: none of it makes the frame a table; after it was given back twice and unmapped, it can
 * either be mapped again and is alive (its version counter is the running clock's), or it cannot be mapped
 * any more; events and time go on through a vCPU's own record. Not asserted: what decrease_reservation
 * answers, which counts frames that are not gone.
 */
#include "guest.h"

#include <xen/memory.h>
#include <xen/sched.h>

const char test_title[] = "the shared-info frame cannot be freed or retyped under the hypervisor";

static uint64_t info_page[512] __attribute__((aligned(PAGE_SIZE)));
static volatile char spare[PAGE_SIZE] __attribute__((aligned(PAGE_SIZE)));

static long pin_frame(uint64_t mfn, unsigned int level)
{
    struct mmuext_op op = {.cmd = MMUEXT_PIN_L1_TABLE + level - 1, .arg1.mfn = mfn};

    return hypercall_mmuext_op(&op, 1, NULL, DOMID_SELF);
}

static long give_back(uint64_t mfn)
{
    struct xen_memory_reservation op = {.nr_extents = 1, .domid = DOMID_SELF};

    set_xen_guest_handle(op.extent_start, &mfn);
    return hypercall_memory_op(XENMEM_decrease_reservation, &op);
}

void test_main(void)
{
    uint64_t mfn = start_info->shared_info >> PAGE_SHIFT, entry = PTE_MAKE(mfn, PTE_RW);
    struct vcpu_register_vcpu_info registration = {.mfn = mfn_of(info_page)};
    const volatile struct vcpu_info *info = (const void *)info_page;
    uint32_t version;
    unsigned int level;

    for (level = 1; level <= 4; level++) {
        CHECK(pin_frame(mfn, level) < 0);
    }
    CHECK(page_update(page_entry((void *)spare, 2), PTE_MAKE(mfn, PTE_TABLE)) < 0);
    /* From here on the vCPU's own record is elsewhere, so that the test can go on without the shared page. */
    CHECK_RC(hypercall_vcpu_op(VCPUOP_register_vcpu_info, 0, &registration), 0);

    printk("given back: %ld, again: %ld\n", give_back(mfn), give_back(mfn));
    CHECK_RC(hypercall_update_va_mapping((unsigned long)&shared_info, 0, UVMF_INVLPG | UVMF_ALL), 0);
    printk("unmapped; once more: %ld\n", give_back(mfn));

    if (hypercall_update_va_mapping((unsigned long)&shared_info, entry, UVMF_INVLPG | UVMF_ALL) == 0) {
        uint32_t seconds = shared_info.wc_sec;

        CHECK(seconds != 0 && shared_info.evtchn_mask[5] == ~0ul);
    }
    version = info->time.version;
    hypercall_sched_op(SCHEDOP_yield, NULL);
    CHECK(info->time.version >= version);
    CHECK(info->time.tsc_to_system_mul != 0);
    CHECK(hypercall_xen_version(0, NULL) > 0);
    test_success();
}
