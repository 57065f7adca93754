/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * However long an operation on page tables is, an event that is due meanwhile comes soon.
 *
 * A pin of an L2 table checks all the L1 tables below it, an unpin takes them apart, a list of updates may do
 * both with each request: with 64 full L1 tables 32,768 entries. Such a call has to give way: the guest is
 * entered again at the same call, with its events delivered first. QEMU counts instructions as nanoseconds
 * here (-icount shift=0), so how late a timer's event comes is how many instructions were run without a look,
 * and repeats. The timer is set to many moments of the operation; the latest delivery counts.
 *
 * The same for a write to CR3, which is emulated: there the guest comes back to the instruction.
 *
 * What goes wrong: no look at all in one of the paths; a look only after a run of requests; a teardown that
 * is left for later and then done in one go; an instruction that gave way and becomes a #GP.
 */
#include "guest.h"
#include "lateness.h"

#include <xen/version.h>

const char test_title[] = "events come soon during long operations on page tables";

/*
 * Instructions: L1 tables of 512 entries, one taken and one given back, and the way into the guest. Stock Xen
 * needs four times as many for an entry.
 */
#define LATE_MAX       60000
#define LATE_MAX_STOCK 250000

#define NR_L1     64
#define FREE_SLOT 300

static uint64_t l4[512] __attribute__((aligned(PAGE_SIZE)));
static uint64_t l3[512] __attribute__((aligned(PAGE_SIZE)));
static uint64_t l2[512] __attribute__((aligned(PAGE_SIZE)));
static uint64_t l1[2 * NR_L1][512] __attribute__((aligned(PAGE_SIZE)));
static char page[PAGE_SIZE] __attribute__((aligned(PAGE_SIZE)));
static struct mmu_update requests[NR_L1];
static uint64_t late_max;

static void pin(void)
{
    CHECK_RC(page_pin(l2, 2), 0);
}

static void unpin(void)
{
    CHECK_RC(page_unpin(l2), 0);
}

/* The L1 tables that are there give their places to the others. */
static void replace(void)
{
    unsigned int done;

    CHECK_RC(hypercall_mmu_update(requests, NR_L1, &done, DOMID_SELF), 0);
}

static void nothing(void)
{
}

static void measure(const char *what, void (*before)(void), void (*operation)(void), void (*behind)(void))
{
    uint64_t latest = lateness_measure(what, before, operation, behind);

    CHECK(latest > 0 && latest <= late_max);
}

static bool is_xenport(void)
{
    static struct xen_compile_info info;

    CHECK_RC(hypercall_xen_version(XENVER_compile_info, &info), 0);
    return !memcmp(info.compile_by, "xenport", 7);
}

static void make_tables(void)
{
    unsigned int i, j;

    for (i = 0; i < 2 * NR_L1; i++) {
        for (j = 0; j < 512; j++) {
            l1[i][j] = PTE_MAKE(mfn_of(page), PTE_RW);
        }
        CHECK_EQUAL(page_protect(l1[i]), 0);
    }
    for (i = 0; i < NR_L1; i++) {
        l2[i] = PTE_MAKE(mfn_of(l1[i]), PTE_TABLE);
    }
    CHECK_EQUAL(page_protect(l2), 0);
}

static void make_requests(uint64_t tables[][512])
{
    unsigned int i;

    for (i = 0; i < NR_L1; i++) {
        requests[i].ptr = maddr_of(&l2[i]);
        requests[i].val = PTE_MAKE(mfn_of(tables[i]), PTE_TABLE);
    }
}

static void take_others(void)
{
    make_requests(l1 + NR_L1);
}

/* Back again, at leisure. */
static void back(void)
{
    make_requests(l1);
    replace();
}

/* The kernel's own tables, and those that take long to check. */
static void make_base(void)
{
    const uint64_t *own = (const uint64_t *)start_info->pt_base;

    memcpy(l4, own, sizeof(l4));
    CHECK_EQUAL(l4[FREE_SLOT], 0);
    l3[0] = PTE_MAKE(mfn_of(l2), PTE_TABLE);
    l4[FREE_SLOT] = PTE_MAKE(mfn_of(l3), PTE_TABLE);
    CHECK_EQUAL(page_protect(l3), 0);
    CHECK_EQUAL(page_protect(l4), 0);
}

static void write_cr3(const uint64_t *base)
{
    CHECK_EQUAL(TRAP_TRY("movq %0, %%cr3", "r"(maddr_of(base))), -1);
}

static void enter_base(void)
{
    write_cr3(l4);
}

static void leave_base(void)
{
    write_cr3((const uint64_t *)start_info->pt_base);
}

void test_main(void)
{
    late_max = is_xenport() ? LATE_MAX : LATE_MAX_STOCK;
    make_tables();
    lateness_begin();
    measure("pin", nothing, pin, unpin);
    measure("unpin", pin, unpin, nothing);
    pin();
    measure("list of new tables", take_others, replace, back);
    unpin();
    make_base();
    measure("write to CR3", nothing, enter_base, leave_base);
    test_success();
}
