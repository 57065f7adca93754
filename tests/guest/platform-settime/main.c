/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Domain 0 sets the wall clock: settime32 and settime64.
 *
 * platform.h: at this system time it is so many seconds and nanoseconds since 1970. The shared-info page then
 * has the time of day at system time 0, under a version that has become two higher and is even again. The
 * arithmetic is that of 64 bits: nanoseconds may be more than a second, and a time before the start wraps.
 *
 * What goes wrong: wc_sec_hi is forgotten; the given system time is, or counted with the wrong sign; the
 * version stays odd, and every reader hangs.
 */
#include "guest.h"
#include "platform.h"

#include <xen/platform.h>

const char test_title[] = "Domain 0 sets the wall clock";

static struct xen_platform_op op;

static long issue(uint32_t command)
{
    return hypercall_platform_op(&op, command);
}

static void clock_is(uint64_t seconds, uint32_t nanoseconds)
{
    CHECK_EQUAL((uint64_t)shared_info.wc_sec_hi << 32 | shared_info.wc_sec, seconds);
    CHECK_EQUAL(shared_info.wc_nsec, nanoseconds);
}

static void set(uint64_t seconds, uint32_t nanoseconds, uint64_t system_time)
{
    uint32_t version = shared_info.wc_version;

    op.u.settime64 =
        (struct xenpf_settime64){.secs = seconds, .nsecs = nanoseconds, .system_time = system_time};
    CHECK_RC(issue(XENPF_settime64), 0);
    CHECK_EQUAL(shared_info.wc_version, version + 2);
    CHECK_EQUAL(version & 1, 0);
}

void test_main(void)
{
    uint64_t now = time_ns();

    set(5000000000, 999999999, 0);
    clock_is(5000000000, 999999999);
    set(1, 4000000000u, 0);
    clock_is(5, 0);
    set(2000000000, 5, 1000000000);
    clock_is(1999999999, 5);
    set(5, 0, 10000000000);
    clock_is(18446744068, 709551616);
    set(~0ul, 0, 0);
    clock_is(18446744072, 709551616);

    op.u.settime32 = (struct xenpf_settime32){.secs = 4000000000u, .nsecs = 7, .system_time = now};
    CHECK_RC(issue(XENPF_settime32), 0);
    clock_is(4000000000u - 1 - now / 1000000000, 1000000007 - (uint32_t)(now % 1000000000));

    op.u.settime64 = (struct xenpf_settime64){.secs = 1, .mbz = 1};
    CHECK_RC(issue(XENPF_settime64), -XEN_EINVAL);
    clock_is(4000000000u - 1 - now / 1000000000, 1000000007 - (uint32_t)(now % 1000000000));
    test_success();
}
