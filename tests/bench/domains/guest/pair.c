/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Between two domains: the other grants two pages and answers each event by one. It waits in SCHEDOP_poll, so
 * that nothing of a kernel's own is in the figures.
 */
#include "domains.h"

#include <xen/sched.h>

#include "domain.h"
#include "grant.h"

#define NO_ANSWER 1
#define BATCH     16

enum { REF_READ = 8, REF_WRITE };

/* Both see it. */
static struct {
    volatile uint32_t ready;
    evtchn_port_t port; /* the other's */
} shared __attribute__((aligned(PAGE_SIZE)));

static char page[2][PAGE_SIZE] __attribute__((aligned(PAGE_SIZE)));
static char place[PAGE_SIZE] __attribute__((aligned(PAGE_SIZE)));
static domid_t other;
static evtchn_port_t port;

static long wait_for_event(evtchn_port_t own)
{
    struct sched_poll poll = {.nr_ports = 1};
    long rc = 0;

    set_xen_guest_handle(poll.ports, &own);
    if (!event_pending(own))
        rc = hypercall_sched_op(SCHEDOP_poll, &poll);
    event_clear(own);
    return rc;
}

static void grant(grant_ref_t ref, const void *of)
{
    grant_v1[ref].domid = 0;
    grant_v1[ref].frame = (uint32_t)mfn_of(of);
    __atomic_store_n(&grant_v1[ref].flags, GTF_permit_access, __ATOMIC_SEQ_CST);
}

/* The other domain, from its first instruction on. */
static void answer(void)
{
    grant_initialise(1);
    grant(REF_READ, page[0]);
    grant(REF_WRITE, page[1]);
    REQUIRE(event_alloc_unbound(0, &shared.port) == 0);
    shared.ready = 1;
    for (;;) {
        wait_for_event(shared.port);
        event_send(shared.port);
    }
}

static long map_and_unmap(void)
{
    struct gnttab_map_grant_ref map = {.host_addr = (unsigned long)place,
                                       .flags = GNTMAP_host_map,
                                       .ref = REF_READ,
                                       .dom = other,
                                       .status = NO_ANSWER};
    struct gnttab_unmap_grant_ref unmap = {.host_addr = (unsigned long)place, .status = NO_ANSWER};
    long rc = hypercall_grant_table_op(GNTTABOP_map_grant_ref, &map, 1) | map.status;

    unmap.handle = map.handle;
    return rc | hypercall_grant_table_op(GNTTABOP_unmap_grant_ref, &unmap, 1) | unmap.status;
}

/* As a network's back end does: from a page that is granted to one of its own, or the other way. */
static void fill_copy(struct gnttab_copy *op, bool to_other, uint16_t bytes)
{
    *op = (struct gnttab_copy){.len = bytes, .status = NO_ANSWER};
    if (to_other) {
        op->flags = GNTCOPY_dest_gref;
        op->source.u.gmfn = mfn_of(page[1]);
        op->source.domid = DOMID_SELF;
        op->dest.u.ref = REF_WRITE;
        op->dest.domid = other;
    } else {
        op->flags = GNTCOPY_source_gref;
        op->source.u.ref = REF_READ;
        op->source.domid = other;
        op->dest.u.gmfn = mfn_of(page[0]);
        op->dest.domid = DOMID_SELF;
    }
}

static struct gnttab_copy copies[BATCH];

static long copy(unsigned int nr)
{
    long rc = hypercall_grant_table_op(GNTTABOP_copy, copies, nr);

    for (unsigned int i = 0; i < nr; i++)
        rc |= copies[i].status;
    return rc;
}

static void bench_copies(void)
{
    fill_copy(&copies[0], false, PAGE_SIZE);
    ROW("grant copy of 4 KiB from the other", ROUNDS, 1, copy(1));
    fill_copy(&copies[0], true, PAGE_SIZE);
    ROW("grant copy of 4 KiB to the other", ROUNDS, 1, copy(1));
    for (unsigned int i = 0; i < BATCH; i++)
        fill_copy(&copies[i], true, 1500);
    ROW("grant copy of 16 packets, each", ROUNDS / BATCH, BATCH, copy(BATCH));
    for (unsigned int i = 1; i < BATCH; i += 2)
        copies[i].dest.u.ref = REF_READ;
    ROW("grant copy of 16 packets to two pages in turn, each", ROUNDS / BATCH, BATCH, copy(BATCH));
}

static long round_trip(void)
{
    return event_send(port) | wait_for_event(port);
}

void bench_pair(void)
{
    other = domain_create(answer);
    domain_share(&shared);
    domain_run(-1);
    domain_wait(&shared.ready, 1);
    REQUIRE(event_bind_interdomain(other, shared.port, &port) == 0);
    /* A port that is bound anew is pending. */
    wait_for_event(port);
    REQUIRE(page_unmap(place) == 0);
    ROW("grant map + unmap of the other's page", ROUNDS, 1, map_and_unmap());
    bench_copies();
    ROW("event to the other and back", ROUNDS, 1, round_trip());
    REQUIRE(page_unprotect(place) == 0);
    domain_destroy();
    REQUIRE(domain_is_gone(1000000000));
}
