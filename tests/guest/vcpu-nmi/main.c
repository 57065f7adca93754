/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * VCPUOP_send_nmi: enters the kernel through the NMI callback, before the call returns when it is for the
 * caller, also with events masked.
 *
 * nmi.h and callback.h: the callback is registered by nmi_op or callback_op, and is entry 2 of the trap table
 * as well. While one NMI is being handled – until IRET – another waits. The argument must be NULL.
 *
 * What goes wrong: it waits for an event; it comes with an error code; a second one in the handler nests; one
 * that waited is lost.
 */
#include "guest.h"

#include <xen/callback.h>
#include <xen/nmi.h>
#include <xen/vcpu.h>

const char test_title[] = "send_nmi to oneself";

static long send(void)
{
    return hypercall_vcpu_op(VCPUOP_send_nmi, 0, NULL);
}

void test_main(void)
{
    struct xennmi_callback callback = {.handler_address = TRAP_STUB(2)};

    trap_continue = true;
    trap_forget();
    CHECK_RC(send(), 0);
    CHECK_EQUAL(trap_last.count, 1);
    CHECK_EQUAL(trap_last.frame.vector, 2);
    CHECK_EQUAL(trap_last.frame.error_code, 0);
    CHECK_EQUAL(FRAME_MASK(&trap_last.frame), 1);
    CHECK_EQUAL(trap_last.mask, 1);
    CHECK_EQUAL(trap_last.frame.rax, 0);

    CHECK_RC(hypercall(__HYPERVISOR_nmi_op, XENNMI_unregister_callback, 0, 0, 0, 0), 0);
    CHECK_RC(send(), 0);
    CHECK_EQUAL(trap_last.count, 1);
    CHECK_RC(hypercall(__HYPERVISOR_nmi_op, XENNMI_register_callback, HYPERCALL_POINTER(&callback), 0, 0, 0),
             0);
    trap_forget();
    CHECK_RC(send(), 0);
    CHECK_EQUAL(trap_last.count, 1);
    CHECK_RC(send(), 0);
    CHECK_EQUAL(trap_last.count, 2);

    CHECK_RC(hypercall_vcpu_op(VCPUOP_send_nmi, 0, (void *)8), -XEN_EINVAL);
    CHECK_RC(hypercall_vcpu_op(VCPUOP_send_nmi, 1, NULL), -XEN_ENOENT);
    test_success();
}
