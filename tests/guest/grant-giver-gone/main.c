/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A grant's mapping is overwritten, not unmapped: the frame is let go, the handle is not, and the granting
 * domain goes when its frames do.
 *
 * grant_table.h: a mapping is given up by unmap_grant_ref. Whoever writes something else into the entry loses
 * its reference; the grant stays in use. A handle names the granting domain only by its number: when that
 * domain is destroyed nothing of it is left, and a later unmapping by the handle finds nobody, or whoever has
 * the number by then. As long as it is dead, but there, what others still hold of its frames may be mapped
 * and copied once more; it takes no frame.
 *
 * What goes wrong: the handle keeps the dead domain (its structures, never to be freed, for a back end that
 * lost an entry); it leads to memory that was freed; a new domain of the same number has its own grant's use
 * taken away, and may then take back a frame that is still mapped. Asserted: the domain goes while handles
 * are left, it does not go while a frame is mapped; of the new domain's grants, also of the same entry,
 * nothing changes, and unmapping by the old handle is a general error, or nothing when nothing is asked for.
 */
#include "guest.h"
#include "domain.h"
#include "grant.h"

#include <xen/memory.h>
#include <xen/sched.h>

#define MAGIC 0x6772616e74656421ul

const char test_title[] = "handles of grants whose domain is gone, or replaced by another";

enum { REF = 8, REF_ALIAS, REF_UNHELD, REF_OPEN };

static struct {
    volatile uint32_t ready, flags;
} shared __attribute__((aligned(PAGE_SIZE)));
static char shared_rest[PAGE_SIZE - sizeof(shared)] __attribute__((used));

static volatile uint64_t data[512] __attribute__((aligned(PAGE_SIZE)));
static volatile uint64_t unheld[512] __attribute__((aligned(PAGE_SIZE)));
static volatile uint64_t mine[512] __attribute__((aligned(PAGE_SIZE)));
static volatile uint64_t window[2][512] __attribute__((aligned(PAGE_SIZE)));

static void grant(grant_ref_t ref, uint64_t frame, uint16_t flags)
{
    grant_v1[ref].domid = 0;
    grant_v1[ref].frame = (uint32_t)frame;
    __atomic_store_n(&grant_v1[ref].flags, flags, __ATOMIC_SEQ_CST);
}

static void granter(void)
{
    grant_initialise(1);
    data[1] = MAGIC;
    grant(REF, mfn_of(data), GTF_permit_access);
    grant(REF_ALIAS, mfn_of(data), GTF_permit_access);
    grant(REF_UNHELD, mfn_of(unheld), GTF_permit_access);
    grant(REF_OPEN, 0, GTF_accept_transfer);
    shared.ready = 1;
    for (;;) {
        shared.flags = grant_v1[REF].flags;
        hypercall_sched_op(SCHEDOP_yield, NULL);
    }
}

static domid_t begin(domid_t number)
{
    domid_t id;

    memset((void *)&shared, 0, sizeof(shared));
    id = number ? domain_create_as(number, granter) : domain_create(granter);
    domain_share(&shared);
    domain_run(-1);
    domain_wait(&shared.ready, 1);
    return id;
}

static grant_handle_t map(domid_t of, unsigned int at)
{
    struct gnttab_map_grant_ref op = {
        .host_addr = (unsigned long)window[at], .flags = GNTMAP_host_map, .ref = REF, .dom = of};

    REQUIRE(grant_map(&op) == GNTST_okay);
    return op.handle;
}

static int unmap(unsigned int at, grant_handle_t handle)
{
    return grant_unmap((unsigned long)window[at], 0, handle);
}

static int16_t copy(domid_t of, grant_ref_t ref)
{
    struct gnttab_copy op = {.len = PAGE_SIZE, .flags = GNTCOPY_source_gref, .status = 99};

    op.source.u.ref = ref;
    op.source.domid = of;
    op.dest.u.gmfn = mfn_of(mine);
    op.dest.domid = DOMID_SELF;
    REQUIRE(hypercall_grant_table_op(GNTTABOP_copy, &op, 1) == 0);
    return op.status;
}

static int16_t transfer(domid_t to, uint64_t frame)
{
    struct gnttab_transfer op = {frame, to, REF_OPEN, 99};

    REQUIRE(hypercall_grant_table_op(GNTTABOP_transfer, &op, 1) == 0);
    return op.status;
}

/* One that is mapped nowhere. */
static uint64_t spare_frame(void)
{
    uint64_t frame = 0;
    xen_memory_reservation_t r = {.nr_extents = 1, .domid = DOMID_SELF};

    set_xen_guest_handle(r.extent_start, &frame);
    REQUIRE(hypercall_memory_op(XENMEM_increase_reservation, &r) == 1);
    return frame;
}

/* Dead, but there: of its frames one is mapped at window[1]. */
static void use_dead(domid_t number)
{
    grant_handle_t again = map(number, 0);

    CHECK_EQUAL(window[0][1], MAGIC);
    CHECK_EQUAL(unmap(0, again), GNTST_okay);
    /* By an entry that is in use already nothing is copied. */
    CHECK_EQUAL(copy(number, REF), GNTST_bad_domain);
    CHECK_EQUAL(copy(number, REF_ALIAS), GNTST_okay);
    CHECK_EQUAL(mine[1], MAGIC);
    grant_map_refused((unsigned long)window[0], GNTMAP_host_map, REF_UNHELD, number, GNTST_bad_page);
    CHECK_EQUAL(copy(number, REF_UNHELD), GNTST_bad_page);
    CHECK_EQUAL(transfer(number, spare_frame()), GNTST_general_error);
}

static void overwrite(unsigned int at)
{
    CHECK_RC(hypercall_update_va_mapping((unsigned long)window[at], 0, UVMF_INVLPG), 0);
}

void test_main(void)
{
    grant_handle_t lost, new, other;
    domid_t number;

    grant_initialise(1);
    number = begin(0);
    lost = map(number, 0);
    other = map(number, 1);
    overwrite(0);
    CHECK_EQUAL(unmap(0, lost), GNTST_general_error);
    domain_destroy();
    CHECK(!domain_is_gone(100000000));
    use_dead(number);
    CHECK_EQUAL(unmap(1, other), GNTST_okay);
    CHECK(domain_is_gone(PATIENCE_NS));

    /* The new domain gets a copy of all pages. */
    REQUIRE(page_unprotect(window[0]) == 0 && page_unprotect(window[1]) == 0);
    CHECK_EQUAL(begin(number), number);
    CHECK_EQUAL(unmap(0, lost), GNTST_general_error);
    CHECK_EQUAL(grant_unmap(0, 0, lost), GNTST_okay);
    new = map(number, 0);
    CHECK(new != lost);
    domain_wait(&shared.flags, GTF_permit_access | GTF_reading | GTF_writing);
    CHECK_EQUAL(unmap(1, lost), GNTST_general_error);
    domain_wait(&shared.flags, GTF_permit_access | GTF_reading | GTF_writing);
    CHECK_EQUAL(unmap(0, new), GNTST_okay);
    domain_wait(&shared.flags, GTF_permit_access);
    CHECK_EQUAL(unmap(0, lost), GNTST_general_error);
    domain_destroy();
    CHECK(domain_is_gone(PATIENCE_NS));
    test_success();
}
