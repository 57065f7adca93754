/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A grant is unmapped: which handle, which address, what is left; and unmapping with something else put in
 * its place.
 *
 * grant_table.h: unmap_grant_ref names the handle and the address (0: that part is not unmapped, which is no
 * error); a bus address counts only for a handle that has a device mapping. unmap_and_replace moves the entry
 * of new_addr to where the grant was. Lists are gone through in order, each element with its own status.
 *
 * What goes wrong: a handle that lives on after its last part, or ends before; an entry cleared although it
 * maps something else; a list of more elements than fit in one batch.
 */
#include "guest.h"
#include "grant.h"

const char test_title[] = "grants: unmapping, replacing, long lists";

#define REF 8
#define MANY 100

static volatile char data[PAGE_SIZE] __attribute__((aligned(PAGE_SIZE)));
static volatile char window[PAGE_SIZE] __attribute__((aligned(PAGE_SIZE)));
static volatile char other[PAGE_SIZE] __attribute__((aligned(PAGE_SIZE)));
static volatile char many[MANY][PAGE_SIZE] __attribute__((aligned(PAGE_SIZE)));

static void handles(void)
{
    uint64_t address = (unsigned long)window;
    grant_handle_t handle = grant_map_at(window, GNTMAP_host_map, REF);
    struct gnttab_map_grant_ref device = {.flags = GNTMAP_device_map, .ref = REF, .dom = grant_self()};

    CHECK_EQUAL(grant_unmap(address, 0, handle + 99), GNTST_bad_handle);
    CHECK_EQUAL(grant_unmap(address, 0, 0x7fffffff), GNTST_bad_handle);
    CHECK_EQUAL(grant_unmap((unsigned long)other, 0, handle), GNTST_general_error);
    CHECK_EQUAL(grant_unmap(0, 0, handle), GNTST_okay);
    CHECK_EQUAL(PTE_MFN(*page_entry(window, 1)), mfn_of(data));
    CHECK_EQUAL(grant_unmap(address, 0x1000, handle), GNTST_okay);
    CHECK_EQUAL(*page_entry(window, 1), 0);
    CHECK_EQUAL(grant_unmap(address, 0, handle), GNTST_bad_handle);

    CHECK_EQUAL(grant_map(&device), GNTST_okay);
    CHECK_EQUAL(grant_unmap(0, 0x1000, device.handle), GNTST_bad_dev_addr);
    CHECK_EQUAL(grant_unmap(0, device.dev_bus_addr, device.handle), GNTST_okay);
    CHECK_EQUAL(grant_unmap(0, device.dev_bus_addr, device.handle), GNTST_bad_handle);
}

/*
 * The entry was overwritten by its owner: the grant stays in use until an entry of the frame is there again.
 */
static void overwritten(void)
{
    uint64_t address = (unsigned long)window;
    grant_handle_t handle = grant_map_at(window, GNTMAP_host_map, REF);

    CHECK_RC(hypercall_update_va_mapping(address, 0, UVMF_INVLPG), 0);
    CHECK_EQUAL(grant_v1[REF].flags, GTF_permit_access | GTF_reading | GTF_writing);
    CHECK_EQUAL(grant_unmap(address, 0, handle), GNTST_general_error);
    CHECK_RC(hypercall_update_va_mapping(address, PTE_MAKE(mfn_of(data), PTE_RW), UVMF_INVLPG), 0);
    CHECK_EQUAL(grant_unmap(address, 0, handle), GNTST_okay);
    CHECK_EQUAL(grant_v1[REF].flags, GTF_permit_access);
}

static int replace(uint64_t new_addr, grant_handle_t handle)
{
    struct gnttab_unmap_and_replace op = {
        .host_addr = (unsigned long)window, .new_addr = new_addr, .handle = handle};

    CHECK_RC(hypercall_grant_table_op(GNTTABOP_unmap_and_replace, &op, 1), 0);
    return op.status;
}

static void replaced(void)
{
    uint64_t was = *page_entry(other, 1);
    grant_handle_t handle = grant_map_at(window, GNTMAP_host_map, REF);

    CHECK_EQUAL(replace(0x1000, handle), GNTST_general_error);
    CHECK_EQUAL(replace((unsigned long)other, handle), GNTST_okay);
    CHECK_EQUAL(*page_entry(window, 1), was);
    CHECK_EQUAL(*page_entry(other, 1), 0);
    CHECK_EQUAL(trap_try_read(other), 14);
    CHECK_EQUAL(grant_v1[REF].flags, GTF_permit_access);
    handle = grant_map_at(window, GNTMAP_host_map, REF);
    CHECK_EQUAL(replace(0, handle), GNTST_okay);
    CHECK_EQUAL(*page_entry(window, 1), 0);
}

static void long_lists(void)
{
    static struct gnttab_map_grant_ref maps[MANY];
    static struct gnttab_unmap_grant_ref unmaps[MANY];
    unsigned int i;

    for (i = 0; i < MANY; i++) {
        maps[i] = (struct gnttab_map_grant_ref){.host_addr = (unsigned long)many[i],
                                                .flags = GNTMAP_host_map,
                                                .ref = i == 50 ? 511 : REF,
                                                .dom = grant_self(),
                                                .status = 99};
    }
    CHECK_RC(hypercall_grant_table_op(GNTTABOP_map_grant_ref, maps, MANY), 0);
    for (i = 0; i < MANY; i++) {
        CHECK_EQUAL(maps[i].status, i == 50 ? GNTST_general_error : GNTST_okay);
        unmaps[i] = (struct gnttab_unmap_grant_ref){.host_addr = maps[i].host_addr, .handle = maps[i].handle,
                                                    .status = 99};
    }
    many[99][0] = 'x';
    CHECK_EQUAL(data[0], 'x');
    unmaps[50].handle = 0x7fffffff;
    CHECK_RC(hypercall_grant_table_op(GNTTABOP_unmap_grant_ref, unmaps, MANY), 0);
    for (i = 0; i < MANY; i++) {
        CHECK_EQUAL(unmaps[i].status, i == 50 ? GNTST_bad_handle : GNTST_okay);
    }
    CHECK_EQUAL(trap_try_read(many[99]), 14);
    CHECK_EQUAL(grant_v1[REF].flags, GTF_permit_access);
}

/* 127 uses of a kind, and no more: the count has seven bits. */
static void too_many(void)
{
    static grant_handle_t handles[127];
    unsigned int i;

    for (i = 0; i < 127; i++) {
        struct gnttab_map_grant_ref op = {.flags = GNTMAP_device_map, .ref = REF, .dom = grant_self()};

        REQUIRE(grant_map(&op) == GNTST_okay);
        handles[i] = op.handle;
    }
    struct gnttab_map_grant_ref last = {.flags = GNTMAP_device_map, .ref = REF, .dom = grant_self()};
    int status = grant_map(&last);

    CHECK_EQUAL(status, GNTST_okay);
    grant_map_refused(0, GNTMAP_device_map, REF, grant_self(), GNTST_general_error);
    CHECK_EQUAL(grant_unmap(0, last.dev_bus_addr, last.handle), GNTST_okay);
    for (i = 0; i < 127; i++) {
        CHECK_EQUAL(grant_unmap(0, mfn_of(data) << PAGE_SHIFT, handles[i]), GNTST_okay);
    }
    CHECK_EQUAL(grant_v1[REF].flags, GTF_permit_access);
}

void test_main(void)
{
    grant_initialise(1);
    grant_v1[REF] = (struct grant_entry_v1){GTF_permit_access, grant_self(), (uint32_t)mfn_of(data)};
    handles();
    overwritten();
    replaced();
    long_lists();
    too_many();
    test_success();
}
