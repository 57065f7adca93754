/* SPDX-License-Identifier: BSD-2-Clause */
/* HYPERVISOR_grant_table_op: which command, and how a long list of operations is gone through in pieces. */
#include <xen/hypercall.h>
#include "grant_private.h"

/*
 * In the upper bits of a continued call's command; only the hypervisor puts them there, and none needs them.
 */
#define COMMAND_MASK 0xfffu

static long (*const lists[])(uint64_t va, unsigned int count) = {
    [GNTTABOP_map_grant_ref] = grants_map,
    [GNTTABOP_unmap_grant_ref] = grants_unmap,
    [GNTTABOP_transfer] = grants_transfer,
    [GNTTABOP_copy] = grants_copy,
    [GNTTABOP_unmap_and_replace] = grants_unmap_and_replace,
    [GNTTABOP_swap_grant_ref] = grants_swap,
    [GNTTABOP_cache_flush] = grants_cache_flush,
};

long grant_continue(unsigned int cmd, uint64_t element, unsigned int left)
{
    return hypercall_continue(__HYPERVISOR_grant_table_op, 3, (uint64_t)cmd, element, (uint64_t)left);
}

static noinline long do_other(unsigned int cmd, uint64_t arg_va, unsigned int count)
{
    if (cmd & ~COMMAND_MASK)
        return refuse(-XEN_EINVAL, "grant.command-bits", "there is no command %#x", cmd);
    switch (cmd) {
    case GNTTABOP_setup_table:
        return grant_setup_table(arg_va, count);
    case GNTTABOP_query_size:
        return grant_query_size(arg_va, count);
    case GNTTABOP_get_version:
        return grant_get_version(arg_va);
    case GNTTABOP_set_version:
        return grant_set_version(arg_va);
    case GNTTABOP_get_status_frames:
        return grant_status_frames(arg_va, count);
    }
    return refuse(-XEN_ENOSYS, "grant.command", "there is no command %u", cmd);
}

long do_grant_table_op(unsigned int cmd, uint64_t arg_va, unsigned int count)
{
    if (unlikely((int)count < 0))
        return refuse(-XEN_EINVAL, "grant.count", "%u elements are too many", count);
    if (likely(cmd < ARRAY_SIZE(lists)) && lists[cmd])
        return lists[cmd](arg_va, count);
    return do_other(cmd, arg_va, count);
}
