/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Pinning validates a page as a table of a level; unpinning gives it back; what is refused leaves no trace.
 *
 * xen.h, MMUEXT_PIN_L1_TABLE to PIN_L4_TABLE and UNPIN_TABLE. A page to be pinned must not be mapped writable
 * and each of its entries must be acceptable for the level. A pinned page keeps its type until it is unpinned
 * and no table refers to it. Pinned twice or unpinned without pin, mapped writable, of another type: all
 * -EINVAL; a bad entry inside gives that entry's errno. An empty table is a fine table of any level.
 *
 * What goes wrong: a failed validation keeps the references of the entries before the bad one, so that their
 * pages can never be freed or change type again ("leaks a type count": found here by using them again
 * afterwards); a pinned page may be mapped writable.
 */
#include "guest.h"

const char test_title[] = "pin and unpin: validation, roll-back, errnos";

static uint64_t table[2][512] __attribute__((aligned(PAGE_SIZE)));
static char page[PAGE_SIZE] __attribute__((aligned(PAGE_SIZE)));

static long extended(unsigned int command, uint64_t mfn)
{
    struct mmuext_op op = {.cmd = command, .arg1.mfn = mfn};
    unsigned int done = 77;
    long rc = hypercall_mmuext_op(&op, 1, &done, DOMID_SELF);

    CHECK_EQUAL(done, rc ? 0 : 1);
    return rc;
}

static void each_level(void)
{
    unsigned int level;

    for (level = 1; level <= 4; level++) {
        CHECK_EQUAL(page_protect(table[0]), 0);
        CHECK_RC(page_pin(table[0], level), 0);
        CHECK_RC(page_pin(table[0], level), -XEN_EINVAL);
        CHECK_RC(page_pin(table[0], level % 4 + 1), -XEN_EINVAL);
        CHECK_RC(page_unprotect(table[0]), -XEN_EBUSY);
        CHECK_RC(page_unpin(table[0]), 0);
        CHECK_RC(page_unpin(table[0]), -XEN_EINVAL);
        CHECK_EQUAL(page_unprotect(table[0]), 0);
        memset(table[0], 0, sizeof(table[0]));
    }
}

void test_main(void)
{
    each_level();
    CHECK_RC(page_pin(table[0], 1), -XEN_EINVAL);

    /* Entry 3 is good, entry 7 maps an L4 table writable: refused, and the page of entry 3 is free to be a
     * table after. */
    table[0][3] = PTE_MAKE(mfn_of(page), PTE_RW);
    table[0][7] = PTE_MAKE(mfn_of((void *)start_info->pt_base), PTE_RW);
    CHECK_EQUAL(page_protect(table[0]), 0);
    CHECK_RC(page_pin(table[0], 1), -XEN_EBUSY);
    CHECK_EQUAL(page_protect(page), 0);
    CHECK_RC(page_pin(page, 2), 0);
    CHECK_RC(page_unpin(page), 0);
    CHECK_EQUAL(page_unprotect(page), 0);

    /* Repaired, it pins; the page of entry 3 then cannot be a table although no other mapping is writable. */
    CHECK_EQUAL(page_unprotect(table[0]), 0);
    table[0][7] = 0;
    CHECK_EQUAL(page_protect(table[0]), 0);
    CHECK_RC(page_pin(table[0], 1), 0);
    CHECK_EQUAL(page_protect(page), 0);
    CHECK_RC(page_pin(page, 1), -XEN_EINVAL);
    CHECK_RC(page_update(&table[0][3], 0), 0);
    CHECK_RC(page_pin(page, 1), 0);
    CHECK_RC(page_unpin(page), 0);

    /* A table in use by another stays one after it is unpinned. */
    table[1][511] = PTE_MAKE(mfn_of(table[0]), PTE_TABLE);
    CHECK_EQUAL(page_protect(table[1]), 0);
    CHECK_RC(page_pin(table[1], 2), 0);
    CHECK_RC(page_unpin(table[0]), 0);
    CHECK_RC(page_unprotect(table[0]), -XEN_EBUSY);
    CHECK_RC(page_unpin(table[1]), 0);
    CHECK_RC(page_unprotect(table[0]), 0);

    CHECK_RC(extended(MMUEXT_PIN_L1_TABLE, 0xfffffffffful), -XEN_EINVAL);
    CHECK_RC(extended(MMUEXT_UNPIN_TABLE, 0xfffffffffful), -XEN_EINVAL);
    CHECK_RC(extended(MMUEXT_PIN_L1_TABLE, 0xb8), -XEN_EINVAL);
    CHECK_RC(extended(21, 0), -XEN_ENOSYS);
    CHECK_RC(extended(MMUEXT_MARK_SUPER, mfn_of(page)), -XEN_EOPNOTSUPP);
    CHECK_RC(hypercall_mmuext_op((void *)0x1000, 1, NULL, DOMID_SELF), -XEN_EFAULT);
    test_success();
}
