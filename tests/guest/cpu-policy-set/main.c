/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * XEN_DOMCTL_set_cpu_policy: until when, and what a list changes that does not name everything.
 *
 * A toolstack sets what a domain sees of the processor as often as it likes until the domain is started for
 * the first time, also when its vCPUs have their contexts; then it is -EEXIST, also while it is paused.
 * Leaves that a list does not name stay what they were. Asserted by what the domain reads with CPUID.
 *
 * What goes wrong: a toolstack that writes contexts first is refused; a short list puts back what an earlier
 * one had taken away; what a running domain has seen changes below it.
 */
#define __XEN_TOOLS__ 1
#include "guest.h"
#include "domain.h"
#include "domctl.h"

#include <xen/arch-x86/xen.h>
#include <xen/domctl.h>
#include <xen/sched.h>

const char test_title[] = "a domain's CPU policy is set until it runs";

#define NR_LEAVES 256
#define NR_MSRS   16
#define POPCNT    (1u << 23) /* leaf 1, ECX */

struct seen {
    uint32_t done, features;
};

static struct xen_domctl op;
static xen_cpuid_leaf_t leaves[NR_LEAVES];
static xen_msr_entry_t msrs[NR_MSRS];
static volatile uint8_t shared[PAGE_SIZE] __attribute__((aligned(PAGE_SIZE)));
static domid_t other;

static volatile struct seen *seen(void)
{
    return (volatile struct seen *)shared;
}

static void looks(void)
{
    uint32_t a, b, c, d;

    cpuid_emulated(1, 0, &a, &b, &c, &d);
    seen()->features = c;
    seen()->done = 1;
    for (;;) {
        hypercall_sched_op(SCHEDOP_yield, NULL);
    }
}

static long set(xen_cpuid_leaf_t *list, uint32_t nr)
{
    memset(&op, 0, sizeof(op));
    op.u.cpu_policy.nr_leaves = nr;
    set_xen_guest_handle_raw(op.u.cpu_policy.leaves, list);
    return hypercall_domctl(&op, other, XEN_DOMCTL_set_cpu_policy);
}

static xen_cpuid_leaf_t *leaf_of(uint32_t leaf, uint32_t nr)
{
    for (uint32_t i = 0; i < nr; i++) {
        if (leaves[i].leaf == leaf)
            return &leaves[i];
    }
    REQUIRE(!"the leaf is in the list");
    return NULL;
}

/* All leaves, as tools read them: in two goes, the first for how many there are. */
static uint32_t read_leaves(void)
{
    memset(&op, 0, sizeof(op));
    CHECK_RC(hypercall_domctl(&op, other, XEN_DOMCTL_get_cpu_policy), 0);
    REQUIRE(op.u.cpu_policy.nr_leaves <= NR_LEAVES && op.u.cpu_policy.nr_msrs <= NR_MSRS);
    set_xen_guest_handle_raw(op.u.cpu_policy.leaves, leaves);
    set_xen_guest_handle_raw(op.u.cpu_policy.msrs, msrs);
    CHECK_RC(hypercall_domctl(&op, other, XEN_DOMCTL_get_cpu_policy), 0);
    return op.u.cpu_policy.nr_leaves;
}

/* Less is never refused. */
static void take_away(void)
{
    uint32_t nr = read_leaves();

    CHECK(leaf_of(1, nr)->c & POPCNT);
    leaf_of(1, nr)->c &= ~POPCNT;
    CHECK_RC(set(leaf_of(1, nr), 1), 0);
    CHECK_RC(set(leaf_of(7, nr), 1), 0);
    CHECK_RC(set(NULL, 0), 0);
}

void test_main(void)
{
    other = domain_create(looks);
    domain_share(shared);
    take_away();
    domain_run(-1);
    domain_wait(&seen()->done, 1);
    CHECK_EQUAL(seen()->features & POPCNT, 0);
    CHECK_RC(set(NULL, 0), -XEN_EEXIST);
    memset(&op, 0, sizeof(op));
    CHECK_RC(hypercall_domctl(&op, other, XEN_DOMCTL_pausedomain), 0);
    CHECK_RC(set(NULL, 0), -XEN_EEXIST);
    domain_destroy();
    test_success();
}
