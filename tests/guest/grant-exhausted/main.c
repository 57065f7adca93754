/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A domain uses up its handles and its grant frames: it hears of it, loses nothing by it, and nobody else
 * notices.
 *
 * grant_table.h: what a domain may map of others at once is limited by its frames of handles
 * (max_maptrack_frames of XEN_DOMCTL_createdomain), its own table by max_grant_frames. A map that finds no
 * handle has the status no_space (-13; no_device_space is not meant), and stock Xen never gives out a vCPU's
 * last one; a table that would be too large general_error, an entry beyond the table bad_gntref.
 *
 * What goes wrong: a failed map keeps the pin, the frame or the mark of the granter; a handle is lost each
 * time the limit is hit, so that the second round ends earlier; the limit of one domain counts for another.
 * Asserted: as many as fit, the status of the next one, several times over with all given back between; the
 * domain that granted, Domain 0, maps meanwhile as always, and finds its grants unused in the end.
 */
#include "guest.h"
#include "domain.h"
#include "grant.h"

#include <xen/sched.h>

const char test_title[] = "handles and grant frames used up";

#define FIRST_REF 8
#define REFS      16
#define ROUNDS    3
#define FRAMES    4 /* framework/domain.c gives as many of both kinds */
#define HANDLES   (FRAMES * 256)

static union {
    struct {
        volatile uint32_t round, done, mapped[ROUNDS], refused[ROUNDS], again[ROUNDS], lost;
        volatile uint32_t frames_ok, frames_refused, frames;
    };
    char page[PAGE_SIZE];
} shared __attribute__((aligned(PAGE_SIZE)));

static volatile uint64_t data[512] __attribute__((aligned(PAGE_SIZE)));
static volatile uint64_t window[512] __attribute__((aligned(PAGE_SIZE)));
static grant_handle_t handles[HANDLES + 1];
static uint64_t bus;

/* --- The clumsy domain --- */
static int map_device(unsigned int i)
{
    struct gnttab_map_grant_ref op = {.flags = GNTMAP_device_map, .ref = FIRST_REF + i % REFS, .dom = 0};
    int status = grant_map(&op);

    handles[i] = op.handle;
    bus = status == GNTST_okay ? op.dev_bus_addr : bus;
    return status;
}

static void use_up(uint32_t round)
{
    uint32_t nr = 0;
    int status;

    while ((status = map_device(nr)) == GNTST_okay && nr < HANDLES) {
        nr++;
    }
    shared.mapped[round] = nr;
    shared.refused[round] = (uint32_t)-status;
    shared.lost += grant_unmap(0, bus, handles[0]) != GNTST_okay;
    shared.again[round] = (uint32_t)-map_device(0);
    for (uint32_t i = 0; i < nr; i++) {
        shared.lost += grant_unmap(0, bus, handles[i]) != GNTST_okay;
    }
}

static uint32_t set_up(uint32_t nr)
{
    static uint64_t frames[64];
    struct gnttab_setup_table op = {.dom = DOMID_SELF, .nr_frames = nr, .status = 99};

    set_xen_guest_handle_raw(op.frame_list, frames);
    return hypercall_grant_table_op(GNTTABOP_setup_table, &op, 1) ? 99 : (uint32_t)-op.status;
}

static void clumsy(void)
{
    struct gnttab_query_size size = {.dom = DOMID_SELF};

    grant_initialise(1);
    shared.frames_ok = set_up(FRAMES);
    shared.frames_refused = set_up(FRAMES + 1);
    hypercall_grant_table_op(GNTTABOP_query_size, &size, 1);
    shared.frames = size.nr_frames;
    for (uint32_t round = 0; round < ROUNDS; round++) {
        while (shared.round < round) {
            hypercall_sched_op(SCHEDOP_yield, NULL);
        }
        use_up(round);
        shared.done = round + 1;
    }
    for (;;) {
        hypercall_sched_op(SCHEDOP_yield, NULL);
    }
}

/* --- Domain 0 --- */
static void check_beyond(domid_t other)
{
    grant_map_refused(0, GNTMAP_device_map, FRAMES * 512, other, GNTST_bad_gntref);
    grant_map_refused(0, GNTMAP_device_map, FRAMES * 512 - 1, other, GNTST_general_error);
}

void test_main(void)
{
    grant_handle_t own;
    domid_t other;

    grant_initialise(1);
    other = domain_create(clumsy);
    domain_share(&shared);
    for (unsigned int i = 0; i < REFS; i++) {
        grant_v1[FIRST_REF + i] = (struct grant_entry_v1){GTF_permit_access, other, (uint32_t)mfn_of(data)};
    }
    grant_v1[FIRST_REF + REFS] = (struct grant_entry_v1){GTF_permit_access, 0, (uint32_t)mfn_of(data)};
    domain_run(-1);
    for (uint32_t round = 0; round < ROUNDS; round++) {
        shared.round = round;
        while (shared.done < round + 1) {
            own = grant_map_at(window, GNTMAP_host_map, FIRST_REF + REFS);
            CHECK_EQUAL(grant_unmap((unsigned long)window, 0, own), GNTST_okay);
            hypercall_sched_op(SCHEDOP_yield, NULL);
        }
        printk("%u mapped\n", shared.mapped[round]);
        CHECK_EQUAL(shared.mapped[round], shared.mapped[0]);
        CHECK_EQUAL(shared.refused[round], -GNTST_no_space);
        CHECK_EQUAL(shared.again[round], 0);
    }
    CHECK(shared.mapped[0] >= HANDLES - 1);
    CHECK_EQUAL(shared.lost, 0);
    CHECK_EQUAL(shared.frames_ok, 0);
    CHECK_EQUAL(shared.frames_refused, -GNTST_general_error);
    CHECK_EQUAL(shared.frames, FRAMES);
    check_beyond(other);
    for (unsigned int i = 0; i <= REFS; i++) {
        CHECK_EQUAL(grant_v1[FIRST_REF + i].flags, GTF_permit_access);
    }
    domain_destroy();
    CHECK(domain_is_gone(PATIENCE_NS));
    test_success();
}
