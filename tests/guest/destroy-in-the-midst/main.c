/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A domain is destroyed in the middle of anything: nothing of it is left, and nobody else notices.
 *
 * domctl.h: XEN_DOMCTL_destroydomain ends a domain in whatever state it is. Its vCPUs may run on several
 * CPUs, in hypercalls, in a list half done, in a poll, with timers armed; it has grants of others mapped, for
 * the host and for devices; others have grants of its mapped, and map and unmap them, copy from them and send
 * it events while it dies.
 *
 * What goes wrong: a timer, a poll, a pin, a mapping or a port that outlives the domain and leads to freed
 * memory; a reference that nobody gives back, so that the domain or a frame stays for ever; a mark that stays
 * in the grant of a domain that goes on; an unmapping that is refused because the granter dies.
 *
 * Here Domain 0 makes a domain of three vCPUs, each of which does another work (work.c) without end; Domain
 * 0's second vCPU maps, copies, unmaps and sends as fast as it can. At another moment each time the domain is
 * destroyed. Asserted: all that Domain 0 has mapped it can unmap and write until then, its own grants are
 * unused afterwards, the domain is gone, and after all rounds the machine has no fewer free pages than after
 * the first ones. Stock Xen's own heap grows a page in eight rounds or so, for ever (seen over 112): there
 * fewer pages than rounds may be lost, since a frame that each domain left behind is what is looked for.
 * Command line: rounds=N kept=PAGES (that may be lost).
 */
#include "work.h"
#include "domain.h"
#include "grant.h"
#include "machine.h"

#include <xen/sched.h>

const char test_title[] = "a domain destroyed while it and others work";

#define WARM_UP 12

static volatile uint64_t windows[GRANTS][512] __attribute__((aligned(PAGE_SIZE)));
static volatile uint64_t copied[512] __attribute__((aligned(PAGE_SIZE)));

/* --- The second vCPU: uses the target's grants, as long as there is one --- */
static volatile domid_t target;
static volatile uint32_t idle, failures;
static volatile evtchn_port_t port;
static uint64_t nr_mapped, nr_copied;

static void sleep_ns(uint64_t duration_ns)
{
    struct sched_poll poll = {.timeout = time_ns() + duration_ns};

    hypercall_sched_op(SCHEDOP_poll, &poll);
}

static void map_all(struct gnttab_map_grant_ref *maps)
{
    for (unsigned int i = 0; i < GRANTS; i++) {
        maps[i] = (struct gnttab_map_grant_ref){.host_addr = (unsigned long)windows[i],
                                                .flags = GNTMAP_host_map | (i % 2 ? GNTMAP_device_map : 0),
                                                .ref = FIRST_REF + i,
                                                .dom = target,
                                                .status = GNTST_general_error};
    }
    failures += hypercall_grant_table_op(GNTTABOP_map_grant_ref, maps, GRANTS) != 0;
}

static void unmap_all(const struct gnttab_map_grant_ref *maps)
{
    struct gnttab_unmap_grant_ref unmaps[GRANTS];
    unsigned int nr = 0;

    for (unsigned int i = 0; i < GRANTS; i++) {
        if (maps[i].status == GNTST_okay) {
            windows[i][i] = nr_mapped++;
            unmaps[nr++] = (struct gnttab_unmap_grant_ref){.host_addr = maps[i].host_addr,
                                                           .dev_bus_addr = i % 2 ? maps[i].dev_bus_addr : 0,
                                                           .handle = maps[i].handle};
        }
    }
    failures += hypercall_grant_table_op(GNTTABOP_unmap_grant_ref, unmaps, nr) != 0;
    for (unsigned int i = 0; i < nr; i++) {
        failures += unmaps[i].status != GNTST_okay;
    }
}

static void copy_and_send(uint32_t round)
{
    struct gnttab_copy op = {.len = 4096, .flags = GNTCOPY_source_gref};
    struct evtchn_send send = {port};

    op.source.u.ref = FIRST_REF + round % GRANTS;
    op.source.domid = target;
    op.dest.u.gmfn = mfn_of(copied);
    op.dest.domid = DOMID_SELF;
    hypercall_grant_table_op(GNTTABOP_copy, &op, 1);
    nr_copied += op.status == GNTST_okay;
    if (send.port) {
        hypercall_event_channel_op(EVTCHNOP_send, &send);
    }
}

static void use_grants(void)
{
    struct gnttab_map_grant_ref maps[GRANTS];

    for (uint32_t round = 0;; round++) {
        idle = !target;
        if (idle) {
            sleep_ns(200000);
            continue;
        }
        map_all(maps);
        copy_and_send(round);
        unmap_all(maps);
    }
}

/* --- The first: makes and destroys --- */
static void begin(void)
{
    struct evtchn_bind_interdomain bind;
    domid_t id;

    /* The new domain gets a copy of all pages: they have to be there. */
    for (unsigned int i = 0; i < GRANTS; i++) {
        REQUIRE(page_unprotect(windows[i]) == 0);
    }
    memset(&meeting, 0, sizeof(meeting));
    id = domain_create(work);
    domain_share(&meeting);
    offer_grants(id);
    domain_run(-1);
    domain_wait(&meeting.is.ready, 1);
    bind = (struct evtchn_bind_interdomain){.remote_dom = id, .remote_port = meeting.is.port};
    REQUIRE(hypercall_event_channel_op(EVTCHNOP_bind_interdomain, &bind) == 0);
    port = bind.local_port;
    target = id;
}

static void end(void)
{
    struct evtchn_close close = {port};

    domain_destroy();
    target = 0;
    while (!idle) {
        sleep_ns(100000);
    }
    port = 0;
    CHECK_RC(hypercall_event_channel_op(EVTCHNOP_close, &close), 0);
    CHECK(domain_is_gone(PATIENCE_NS));
    for (unsigned int i = 0; i < GRANTS; i++) {
        CHECK_EQUAL(grant_v1[FIRST_REF + i].flags, GTF_permit_access);
    }
}

static void rounds(uint32_t from, uint32_t to, uint64_t *works)
{
    for (uint32_t round = from; round < to; round++) {
        work_seed = round;
        begin();
        /* Up to some milliseconds, another number of them each time. */
        time_spin_ns(round * 7919 % 97 * 50000);
        for (unsigned int i = 0; i < VCPUS; i++) {
            *works += meeting.is.rounds[i];
        }
        end();
    }
}

void test_main(void)
{
    uint32_t nr = (uint32_t)option_number("rounds=", 0);
    uint64_t before, works = 0;

    grant_initialise(1);
    event_initialise();
    domain_vcpus = VCPUS;
    idle = 1;
    REQUIRE(vcpu_launch(1, use_grants) == 0);
    rounds(0, WARM_UP, &works);
    before = machine_free_pages();
    rounds(WARM_UP, WARM_UP + nr, &works);
    CHECK(machine_free_pages_reach(before - option_number("kept=", 0)));
    CHECK_EQUAL(failures, 0);
    printk("%u domains; %lu works done, %lu grants mapped, %lu copied\n", WARM_UP + nr, works, nr_mapped,
           nr_copied);
    REQUIRE(nr > 0 && works > nr && nr_mapped > nr && nr_copied > 0);
    test_success();
}
