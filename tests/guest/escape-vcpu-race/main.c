/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Two vCPUs that initialise the same third one at once leave one set of references behind.
 *
 * VCPUOP_initialise takes references: of the top-level table, the GDT frames. Between the look whether the
 * vCPU has a context and the moment when it has one lies the validation of its page tables, a long time. Two
 * calls that both pass the look both take, and one set of references has no owner: the frame is a table for
 * ever, or, when a count is given back twice, not at all. The same for vcpu_info.
 *
 * vCPUs 0 and 1 initialise vCPU 2, both at once, with different top-level tables; neither is up. Asserted:
 * exactly one call succeeds, the others say -EEXIST; the table of the one that lost can be unpinned and
 * written again.
 */
#include "guest.h"

#include <xen/sched.h>

const char test_title[] = "initialising one vCPU from two others";

static uint64_t tables[2][512] __attribute__((aligned(PAGE_SIZE)));
static struct vcpu_guest_context contexts[2];
static volatile long answers[2];
static volatile unsigned int ready;
static volatile bool done;

static void idle(void)
{
    for (;;) {
        hypercall_sched_op(SCHEDOP_block, NULL);
    }
}

static void meet(void)
{
    __atomic_fetch_add(&ready, 1, __ATOMIC_SEQ_CST);
    while (ready < 2) {
        cpu_relax();
    }
}

static void initialise(unsigned int n)
{
    answers[n] = hypercall_vcpu_op(VCPUOP_initialise, 2, &contexts[n]);
}

static void rival(void)
{
    meet();
    initialise(1);
    done = true;
    for (;;) {
        hypercall_vcpu_op(VCPUOP_down, 1, NULL);
    }
}

void test_main(void)
{
    unsigned int n, loser;

    for (n = 0; n < 2; n++) {
        tables[n][511] = *page_entry(tables, 4);
        REQUIRE(page_protect(tables[n]) == 0);
        vcpu_prepare(&contexts[n], 2, idle);
        contexts[n].ctrlreg[3] = xen_pfn_to_cr3(mfn_of(tables[n]));
    }
    REQUIRE(vcpu_launch(1, rival) == 0);
    meet();
    initialise(0);
    while (!done) {
        cpu_relax();
    }
    printk("answers: %ld, %ld\n", answers[0], answers[1]);
    CHECK((answers[0] == 0 && answers[1] == -XEN_EEXIST) || (answers[1] == 0 && answers[0] == -XEN_EEXIST));
    loser = answers[0] == 0;
    CHECK_RC(page_unprotect(tables[loser]), 0);
    CHECK(page_unprotect(tables[!loser]) < 0);
    test_success();
}
