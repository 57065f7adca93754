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

/* The record, whole, and the counter while it was in force. */
static uint64_t read_record(struct vcpu_time_info *copy)
{
    const volatile struct vcpu_time_info *time = &shared_info.vcpu_info[0].time;
    uint64_t tsc;

    do {
        *copy = *time;
        barrier();
        tsc = read_tsc();
        barrier();
    } while ((copy->version & 1) || copy->version != time->version);
    return tsc;
}

static uint64_t scale(const struct vcpu_time_info *record, uint64_t ticks)
{
    ticks = record->tsc_shift < 0 ? ticks >> -record->tsc_shift : ticks << record->tsc_shift;
    return (uint64_t)((unsigned __int128)ticks * record->tsc_to_system_mul >> 32);
}

void test_main(void)
{
    struct vcpu_time_info record;
    uint64_t start, last, now, last_tsc, tsc, by_rate = 0;
    uint32_t version, refreshes = 0;

    last_tsc = read_record(&record);
    start = last = record.system_time + scale(&record, last_tsc - record.tsc_timestamp);
    version = record.version;
    CHECK(record.tsc_to_system_mul != 0);
    CHECK(start > 0 && start < 600ul * 1000000000);
    CHECK(record.tsc_timestamp <= last_tsc);

    /* Two seconds and a half of running: at least two refreshes, no step back. */
    while (last - start < 2500000000ul) {
        tsc = read_record(&record);
        now = record.system_time + scale(&record, tsc - record.tsc_timestamp);
        if (now < last) {
            test_failure("time steps back by %lu ns", last - now);
            break;
        }
        refreshes += record.version != version;
        version = record.version;
        by_rate += scale(&record, tsc - last_tsc);
        last = now;
        last_tsc = tsc;
    }
    CHECK(refreshes >= 1);

    /* The whole stretch by the rates of the records, without their bases: within one per cent. */
    printk("%lu ns by the records, %lu by their rates, %u refreshes\n", last - start, by_rate, refreshes);
    CHECK(last - start > by_rate / 100 * 99 && last - start < by_rate / 100 * 101);
    test_success();
}
