/* SPDX-License-Identifier: BSD-2-Clause */
/* The CMOS clock, read once at boot. (MC146818A datasheet; the century register is named by ACPI's FADT.) */
#include <asm/acpi.h>
#include <asm/processor.h>
#include <asm/time.h>

#define CMOS_INDEX 0x70
#define CMOS_DATA  0x71

enum {
    RTC_SECONDS = 0,
    RTC_MINUTES = 2,
    RTC_HOURS = 4,
    RTC_DAY = 7,
    RTC_MONTH = 8,
    RTC_YEAR = 9,
    RTC_A = 10,
    RTC_B = 11
};
#define RTC_A_UPDATING 0x80
#define RTC_B_24_HOURS 0x02
#define RTC_B_BINARY   0x04
#define RTC_PM         0x80

struct rtc_time {
    unsigned int second, minute, hour, day, month, year;
};

static uint8_t __init cmos_read(uint8_t index)
{
    outb(CMOS_INDEX, index);
    return inb(CMOS_DATA);
}

static unsigned int __init field(uint8_t index, bool binary)
{
    uint8_t v = cmos_read(index);

    return binary ? v : (v >> 4) * 10u + (v & 15u);
}

static unsigned int __init hour_field(bool binary, bool hours24)
{
    uint8_t raw = cmos_read(RTC_HOURS), v = raw & (hours24 ? 0xff : 0x7f);
    unsigned int hour = binary ? v : (v >> 4) * 10u + (v & 15u);

    return hours24 ? hour : hour % 12 + (raw & RTC_PM ? 12 : 0);
}

static struct rtc_time __init read_once(void)
{
    uint8_t b = cmos_read(RTC_B);
    bool binary = b & RTC_B_BINARY;
    struct rtc_time t = {
        .second = field(RTC_SECONDS, binary),
        .minute = field(RTC_MINUTES, binary),
        .hour = hour_field(binary, b & RTC_B_24_HOURS),
        .day = field(RTC_DAY, binary),
        .month = field(RTC_MONTH, binary),
        .year = field(RTC_YEAR, binary),
    };

    t.year += acpi.century_register ? field(acpi.century_register, binary) * 100 : t.year < 70 ? 2000 : 1900;
    return t;
}

uint64_t __init rtc_read(void)
{
    struct rtc_time t;
    int64_t days;

    /* An update takes under 2 ms; a clock that says so for longer is broken, and its time as good as any. */
    for (unsigned int tries = 0; tries < 10000 && (cmos_read(RTC_A) & RTC_A_UPDATING); tries++)
        ;
    t = read_once();
    if (t.month < 1 || t.month > 12 || t.day < 1)
        return 0;
    days = days_since_1970(t.year, t.month, t.day);
    return (uint64_t)(((days * 24 + t.hour) * 60 + t.minute) * 60 + t.second);
}
