/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * update_va_mapping changes the level-1 entry of an address under the tables in use, and flushes as asked.
 *
 * xen.h: the address, the entry with a machine address, flags: no flush, whole TLB, one page; local, all, or
 * a bitmap of vCPUs by pointer. It is the call that a guest uses before it can name its tables. Without an L1
 * table for the address, or for one in the hypervisor's slots: -EINVAL. Refusals are those of mmu_update.
 *
 * What goes wrong: the flush of the flags is forgotten when the update fails half way; the address is taken
 * modulo the table; a bad bitmap pointer is read in the hypervisor's context.
 */
#include "guest.h"

const char test_title[] = "update_va_mapping: effect, flags, refusals";

static char page[2][PAGE_SIZE] __attribute__((aligned(PAGE_SIZE)));

void test_main(void)
{
    unsigned long va = (unsigned long)page[0], vcpus = 1;
    uint64_t own = PTE_MAKE(mfn_of(page[0]), PTE_RW), other = PTE_MAKE(mfn_of(page[1]), PTE_RW);
    uint64_t table = PTE_MAKE(mfn_of((void *)start_info->pt_base), PTE_RW);

    page[0][5] = 'a';
    page[1][5] = 'b';
    CHECK_RC(hypercall_update_va_mapping(va, other, UVMF_INVLPG), 0);
    CHECK_EQUAL(page[0][5], 'b');
    CHECK_RC(hypercall_update_va_mapping(va + 8, own, UVMF_TLB_FLUSH | UVMF_ALL), 0);
    CHECK_EQUAL(page[0][5], 'a');
    CHECK_RC(hypercall_update_va_mapping(va, other, UVMF_INVLPG | (unsigned long)&vcpus), 0);
    barrier();
    CHECK_EQUAL(page[0][5], 'b');
    CHECK_RC(hypercall_update_va_mapping(va, own, UVMF_TLB_FLUSH | (unsigned long)&vcpus), 0);
    barrier();
    CHECK_EQUAL(page[0][5], 'a');
    CHECK_RC(hypercall_update_va_mapping(va, 0, UVMF_INVLPG | UVMF_ALL), 0);
    CHECK_EQUAL(trap_try_read(page[0]), 14);
    CHECK_RC(hypercall_update_va_mapping(va, own, UVMF_NONE), 0);
    CHECK_EQUAL(trap_try_read(page[0]), -1);

    CHECK_RC(hypercall_update_va_mapping(va, table, UVMF_INVLPG), -XEN_EBUSY);
    CHECK_RC(hypercall_update_va_mapping(va, PTE_MAKE(0xfffffffffful, PTE_RW), UVMF_INVLPG), -XEN_EINVAL);
    CHECK_RC(hypercall_update_va_mapping(0x1000, own, UVMF_INVLPG), -XEN_EINVAL);
    CHECK_RC(hypercall_update_va_mapping(0x1000, 0, UVMF_INVLPG), -XEN_EINVAL);
    CHECK_RC(hypercall_update_va_mapping(HYPERVISOR_VIRT_START, own, UVMF_INVLPG), -XEN_EINVAL);
    CHECK_RC(hypercall_update_va_mapping(0xffff830000000000, own, UVMF_INVLPG), -XEN_EINVAL);
    CHECK_RC(hypercall_update_va_mapping(1ul << 47, own, UVMF_INVLPG), -XEN_EINVAL);
    CHECK_EQUAL(page[0][5], 'a');

    CHECK_RC(hypercall_update_va_mapping(va, own, UVMF_INVLPG | 0x1000), -XEN_EFAULT);
    CHECK_RC(hypercall_update_va_mapping(va, own, 3), 0);
    CHECK_RC(hypercall(__HYPERVISOR_update_va_mapping_otherdomain, va, own, UVMF_INVLPG, 1, 0), -XEN_ESRCH);
    CHECK_RC(hypercall(__HYPERVISOR_update_va_mapping_otherdomain, va, own, UVMF_INVLPG, DOMID_SELF, 0), 0);
    test_success();
}
