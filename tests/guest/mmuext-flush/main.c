/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The flushing sub-operations of mmuext_op: what each accepts, and that a stale translation is gone after it.
 *
 * xen.h: flush the whole TLB or one address, on this vCPU, on a bitmap of vCPUs, on all. An entry is changed
 * by mmu_update, which by itself need not flush; after the operation the new translation must be used. The
 * bitmap is a guest pointer and may be bad: -EINVAL (not -EFAULT, as elsewhere).
 *
 * What goes wrong: INVLPG of an address in the hypervisor's half removes its own entries (harmless) or is
 * refused (Linux then panics); bits of vCPUs that do not exist are an error instead of being ignored;
 * CLEAR_PAGE and COPY_PAGE work on page tables.
 */
#include "guest.h"

const char test_title[] = "TLB flushes, CLEAR_PAGE and COPY_PAGE";

static volatile uint64_t page[2][512] __attribute__((aligned(PAGE_SIZE)));

static long extended(unsigned int command, uint64_t argument, const void *vcpus)
{
    struct mmuext_op op = {.cmd = command, .arg1.linear_addr = argument};

    set_xen_guest_handle(op.arg2.vcpumask, vcpus);
    return hypercall_mmuext_op(&op, 1, NULL, DOMID_SELF);
}

/* Changes what page[0] shows without a flush, then flushes: must be seen. */
static void stale(unsigned int command, unsigned int which, const void *vcpus)
{
    (void)page[0][0];
    CHECK_RC(page_update(page_entry(page[0], 1), PTE_MAKE(mfn_of(page[which]), PTE_RW)), 0);
    CHECK_RC(extended(command, (uint64_t)page[0], vcpus), 0);
    if (page[0][0] != 100 + which) {
        test_failure("after command %u the old page is seen", command);
    }
}

void test_main(void)
{
    unsigned long vcpus = ~0ul;
    struct mmuext_op copy = {.cmd = MMUEXT_COPY_PAGE};

    page[0][0] = 100;
    page[1][0] = 101;
    stale(MMUEXT_TLB_FLUSH_LOCAL, 1, NULL);
    stale(MMUEXT_INVLPG_LOCAL, 0, NULL);
    stale(MMUEXT_TLB_FLUSH_MULTI, 1, &vcpus);
    stale(MMUEXT_INVLPG_MULTI, 0, &vcpus);
    stale(MMUEXT_TLB_FLUSH_ALL, 1, NULL);
    stale(MMUEXT_INVLPG_ALL, 0, NULL);

    CHECK_RC(extended(MMUEXT_INVLPG_LOCAL, 0xffff830000000000, NULL), 0);
    CHECK_RC(extended(MMUEXT_INVLPG_LOCAL, 1ul << 47, NULL), 0);
    CHECK_RC(extended(MMUEXT_TLB_FLUSH_MULTI, 0, (void *)0x1000), -XEN_EINVAL);
    CHECK_RC(extended(MMUEXT_INVLPG_MULTI, (uint64_t)page, (void *)0x1000), -XEN_EINVAL);
    CHECK_RC(extended(MMUEXT_TLB_FLUSH_MULTI, 0, (void *)0xffff830000000000), -XEN_EINVAL);

    CHECK_RC(extended(MMUEXT_CLEAR_PAGE, mfn_of(page[1]), NULL), 0);
    CHECK_EQUAL(page[1][0], 0);
    copy.arg1.mfn = mfn_of(page[1]);
    copy.arg2.src_mfn = mfn_of(page[0]);
    CHECK_RC(hypercall_mmuext_op(&copy, 1, NULL, DOMID_SELF), 0);
    CHECK_EQUAL(page[1][0], 100);
    CHECK_RC(extended(MMUEXT_CLEAR_PAGE, mfn_of((void *)start_info->pt_base), NULL), -XEN_EINVAL);
    copy.arg1.mfn = mfn_of((void *)start_info->pt_base);
    CHECK_RC(hypercall_mmuext_op(&copy, 1, NULL, DOMID_SELF), -XEN_EINVAL);

    CHECK_RC(extended(MMUEXT_FLUSH_CACHE, 0, NULL), 0);
    CHECK_RC(extended(MMUEXT_FLUSH_CACHE_GLOBAL, 0, NULL), 0);
    CHECK_RC(extended(MMUEXT_SET_LDT, 0, NULL), 0);
    CHECK_RC(extended(MMUEXT_SET_LDT, (uint64_t)page[0] + 8, (void *)512ul), -XEN_EINVAL);
    CHECK_RC(extended(MMUEXT_SET_LDT, (uint64_t)page[0], (void *)8193ul), -XEN_EINVAL);
    test_success();
}
