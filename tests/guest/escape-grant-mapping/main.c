/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A grant's writable mapping cannot be kept by unmapping another one in its place.
 *
 * Who has a frame mapped twice, once to read and once to write, could name the read-only entry when it unmaps
 * the writable grant: the giver's mark GTF_writing would go, the giver would take the frame for its own
 * again, perhaps for a page table, and the writable entry would still be there (compare XSA-224, XSA-234).
 * Asserted: an entry with other rights than the grant's is not taken for it, either way round; the marks stay
 * while they are true; a frame with a writable mapping left becomes no page table; a read-only grant stays
 * so.
 */
#include "guest.h"
#include "grant.h"

const char test_title[] = "grants: an entry with other rights is not the grant's";

#define REF 8

static volatile uint64_t data[512] __attribute__((aligned(PAGE_SIZE)));
static volatile char writable[PAGE_SIZE] __attribute__((aligned(PAGE_SIZE)));
static volatile char readable[PAGE_SIZE] __attribute__((aligned(PAGE_SIZE)));

void test_main(void)
{
    uint64_t frame = mfn_of(data);
    grant_handle_t writes, reads;

    grant_initialise(1);
    grant_v1[REF] = (struct grant_entry_v1){GTF_permit_access, grant_self(), (uint32_t)frame};
    writes = grant_map_at(writable, GNTMAP_host_map, REF);
    reads = grant_map_at(readable, GNTMAP_host_map | GNTMAP_readonly, REF);
    CHECK_EQUAL(grant_unmap((unsigned long)readable, 0, writes), GNTST_general_error);
    CHECK_EQUAL(grant_unmap((unsigned long)writable, 0, reads), GNTST_general_error);
    CHECK_EQUAL(grant_v1[REF].flags, GTF_permit_access | GTF_reading | GTF_writing);

    CHECK_RC(hypercall_update_va_mapping((unsigned long)data, 0, UVMF_INVLPG), 0);
    CHECK(page_update(page_entry(readable, 2), PTE_MAKE(frame, PTE_TABLE)) < 0);
    writable[0] = 1;
    CHECK_EQUAL(readable[0], 1);

    CHECK_EQUAL(grant_unmap((unsigned long)writable, 0, writes), GNTST_okay);
    CHECK_EQUAL(grant_v1[REF].flags, GTF_permit_access | GTF_reading);
    CHECK_EQUAL(trap_try_write((void *)readable, 0), 14);
    CHECK_EQUAL(grant_unmap((unsigned long)readable, 0, reads), GNTST_okay);
    CHECK_EQUAL(grant_v1[REF].flags, GTF_permit_access);
    CHECK_EQUAL(trap_try_read((void *)writable), 14);
    test_success();
}
