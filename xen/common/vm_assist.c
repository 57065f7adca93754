/* SPDX-License-Identifier: BSD-2-Clause */
/* HYPERVISOR_vm_assist: one word of bits a domain. What a bit changes is in the object that looks at it. */
#include <xen/domain.h>
#include <xen/hypercall.h>

#define VALID_TYPES                                                                                                \
    ((1ull << VMASST_TYPE_4gb_segments) | (1ull << VMASST_TYPE_4gb_segments_notify) |                              \
     (1ull << VMASST_TYPE_writable_pagetables) | (1ull << VMASST_TYPE_pae_extended_cr3) |                          \
     (1ull << VMASST_TYPE_architectural_iopl) | (1ull << VMASST_TYPE_runstate_update_flag) |                       \
     (1ull << VMASST_TYPE_m2p_strict))

long do_vm_assist(unsigned int cmd, unsigned int type)
{
    struct domain *d = current->domain;

    if (type >= 64 || !(VALID_TYPES & (1ull << type)))
        return refuse(-XEN_EINVAL, "vm_assist.type", "there is no assist %u", type);
    switch (cmd) {
    case VMASST_CMD_enable:
        __atomic_fetch_or(&d->vm_assist, 1ull << type, __ATOMIC_SEQ_CST);
        return 0;
    case VMASST_CMD_disable:
        __atomic_fetch_and(&d->vm_assist, ~(1ull << type), __ATOMIC_SEQ_CST);
        return 0;
    default:
        return refuse(-XEN_ENOSYS, "vm_assist.command", "there is no command %u", cmd);
    }
}
