/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * callback_op and set_callbacks register the same callbacks; bad types and addresses are refused.
 *
 * callback.h: types event, failsafe, syscall, NMI, sysenter, syscall32; flag bit 0 masks events on entry (for
 * the event callback it goes without saying). Addresses must be canonical. Event and failsafe cannot be
 * unregistered. xen.h documents set_callbacks as the older form of three at once.
 *
 * What goes wrong: registering one resets another; the mask flag is ignored for syscall, so that an event
 * interrupts the first instructions of the kernel's system-call path.
 */
#include "guest.h"

#include <xen/callback.h>

const char test_title[] = "callback_op and set_callbacks";

static long set(uint16_t type, uint16_t flags, unsigned long address)
{
    struct callback_register op = {.type = type, .flags = flags, .address = address};

    return hypercall_callback_op(CALLBACKOP_register, &op);
}

static long unset(uint16_t type)
{
    struct callback_unregister op = {.type = type};

    return hypercall_callback_op(CALLBACKOP_unregister, &op);
}

static void user_syscall(void)
{
    asm volatile("syscall" ::"a"(0) : "rcx", "r11");
}

void test_main(void)
{
    CHECK_RC(set(CALLBACKTYPE_event, 0, (unsigned long)event_entry), 0);
    CHECK_RC(set(CALLBACKTYPE_failsafe, CALLBACKF_mask_events, (unsigned long)failsafe_entry), 0);
    CHECK_RC(set(CALLBACKTYPE_syscall, CALLBACKF_mask_events, (unsigned long)syscall_entry), 0);
    CHECK_RC(set(CALLBACKTYPE_nmi, 0, (unsigned long)event_entry), 0);
    CHECK_RC(set(CALLBACKTYPE_sysenter, 0, (unsigned long)syscall_entry), 0);
    CHECK_RC(set(CALLBACKTYPE_syscall32, 0, (unsigned long)syscall_entry), 0);
    CHECK_RC(set(8, 0, (unsigned long)syscall_entry), -XEN_ENOSYS);
    CHECK_RC(set(CALLBACKTYPE_event, 0, 1ul << 47), -XEN_EINVAL);
    CHECK_RC(hypercall_callback_op(CALLBACKOP_register, (void *)0x1000), -XEN_EFAULT);
    CHECK_RC(hypercall_callback_op(2, NULL), -XEN_ENOSYS);

    CHECK_RC(unset(CALLBACKTYPE_nmi), 0);
    CHECK_RC(unset(CALLBACKTYPE_event), -XEN_EINVAL);
    CHECK_RC(unset(CALLBACKTYPE_failsafe), -XEN_EINVAL);
    CHECK_RC(unset(CALLBACKTYPE_syscall), -XEN_EINVAL);
    CHECK_RC(unset(8), -XEN_ENOSYS);

    user_initialise();
    user_run(user_syscall);
    CHECK_EQUAL(trap_last.frame.vector, VECTOR_SYSCALL);
    CHECK_EQUAL(trap_last.mask, 1);
    CHECK_EQUAL(FRAME_MASK(&trap_last.frame), 0);
    CHECK_RC(set(CALLBACKTYPE_syscall, 0, (unsigned long)syscall_entry), 0);
    user_run(user_syscall);
    CHECK_EQUAL(trap_last.mask, 0);

    /* The older call says nothing of an address that it did not take. */
    CHECK_RC(hypercall_set_callbacks(event_entry, failsafe_entry, (void *)(1ul << 47)), 0);
    user_run(user_syscall);
    CHECK_EQUAL(trap_last.frame.vector, VECTOR_SYSCALL);
    CHECK_RC(hypercall_set_callbacks(event_entry, failsafe_entry, syscall_entry), 0);
    test_success();
}
