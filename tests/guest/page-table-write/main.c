/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A plain store to a level-1 entry through its read-only mapping is carried out, checked like an mmu_update.
 *
 * xen.h: page tables are read-only, but a guest that writes an L1 entry all the same has the write emulated;
 * Linux lives from it ("xchg" of an entry is its hottest path, see the ABI's notes on writable page tables).
 * MOV, XCHG and CMPXCHG of 8 bytes work, narrower stores are widened by the bytes that are there. Refused
 * values, other levels' tables and writes to read-only pages that are no tables come back as page faults.
 *
 * What goes wrong: XCHG forgets the register; CMPXCHG writes on mismatch; flags are lost; a refused value is
 * written first and reported after; rip stays.
 */
#include "guest.h"

const char test_title[] = "stores to L1 tables are emulated";

static char page[2][PAGE_SIZE] __attribute__((aligned(PAGE_SIZE)));
static char read_only[PAGE_SIZE] __attribute__((aligned(PAGE_SIZE)));

void test_main(void)
{
    volatile uint64_t *entry = (volatile uint64_t *)page_entry(page[0], 1);
    volatile uint64_t *l2 = (volatile uint64_t *)page_entry(page[0], 2);
    uint64_t own = PTE_MAKE(mfn_of(page[0]), PTE_RW), other = PTE_MAKE(mfn_of(page[1]), PTE_RW), value;
    struct mmuext_op flush = {.cmd = MMUEXT_TLB_FLUSH_LOCAL};
    bool equal;

    page[0][0] = 'a';
    page[1][0] = 'b';
    CHECK_EQUAL(trap_try_write((void *)entry, other), -1);
    CHECK_EQUAL(*entry & ~PTE_GLOBAL, other);
    CHECK_RC(hypercall_mmuext_op(&flush, 1, NULL, DOMID_SELF), 0);
    barrier();
    CHECK_EQUAL(page[0][0], 'b');

    value = own;
    asm volatile("xchgq %0, %1" : "+r"(value), "+m"(*entry));
    CHECK_EQUAL(value & ~PTE_GLOBAL, other);
    CHECK_EQUAL(*entry & ~PTE_GLOBAL, own);

    value = *entry;
    asm volatile("lock cmpxchgq %3, %1" : "+a"(value), "+m"(*entry), "=@ccz"(equal) : "r"(other));
    CHECK(equal);
    CHECK_EQUAL(*entry & ~PTE_GLOBAL, other);
    value = 1;
    asm volatile("lock cmpxchgq %3, %1" : "+a"(value), "+m"(*entry), "=@ccz"(equal) : "r"(own));
    CHECK(!equal);
    CHECK_EQUAL(value & ~PTE_GLOBAL, other);
    CHECK_EQUAL(*entry & ~PTE_GLOBAL, other);

    asm volatile("andb %1, %0" : "+m"(*(volatile uint8_t *)entry) : "i"((uint8_t)~PTE_WRITABLE));
    CHECK_EQUAL(*entry & PTE_WRITABLE, 0);
    asm volatile("lock orb %1, %0" : "+m"(*(volatile uint8_t *)entry) : "i"((uint8_t)PTE_WRITABLE));
    CHECK_EQUAL(*entry & PTE_WRITABLE, PTE_WRITABLE);
    asm volatile("movl %1, %0" : "+m"(*(volatile uint32_t *)entry) : "r"((uint32_t)own));
    CHECK_EQUAL((uint32_t)*entry & ~(uint32_t)PTE_GLOBAL, (uint32_t)own);
    CHECK_EQUAL(trap_try_write((void *)entry, own), -1);

    CHECK_EQUAL(trap_try_write((void *)entry, PTE_MAKE(mfn_of(l2), PTE_RW)), 14);
    CHECK_EQUAL(trap_last.cr2, entry);
    CHECK_EQUAL(trap_last.frame.error_code, 3);
    CHECK_EQUAL(*entry & ~PTE_GLOBAL, own);
    CHECK_EQUAL(trap_try_write((void *)((char *)entry + 4), 0), 14);
    CHECK_EQUAL(trap_try_write((void *)l2, *l2), 14);
    CHECK_EQUAL(page_protect(read_only), 0);
    CHECK_EQUAL(trap_try_write(read_only, 0), 14);
    CHECK_EQUAL(trap_last.cr2, read_only);
    test_success();
}
