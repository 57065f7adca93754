/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * GNTTABOP_cache_flush: whose memory, which operations, which bytes.
 *
 * grant_table.h: a frame named by its machine address (a bus address) is cleaned, or cleaned and invalidated;
 * it is the caller's own, or another's that the caller has by a grant at the moment, be it for devices only.
 * Elements are done in order, up to the first that fails, whose errno is the answer.
 *
 * What stock Xen taught: the operation that names a grant (GNTTAB_CACHE_SOURCE_GREF) is -EINVAL as any
 * unknown bit; on x86 nothing can be invalidated without being cleaned (-EOPNOTSUPP), but who may not touch
 * the frame hears of that first, and for a grant that is mapped read-only to invalidate is nothing (0).
 * Without an operation or without bytes the address is not looked at, while the offset is. Asserted besides:
 * the bytes stay.
 */
#include "guest.h"
#include "domain.h"
#include "grant.h"

#include <xen/sched.h>

const char test_title[] = "cache_flush of one's own and of granted frames";

/* In the first and in the second frame of the table. */
#define FIRST_REF  8
#define SECOND_REF 600

#define CLEAN GNTTAB_CACHE_CLEAN
#define INVAL GNTTAB_CACHE_INVAL

static volatile uint32_t ready[PAGE_SIZE / 4] __attribute__((aligned(PAGE_SIZE)));
static volatile uint64_t data[2][512] __attribute__((aligned(PAGE_SIZE)));
static volatile uint64_t window[512] __attribute__((aligned(PAGE_SIZE)));
static volatile uint64_t second_frame[512] __attribute__((aligned(PAGE_SIZE)));

static void offer(struct grant_entry_v1 *entry, const volatile void *page)
{
    entry->domid = 0;
    entry->frame = (uint32_t)mfn_of(page);
    __atomic_store_n(&entry->flags, GTF_permit_access, __ATOMIC_SEQ_CST);
}

static void granter(void)
{
    struct grant_entry_v1 *second = (struct grant_entry_v1 *)second_frame;

    grant_initialise(2);
    if (hypercall_update_va_mapping((unsigned long)second, PTE_MAKE(grant_frames[1], PTE_RW), UVMF_INVLPG) ==
        0) {
        offer(&grant_v1[FIRST_REF], data[0]);
        offer(&second[SECOND_REF % 512], data[1]);
        ready[0] = 1;
    }
    for (;;) {
        hypercall_sched_op(SCHEDOP_yield, NULL);
    }
}

static long flush(uint64_t address, uint32_t operation, uint16_t offset, uint16_t length)
{
    struct gnttab_cache_flush op = {
        .a.dev_bus_addr = address, .op = operation, .offset = offset, .length = length};

    return hypercall_grant_table_op(GNTTABOP_cache_flush, &op, 1);
}

static void arguments(uint64_t address, bool writable)
{
    CHECK_RC(flush(address, CLEAN, 0, PAGE_SIZE), 0);
    CHECK_RC(flush(address, CLEAN | INVAL, 0, PAGE_SIZE), 0);
    CHECK_RC(flush(address, CLEAN, PAGE_SIZE - 1, 1), 0);
    CHECK_RC(flush(address, INVAL, 0, PAGE_SIZE), writable ? -XEN_EOPNOTSUPP : 0);
    CHECK_RC(flush(address, CLEAN, PAGE_SIZE - 1, 2), -XEN_EINVAL);
    CHECK_RC(flush(address, CLEAN, PAGE_SIZE, 0), -XEN_EINVAL);
    CHECK_RC(flush(address, CLEAN, 0, 0xffff), -XEN_EINVAL);
    CHECK_RC(flush(address, CLEAN, 0xffff, 0xffff), -XEN_EINVAL);
    CHECK_RC(flush(address, 4, 0, 1), -XEN_EINVAL);
    CHECK_RC(flush(address, GNTTAB_CACHE_SOURCE_GREF | CLEAN, 0, 1), -XEN_EINVAL);
}

/* Another's, or nobody's. */
static void refused(uint64_t address, long rc)
{
    CHECK_RC(flush(address, CLEAN, 0, PAGE_SIZE), rc);
    CHECK_RC(flush(address, INVAL, 0, PAGE_SIZE), rc);
    CHECK_RC(flush(address, 0, 0, PAGE_SIZE), 0);
    CHECK_RC(flush(address, CLEAN, 0, 0), 0);
    CHECK_RC(flush(address, 4, 0, PAGE_SIZE), -XEN_EINVAL);
}

static void granted(domid_t other)
{
    uint64_t theirs[2] = {domain_mfn(data[0]) << PAGE_SHIFT, domain_mfn(data[1]) << PAGE_SHIFT};
    struct gnttab_map_grant_ref op = {
        .host_addr = (unsigned long)window, .flags = GNTMAP_host_map, .ref = FIRST_REF, .dom = other};

    refused(theirs[0], -XEN_EINVAL);
    REQUIRE(grant_map(&op) == GNTST_okay);
    window[1] = 0x1234;
    arguments(theirs[0], true);
    CHECK_EQUAL(window[1], 0x1234);
    refused(theirs[1], -XEN_EINVAL);
    CHECK_EQUAL(grant_unmap(op.host_addr, 0, op.handle), GNTST_okay);
    refused(theirs[0], -XEN_EINVAL);
    op.ref = SECOND_REF;
    op.flags = GNTMAP_device_map | GNTMAP_readonly;
    REQUIRE(grant_map(&op) == GNTST_okay);
    arguments(theirs[1], false);
    CHECK_EQUAL(grant_unmap(0, op.dev_bus_addr, op.handle), GNTST_okay);
    refused(theirs[1], -XEN_EINVAL);
}

static void lists(void)
{
    struct gnttab_cache_flush op[2] = {
        {.a.dev_bus_addr = mfn_of(data) << PAGE_SHIFT, .op = CLEAN, .length = 1},
        {.a.dev_bus_addr = mfn_of(data) << PAGE_SHIFT, .op = CLEAN, .length = 1}};

    CHECK_RC(hypercall_grant_table_op(GNTTABOP_cache_flush, op, 2), 0);
    CHECK_RC(hypercall_grant_table_op(GNTTABOP_cache_flush, op, 0), 0);
    op[1].op = 8;
    CHECK_RC(hypercall_grant_table_op(GNTTABOP_cache_flush, op, 2), -XEN_EINVAL);
    CHECK_RC(hypercall_grant_table_op(GNTTABOP_cache_flush, (void *)0x1000, 1), -XEN_EFAULT);
}

void test_main(void)
{
    domid_t other;

    grant_initialise(1);
    other = domain_create(granter);
    domain_share(ready);
    domain_run(-1);
    domain_wait(ready, 1);
    data[0][0] = 0x5678;
    arguments(mfn_of(data) << PAGE_SHIFT, true);
    arguments((mfn_of(data) << PAGE_SHIFT) + 5, true);
    arguments(grant_frames[0] << PAGE_SHIFT, true);
    CHECK_EQUAL(data[0][0], 0x5678);
    granted(other);
    lists();
    /* Not memory at all; memory of no domain's (the machine's first frame, the screen). */
    refused(0xfee00000, -XEN_EINVAL);
    refused(1ul << 39, -XEN_EINVAL);
    refused(~0ul, -XEN_EINVAL);
    refused(0, -XEN_EPERM);
    refused(0xb8000, -XEN_EPERM);
    test_success();
}
