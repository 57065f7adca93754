/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Hypercalls that a PV Domain 0 has nothing of: HVM, device models, performance counters, machine checks,
 * XSM, transcendent memory, Argo.
 *
 * Kernels and toolstacks probe them and choose their way by the errno: -EOPNOTSUPP of xenpmu_op means no
 * counters, -ENOSYS of xsm_op no labels, and hvm_op on a PV domain is -EINVAL once its argument can be read
 * and its domain exists.
 *
 * What goes wrong: a success without the work; an argument that is not looked at, so that a kernel with a
 * broken pointer is never told.
 */
#include "guest.h"

#include <xen/arch-x86/xen-mca.h>

const char test_title[] = "hypercalls about what a PV domain has not";

#define UNREADABLE 0x1000ul

static uint64_t argument[512];

static long with(unsigned int number, unsigned long op, uint64_t first)
{
    argument[0] = first;
    return hypercall(number, op, HYPERCALL_POINTER(argument), 0, 0, 0);
}

static void hvm(void)
{
    static const uint8_t for_a_domain[] = {0, 1, 9, 15},
                         for_nobody[] = {2, 3, 4, 6, 7, 8, 12, 13, 14, 16, 22, 26};
    unsigned int i;

    for (i = 0; i < ARRAY_SIZE(for_a_domain); i++) {
        CHECK_RC(hypercall(__HYPERVISOR_hvm_op, for_a_domain[i], UNREADABLE, 0, 0, 0), -XEN_EFAULT);
        CHECK_RC(with(__HYPERVISOR_hvm_op, for_a_domain[i], 5), -XEN_ESRCH);
        CHECK_RC(with(__HYPERVISOR_hvm_op, for_a_domain[i], DOMID_SELF), -XEN_EINVAL);
        CHECK_RC(with(__HYPERVISOR_hvm_op, for_a_domain[i], 0), -XEN_EINVAL);
    }
    for (i = 0; i < ARRAY_SIZE(for_nobody); i++)
        CHECK_RC(with(__HYPERVISOR_hvm_op, for_nobody[i], 0), -XEN_ENOSYS);
    CHECK_RC(hypercall(__HYPERVISOR_hvm_op, 5, 0, 0, 0, 0), -XEN_EINVAL);
    CHECK_RC(with(__HYPERVISOR_hvm_op, 23, DOMID_SELF), -XEN_EINVAL);
    CHECK_RC(with(__HYPERVISOR_hvm_op, 25, DOMID_SELF), -XEN_EOPNOTSUPP);
    CHECK_RC(hypercall(__HYPERVISOR_hvm_op, 10, UNREADABLE, 0, 0, 0), -XEN_EFAULT);
    CHECK_RC(with(__HYPERVISOR_hvm_op, 10, 0), 0);
    CHECK(argument[0] && argument[0] <= time_ns());
}

static long device_model(unsigned int domid, unsigned int buffers, unsigned long list)
{
    return hypercall(__HYPERVISOR_dm_op, domid, buffers, list, 0, 0);
}

static void device_models(void)
{
    struct {
        void *p;
        unsigned long size;
    } buffers[3] = {{argument, 64}, {argument, 64}, {argument, 64}};
    unsigned long list = HYPERCALL_POINTER(buffers);

    CHECK_RC(device_model(0, 0, list), -XEN_ENODATA);
    CHECK_RC(device_model(5, 0, list), -XEN_ENODATA);
    CHECK_RC(device_model(0, 1, list), -XEN_EPERM);
    CHECK_RC(device_model(0, 2, list), -XEN_EPERM);
    CHECK_RC(device_model(0, 3, list), -XEN_E2BIG);
    CHECK_RC(device_model(5, 1, list), -XEN_ESRCH);
    CHECK_RC(device_model(DOMID_SELF, 1, list), -XEN_ESRCH);
    CHECK_RC(device_model(0, 1, UNREADABLE), -XEN_EFAULT);
    CHECK_RC(device_model(5, 3, UNREADABLE), -XEN_E2BIG);
}

static void machine_checks(void)
{
    uint64_t version = (uint64_t)XEN_MCA_INTERFACE_VERSION << 32;

    CHECK_RC(hypercall(__HYPERVISOR_mca, UNREADABLE, 0, 0, 0, 0), -XEN_EFAULT);
    argument[0] = 1;
    CHECK_RC(hypercall(__HYPERVISOR_mca, HYPERCALL_POINTER(argument), 0, 0, 0, 0), -XEN_EACCES);
    argument[0] = version | 99;
    CHECK_RC(hypercall(__HYPERVISOR_mca, HYPERCALL_POINTER(argument), 0, 0, 0, 0), -XEN_EINVAL);
}

void test_main(void)
{
    unsigned int op;

    hvm();
    device_models();
    machine_checks();
    for (op = 0; op < 4; op++) {
        CHECK_RC(with(__HYPERVISOR_xenpmu_op, op, 0), -XEN_EOPNOTSUPP);
        CHECK_RC(with(__HYPERVISOR_xsm_op, op, 0), -XEN_ENOSYS);
        CHECK_RC(with(__HYPERVISOR_tmem_op, op, 0), -XEN_ENOSYS);
        CHECK_RC(with(__HYPERVISOR_argo_op, op, 0), -XEN_ENOSYS);
    }
    test_success();
}
