/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * HYPERVISOR_kexec_op without memory set aside for a crash kernel, and without the means to start another
 * kernel: what is asked about is answered as stock Xen does, loading an image is refused.
 */
#include <xen/arch.h>
#include <xen/domain.h>
#include <xen/guest_access.h>
#include <xen/refusal.h>
#include <public/kexec.h>
#include "pv/calls.h"

#define SEGMENTS_MAX 16

extern char __image_start[], __image_end[];

static long refuse_argument(uint64_t va)
{
    return refuse(-XEN_EFAULT, "kexec.argument", "the argument at %#lx cannot be read or written",
                  (unsigned long)va);
}

static long refuse_type(int type)
{
    return refuse(-XEN_EINVAL, "kexec.type", "there are images of type 0 and 1, not %d", type);
}

static bool type_valid(int type)
{
    return type == KEXEC_TYPE_DEFAULT || type == KEXEC_TYPE_CRASH;
}

static long execute(uint64_t va)
{
    xen_kexec_exec_t e;

    if (copy_from_guest(&e, va, sizeof(e)))
        return refuse_argument(va);
    if (!type_valid(e.type))
        return refuse_type(e.type);
    return refuse(-XEN_ENOENT, "kexec.no-image", "no image of type %d is loaded", e.type);
}

static long get_range(uint64_t va)
{
    xen_kexec_range_t r;

    if (copy_from_guest(&r, va, sizeof(r)))
        return refuse_argument(va);
    switch (r.range) {
    case KEXEC_RANGE_MA_CRASH:
        r.start = r.size = 0;
        break;
    case KEXEC_RANGE_MA_XEN:
        r.start = arch_virt_to_paddr(__image_start);
        r.size = (unsigned long)(__image_end - __image_start);
        break;
    case KEXEC_RANGE_MA_CPU:
        if (r.nr < 0 || r.nr >= MAX_CPUS || !cpumask_test(cpu_online_map, (unsigned int)r.nr))
            return refuse(-XEN_ERANGE, "kexec.cpu", "there is no CPU %d", r.nr);
        return refuse(-XEN_EINVAL, "kexec.notes", "without a crash kernel no CPU has a note");
    default:
        return refuse(-XEN_EINVAL, "kexec.range", "there is no range %d", r.range);
    }
    return copy_to_guest(va, &r, sizeof(r)) ? refuse_argument(va) : 0;
}

static long load(uint64_t va)
{
    xen_kexec_load_t l;

    if (copy_from_guest(&l, va, sizeof(l)))
        return refuse_argument(va);
    if (l.nr_segments > SEGMENTS_MAX)
        return refuse(-XEN_EINVAL, "kexec.segments", "%u segments are more than %u", l.nr_segments,
                      SEGMENTS_MAX);
    if (!type_valid(l.type))
        return refuse_type(l.type);
    if (l.type == KEXEC_TYPE_CRASH)
        return refuse(-XEN_EADDRNOTAVAIL, "kexec.crash-area", "no memory is set aside for a crash kernel");
    return refuse(-XEN_ENOSYS, "kexec.load", "another kernel cannot be started");
}

/* Unloading where nothing is loaded, and asking: 0 is the truth. Both begin with the type. */
static long nothing_loaded(uint64_t va)
{
    xen_kexec_unload_t u;

    if (copy_from_guest(&u, va, sizeof(u)))
        return refuse_argument(va);
    return type_valid(u.type) ? 0 : refuse_type(u.type);
}

static long load_old(uint64_t va)
{
    xen_kexec_load_v1_t l;

    if (copy_from_guest(&l, va, sizeof(l)))
        return refuse_argument(va);
    return refuse(-XEN_EINVAL, "kexec.old-form", "images are not loaded by the old form of the call");
}

static long unload_old(uint64_t va)
{
    xen_kexec_load_v1_t l;

    if (copy_from_guest(&l, va, sizeof(l)))
        return refuse_argument(va);
    return type_valid(l.type) ? 0 : refuse_type(l.type);
}

long do_kexec_op(unsigned long op, uint64_t arg_va)
{
    if (!current->domain->is_privileged)
        return refuse(-XEN_EPERM, "domain.privilege", "domain %u may not start other kernels",
                      current->domain->id);
    switch (op) {
    case KEXEC_CMD_kexec:
        return execute(arg_va);
    case KEXEC_CMD_kexec_load_v1:
        return load_old(arg_va);
    case KEXEC_CMD_kexec_unload_v1:
        return unload_old(arg_va);
    case KEXEC_CMD_kexec_get_range:
        return get_range(arg_va);
    case KEXEC_CMD_kexec_load:
        return load(arg_va);
    case KEXEC_CMD_kexec_unload:
    case KEXEC_CMD_kexec_status:
        return nothing_loaded(arg_va);
    default: /* stock Xen says nothing against these either */
        return 0;
    }
}
