/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * mmu_update writes page-table entries: normal, preserving accessed and dirty bits, in batches, and into
 * plain pages.
 *
 * xen.h: ptr names the entry by machine address, its low two bits the command; the number of completed
 * updates is stored through the third argument. The entry that a guest reads back is not bit for bit what it
 * wrote: every guest page needs the U bit, for the kernel runs in ring 3; one that the guest wanted without
 * is marked by bit 52, one with gets GLOBAL. Intermediate entries get U.
 *
 * What goes wrong: PRESERVE_AD loses a bit that the processor sets meanwhile, or ORs more than A and D; done
 * counts the entry that failed; the continuation bit of the count is taken as a number.
 */
#include "guest.h"

const char test_title[] = "mmu_update: normal, preserving A and D, batches, done";

static char page[3][PAGE_SIZE] __attribute__((aligned(PAGE_SIZE)));
static uint64_t plain[512] __attribute__((aligned(PAGE_SIZE)));

#define PTE_KERNEL (1ul << 52)
#define PTE_AD     (PTE_ACCESSED | PTE_DIRTY)

static long update(const volatile void *entry, uint64_t value, unsigned int command)
{
    struct mmu_update u = {.ptr = maddr_of(entry) | command, .val = value};
    unsigned int done = 77;
    long rc = hypercall_mmu_update(&u, 1, &done, DOMID_SELF);

    CHECK_EQUAL(done, rc ? 0 : 1);
    return rc;
}

static void invalidate(void *address)
{
    struct mmuext_op op = {.cmd = MMUEXT_INVLPG_LOCAL, .arg1.linear_addr = (unsigned long)address};

    CHECK_RC(hypercall_mmuext_op(&op, 1, NULL, DOMID_SELF), 0);
}

void test_main(void)
{
    const volatile uint64_t *entry = page_entry(page[0], 1);
    uint64_t mfn[3] = {mfn_of(page[0]), mfn_of(page[1]), mfn_of(page[2])};
    struct mmu_update batch[3];
    unsigned int i, done = 77;

    page[1][0] = 'B';
    CHECK_RC(update(entry, PTE_MAKE(mfn[1], PTE_PRESENT | PTE_WRITABLE | PTE_USER), MMU_NORMAL_PT_UPDATE), 0);
    CHECK_EQUAL(*entry & ~PTE_AD, PTE_MAKE(mfn[1], PTE_PRESENT | PTE_WRITABLE | PTE_USER | PTE_GLOBAL));
    invalidate(page[0]);
    CHECK_EQUAL(page[0][0], 'B');
    CHECK_EQUAL(*entry & PTE_AD, PTE_ACCESSED);

    CHECK_RC(update(entry, PTE_MAKE(mfn[1], PTE_PRESENT | PTE_WRITABLE), MMU_PT_UPDATE_PRESERVE_AD), 0);
    CHECK_EQUAL(*entry, PTE_MAKE(mfn[1], PTE_PRESENT | PTE_WRITABLE | PTE_USER | PTE_ACCESSED | PTE_KERNEL));
    invalidate(page[0]);
    page[0][1] = 'c';
    CHECK_EQUAL(*entry & PTE_AD, PTE_AD);
    CHECK_RC(update(entry, PTE_MAKE(mfn[1], PTE_PRESENT | PTE_USER), MMU_PT_UPDATE_PRESERVE_AD), 0);
    CHECK_EQUAL(*entry & (PTE_AD | PTE_WRITABLE), PTE_AD);
    CHECK_RC(update(entry, PTE_MAKE(mfn[1], PTE_PRESENT | PTE_USER), MMU_NORMAL_PT_UPDATE), 0);
    CHECK_EQUAL(*entry & (PTE_AD | PTE_WRITABLE), 0);

    /* Bits 53 to 62 of a present entry are the guest's, as in the processor's own format. */
    CHECK_RC(update(entry, PTE_MAKE(mfn[1], PTE_RO) | 0x3fful << 53, MMU_NORMAL_PT_UPDATE), 0);
    CHECK_EQUAL(*entry, PTE_MAKE(mfn[1], PTE_RO | PTE_GLOBAL) | 0x3fful << 53);

    /* A not-present entry holds anything. */
    CHECK_RC(update(entry, 0xdeadbeef00000ffe, MMU_NORMAL_PT_UPDATE), 0);
    CHECK_EQUAL(*entry, 0xdeadbeef00000ffe);
    invalidate(page[0]);
    CHECK_EQUAL(trap_try_read(page[0]), 14);

    for (i = 0; i < 3; i++) {
        batch[i].ptr = maddr_of(page_entry(page[i], 1));
        batch[i].val = PTE_MAKE(mfn[(i + 1) % 3], PTE_RW);
    }
    CHECK_RC(hypercall_mmu_update(batch, 3, &done, DOMID_SELF), 0);
    CHECK_EQUAL(done, 3);
    CHECK_EQUAL(PTE_MFN(*page_entry(page[2], 1)), mfn[0]);

    /* The middle entry names a table's page: the first is done, the third is not. */
    for (i = 0; i < 3; i++) {
        batch[i].val = PTE_MAKE(mfn[i], PTE_RW);
    }
    batch[1].val = PTE_MAKE(mfn_of((void *)start_info->pt_base), PTE_RW);
    CHECK_RC(hypercall_mmu_update(batch, 3, &done, DOMID_SELF), -XEN_EBUSY);
    CHECK_EQUAL(done, 1);
    CHECK_EQUAL(PTE_MFN(*page_entry(page[0], 1)), mfn[0]);
    CHECK_EQUAL(PTE_MFN(*page_entry(page[2], 1)), mfn[0]);

    CHECK_RC(hypercall_mmu_update(NULL, 0, &done, DOMID_SELF), 0);
    CHECK_EQUAL(done, 0);
    CHECK_RC(hypercall_mmu_update(batch, 1, NULL, DOMID_SELF), 0);
    CHECK_RC(update(&plain[3], 0x123456789abcdef1, MMU_NORMAL_PT_UPDATE), 0);
    CHECK_EQUAL(plain[3], 0x123456789abcdef1);
    test_success();
}
