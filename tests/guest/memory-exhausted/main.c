/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One domain has been given all memory of the machine: what then asks for more is told so, loses nothing by
 * it, and works again when there is memory.
 *
 * Most calls of the interface may need a page of the hypervisor's: a new domain, more event channels, frames
 * of the grant table, their status frames, handles. Each has an answer of its own: -ENOMEM, also for event
 * channels (whose limit is -ENOSPC); a grant table that cannot grow answers general_error, a map without room
 * for its handle no_space; populate_physmap answers how many it did, none.
 *
 * What goes wrong: a pointer that is not looked at; half of an object that stays, so that memory is missing
 * later, or that makes the next call see what is not there. Asserted: each answer; what was mapped, bound and
 * granted before goes on; twice in a row, after which no page is missing, and then each call succeeds. How
 * many pages stock Xen's own heap keeps is chance: there some may be missing (kept=PAGES on the command
 * line).
 */
#define __XEN_TOOLS__ 1
#include "guest.h"
#include "domain.h"
#include "domctl.h"
#include "grant.h"
#include "machine.h"

#include <xen/domctl.h>
#include <xen/memory.h>
#include <xen/sched.h>

const char test_title[] = "the machine's memory used up by one domain";

#define REF     8
#define EXTENTS 512
#define MANY    200 /* ports: more than are there without another page */

static volatile uint64_t data[512] __attribute__((aligned(PAGE_SIZE)));
static volatile uint64_t window[512] __attribute__((aligned(PAGE_SIZE)));
static domid_t hog;

static void idle(void)
{
    for (;;) {
        hypercall_sched_op(SCHEDOP_block, NULL);
    }
}

static long domctl(struct xen_domctl *op, uint32_t command, domid_t id)
{
    return hypercall_domctl(op, id, command);
}

static long populate(domid_t id, unsigned int nr)
{
    static xen_pfn_t frames[EXTENTS];
    struct xen_memory_reservation op = {.nr_extents = nr, .domid = id};

    for (unsigned int i = 0; i < nr; i++) {
        frames[i] = 1000 + i;
    }
    set_xen_guest_handle_raw(op.extent_start, frames);
    return hypercall_memory_op(XENMEM_populate_physmap, &op);
}

static void take_all(void)
{
    static struct xen_domctl op;
    long rc;

    op.u.max_mem.max_memkb = 1ul << 30;
    REQUIRE(domctl(&op, XEN_DOMCTL_max_mem, hog) == 0);
    do {
        rc = populate(hog, EXTENTS);
    } while (rc > 0);
    CHECK_RC(rc, 0);
}

static long create(domid_t *id)
{
    static struct xen_domctl op;
    long rc;

    op.u.createdomain = (struct xen_domctl_createdomain){.max_vcpus = 1,
                                                         .max_evtchn_port = 1023,
                                                         .max_grant_frames = 4,
                                                         .max_maptrack_frames = 4,
                                                         .grant_opts = 1};
    rc = domctl(&op, XEN_DOMCTL_createdomain, 0);
    *id = (domid_t)op.domain;
    return rc;
}

static int set_up(uint32_t nr)
{
    static uint64_t frames[64];
    struct gnttab_setup_table op = {.dom = DOMID_SELF, .nr_frames = nr, .status = 99};

    set_xen_guest_handle_raw(op.frame_list, frames);
    return hypercall_grant_table_op(GNTTABOP_setup_table, &op, 1) ? 99 : op.status;
}

static long set_version(uint32_t version)
{
    struct gnttab_set_version op = {version};

    return hypercall_grant_table_op(GNTTABOP_set_version, &op, 1);
}

/* As many ports as there are, up to MANY; the answer of the last call. */
static long bind_many(void)
{
    struct evtchn_alloc_unbound op = {.dom = DOMID_SELF, .remote_dom = DOMID_SELF};
    long rc = 0;

    for (unsigned int i = 0; i < MANY && rc == 0; i++) {
        rc = hypercall_event_channel_op(EVTCHNOP_alloc_unbound, &op);
    }
    return rc;
}

static int map(grant_handle_t *handle)
{
    struct gnttab_map_grant_ref op = {
        .host_addr = (unsigned long)window, .flags = GNTMAP_host_map, .ref = REF, .dom = grant_self()};
    int status = grant_map(&op);

    *handle = op.handle;
    return status;
}

/* Nothing is left. */
static void ask(void)
{
    grant_handle_t handle;
    domid_t id;

    CHECK_RC(populate(DOMID_SELF, 1), 0);
    CHECK_RC(create(&id), -XEN_ENOMEM);
    CHECK_RC(set_version(2), -XEN_ENOMEM);
    CHECK_EQUAL(set_up(64), GNTST_general_error);
    CHECK_RC(bind_many(), -XEN_ENOMEM);
    CHECK_EQUAL(map(&handle), GNTST_no_space);
    CHECK_EQUAL(grant_v1[REF].flags, GTF_permit_access);
}

static void succeed(void)
{
    static struct xen_domctl op;
    grant_handle_t handle;
    domid_t id;

    CHECK_RC(create(&id), 0);
    CHECK_RC(domctl(&op, XEN_DOMCTL_destroydomain, id), 0);
    CHECK_EQUAL(map(&handle), GNTST_okay);
    window[0] = 0x1234;
    CHECK_EQUAL(data[0], 0x1234);
    CHECK_EQUAL(grant_unmap((unsigned long)window, 0, handle), GNTST_okay);
    CHECK_EQUAL(set_up(64), GNTST_okay);
    CHECK_RC(bind_many(), 0);
    CHECK_RC(set_version(2), 0);
}

/* The hog comes and goes; the port is bound before. */
static void round(evtchn_port_t port)
{
    struct evtchn_status status = {.dom = DOMID_SELF, .port = port};

    hog = domain_create(idle);
    take_all();
    ask();
    CHECK_RC(hypercall_event_channel_op(EVTCHNOP_status, &status), 0);
    CHECK_EQUAL(status.status, EVTCHNSTAT_unbound);
    domain_destroy();
    CHECK(domain_is_gone(PATIENCE_NS));
}

void test_main(void)
{
    struct evtchn_alloc_unbound first = {.dom = DOMID_SELF, .remote_dom = DOMID_SELF};
    uint64_t free;

    grant_initialise(1);
    grant_v1[REF] = (struct grant_entry_v1){GTF_permit_access, grant_self(), (uint32_t)mfn_of(data)};
    REQUIRE(hypercall_event_channel_op(EVTCHNOP_alloc_unbound, &first) == 0);
    round(first.port);
    free = machine_free_pages();
    round(first.port);
    CHECK(machine_free_pages_reach(free - option_number("kept=", 0)));
    succeed();
    test_success();
}
