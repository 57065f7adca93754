/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * CPUs off line: the steps on the way there and back. How a CPU leaves its pool is sched/pool.c's, how the
 * machine's CPU stops the arch's.
 *
 * A CPU that takes part is in sched_online_cpus() and in cpu_online_map. It leaves its pool and the first,
 * and then, by itself, the second; who asked for it asks again until then, so that nobody waits with a lock
 * held.
 */
#include <xen/arch.h>
#include <xen/cpu_hotplug.h>
#include <xen/event_channel.h>
#include <xen/refusal.h>
#include <xen/sched.h>

static cpumask_t leaving; /* those of which nobody has been told yet that they are off line */

static bool takes_part(uint32_t cpu)
{
    return cpumask_test(sched_online_cpus(), cpu);
}

/* Of the machine: it may still be interrupted and waited for. */
static bool is_up(uint32_t cpu)
{
    return cpumask_test((cpumask_t){READ_ONCE(cpu_online_map.bits)}, cpu);
}

bool cpu_is_present(uint32_t cpu)
{
    return cpu < MAX_CPUS && cpumask_test(sched_present_cpus(), cpu);
}

bool cpu_is_offline(uint32_t cpu)
{
    return cpu_is_present(cpu) && !takes_part(cpu) && !cpumask_test(leaving, cpu);
}

static void tell_domain0(void)
{
    send_guest_global_virq(hardware_domain, VIRQ_PCPU_STATE);
}

static int refuse_number(uint32_t cpu)
{
    return refuse(-XEN_EINVAL, "cpu.number", "there is no CPU %u that could go or come", cpu);
}

static int refuse_as_it_is(uint32_t cpu)
{
    return refuse(-XEN_EEXIST, "cpu.already", "CPU %u is so already, or on its way", cpu);
}

static long leave_pool(uint32_t cpu)
{
    const struct sched_instance *s = sched_cpu_instance(cpu);
    int rc = s && s != sched_default ? -XEN_ENODEV : sched_cpu_leave(cpu);

    if (rc && rc != -XEN_ERESTART)
        return refuse(rc, "cpu.in-use", "CPU %u is in another pool than the first, or a vCPU is pinned to it",
                      cpu);
    return rc;
}

long cpu_take_offline(uint32_t cpu)
{
    long rc;

    if (!cpu || !cpu_is_present(cpu))
        return refuse_number(cpu);
    if (cpu_is_offline(cpu))
        return refuse_as_it_is(cpu);
    if (takes_part(cpu)) {
        rc = leave_pool(cpu);
        if (rc)
            return rc;
        sched_cpu_set_online(cpu, false);
        cpumask_set_atomic(&leaving, cpu);
        arch_cpu_leave(cpu);
    }
    if (is_up(cpu))
        return -XEN_ERESTART;
    cpumask_clear_atomic(&leaving, cpu);
    tell_domain0();
    return 0;
}

long cpu_take_online(uint32_t cpu)
{
    int rc;

    if (!cpu_is_present(cpu))
        return refuse_number(cpu);
    if (takes_part(cpu))
        return refuse_as_it_is(cpu);
    if (cpumask_test(leaving, cpu) && is_up(cpu))
        return refuse(-XEN_EBUSY, "cpu.leaving", "CPU %u is on its way off line", cpu);
    cpumask_clear_atomic(&leaving, cpu);
    arch_cpu_return(cpu);
    if (!is_up(cpu))
        return -XEN_ERESTART;
    rc = sched_cpu_enter(cpu, sched_default);
    if (rc) {
        cpumask_set_atomic(&leaving, cpu);
        arch_cpu_leave(cpu);
        return refuse(rc, "cpu.memory", "no memory for CPU %u in the first pool", cpu);
    }
    sched_cpu_set_online(cpu, true);
    tell_domain0();
    return 0;
}

/* --- Parking --- */
static uint8_t parked[MAX_CPUS];
static uint32_t nr_parked;
static uint32_t going; /* to be parked next, once it is begun; 0: none */

/* Who was put back by its number is parked no more. */
static void forget_those_back(void)
{
    uint32_t kept = 0;

    for (uint32_t i = 0; i < nr_parked; i++)
        if (!takes_part(parked[i]))
            parked[kept++] = parked[i];
    nr_parked = kept;
}

static long park_one(void)
{
    cpumask_t candidates = cpumask_andnot(sched_online_cpus(), cpumask_of(0));
    long rc;

    if (!going && cpumask_empty(candidates))
        return refuse(-XEN_EINVAL, "cpu.parking", "no further CPU can be parked");
    if (!going)
        going = cpumask_first(candidates);
    rc = cpu_take_offline(going);
    if (rc == -XEN_ERESTART)
        return rc;
    if (!rc)
        parked[nr_parked++] = (uint8_t)going;
    going = 0;
    return rc;
}

static long unpark_one(void)
{
    long rc = cpu_take_online(parked[nr_parked - 1]);

    if (!rc)
        nr_parked--;
    return rc;
}

long cpus_park(uint32_t nr)
{
    uint32_t wanted = min(nr, cpumask_count(sched_present_cpus()) - 1);
    long rc = 0;

    forget_those_back();
    while (!rc && nr_parked != wanted)
        rc = nr_parked < wanted ? park_one() : unpark_one();
    return rc;
}

uint32_t cpus_parked(void)
{
    forget_those_back();
    return nr_parked;
}
