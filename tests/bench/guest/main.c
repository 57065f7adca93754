/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What crossings cost: a guest that runs as Domain 0 on Xenport and on stock Xen and times each kind of
 * crossing, on one CPU and with its own part as small as it can be made. Built on the guest tests' framework;
 * run.sh reads the lines "row: NAME: instructions of operations".
 */
#include "bench.h"

const char test_title[] = "what crossings cost";

uint64_t bench_fresh_entry, bench_clear_port;
volatile uint64_t bench_upcalls;

void bench_handle(uint8_t vector, const char *handler)
{
    struct trap_info traps[2] = {{.vector = vector, .cs = FLAT_KERNEL_CS, .address = (unsigned long)handler}};

    REQUIRE(hypercall_set_trap_table(traps) == 0);
}

void test_main(void)
{
    bench_processor();
    bench_memory();
    bench_events();
    bench_grants();
    bench_users();
    bench_vcpus();
    test_success();
}
