/* SPDX-License-Identifier: BSD-2-Clause */
/* HYPERVISOR_vm_assist: one word of bits a domain. What a bit changes is in the object that looks at it. */
#include <xen/domain.h>
#include <xen/hypercall.h>

long do_vm_assist(unsigned int cmd, unsigned int type)
{
    struct domain *d = current->domain;

    if (type >= 64 || !(VM_ASSISTS_VALID & (1ull << type)))
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
