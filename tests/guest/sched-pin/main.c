/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * SCHEDOP_pin_override, remote_shutdown, the old scheduling calls and VCPUOP_get_physid.
 *
 * sched.h: the machine's owner may put its calling vCPU on one CPU for a while; a negative number ends that,
 * -EINVAL when there is nothing to end or no such CPU. vcpu.h: a vCPU that has one CPU has its APIC id (low
 * half) and ACPI id (high half). remote_shutdown names another domain by number.
 *
 * What goes wrong: the vCPU stays pinned for good; a CPU number indexes a mask unchecked; DOMID_SELF shuts
 * the caller down.
 */
#include "guest.h"

#include <xen/sched.h>

const char test_title[] = "pin_override, remote_shutdown, get_physid";

void test_main(void)
{
    struct sched_remote_shutdown remote = {.domain_id = 5, .reason = SHUTDOWN_reboot};
    struct vcpu_get_physid id = {.phys_id = ~0ul};

    CHECK_RC(vcpu_pin(-1), -XEN_EINVAL);
    CHECK_RC(vcpu_pin(0x7fffffff), -XEN_EINVAL);
    CHECK_RC(vcpu_pin(64), -XEN_EINVAL);
    CHECK_RC(vcpu_pin(0), 0);
    CHECK_RC(hypercall_sched_op(SCHEDOP_yield, NULL), 0);
    CHECK_RC(vcpu_pin(-1), 0);
    CHECK_RC(vcpu_pin(-1), -XEN_EINVAL);
    CHECK_RC(hypercall_sched_op(SCHEDOP_pin_override, (void *)0x1000), -XEN_EFAULT);

    CHECK_RC(hypercall_sched_op(SCHEDOP_remote_shutdown, &remote), -XEN_ESRCH);
    remote.domain_id = DOMID_SELF;
    CHECK_RC(hypercall_sched_op(SCHEDOP_remote_shutdown, &remote), -XEN_ESRCH);
    CHECK_RC(hypercall_sched_op(SCHEDOP_remote_shutdown, (void *)0x1000), -XEN_EFAULT);
    CHECK_RC(hypercall_sched_op(8, NULL), -XEN_ENOSYS);
    CHECK_RC(hypercall_sched_op(-1, NULL), -XEN_ENOSYS);
    CHECK_RC(hypercall(__HYPERVISOR_sched_op_compat, SCHEDOP_yield, 0, 0, 0, 0), 0);
    CHECK_RC(hypercall(__HYPERVISOR_sched_op_compat, SCHEDOP_poll, 0, 0, 0, 0), -XEN_ENOSYS);

    /* Of one CPU, as args have it. */
    CHECK_RC(hypercall_vcpu_op(VCPUOP_get_physid, 0, &id), 0);
    CHECK_EQUAL(id.phys_id, 0);
    CHECK_RC(hypercall_vcpu_op(VCPUOP_get_physid, 0, (void *)0x1000), -XEN_EFAULT);
    CHECK_RC(hypercall_vcpu_op(VCPUOP_get_physid, 1, &id), -XEN_ENOENT);
    test_success();
}
