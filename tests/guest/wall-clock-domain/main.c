/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A domain that a toolstack makes has the time of day from its first instruction on.
 *
 * xen.h: wc_sec, wc_nsec and wc_sec_hi of the shared-info page are the wall clock of the moment when system
 * time was 0, the same for every domain that no toolstack has given an offset (domctl.h, settimeoffset). A
 * toolstack clears that page while it builds the domain, so what was written when the domain was made is
 * gone; the first vCPU's context is the last it does.
 *
 * What goes wrong: the clock is written once, at the start; every DomU lives in 1970, and a restored one,
 * whose page is written by the toolstack too, as well. The version stays odd.
 */
#include "domain.h"
#include "guest.h"

#include <xen/sched.h>

const char test_title[] = "the wall clock of a further domain";

static struct page {
    uint32_t version, seconds, nanoseconds, high;
    uint32_t told;
    char pad[PAGE_SIZE - 5 * sizeof(uint32_t)];
} found __attribute__((aligned(PAGE_SIZE)));

static void tell(void)
{
    found.version = shared_info.wc_version;
    found.seconds = shared_info.wc_sec;
    found.nanoseconds = shared_info.wc_nsec;
    found.high = shared_info.wc_sec_hi;
    __atomic_store_n(&found.told, 1, __ATOMIC_RELEASE);
    for (;;) {
        hypercall_sched_op(SCHEDOP_block, NULL);
    }
}

void test_main(void)
{
    domain_create(tell);
    domain_share((volatile void *)&found);
    domain_run(-1);
    domain_wait(&found.told, 1);
    CHECK(found.version != 0);
    CHECK_EQUAL(found.version & 1, 0);
    CHECK(found.seconds != 0);
    CHECK_EQUAL(found.seconds, shared_info.wc_sec);
    CHECK_EQUAL(found.nanoseconds, shared_info.wc_nsec);
    CHECK_EQUAL(found.high, shared_info.wc_sec_hi);
    domain_destroy();
    test_success();
}
