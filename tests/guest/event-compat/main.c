/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Event channels by the old hypercall, number 16, whose one argument has the command in front.
 *
 * event_channel.h: struct evtchn_op, superseded since interface version 0x00030202. Old kernels call it, and
 * stock Xen still takes it, with the commands that there were up to EVTCHNOP_unmask; answers go into the
 * same structure.
 *
 * What goes wrong: the answer is written to where the new form has it; commands of today are done, which have
 * no room in the structure.
 */
#include "guest.h"

const char test_title[] = "event channels by the old hypercall";

static long call(void *op)
{
    return hypercall(__HYPERVISOR_event_channel_op_compat, (unsigned long)op, 0, 0, 0, 0);
}

static long command(uint32_t cmd)
{
    struct evtchn_op op = {.cmd = cmd};

    return call(&op);
}

void test_main(void)
{
    struct evtchn_op op = {.cmd = EVTCHNOP_alloc_unbound,
                           .u.alloc_unbound = {.dom = DOMID_SELF, .remote_dom = DOMID_SELF}};
    evtchn_port_t far, near;

    CHECK_RC(call(&op), 0);
    far = op.u.alloc_unbound.port;
    CHECK(far != 0);
    op = (struct evtchn_op){.cmd = EVTCHNOP_bind_interdomain,
                            .u.bind_interdomain = {.remote_dom = DOMID_SELF, .remote_port = far}};
    CHECK_RC(call(&op), 0);
    near = op.u.bind_interdomain.local_port;
    CHECK(event_pending(near));
    op = (struct evtchn_op){.cmd = EVTCHNOP_send, .u.send = {.port = near}};
    CHECK_RC(call(&op), 0);
    CHECK(event_pending(far));
    op = (struct evtchn_op){.cmd = EVTCHNOP_status, .u.status = {.dom = DOMID_SELF, .port = near}};
    CHECK_RC(call(&op), 0);
    CHECK_EQUAL(op.u.status.status, EVTCHNSTAT_interdomain);
    CHECK_EQUAL(op.u.status.u.interdomain.port, far);
    op = (struct evtchn_op){.cmd = EVTCHNOP_bind_vcpu, .u.bind_vcpu = {.port = near, .vcpu = 1}};
    CHECK_RC(call(&op), -XEN_ENOENT);
    op = (struct evtchn_op){.cmd = EVTCHNOP_unmask, .u.unmask = {.port = near}};
    CHECK_RC(call(&op), 0);
    op = (struct evtchn_op){.cmd = EVTCHNOP_close, .u.close = {.port = near}};
    CHECK_RC(call(&op), 0);
    CHECK_RC(call(&op), -XEN_EINVAL);

    op = (struct evtchn_op){.cmd = EVTCHNOP_bind_ipi, .u.bind_ipi = {.vcpu = 0}};
    CHECK_RC(call(&op), 0);
    op = (struct evtchn_op){.cmd = EVTCHNOP_bind_virq, .u.bind_virq = {.virq = VIRQ_DEBUG}};
    CHECK_RC(call(&op), 0);
    CHECK_RC(call(&op), -XEN_EEXIST);
    op = (struct evtchn_op){.cmd = EVTCHNOP_bind_pirq, .u.bind_pirq = {.pirq = 10000}};
    CHECK_RC(call(&op), -XEN_EINVAL);

    CHECK_RC(command(EVTCHNOP_reset), -XEN_ENOSYS);
    CHECK_RC(command(EVTCHNOP_init_control), -XEN_ENOSYS);
    CHECK_RC(command(EVTCHNOP_set_priority), -XEN_ENOSYS);
    CHECK_RC(command(0xffffffff), -XEN_ENOSYS);
    CHECK_RC(call((void *)0x1000), -XEN_EFAULT);
    test_success();
}
