/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Pointers that a guest must not give: each call answers -EFAULT, reads nothing and writes nothing.
 *
 * C's guest handles are addresses of the guest. One that lies in the hypervisor's hole, is not canonical, is
 * not mapped, or is read-only where the result goes, is the guest's fault. Were it believed, a guest could
 * read or change hypervisor memory: the direct map lies in that hole. The M2P, which guests may read, is no
 * place to write to either.
 *
 * What goes wrong: the range check looks at the first byte only, so that a structure straddling the start of
 * the hole is copied; the check is done for copies in but not for copies out; a fault in the copy takes the
 * hypervisor down.
 */
#include "guest.h"

#include <xen/memory.h>
#include <xen/sched.h>
#include <xen/version.h>

const char test_title[] = "bad pointers are -EFAULT";

static char read_only[PAGE_SIZE] __attribute__((aligned(PAGE_SIZE)));
static char edge[2][PAGE_SIZE] __attribute__((aligned(PAGE_SIZE)));

static void each_call(const void *bad)
{
    CHECK_RC(hypercall_xen_version(XENVER_capabilities, bad), -XEN_EFAULT);
    CHECK_RC(hypercall_xen_version(XENVER_get_features, bad), -XEN_EFAULT);
    CHECK_RC(hypercall_event_channel_op(EVTCHNOP_alloc_unbound, bad), -XEN_EFAULT);
    CHECK_RC(hypercall_memory_op(XENMEM_machphys_mapping, bad), -XEN_EFAULT);
    CHECK_RC(hypercall_vcpu_op(VCPUOP_get_runstate_info, 0, bad), -XEN_EFAULT);
}

static void each_reading_call(const void *bad)
{
    CHECK_RC(hypercall_set_trap_table(bad), -XEN_EFAULT);
    CHECK_RC(hypercall_mmu_update(bad, 1, NULL, DOMID_SELF), -XEN_EFAULT);
    CHECK_RC(hypercall_mmuext_op(bad, 1, NULL, DOMID_SELF), -XEN_EFAULT);
    CHECK_RC(hypercall_set_gdt(bad, 512), -XEN_EFAULT);
    CHECK_RC(hypercall_sched_op(SCHEDOP_poll, bad), -XEN_EFAULT);
    CHECK_RC(hypercall_callback_op(0, bad), -XEN_EFAULT);
    CHECK_RC(hypercall_multicall(bad, 1), -XEN_EFAULT);
    CHECK_RC(hypercall_console_io(CONSOLEIO_write, 8, bad), -XEN_EFAULT);
    CHECK_RC(hypercall_vcpu_op(VCPUOP_set_singleshot_timer, 0, bad), -XEN_EFAULT);
}

void test_main(void)
{
    static const unsigned long addresses[] = {
        0x1000,
        0x7ffffffffff8,
        1ul << 47,
        0xffff7ffffffffff8,
        0xffff830000000000,
        0xffff82d040200000,
        0xffff87fffffffff8,
    };
    unsigned int i;
    uint64_t *m2p_end = (uint64_t *)(MACH2PHYS_VIRT_START - 4);

    for (i = 0; i < ARRAY_SIZE(addresses); i++) {
        each_call((void *)addresses[i]);
        each_reading_call((void *)addresses[i]);
    }
    each_reading_call(m2p_end);

    CHECK_EQUAL(page_protect(read_only), 0);
    each_call(read_only);
    each_call(machine_to_phys_mapping);

    /* The structure begins in a good page and ends in none. */
    CHECK_EQUAL(page_unmap(edge[1]), 0);
    each_call(edge[1] - 2);
    each_reading_call(edge[1] - 2);

    /* Surprising: a count of completed updates that cannot be stored is no error. */
    CHECK_RC(hypercall_mmu_update(NULL, 0, (void *)0x1000, DOMID_SELF), 0);
    test_success();
}
