/* SPDX-License-Identifier: BSD-2-Clause */
/* Grants of this domain to itself: copying a page, mapping and unmapping one. */
#include "bench.h"
#include "grant.h"

#define GNTST_NO_ANSWER 1

enum { REF_FROM = 8, REF_TO };

static char from[PAGE_SIZE] __attribute__((aligned(PAGE_SIZE)));
static char to[PAGE_SIZE] __attribute__((aligned(PAGE_SIZE)));
static char place[PAGE_SIZE] __attribute__((aligned(PAGE_SIZE)));

static void grant(grant_ref_t ref, const void *page)
{
    grant_v1[ref].domid = grant_self();
    grant_v1[ref].frame = (uint32_t)mfn_of(page);
    __atomic_store_n(&grant_v1[ref].flags, GTF_permit_access, __ATOMIC_SEQ_CST);
}

/* From one granted page to another, as a network backend does. */
static long copy_page(void)
{
    struct gnttab_copy op = {.len = PAGE_SIZE,
                             .flags = GNTCOPY_source_gref | GNTCOPY_dest_gref,
                             .status = GNTST_NO_ANSWER};

    op.source.u.ref = REF_FROM;
    op.dest.u.ref = REF_TO;
    op.source.domid = op.dest.domid = grant_self();
    return hypercall_grant_table_op(GNTTABOP_copy, &op, 1) | op.status;
}

static long map_and_unmap(void)
{
    struct gnttab_map_grant_ref map = {.host_addr = (unsigned long)place,
                                       .flags = GNTMAP_host_map,
                                       .ref = REF_FROM,
                                       .dom = grant_self(),
                                       .status = GNTST_NO_ANSWER};
    struct gnttab_unmap_grant_ref unmap = {.host_addr = (unsigned long)place, .status = GNTST_NO_ANSWER};
    long rc = hypercall_grant_table_op(GNTTABOP_map_grant_ref, &map, 1) | map.status;

    unmap.handle = map.handle;
    return rc | hypercall_grant_table_op(GNTTABOP_unmap_grant_ref, &unmap, 1) | unmap.status;
}

void bench_grants(void)
{
    grant_initialise(1);
    grant(REF_FROM, from);
    grant(REF_TO, to);
    REQUIRE(page_unmap(place) == 0);
    ROW("grant copy of 4 KiB", ROUNDS, 1, copy_page());
    ROW("grant map + unmap", ROUNDS, 1, map_and_unmap());
}
