/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What memory_op answers for that which a PV domain does not have: a physical map that the hypervisor keeps,
 * virtual NUMA, shared pages, tables of its own by acquire_resource.
 *
 * Kernels and toolstacks probe these at their start and take the errno for the answer: -EACCES means "not
 * translated", -EOPNOTSUPP no topology, -EPERM that a domain asks for its own tables.
 *
 * What goes wrong: a success without the work, after which a kernel relies on a frame that is not there;
 * -ENOSYS where a toolstack gives up on it.
 */
#include "guest.h"

#include <xen/memory.h>

/* For toolstacks only, in the public header. */
#ifndef XENMEM_get_sharing_freed_pages
#define XENMEM_get_sharing_freed_pages  18
#define XENMEM_get_sharing_shared_pages 19
#endif

const char test_title[] = "memory_op for what PV has not";

static void physmap(void)
{
    struct xen_add_to_physmap add = {.domid = DOMID_SELF, .space = XENMAPSPACE_shared_info, .gpfn = 5};
    struct xen_remove_from_physmap remove = {.domid = DOMID_SELF, .gpfn = 5};
    struct xen_add_to_physmap_batch batch = {.domid = DOMID_SELF, .space = XENMAPSPACE_gmfn, .size = 2};

    CHECK_RC(hypercall_memory_op(XENMEM_add_to_physmap, &add), -XEN_EACCES);
    add.space = XENMAPSPACE_gmfn_foreign;
    CHECK_RC(hypercall_memory_op(XENMEM_add_to_physmap, &add), -XEN_ENOSYS);
    add.space = XENMAPSPACE_grant_table;
    add.domid = 0;
    CHECK_RC(hypercall_memory_op(XENMEM_add_to_physmap, &add), -XEN_EACCES);
    add.domid = 5;
    CHECK_RC(hypercall_memory_op(XENMEM_add_to_physmap, &add), -XEN_ESRCH);
    CHECK_RC(hypercall_memory_op(XENMEM_add_to_physmap, (void *)0x1000), -XEN_EFAULT);

    CHECK_RC(hypercall_memory_op(XENMEM_add_to_physmap_batch, &batch), -XEN_EACCES);
    batch.space = XENMAPSPACE_gmfn_range;
    CHECK_RC(hypercall_memory_op(XENMEM_add_to_physmap_batch, &batch), -XEN_EOPNOTSUPP);
    batch.space = XENMAPSPACE_gmfn;
    batch.domid = 5;
    CHECK_RC(hypercall_memory_op(XENMEM_add_to_physmap_batch, &batch), -XEN_ESRCH);
    CHECK_RC(hypercall_memory_op(XENMEM_add_to_physmap_batch, (void *)0x1000), -XEN_EFAULT);

    CHECK_RC(hypercall_memory_op(XENMEM_remove_from_physmap, &remove), -XEN_EACCES);
    remove.domid = 5;
    CHECK_RC(hypercall_memory_op(XENMEM_remove_from_physmap, &remove), -XEN_ESRCH);
    CHECK_RC(hypercall_memory_op(XENMEM_remove_from_physmap | 64, &remove), -XEN_EINVAL);
}

static void resources(void)
{
    struct xen_mem_acquire_resource resource = {
        .domid = DOMID_SELF, .type = XENMEM_resource_grant_table, .nr_frames = 1};
    struct xen_vnuma_topology_info topology = {.domid = DOMID_SELF};
    xen_pfn_t frame = 0;

    set_xen_guest_handle(resource.frame_list, &frame);
    CHECK_RC(hypercall_memory_op(XENMEM_acquire_resource, &resource), -XEN_ESRCH);
    resource.domid = 0;
    CHECK_RC(hypercall_memory_op(XENMEM_acquire_resource, &resource), -XEN_EPERM);
    resource.domid = 5;
    CHECK_RC(hypercall_memory_op(XENMEM_acquire_resource, &resource), -XEN_ESRCH);
    resource.pad = 1;
    CHECK_RC(hypercall_memory_op(XENMEM_acquire_resource, &resource), -XEN_EINVAL);
    CHECK_EQUAL(frame, 0);

    CHECK_RC(hypercall_memory_op(XENMEM_get_vnumainfo, &topology), -XEN_EOPNOTSUPP);
    topology.domid = 5;
    CHECK_RC(hypercall_memory_op(XENMEM_get_vnumainfo, &topology), -XEN_ESRCH);
    topology.pad = 1;
    CHECK_RC(hypercall_memory_op(XENMEM_get_vnumainfo, &topology), -XEN_EINVAL);
}

void test_main(void)
{
    domid_t self = DOMID_SELF;

    physmap();
    resources();
    CHECK_RC(hypercall_memory_op(XENMEM_get_sharing_freed_pages, NULL), 0);
    CHECK_RC(hypercall_memory_op(XENMEM_get_sharing_shared_pages, NULL), 0);
    /* What the kernel says of itself, less one. */
    CHECK_RC(hypercall_memory_op(XENMEM_maximum_gpfn, &self), 0);
    shared_info.arch.max_pfn = 1000;
    CHECK_RC(hypercall_memory_op(XENMEM_maximum_gpfn, &self), 999);
    CHECK_RC(hypercall_memory_op(XENMEM_machphys_compat_mfn_list, NULL), -XEN_EOPNOTSUPP);
    /* 27, which a domain asks for its devices: never in pieces. */
    CHECK_RC(hypercall_memory_op(27 | 64, NULL), -XEN_EINVAL);
    CHECK_RC(hypercall_memory_op(8, NULL), -XEN_ENOSYS);
    CHECK_RC(hypercall_memory_op(29, NULL), -XEN_ENOSYS);
    test_success();
}
