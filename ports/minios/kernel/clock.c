/* SPDX-License-Identifier: BSD-2-Clause */
/* The clock: the library's, with the vcpu_info of the vCPU that asks. */
#include <minios/clock.h>

#include <minios/cpu.h>
#include <xenguest/clock.h>
#include <xenguest/os.h>

static struct xg_clock now;
static const struct shared_info *shared_info;
static uint64_t start_ns;

void clock_init(const struct shared_info *shared)
{
    shared_info = shared;
    start_ns = clock_now_ns();
}

uint64_t clock_now_ns(void)
{
    unsigned long saved = xg_os_events_save();
    uint64_t ns = xg_clock_now_ns(&now, this_cpu()->info);

    xg_os_events_restore(saved);
    return ns;
}

uint64_t clock_start_ns(void)
{
    return start_ns;
}

uint64_t clock_to_system_ns(uint64_t ns)
{
    return xg_clock_to_system_ns(&now, ns);
}

struct xg_clock *clock_object(void)
{
    return &now;
}

void clock_wall(struct xg_wall_time *time)
{
    unsigned long saved = xg_os_events_save();
    uint64_t system_ns = xg_clock_vcpu_ns(this_cpu()->info);

    xg_os_events_restore(saved);
    xg_clock_wall(shared_info, system_ns, time);
}
