/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Who overwrites the mapping of a grant and unmaps it when the granting domain is gone is crashed.
 *
 * The handle names a domain that nobody can find any more; it can only be so when the entry was overwritten,
 * which grant_table.h does not allow. Stock Xen crashes the domain that asks ("naughty"), also when neither
 * an address nor a bus address is named. What goes wrong otherwise is in grant-giver-gone.
 */
#include "guest.h"
#include "domain.h"
#include "grant.h"

#include <xen/sched.h>

const char test_title[] = "unmapping by a handle whose domain is gone";

#define REF 8

static volatile uint32_t ready[PAGE_SIZE / 4] __attribute__((aligned(PAGE_SIZE)));
static volatile uint64_t data[512] __attribute__((aligned(PAGE_SIZE)));
static volatile uint64_t window[512] __attribute__((aligned(PAGE_SIZE)));

static void granter(void)
{
    grant_initialise(1);
    grant_v1[REF].domid = 0;
    grant_v1[REF].frame = (uint32_t)mfn_of(data);
    __atomic_store_n(&grant_v1[REF].flags, GTF_permit_access, __ATOMIC_SEQ_CST);
    ready[0] = 1;
    for (;;) {
        hypercall_sched_op(SCHEDOP_yield, NULL);
    }
}

void test_main(void)
{
    struct gnttab_map_grant_ref op = {
        .host_addr = (unsigned long)window, .flags = GNTMAP_host_map, .ref = REF};

    op.dom = domain_create(granter);
    domain_share(ready);
    domain_run(-1);
    domain_wait(ready, 1);
    REQUIRE(grant_map(&op) == GNTST_okay);
    REQUIRE(hypercall_update_va_mapping((unsigned long)window, 0, UVMF_INVLPG) == 0);
    domain_destroy();
    REQUIRE(domain_is_gone(PATIENCE_NS));
    test_expect_crash("the granting domain is gone");
    grant_unmap(0, 0, op.handle);
}
