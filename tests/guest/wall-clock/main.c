/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The wall clock: wc_sec and wc_nsec plus system time is the time of day.
 *
 * xen.h: the shared-info page holds the wall-clock time of the moment when system time was 0, under a version
 * counter like that of the time records; wc_sec_hi are the upper 32 bits. Domain 0 can compare with the
 * machine's clock chip, which the hypervisor lets it read through ports 0x70 and 0x71: both are within a few
 * seconds of each other.
 *
 * What goes wrong: wc_sec holds the present instead of the time at system time 0; BCD digits are taken for
 * binary; the century is lost; the nanoseconds exceed a second.
 */
#include "guest.h"

#include <xen/physdev.h>

const char test_title[] = "the wall clock agrees with the clock chip";

#define APART 4 /* seconds */

static unsigned int chip(uint8_t reg)
{
    uint8_t value;

    asm volatile("outb %%al, $0x70; inb $0x71, %%al" : "=a"(value) : "0"(reg));
    return value;
}

static unsigned int chip_decimal(uint8_t reg)
{
    unsigned int value = chip(reg);

    return chip(0x0b) & 4 ? value : (value >> 4) * 10 + (value & 15);
}

/* Seconds since 1970 by the chip, which counts in UTC. */
static uint64_t chip_seconds(void)
{
    static const unsigned int days_before[] = {0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334};
    unsigned int year, month, day, seconds;
    uint64_t days;

    do {
        seconds = chip_decimal(0);
        year = 2000 + chip_decimal(9);
        month = chip_decimal(8);
        day = chip_decimal(7);
        days = (year - 1970) * 365 + (year - 1969) / 4 + days_before[(month - 1) % 12] + day - 1;
        days += month > 2 && year % 4 == 0;
        days = days * 86400 + chip_decimal(4) * 3600 + chip_decimal(2) * 60 + seconds;
    } while (chip_decimal(0) != seconds);
    return days;
}

void test_main(void)
{
    struct physdev_set_iopl iopl = {.iopl = 1};
    uint64_t seconds, by_chip;
    uint32_t version;

    REQUIRE(hypercall_physdev_op(PHYSDEVOP_set_iopl, &iopl) == 0);
    version = shared_info.wc_version;
    seconds = ((uint64_t)shared_info.wc_sec_hi << 32 | shared_info.wc_sec) +
              (shared_info.wc_nsec + time_ns()) / 1000000000;
    CHECK_EQUAL(version & 1, 0);
    CHECK_EQUAL(shared_info.wc_version, version);
    CHECK(shared_info.wc_nsec < 1000000000);
    CHECK(seconds > 1700000000ul);

    by_chip = chip_seconds();
    printk("wall clock %lu, clock chip %lu\n", seconds, by_chip);
    CHECK(seconds + APART >= by_chip && seconds <= by_chip + APART);
    test_success();
}
