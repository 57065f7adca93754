/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Domains that cannot be made: refused numbers, and no memory left; nothing is lost, and nobody else notices.
 *
 * domctl.h: createdomain with a number of 0 takes a free one, -EEXIST if the one asked for is there; vCPUs
 * from 1 up to the hypervisor's limit; max_vcpus makes exactly that many. Each domain and each vCPU takes
 * memory of the hypervisor; when there is none, the answer is -ENOMEM, and the half-made domain is gone or
 * can be destroyed.
 *
 * What goes wrong: the parts made before the failure are never freed, so that each try takes a little; a
 * number is taken for good; domains that are there, or the domain that asks, lose something; after the memory
 * came back nothing can be made any more.
 *
 * Here this domain takes all memory but a few MiB, then makes domains until it is refused, destroys them all,
 * and does so again: the second time there is as much free as the first time, and as many can be made. A
 * domain that was there before answers all the time. Stock Xen's heap keeps pages for later, which and how
 * many is chance; there fewer pages may be missing than vCPUs were made, since a page that each of them left
 * behind is what is looked for (keeps=1 on the command line says so).
 *
 * A domain is gone from all lists before its memory is free, on stock Xen by a second and more where idle
 * CPUs sleep.
 */
#define __XEN_TOOLS__ 1
#include "guest.h"
#include "domain.h"
#include "domctl.h"
#include "machine.h"

#include <xen/domctl.h>
#include <xen/memory.h>
#include <xen/sched.h>

const char test_title[] = "as many domains and vCPUs as there is memory for";

#define LEAVE   3072 /* pages */
#define AT_ONCE 512
#define MOST    4000
#define VCPUS   64
#define SOME_ID 4711

static struct {
    volatile uint32_t asked, answered;
} shared __attribute__((aligned(PAGE_SIZE)));
static char shared_rest[PAGE_SIZE - sizeof(shared)] __attribute__((used));

static struct xen_domctl op;
static domid_t made[MOST];
static uint64_t frames[AT_ONCE];
static bool keeps;

/* --- The other domain --- */
static void answerer(void)
{
    for (;;) {
        shared.answered = shared.asked;
        hypercall_sched_op(SCHEDOP_yield, NULL);
    }
}

/* --- This domain --- */
static long domctl(uint32_t command, domid_t id)
{
    return hypercall_domctl(&op, id, command);
}

static long create(domid_t id, uint32_t nr_vcpus)
{
    op.u.createdomain = (struct xen_domctl_createdomain){.max_vcpus = nr_vcpus,
                                                         .max_evtchn_port = 1023,
                                                         .max_grant_frames = 4,
                                                         .max_maptrack_frames = 4,
                                                         .grant_opts = 1};
    return domctl(XEN_DOMCTL_createdomain, id);
}

static long make_vcpus(domid_t id, uint32_t nr_vcpus)
{
    op.u.max_vcpus.max = nr_vcpus;
    return domctl(XEN_DOMCTL_max_vcpus, id);
}

static void destroy(domid_t id)
{
    CHECK_RC(domctl(XEN_DOMCTL_destroydomain, id), 0);
}

static void check_answers(void)
{
    shared.asked++;
    domain_wait(&shared.answered, shared.asked);
}

/* Until as much is free as is wanted, and does not become more. */
static uint64_t settled_free_pages(uint64_t wanted)
{
    uint64_t before, now;

    CHECK(machine_free_pages_reach(wanted));
    now = machine_free_pages();
    do {
        struct sched_poll poll = {.timeout = time_ns() + 200000000};

        before = now;
        hypercall_sched_op(SCHEDOP_poll, &poll);
        now = machine_free_pages();
    } while (now > before);
    return now;
}

static void refused_numbers(domid_t other)
{
    domid_t id;

    CHECK_RC(create(0, 0), -XEN_EINVAL);
    CHECK_RC(create(0, 8193), -XEN_EINVAL);
    CHECK_RC(create(0, 0xffffffff), -XEN_EINVAL);
    CHECK_RC(create(other, 1), -XEN_EEXIST);
    CHECK_RC(create(SOME_ID, 2), 0);
    CHECK_EQUAL(op.domain, SOME_ID);
    CHECK_RC(create(SOME_ID, 2), -XEN_EEXIST);
    CHECK_RC(make_vcpus(SOME_ID, 0), -XEN_EINVAL);
    CHECK_RC(make_vcpus(SOME_ID, 1), -XEN_EINVAL);
    CHECK_RC(make_vcpus(SOME_ID, 3), -XEN_EINVAL);
    CHECK_RC(make_vcpus(SOME_ID, 2), 0);
    CHECK_RC(make_vcpus(SOME_ID, 2), 0);
    CHECK_RC(make_vcpus(0, 1), -XEN_EINVAL);
    destroy(SOME_ID);
    CHECK_RC(domctl(XEN_DOMCTL_destroydomain, SOME_ID), -XEN_ESRCH);
    CHECK_RC(make_vcpus(SOME_ID, 2), -XEN_ESRCH);

    /* A number that no domain can have is as good as none. */
    CHECK_RC(create(DOMID_FIRST_RESERVED, 1), 0);
    id = op.domain;
    CHECK(id > 0 && id < DOMID_FIRST_RESERVED);
    destroy(id);
    CHECK_RC(create(DOMID_SELF, 1), 0);
    destroy(op.domain);
}

/* Takes free memory until that many pages are left. */
static void take_memory(uint64_t leave)
{
    struct xen_memory_reservation request = {.nr_extents = 1, .domid = DOMID_SELF};
    static uint64_t pfn = 0x40000;
    uint64_t left;

    set_xen_guest_handle_raw(request.extent_start, frames);
    while ((left = machine_free_pages()) > leave) {
        request.nr_extents = left - leave < AT_ONCE ? left - leave : AT_ONCE;
        for (unsigned int n = 0; n < request.nr_extents; n++) {
            frames[n] = pfn++;
        }
        if (hypercall_memory_op(XENMEM_populate_physmap, &request) != (long)request.nr_extents) {
            return;
        }
    }
}

/* With their vCPUs, until there is no memory for more; -ENOMEM meets either of the two. */
static unsigned int make_all(uint32_t nr_vcpus)
{
    unsigned int nr = 0;
    long rc = 0;

    while (nr < MOST && rc == 0) {
        rc = create(0, nr_vcpus);
        if (rc == 0) {
            made[nr++] = op.domain;
            rc = make_vcpus(op.domain, nr_vcpus);
        }
    }
    CHECK_RC(rc, -XEN_ENOMEM);
    return nr;
}

static unsigned int exhaust(uint32_t nr_vcpus)
{
    unsigned int nr = make_all(nr_vcpus);
    struct evtchn_alloc_unbound offer = {.dom = made[0], .remote_dom = DOMID_SELF};
    long rc;

    check_answers();
    CHECK_RC(hypercall_event_channel_op(EVTCHNOP_alloc_unbound, &offer), 0);
    rc = create(0, nr_vcpus);
    if (rc == 0 && keeps) {
        /* Memory of those before that has become free only now. */
        destroy(op.domain);
    } else {
        CHECK_RC(rc, -XEN_ENOMEM);
    }
    for (unsigned int n = 0; n < nr; n++) {
        CHECK_RC(domctl(XEN_DOMCTL_destroydomain, made[n]), 0);
    }
    check_answers();
    return nr;
}

static void twice(uint32_t nr_vcpus)
{
    uint64_t at_first = machine_free_pages(), before;
    unsigned int first = exhaust(nr_vcpus), second;

    CHECK(first > 1);
    before = settled_free_pages(at_first - first * nr_vcpus);
    second = exhaust(nr_vcpus);
    printk("%u vCPUs each: %u domains, then %u; %lu pages free, then %lu\n", nr_vcpus, first, second,
           at_first, before);
    CHECK(machine_free_pages_reach(keeps ? before - first * nr_vcpus : before));
    CHECK(keeps ? second >= first / 4 * 3 : second == first);
}

void test_main(void)
{
    domid_t other = domain_create(answerer);

    keeps = option_number("keeps=", 0);
    domain_share(&shared);
    domain_run(-1);
    check_answers();
    refused_numbers(other);
    take_memory(LEAVE);
    twice(1);
    twice(VCPUS);
    CHECK_RC(create(0, 1), 0);
    CHECK_RC(make_vcpus(op.domain, 1), 0);
    destroy(op.domain);
    check_answers();
    domain_destroy();
    CHECK(domain_is_gone(PATIENCE_NS));
    test_success();
}
