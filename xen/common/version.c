/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * HYPERVISOR_xen_version: who we are. The level of the interface is Xen 4.17's; what else is said names
 * Xenport.
 */
#include <xen/domain.h>
#include <xen/guest_access.h>
#include <xen/hypercall.h>
#include <xen/param.h>
#include <xen/string.h>
#include <xen/version.h>
#include <public/version.h>

#define DENIED "<denied>"

/* For 64-bit PV guests (XENFEAT_* of submap 0). */
#define FEATURES                                                                                             \
    ((1u << XENFEAT_mmu_pt_update_preserve_ad) | (1u << XENFEAT_highmem_assist) |                            \
     (1u << XENFEAT_gnttab_map_avail_bits) | (1u << XENFEAT_memory_op_vnode_supported) |                     \
     (1u << XENFEAT_direct_mapped))

static long give(uint64_t va, const void *src, size_t n)
{
    if (copy_to_guest(va, src, n))
        return refuse(-XEN_EFAULT, "version.arg", "cannot write %lu bytes at %#lx", (unsigned long)n,
                      (unsigned long)va);
    return 0;
}

/* The whole array, as the callers' structures have it: nothing of our stack behind the text. */
static long give_extraversion(uint64_t va)
{
    xen_extraversion_t text = XEN_EXTRA_VERSION;

    return give(va, text, sizeof(text));
}

static long give_compile_info(uint64_t va)
{
    struct xen_compile_info info = {
        .compiler = XEN_COMPILER, .compile_by = XEN_COMPILE_BY, .compile_date = XEN_COMPILE_DATE};

    return give(va, &info, sizeof(info));
}

static long give_capabilities(uint64_t va)
{
    xen_capabilities_info_t text = "xen-3.0-x86_64 ";

    return give(va, text, sizeof(text));
}

static long give_changeset(uint64_t va)
{
    xen_changeset_info_t text = XEN_CHANGESET;

    return give(va, text, sizeof(text));
}

static long give_platform_parameters(uint64_t va)
{
    struct xen_platform_parameters p = {.virt_start = HYPERVISOR_VIRT_START};

    return give(va, &p, sizeof(p));
}

static long give_features(uint64_t va)
{
    const struct domain *d = current->domain;
    struct xen_feature_info f;

    if (copy_from_guest(&f, va, sizeof(f)))
        return refuse(-XEN_EFAULT, "version.arg", "no readable argument at %#lx", (unsigned long)va);
    if (f.submap_idx)
        return refuse(-XEN_EINVAL, "version.submap", "there is no feature submap %u", f.submap_idx);
    f.submap = FEATURES;
    if (d->vm_assist & (1ull << VMASST_TYPE_pae_extended_cr3))
        f.submap |= 1u << XENFEAT_pae_pgdir_above_4gb;
    if (d->is_hardware)
        f.submap |= 1u << XENFEAT_dom0;
    return give(va, &f, sizeof(f));
}

static long give_page_size(uint64_t va)
{
    if (va)
        return refuse(-XEN_EINVAL, "version.arg", "XENVER_pagesize takes no argument");
    return PAGE_SIZE;
}

static long give_command_line(uint64_t va)
{
    static const char denied[] = DENIED;

    if (!current->domain->is_privileged)
        return give(va, denied, sizeof(denied));
    return give(va, command_line(), sizeof(xen_commandline_t));
}

static long give_build_id(void)
{
    if (!current->domain->is_privileged)
        return refuse(-XEN_EPERM, "version.build_id", "only a privileged domain may ask for the build id");
    return refuse(-XEN_ENODATA, "version.build_id", "this image has no build id");
}

long do_xen_version(unsigned int cmd, uint64_t arg_va)
{
    /* Far the most frequent: guests call it to have their events delivered. */
    if (likely(cmd == XENVER_version))
        return XEN_MAJOR_VERSION << 16 | XEN_MINOR_VERSION;
    switch (cmd) {
    case XENVER_extraversion:
        return give_extraversion(arg_va);
    case XENVER_compile_info:
        return give_compile_info(arg_va);
    case XENVER_capabilities:
        return give_capabilities(arg_va);
    case XENVER_changeset:
        return give_changeset(arg_va);
    case XENVER_platform_parameters:
        return give_platform_parameters(arg_va);
    case XENVER_get_features:
        return give_features(arg_va);
    case XENVER_pagesize:
        return give_page_size(arg_va);
    case XENVER_guest_handle:
        return give(arg_va, current->domain->handle, sizeof(xen_domain_handle_t));
    case XENVER_commandline:
        return give_command_line(arg_va);
    case XENVER_build_id:
        return give_build_id();
    default:
        return refuse(-XEN_ENOSYS, "version.command", "there is no command %u", cmd);
    }
}
