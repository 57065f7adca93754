/* SPDX-License-Identifier: BSD-2-Clause */
/* HYPERVISOR_physdev_op: so far only what concerns the processor, the I/O privilege of the calling vCPU. */
#include <xen/guest_access.h>
#include <public/physdev.h>
#include <xen/refusal.h>
#include "calls.h"

#define IOPL_SHIFT      12
#define IO_BITMAP_BYTES 8192

static long set_iopl(uint64_t arg_va)
{
    struct physdev_set_iopl arg;

    if (copy_from_guest(&arg, arg_va, sizeof(arg)))
        return refuse(-XEN_EFAULT, "physdev.argument", "no readable argument at %#lx", (unsigned long)arg_va);
    if (arg.iopl > 3)
        return refuse(-XEN_EINVAL, "physdev.iopl", "IOPL %u: only 0 to 3 exist", arg.iopl);
    current->arch.iopl = arg.iopl << IOPL_SHIFT;
    return 0;
}

static long set_iobitmap(uint64_t arg_va)
{
    struct physdev_set_iobitmap arg;
    struct vcpu *v = current;

    if (copy_from_guest(&arg, arg_va, sizeof(arg)))
        return refuse(-XEN_EFAULT, "physdev.argument", "no readable argument at %#lx", (unsigned long)arg_va);
    if (arg.nr_ports > 65536)
        return refuse(-XEN_EINVAL, "physdev.iobitmap", "a bitmap of %u ports: only 65536 exist",
                      arg.nr_ports);
    /* Of the full size, however few ports there are: as stock Xen. */
    if (!guest_address_ok(handle_va(arg.bitmap)) ||
        !guest_address_ok(handle_va(arg.bitmap) + IO_BITMAP_BYTES - 1))
        return refuse(-XEN_EINVAL, "physdev.iobitmap-address", "a bitmap at %#lx is not in the guest's memory",
                      (unsigned long)handle_va(arg.bitmap));
    v->arch.io_bitmap_va = handle_va(arg.bitmap);
    v->arch.io_bitmap_ports = arg.nr_ports;
    return 0;
}

long do_physdev_op(int cmd, uint64_t arg_va)
{
    switch (cmd) {
    case PHYSDEVOP_set_iopl:
        return set_iopl(arg_va);
    case PHYSDEVOP_set_iobitmap:
        return set_iobitmap(arg_va);
    }
    return refuse(-XEN_ENOSYS, "physdev.command", "there is no physdev_op %d", cmd);
}
