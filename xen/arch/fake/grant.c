/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Mappings of granted frames on the fake machine: an address is a word of the test's that holds the frame's
 * number.
 */
#include <xen/grant_table.h>
#include <xen/page_ref.h>
#include <xen/refusal.h>
#include <fake/fake.h>

unsigned int fake_grant_flushes;

static int16_t refuse_address(uint64_t addr)
{
    return (int16_t)refuse(GNTST_general_error, "grant.address", "nothing can be mapped at %#lx",
                           (unsigned long)addr);
}

int16_t arch_grant_map(uint64_t host_addr, mfn_t m, uint32_t flags)
{
    uint64_t *slot = (uint64_t *)(uintptr_t)host_addr;

    if (host_addr < PAGE_SIZE)
        return refuse_address(host_addr);
    *slot = m.n;
    return GNTST_okay;
}

int16_t arch_grant_unmap(uint64_t host_addr, mfn_t m, uint32_t flags, uint64_t new_addr)
{
    uint64_t *slot = (uint64_t *)(uintptr_t)host_addr;

    if (host_addr < PAGE_SIZE || *slot != m.n)
        return refuse_address(host_addr);
    *slot = 0;
    return GNTST_okay;
}

void arch_grant_flush(void)
{
    fake_grant_flushes++;
}
