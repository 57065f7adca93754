/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * HYPERVISOR_callback_op, set_callbacks, nmi_op: where events, failsafe, NMI and the system calls of users
 * enter the guest's kernel.
 */
#include <asm/processor.h>
#include <public/callback.h>
#include <public/nmi.h>
#include <xen/guest_access.h>
#include <xen/refusal.h>
#include "calls.h"
#include "segment.h"

static long register_callback(unsigned int type, unsigned int flags, uint64_t address)
{
    struct arch_vcpu *a = &current->arch;
    struct trap_bounce_target target = {.address = address,
                                        .flags = flags & CALLBACKF_mask_events ? TARGET_MASK_EVENTS : 0};

    if (!address_canonical(address))
        return refuse(-XEN_EINVAL, "callback.address", "callback %#lx of type %u is not canonical",
                      (unsigned long)address, type);
    switch (type) {
    case CALLBACKTYPE_event:
        a->event_callback = target;
        a->event_callback.flags = TARGET_MASK_EVENTS; /* whatever the guest says */
        return 0;
    case CALLBACKTYPE_failsafe:
        a->failsafe_callback = target;
        return 0;
    case CALLBACKTYPE_syscall:
        a->syscall_callback = target;
        return 0;
    case CALLBACKTYPE_syscall32:
        a->syscall32_callback = target;
        return 0;
    case CALLBACKTYPE_sysenter:
        a->sysenter_callback = target;
        return 0;
    case CALLBACKTYPE_nmi:
        a->traps[X86_EXC_NMI] = (struct trap_bounce_target){.address = address, .flags = TARGET_MASK_EVENTS};
        return 0;
    }
    return refuse(-XEN_ENOSYS, "callback.type", "there is no callback type %u", type);
}

static long unregister_callback(unsigned int type)
{
    switch (type) {
    case CALLBACKTYPE_event:
    case CALLBACKTYPE_failsafe:
    case CALLBACKTYPE_syscall:
    case CALLBACKTYPE_syscall32:
    case CALLBACKTYPE_sysenter:
        return refuse(-XEN_EINVAL, "callback.unregister",
                      "a callback of type %u can be replaced but not taken away", type);
    case CALLBACKTYPE_nmi:
        current->arch.traps[X86_EXC_NMI] = (struct trap_bounce_target){0};
        return 0;
    }
    return refuse(-XEN_ENOSYS, "callback.type", "there is no callback type %u", type);
}

static long refuse_argument(uint64_t va)
{
    return refuse(-XEN_EFAULT, "callback.argument", "no readable argument at %#lx", (unsigned long)va);
}

long do_callback_op(int cmd, uint64_t arg_va)
{
    struct callback_register reg;
    struct callback_unregister unreg;

    switch (cmd) {
    case CALLBACKOP_register:
        if (copy_from_guest(&reg, arg_va, sizeof(reg)))
            return refuse_argument(arg_va);
        return register_callback(reg.type, reg.flags, reg.address);
    case CALLBACKOP_unregister:
        if (copy_from_guest(&unreg, arg_va, sizeof(unreg)))
            return refuse_argument(arg_va);
        return unregister_callback(unreg.type);
    }
    return refuse(-XEN_ENOSYS, "callback.command", "there is no callback_op %d", cmd);
}

long do_set_callbacks(uint64_t event, uint64_t failsafe, uint64_t syscall)
{
    register_callback(CALLBACKTYPE_event, 0, event);
    register_callback(CALLBACKTYPE_failsafe, 0, failsafe);
    register_callback(CALLBACKTYPE_syscall, 0, syscall);
    return 0;
}

long do_nmi_op(unsigned int cmd, uint64_t arg_va)
{
    struct xennmi_callback callback;

    switch (cmd) {
    case XENNMI_register_callback:
        if (copy_from_guest(&callback, arg_va, sizeof(callback)))
            return refuse(-XEN_EFAULT, "nmi.argument", "no readable argument at %#lx", (unsigned long)arg_va);
        return register_callback(CALLBACKTYPE_nmi, 0, callback.handler_address);
    case XENNMI_unregister_callback:
        return unregister_callback(CALLBACKTYPE_nmi);
    }
    return refuse(-XEN_ENOSYS, "nmi.command", "there is no nmi_op %u", cmd);
}
