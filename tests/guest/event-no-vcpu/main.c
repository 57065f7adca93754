/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An event for a domain that has no vCPU yet waits for it.
 *
 * domctl.h: createdomain makes a domain, max_vcpus its vCPUs afterwards; event_channel.h: a toolstack may
 * offer a port of the new domain at any time, bind it and send. There is nobody whose upcall could be raised.
 *
 * What goes wrong: the hypervisor looks for vCPU 0 and dies. Stock Xen 4.17 does (so this test is not for it,
 * docs/differences.md); that only a privileged domain can do it makes it a mistake that ends the machine.
 *
 * Asserted: the send is well, the port's bit is set; once the vCPU is there, a further port raises its
 * upcall.
 */
#define __XEN_TOOLS__ 1
#include "guest.h"
#include "domctl.h"

#include <xen/domctl.h>

const char test_title[] = "an event for a domain without vCPUs";

static struct xen_domctl op;
static domid_t id;
static char window[PAGE_SIZE] __attribute__((aligned(PAGE_SIZE)));

static long domctl(uint32_t command)
{
    return hypercall_domctl(&op, id, command);
}

static void make(void)
{
    op.u.createdomain = (struct xen_domctl_createdomain){.max_vcpus = 2,
                                                         .max_evtchn_port = 100,
                                                         .max_grant_frames = 4,
                                                         .max_maptrack_frames = 4,
                                                         .grant_opts = 1};
    REQUIRE(domctl(XEN_DOMCTL_createdomain) == 0);
    id = (domid_t)op.domain;
}

static const volatile shared_info_t *map_shared_info(void)
{
    REQUIRE(domctl(XEN_DOMCTL_getdomaininfo) == 0 && op.domain == id);
    REQUIRE(hypercall(__HYPERVISOR_update_va_mapping_otherdomain, (unsigned long)window,
                      PTE_MAKE(op.u.getdomaininfo.shared_info_frame, PTE_RW), UVMF_INVLPG, id, 0) == 0);
    return (const volatile shared_info_t *)window;
}

/* A channel to it: this domain's port. */
static evtchn_port_t connect(evtchn_port_t *theirs)
{
    struct evtchn_alloc_unbound offer = {.dom = id, .remote_dom = DOMID_SELF};
    evtchn_port_t mine;

    REQUIRE(hypercall_event_channel_op(EVTCHNOP_alloc_unbound, &offer) == 0);
    *theirs = offer.port;
    REQUIRE(event_bind_interdomain(id, offer.port, &mine) == 0);
    return mine;
}

void test_main(void)
{
    const volatile shared_info_t *info;
    evtchn_port_t mine, theirs;

    make();
    info = map_shared_info();
    mine = connect(&theirs);
    CHECK_RC(event_send(mine), 0);
    CHECK(info->evtchn_pending[0] >> theirs & 1);
    CHECK_EQUAL(info->vcpu_info[0].evtchn_upcall_pending, 0);
    CHECK_RC(event_send(mine), 0);

    op.u.max_vcpus.max = 2;
    CHECK_RC(domctl(XEN_DOMCTL_max_vcpus), 0);
    mine = connect(&theirs);
    CHECK_RC(event_send(mine), 0);
    CHECK(info->evtchn_pending[0] >> theirs & 1);
    CHECK_EQUAL(info->vcpu_info[0].evtchn_upcall_pending, 1);
    CHECK_EQUAL(info->vcpu_info[0].evtchn_pending_sel, 1);

    REQUIRE(page_unprotect(window) == 0);
    CHECK_RC(domctl(XEN_DOMCTL_destroydomain), 0);
    CHECK_RC(event_send(mine), 0);
    test_success();
}
