/* SPDX-License-Identifier: BSD-2-Clause */
/* See grant.h. */
#include "grant.h"

#include "guest.h"

#define CALL_FAILED 100

static char first_frame[PAGE_SIZE] __attribute__((aligned(PAGE_SIZE)));
struct grant_entry_v1 *const grant_v1 = (struct grant_entry_v1 *)first_frame;
union grant_entry_v2 *const grant_v2 = (union grant_entry_v2 *)first_frame;
uint64_t grant_frames[64];

/* Tests run as Domain 0. */
domid_t grant_self(void)
{
    return 0;
}

void grant_initialise(unsigned int nr)
{
    struct gnttab_setup_table op = {.dom = DOMID_SELF, .nr_frames = nr};

    set_xen_guest_handle_raw(op.frame_list, grant_frames);
    REQUIRE(hypercall_grant_table_op(GNTTABOP_setup_table, &op, 1) == 0 && op.status == GNTST_okay);
    REQUIRE(hypercall_update_va_mapping((unsigned long)first_frame, PTE_MAKE(grant_frames[0], PTE_RW),
                                        UVMF_INVLPG) == 0);
}

int grant_map(struct gnttab_map_grant_ref *op)
{
    op->status = CALL_FAILED;
    return hypercall_grant_table_op(GNTTABOP_map_grant_ref, op, 1) ? CALL_FAILED : op->status;
}

int grant_unmap(uint64_t host_addr, uint64_t dev_bus_addr, grant_handle_t handle)
{
    struct gnttab_unmap_grant_ref op = {
        .host_addr = host_addr, .dev_bus_addr = dev_bus_addr, .handle = handle, .status = CALL_FAILED};

    return hypercall_grant_table_op(GNTTABOP_unmap_grant_ref, &op, 1) ? CALL_FAILED : op.status;
}

grant_handle_t grant_map_at(const volatile void *address, uint32_t flags, grant_ref_t ref)
{
    struct gnttab_map_grant_ref op = {
        .host_addr = (unsigned long)address, .flags = flags, .ref = ref, .dom = grant_self()};

    REQUIRE(grant_map(&op) == GNTST_okay);
    return op.handle;
}

void grant_map_refused(uint64_t host_addr, uint32_t flags, grant_ref_t ref, domid_t domid, int status)
{
    struct gnttab_map_grant_ref op = {
        .host_addr = host_addr, .flags = flags, .ref = ref, .dom = domid, .handle = 77};

    CHECK_EQUAL(grant_map(&op), status);
    CHECK_EQUAL(op.handle, 77);
}
