/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * System time by the vCPU's time record: consistent, monotonic, and in step with the TSC.
 *
 * xen.h, struct vcpu_time_info: time = system_time + ((tsc - tsc_timestamp) << shift) * mul >> 32; an odd
 * version says "being changed". The record is refreshed now and then (each second at the least, and when the
 * vCPU is scheduled), and the line must not step back or jump at a refresh.
 *
 * What goes wrong: the scale is rounded so that time steps back when the base moves; version is odd for good;
 * the record is updated only when the vCPU is rescheduled, and a guest that never blocks drifts; a negative
 * shift is applied to the left.
 */
#include "guest.h"

const char test_title[] = "system time: monotonic and scaled";

void test_main(void)
{
    const volatile struct vcpu_time_info *time = &shared_info.vcpu_info[0].time;
    uint64_t start = time_ns(), last = start, now, tsc, hz, expected;
    uint32_t version = time->version, refreshes = 0;
    uint64_t largest_step = 0;

    CHECK_EQUAL(time->version & 1, 0);
    CHECK(time->tsc_to_system_mul != 0);
    CHECK(start > 0 && start < 600ul * 1000000000);
    CHECK(time->tsc_timestamp <= read_tsc());

    /* Two seconds and a half of running: at least two refreshes, no step back. */
    tsc = read_tsc();
    while (last - start < 2500000000ul) {
        now = time_ns();
        if (now < last) {
            test_failure("time steps back by %lu ns", last - now);
            break;
        }
        if (now - last > largest_step) {
            largest_step = now - last;
        }
        last = now;
        if (time->version != version) {
            version = time->version;
            refreshes++;
        }
    }
    tsc = read_tsc() - tsc;
    CHECK(refreshes >= 1);

    /* The whole stretch measured by the TSC at the rate of the record: within one per cent. */
    hz = (1000000000ul << 32) / time->tsc_to_system_mul;
    hz = time->tsc_shift < 0 ? hz << -time->tsc_shift : hz >> time->tsc_shift;
    expected = tsc / (hz / 1000) * 1000000;
    printk("%lu MHz, %u refreshes, largest step %lu us\n", hz / 1000000, refreshes, largest_step / 1000);
    CHECK(last - start > expected / 100 * 99 && last - start < expected / 100 * 101);
    test_success();
}
