/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * VCPUOP_register_vcpu_info moves a vCPU's info out of the shared-info page, with what it holds.
 *
 * vcpu.h: a frame and an offset; the structure must not cross the page; it can be done once. The old contents
 * come along (mask, pending, time), and the hypervisor raises a spurious upcall-pending afterwards so that
 * nothing is lost in between. From then on the old place is dead.
 *
 * What goes wrong: the mask is not copied, and upcalls begin in the middle of the guest's boot; time is no
 * longer updated in the new place; the frame keeps no reference and may be freed under the hypervisor.
 */
#include "guest.h"

const char test_title[] = "register_vcpu_info: contents, limits, once";

static char page[PAGE_SIZE] __attribute__((aligned(PAGE_SIZE)));

static long move(uint64_t mfn, uint32_t offset, unsigned int vcpu)
{
    struct vcpu_register_vcpu_info op = {.mfn = mfn, .offset = offset};

    return hypercall_vcpu_op(VCPUOP_register_vcpu_info, vcpu, &op);
}

void test_main(void)
{
    const unsigned int offset = 256;
    volatile struct vcpu_info *info = (struct vcpu_info *)(page + offset);
    evtchn_port_t port;
    uint32_t version;
    uint64_t end;

    CHECK_RC(event_bind_ipi(0, &port), 0);
    shared_info.vcpu_info[0].arch.cr2 = 0x4711;

    CHECK_RC(move(mfn_of(page), PAGE_SIZE - 32, 0), -XEN_ENXIO);
    CHECK_RC(move(mfn_of(page), 0x1001, 0), -XEN_ENXIO);
    CHECK_RC(move(mfn_of(page), offset + 1, 0), -XEN_ENXIO);
    CHECK_RC(move(0xfffffffffful, 0, 0), -XEN_EINVAL);
    CHECK_RC(move(mfn_of((void *)start_info->pt_base), 0, 0), -XEN_EINVAL);
    CHECK_RC(move(mfn_of(page), offset, 2), -XEN_ENOENT);
    CHECK_RC(hypercall_vcpu_op(VCPUOP_register_vcpu_info, 0, (void *)0x1000), -XEN_EFAULT);

    CHECK_RC(move(mfn_of(page), offset, 0), 0);
    CHECK_EQUAL(info->evtchn_upcall_mask, 1);
    CHECK_EQUAL(info->evtchn_upcall_pending, 1);
    CHECK_EQUAL(info->evtchn_pending_sel, ~0ul);
    CHECK_EQUAL(info->arch.cr2, 0x4711);
    CHECK(info->time.tsc_to_system_mul != 0);
    CHECK_RC(move(mfn_of(page), offset, 0), -XEN_EINVAL);

    /* Events and time go to the new place. */
    info->evtchn_upcall_pending = 0;
    info->evtchn_pending_sel = 0;
    shared_info.vcpu_info[0].evtchn_pending_sel = 0;
    event_unmask_locally(port);
    CHECK_RC(event_send(port), 0);
    CHECK_EQUAL(info->evtchn_upcall_pending, 1);
    CHECK_EQUAL(info->evtchn_pending_sel, 1);
    CHECK_EQUAL(shared_info.vcpu_info[0].evtchn_pending_sel, 0);

    version = info->time.version;
    end = read_tsc() + 20000000000;
    while (info->time.version == version && read_tsc() < end) {
        cpu_relax();
    }
    CHECK(info->time.version != version);
    CHECK_EQUAL(info->time.version & 1, 0);
    test_success();
}
