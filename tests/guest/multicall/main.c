/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A multicall makes its calls in order, stores each raw result, and goes on after one that fails.
 *
 * xen.h, struct multicall_entry: operation, result, six arguments. The call itself answers 0 when the list
 * was worked off. An unknown operation has -ENOSYS in its entry; a nested multicall has -EINVAL. Results of
 * 64 bits are whole, which is what toolstacks use one-entry multicalls for.
 *
 * What goes wrong: it stops at the first failure; the result is cut to an int; the arguments of the entries
 * come back changed although they completed; a bad list pointer after some entries loses the results of
 * these.
 */
#include "guest.h"

#include <xen/memory.h>
#include <xen/version.h>

const char test_title[] = "multicall: order, results, failures";

static struct multicall_entry calls[300];
static char page[PAGE_SIZE] __attribute__((aligned(PAGE_SIZE)));

static void entry(unsigned int i, unsigned long op, unsigned long a, unsigned long b, unsigned long c)
{
    calls[i] = (struct multicall_entry){.op = op, .result = 0x5555, .args = {a, b, c, 0, 0, 0}};
}

void test_main(void)
{
    domid_t self = DOMID_SELF;
    unsigned int i;
    uint64_t mfn = mfn_of(page);

    entry(0, __HYPERVISOR_xen_version, XENVER_version, 0, 0);
    entry(1, 63, 1, 2, 3);
    entry(2, __HYPERVISOR_memory_op, XENMEM_current_reservation, (unsigned long)&self, 0);
    entry(3, __HYPERVISOR_update_va_mapping, (unsigned long)page, PTE_MAKE(mfn, PTE_RO), UVMF_INVLPG);
    entry(4, __HYPERVISOR_update_va_mapping, 0x1000, 0, 0);
    entry(5, __HYPERVISOR_xen_version, XENVER_extraversion, 0x1000, 0);
    entry(6, __HYPERVISOR_multicall, (unsigned long)calls, 1, 0);
    entry(7, __HYPERVISOR_update_va_mapping, (unsigned long)page, PTE_MAKE(mfn, PTE_RW), UVMF_INVLPG);
    entry(8, 0x100000000ul | __HYPERVISOR_xen_version, XENVER_version, 0, 0);
    CHECK_RC(hypercall_multicall(calls, 9), 0);
    CHECK_EQUAL(calls[0].result, 4 << 16 | 17);
    CHECK_EQUAL(calls[1].result, (unsigned long)-XEN_ENOSYS);
    CHECK_EQUAL(calls[2].result, start_info->nr_pages);
    CHECK_EQUAL(calls[3].result, 0);
    CHECK_EQUAL(calls[4].result, (unsigned long)-XEN_EINVAL);
    CHECK_EQUAL(calls[5].result, (unsigned long)-XEN_EFAULT);
    CHECK_EQUAL(calls[6].result, (unsigned long)-XEN_EINVAL);
    CHECK_EQUAL(calls[7].result, 0);
    CHECK_EQUAL(calls[8].result, (unsigned long)-XEN_ENOSYS);
    CHECK_EQUAL(trap_try_write(page, 0), -1);
    CHECK_EQUAL(calls[3].args[1], PTE_MAKE(mfn, PTE_RO));

    /* A long list, whose calls each have their result. */
    for (i = 0; i < ARRAY_SIZE(calls); i++) {
        entry(i, __HYPERVISOR_xen_version, i % 2 ? XENVER_pagesize : XENVER_version, 0, 0);
    }
    CHECK_RC(hypercall_multicall(calls, ARRAY_SIZE(calls)), 0);
    for (i = 0; i < ARRAY_SIZE(calls); i++) {
        if (calls[i].result != (i % 2 ? PAGE_SIZE : 4 << 16 | 17)) {
            test_failure("entry %u has 0x%lx", i, calls[i].result);
            break;
        }
    }

    CHECK_RC(hypercall_multicall(calls, 0), 0);
    CHECK_RC(hypercall_multicall((void *)0x1000, 1), -XEN_EFAULT);
    CHECK_RC(hypercall_multicall((void *)0xffff830000000000, 1), -XEN_EFAULT);
    test_success();
}
