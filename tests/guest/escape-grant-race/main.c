/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A granted frame is never a page table of its owner and writable for the other domain at once, whoever is
 * quicker.
 *
 * A grant is in memory that its owner may change at any moment; the other domain maps and unmaps meanwhile.
 * An entry that is read twice, a mark that is taken back while a mapping is being made, a type that is taken
 * after the look at the entry: each leaves the other domain a writable mapping of what has become a page
 * table, and so the machine (compare XSA-214, XSA-218, XSA-224, XSA-228).
 *
 * Here the second domain, on a processor of its own, grants a frame; takes the grant back as the interface
 * says (compare and exchange, when no mark is set), or does not; at once pins the frame as a table of level 1
 * and unpins it. This domain maps the grant, writes, and unmaps as fast as it can. Its values are no present
 * entries, so that the table is always valid. Asserted: while the frame is pinned it does not change; while
 * it is mapped writes arrive; both happen hundreds of times. Then: a mapping outlives the domain that granted
 * it, whose memory is not given to others before; after the unmapping nothing of the domain is left, so no
 * reference was lost on the way.
 */
#include "guest.h"
#include "domain.h"
#include "grant.h"

#include <xen/sched.h>

const char test_title[] = "a grant mapped by one domain, changed and retyped by another";

#define REF    8
#define ENOUGH 300
#define LOOKS  50

static struct {
    volatile uint32_t stop, stopped;
    volatile uint32_t pins, refused, changed, lost;
} shared __attribute__((aligned(PAGE_SIZE)));
static char shared_rest[PAGE_SIZE - sizeof(shared)] __attribute__((used));

static volatile uint64_t data[512] __attribute__((aligned(PAGE_SIZE)));
static volatile uint64_t window[512] __attribute__((aligned(PAGE_SIZE)));
static domid_t other;

/* --- The second domain --- */
static void grant_it(void)
{
    __atomic_store_n(&grant_v1[REF].flags, GTF_permit_access, __ATOMIC_SEQ_CST);
}

/* As the interface wants it: only when nobody has it mapped. */
static bool take_back(void)
{
    uint16_t expected = GTF_permit_access;

    return __atomic_compare_exchange_n(&grant_v1[REF].flags, &expected, 0, false, __ATOMIC_SEQ_CST,
                                       __ATOMIC_SEQ_CST);
}

static void pin_and_look(void)
{
    uint64_t seen;

    if (page_pin(data, 1) != 0) {
        shared.refused++;
        return;
    }
    shared.pins++;
    seen = data[0];
    for (unsigned int look = 0; look < LOOKS; look++) {
        shared.changed += data[0] != seen;
    }
    shared.lost += page_unpin(data) != 0;
}

static void granter(void)
{
    grant_initialise(1);
    grant_v1[REF].domid = 0;
    grant_v1[REF].frame = (uint32_t)mfn_of(data);
    if (page_protect(data) != 0) {
        shared.lost = 1000;
    }
    for (uint32_t round = 0; !shared.stop; round++) {
        grant_it();
        for (unsigned int n = 0; n < round % 64; n++) {
            cpu_relax();
        }
        if (round % 3 != 0) {
            /* Marks that are not there to be changed: the entry is the owner's memory. */
            if (round % 3 == 1 || take_back()) {
                pin_and_look();
            }
        } else {
            grant_v1[REF].flags = 0;
            pin_and_look();
        }
    }
    grant_it();
    shared.stopped = 1;
    for (;;) {
        hypercall_sched_op(SCHEDOP_yield, NULL);
    }
}

/* --- This domain --- */
static bool map(grant_handle_t *handle)
{
    struct gnttab_map_grant_ref op = {
        .host_addr = (unsigned long)window, .flags = GNTMAP_host_map, .ref = REF, .dom = other};
    bool mapped = grant_map(&op) == GNTST_okay;

    *handle = op.handle;
    return mapped;
}

static void unmap(grant_handle_t handle)
{
    CHECK_EQUAL(grant_unmap((unsigned long)window, 0, handle), GNTST_okay);
}

static uint32_t race(void)
{
    uint64_t end = time_ns() + PATIENCE_NS, value = 2;
    uint32_t mapped = 0;
    grant_handle_t handle;

    while ((mapped < ENOUGH || shared.pins < ENOUGH || shared.refused < 1) && time_ns() < end) {
        if (!map(&handle)) {
            continue;
        }
        mapped++;
        for (unsigned int n = 0; n < LOOKS; n++, value += 2) {
            window[0] = value;
            CHECK_EQUAL(window[0], value);
        }
        unmap(handle);
    }
    return mapped;
}

static void outlive(void)
{
    grant_handle_t handle;

    REQUIRE(map(&handle));
    window[1] = 0x1234;
    domain_destroy();
    CHECK(!domain_is_gone(0));
    CHECK_EQUAL(window[1], 0x1234);
    window[1] = 0x5678;
    CHECK_EQUAL(window[1], 0x5678);
    unmap(handle);
    CHECK(domain_is_gone(PATIENCE_NS));
}

void test_main(void)
{
    uint32_t mapped;

    grant_initialise(1);
    other = domain_create(granter);
    domain_share(&shared);
    domain_run(1);
    mapped = race();
    shared.stop = 1;
    domain_wait(&shared.stopped, 1);
    printk("%u mappings; %u pins, %u refused\n", mapped, shared.pins, shared.refused);
    CHECK_EQUAL(shared.changed, 0);
    CHECK_EQUAL(shared.lost, 0);
    REQUIRE(mapped >= ENOUGH && shared.pins >= ENOUGH);
    outlive();
    test_success();
}
