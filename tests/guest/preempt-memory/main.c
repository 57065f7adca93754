/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * However many frames an operation frees or exchanges, an event that is due meanwhile comes soon.
 *
 * Three operations that are long without a long list (memory.h, xen.h): an unpin whose tables hold the last
 * references of their frames, which the guest has given back while they were mapped; extents of 512 frames
 * given back; and an exchange whose one chunk is 1,024 frames, which is done wholly or not at all, but not at
 * once. How late a timer's event comes is in instructions, as in preempt-tables.
 *
 * What goes wrong: a TLB flush, with interrupts to other CPUs, for each frame; no look inside of a chunk,
 * which may have 2^18 frames. Stock Xen has neither bound: 2^18 frames, zeroed one by one, are one step
 * there.
 */
#include "guest.h"
#include "lateness.h"

#include <xen/memory.h>
#include <xen/version.h>

const char test_title[] = "events come soon while many frames are freed or exchanged";

/* Instructions. A table, or an extent, of 512 frames freed is one step; of an exchange it is one frame. */
#define LATE_MAX_FREE     250000
#define LATE_MAX_EXCHANGE 25000

#define NR_L1     2
#define NR_FRAMES (NR_L1 * 512)
#define ORDER     9
#define CHUNK     10

static uint64_t l2[512] __attribute__((aligned(PAGE_SIZE)));
static uint64_t l1[NR_L1][512] __attribute__((aligned(PAGE_SIZE)));
static uint64_t frames[NR_FRAMES], pfns[NR_FRAMES], extents[NR_L1];

static long reservation(unsigned int op, uint64_t *list, unsigned long nr, unsigned int order)
{
    struct xen_memory_reservation r = {.nr_extents = nr, .extent_order = order, .domid = DOMID_SELF};

    set_xen_guest_handle(r.extent_start, list);
    return hypercall_memory_op(op, &r);
}

/* --- Tables that hold the last references --- */
static void pin_last(void)
{
    for (unsigned int i = 0; i < NR_L1; i++) {
        CHECK_RC(page_unprotect(l1[i]), 0);
        for (unsigned int j = 0; j < 512; j++)
            l1[i][j] = PTE_MAKE(frames[i * 512 + j], PTE_RW);
        CHECK_RC(page_protect(l1[i]), 0);
    }
    CHECK_RC(page_pin(l2, 2), 0);
    CHECK_EQUAL(reservation(XENMEM_decrease_reservation, frames, NR_FRAMES, 0), NR_FRAMES);
}

static void unpin(void)
{
    CHECK_RC(page_unpin(l2), 0);
}

static void get_frames(void)
{
    CHECK_EQUAL(reservation(XENMEM_increase_reservation, frames, NR_FRAMES, 0), NR_FRAMES);
}

/* --- Extents --- */
static void get_extents(void)
{
    CHECK_EQUAL(reservation(XENMEM_increase_reservation, extents, NR_L1, ORDER), NR_L1);
}

static void give_extents(void)
{
    CHECK_EQUAL(reservation(XENMEM_decrease_reservation, extents, NR_L1, ORDER), NR_L1);
}

static void nothing(void)
{
}

/* --- A chunk --- */
static void exchange(uint64_t *in, unsigned int in_order, uint64_t *out, unsigned int out_order)
{
    struct xen_memory_exchange op = {
        .in = {.nr_extents = 1u << (CHUNK - in_order), .extent_order = in_order, .domid = DOMID_SELF},
        .out = {.nr_extents = 1u << (CHUNK - out_order), .extent_order = out_order, .domid = DOMID_SELF}};

    set_xen_guest_handle(op.in.extent_start, in);
    set_xen_guest_handle(op.out.extent_start, out);
    CHECK_RC(hypercall_memory_op(XENMEM_exchange, &op), 0);
    CHECK_EQUAL(op.nr_exchanged, op.in.nr_extents);
}

static void join(void)
{
    exchange(frames, 0, pfns, CHUNK);
}

static void split(void)
{
    exchange(pfns, CHUNK, frames, 0);
}

static bool is_xenport(void)
{
    static struct xen_compile_info info;

    CHECK_RC(hypercall_xen_version(XENVER_compile_info, &info), 0);
    return !memcmp(info.compile_by, "xenport", 7);
}

/* The frames at the end of the domain, which nothing maps. */
static void take_frames(void)
{
    const uint64_t *list = (const uint64_t *)start_info->mfn_list;

    for (unsigned int i = 0; i < NR_FRAMES; i++)
        frames[i] = list[start_info->nr_pages - NR_FRAMES + i];
    for (unsigned int i = 0; i < NR_L1; i++) {
        CHECK_RC(page_protect(l1[i]), 0);
        l2[i] = PTE_MAKE(mfn_of(l1[i]), PTE_TABLE);
    }
    CHECK_RC(page_protect(l2), 0);
}

void test_main(void)
{
    uint64_t last, extent, joined, parted;

    take_frames();
    lateness_begin();
    last = lateness_measure("tables with last references", pin_last, unpin, get_frames);
    joined = lateness_measure("frames for an extent", nothing, join, split);
    parted = lateness_measure("an extent for frames", join, split, nothing);
    CHECK_EQUAL(reservation(XENMEM_decrease_reservation, frames, NR_FRAMES, 0), NR_FRAMES);
    extent = lateness_measure("extents given back", get_extents, give_extents, nothing);
    CHECK(last && extent && joined && parted);
    if (is_xenport()) {
        CHECK(last <= LATE_MAX_FREE && extent <= LATE_MAX_FREE);
        CHECK(joined <= LATE_MAX_EXCHANGE && parted <= LATE_MAX_EXCHANGE);
    }
    test_success();
}
