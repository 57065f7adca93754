/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A frame that a domain has given back is out of its reach before another domain has it, whatever its TLB
 * remembers.
 *
 * A guest takes a mapping away without a flush and gives the frame back, as it may; its processor goes on
 * writing through the TLB. That is nobody's harm until the frame belongs to somebody else: by then the
 * hypervisor must have flushed, on the processors where the former owner runs, not on those of the one that
 * asks for memory (compare XSA-290, XSA-409).
 *
 * Here a second domain, on a processor of its own, does so and then writes to the address without end; an
 * exception ends no more than that write. This domain takes free memory until it has that frame, fills it,
 * and looks: it must stay as it is, and the other's writes must meet exceptions. What the frame holds at
 * first is not asserted: stock Xen leaves it to a domain to clear what it gives back.
 */
#include "guest.h"
#include "domain.h"

#include <xen/memory.h>
#include <xen/sched.h>

const char test_title[] = "a frame given back by one domain and taken by another";

#define AT_ONCE 512
#define CALLS   200 /* 400 MiB */
#define LOOKS   200000
#define OURS    0x5afe5afe5afe5afeul

static struct {
    volatile uint32_t given, stop, faults;
} shared __attribute__((aligned(PAGE_SIZE)));
static char shared_rest[PAGE_SIZE - sizeof(shared)] __attribute__((used));

static volatile uint64_t victim[512] __attribute__((aligned(PAGE_SIZE)));
static volatile uint64_t window[512] __attribute__((aligned(PAGE_SIZE)));
static uint64_t frames[AT_ONCE];

static void giver(void)
{
    uint64_t frame = mfn_of(victim);
    struct xen_memory_reservation op = {.nr_extents = 1, .domid = DOMID_SELF};

    set_xen_guest_handle_raw(op.extent_start, &frame);
    victim[0] = 1;
    if (page_update(page_entry(victim, 1), 0) == 0 &&
        hypercall_memory_op(XENMEM_decrease_reservation, &op) == 1) {
        shared.given = 1;
    }
    for (;;) {
        if (trap_try_write(&victim[0], 0xbad) == 14) {
            shared.faults++;
        }
        if (shared.stop) {
            shared.stop = 2;
            for (;;) {
                hypercall_sched_op(SCHEDOP_yield, NULL);
            }
        }
    }
}

/* True when the frame is this domain's. */
static bool take(uint64_t wanted)
{
    struct xen_memory_reservation op = {.nr_extents = AT_ONCE, .domid = DOMID_SELF};
    uint64_t pfn = 0x40000;

    set_xen_guest_handle_raw(op.extent_start, frames);
    for (unsigned int call = 0; call < CALLS; call++) {
        long done;

        for (unsigned int n = 0; n < AT_ONCE; n++) {
            frames[n] = pfn++;
        }
        done = hypercall_memory_op(XENMEM_populate_physmap, &op);
        for (long n = 0; n < done; n++) {
            if (frames[n] == wanted) {
                return true;
            }
        }
        if (done < AT_ONCE) {
            return false;
        }
    }
    return false;
}

void test_main(void)
{
    uint64_t wanted, changed = 0;

    domain_create(giver);
    wanted = domain_mfn(victim);
    domain_share(&shared);
    domain_run(1);
    domain_wait(&shared.given, 1);
    if (!take(wanted)) {
        test_error("frame 0x%lx is not among the free ones", wanted);
        test_finish();
    }
    REQUIRE(hypercall_update_va_mapping((unsigned long)window, PTE_MAKE(wanted, PTE_RW), UVMF_INVLPG) == 0);
    window[0] = OURS;
    shared.faults = 0;
    for (unsigned int look = 0; look < LOOKS; look++) {
        changed += window[0] != OURS;
    }
    while (!shared.faults && !changed) {
        cpu_relax();
        changed += window[0] != OURS;
    }
    CHECK_EQUAL(changed, 0);
    shared.stop = 1;
    domain_wait(&shared.stop, 2);
    domain_destroy();
    CHECK(domain_is_gone(PATIENCE_NS));
    test_success();
}
