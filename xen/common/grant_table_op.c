/* SPDX-License-Identifier: BSD-2-Clause */
/* HYPERVISOR_grant_table_op: which command, and how a long list of operations is gone through in pieces. */
#include <xen/hypercall.h>
#include "grant_private.h"

typedef long list_command_t(uint64_t va, unsigned int count, unsigned int *done);

/* In the upper bits of a continued call's command; only the hypervisor puts them there, and none needs them. */
#define COMMAND_MASK 0xfffu

static const struct {
    list_command_t *run;
    unsigned int size;
} lists[] = {
    [GNTTABOP_map_grant_ref] = {grants_map, sizeof(struct gnttab_map_grant_ref)},
    [GNTTABOP_unmap_grant_ref] = {grants_unmap, sizeof(struct gnttab_unmap_grant_ref)},
    [GNTTABOP_transfer] = {grants_transfer, sizeof(struct gnttab_transfer)},
    [GNTTABOP_copy] = {grants_copy, sizeof(struct gnttab_copy)},
    [GNTTABOP_unmap_and_replace] = {grants_unmap_and_replace, sizeof(struct gnttab_unmap_and_replace)},
    [GNTTABOP_swap_grant_ref] = {grants_swap, sizeof(struct gnttab_swap_grant_ref)},
    [GNTTABOP_cache_flush] = {grants_cache_flush, sizeof(struct gnttab_cache_flush)},
};

static long run_list(unsigned int cmd, uint64_t va, unsigned int count)
{
    unsigned int done = 0;
    long rc = lists[cmd].run(va, count, &done);

    if (rc != -XEN_ERESTART)
        return rc;
    return hypercall_continue(__HYPERVISOR_grant_table_op, 3, (uint64_t)cmd, va + (uint64_t)done * lists[cmd].size,
                              (uint64_t)(count - done));
}

long do_grant_table_op(unsigned int cmd, uint64_t arg_va, unsigned int count)
{
    if ((int)count < 0)
        return refuse(-XEN_EINVAL, "grant.count", "%u elements are too many", count);
    if (cmd & ~COMMAND_MASK)
        return refuse(-XEN_EINVAL, "grant.command-bits", "there is no command %#x", cmd);
    if (cmd < ARRAY_SIZE(lists) && lists[cmd].run)
        return run_list(cmd, arg_va, count);
    switch (cmd) {
    case GNTTABOP_setup_table:
        return grant_setup_table(arg_va, count);
    case GNTTABOP_query_size:
        return grant_query_size(arg_va, count);
    case GNTTABOP_get_version:
        return grant_get_version(arg_va, count);
    case GNTTABOP_set_version:
        return grant_set_version(arg_va, count);
    case GNTTABOP_get_status_frames:
        return grant_status_frames(arg_va, count);
    }
    return refuse(-XEN_ENOSYS, "grant.command", "there is no command %u", cmd);
}
