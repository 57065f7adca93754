/* SPDX-License-Identifier: BSD-2-Clause */
/* CPUs that go off line and come back: what is told of them, where vCPUs and timers go. */
#include "suites.h"
#include <fake/fake.h>
#include <xen/arch.h>
#include <xen/cpu_hotplug.h>
#include <xen/sched.h>

static unsigned int fired_on;

static void fired(void *data)
{
    fired_on = arch_this_cpu();
    ++*(unsigned int *)data;
}

/* With a Domain 0, which is told. */
static void boot(unsigned int nr_cpus)
{
    fake_boot(nr_cpus, 4096);
    hardware_domain = fake_domain(0, 1, 100);
}

/* As a toolstack would: again and again, others running in between. */
static long until_done(long (*fn)(uint32_t), uint32_t argument)
{
    long rc;

    while ((rc = fn(argument)) == -XEN_ERESTART)
        fake_run_softirqs();
    fake_run_softirqs();
    return rc;
}

START_TEST(a_cpu_goes_and_comes)
{
    boot(3);
    ck_assert_int_eq(cpu_take_offline(0), -XEN_EINVAL);
    ck_assert_int_eq(cpu_take_offline(3), -XEN_EINVAL);
    ck_assert_int_eq(cpu_take_offline(MAX_CPUS), -XEN_EINVAL);
    ck_assert_int_eq(cpu_take_online(1), -XEN_EEXIST);
    ck_assert_int_eq(until_done(cpu_take_offline, 1), 0);
    ck_assert(cpu_is_offline(1) && cpu_is_present(1));
    ck_assert_uint_eq(sched_online_cpus().bits, 5);
    ck_assert_uint_eq(cpu_online_map.bits, 5);
    ck_assert_uint_eq(sched_default->cpus.bits, 5);
    ck_assert_int_eq(cpu_take_offline(1), -XEN_EEXIST);
    ck_assert_int_eq(until_done(cpu_take_online, 1), 0);
    ck_assert_uint_eq(sched_online_cpus().bits, 7);
    ck_assert_uint_eq(sched_default->cpus.bits, 7);
}
END_TEST

START_TEST(its_timers_go_to_the_first)
{
    unsigned int nr = 0;
    struct timer t[8], late;

    boot(2);
    for (unsigned int i = 0; i < 8; i++) {
        timer_init(&t[i], fired, &nr, 1);
        timer_set(&t[i], fake_now + MILLISECONDS(10 * (1 + i * 3 % 8)));
    }
    timer_init(&late, fired, &nr, 1);
    ck_assert_int_eq(until_done(cpu_take_offline, 1), 0);
    for (unsigned int i = 0; i < 8; i++)
        ck_assert(timer_is_active(&t[i]));
    timer_set(&late, fake_now + MILLISECONDS(5));
    timer_stop(&t[3]);
    fake_advance(fake_now + MILLISECONDS(100));
    ck_assert_uint_eq(nr, 8);
    ck_assert_uint_eq(fired_on, 0);
    ck_assert_int_eq(until_done(cpu_take_online, 1), 0);
    timer_migrate(&late, 1);
    timer_set(&late, fake_now + MILLISECONDS(5));
    fake_advance(fake_now + MILLISECONDS(10));
    ck_assert_uint_eq(nr, 9);
    ck_assert_uint_eq(fired_on, 1);
}
END_TEST

START_TEST(its_vcpus_run_elsewhere)
{
    struct domain *d;

    boot(2);
    d = fake_domain(1, 4, 100);
    for (unsigned int id = 0; id < 4; id++)
        ck_assert_int_eq(vcpu_set_affinity(d->vcpu[id], cpumask_of(id % 2)), 0);
    domain_unpause(d);
    fake_run_softirqs();
    ck_assert(!fake_running_on(1)->is_idle);
    ck_assert_int_eq(until_done(cpu_take_offline, 1), 0);
    ck_assert(fake_running_on(1)->is_idle);
    for (unsigned int id = 0; id < 4; id++)
        ck_assert_uint_eq(d->vcpu[id]->cpu, 0);
    ck_assert_int_eq(vcpu_set_affinity(d->vcpu[1], cpumask_of(1)), -XEN_EINVAL);
    ck_assert_int_eq(until_done(cpu_take_online, 1), 0);
    ck_assert_int_eq(vcpu_set_affinity(d->vcpu[1], cpumask_of(1)), 0);
    fake_run_softirqs();
    ck_assert_ptr_eq(fake_running_on(1), d->vcpu[1]);
}
END_TEST

START_TEST(the_lowest_are_parked_first)
{
    boot(4);
    ck_assert_int_eq(until_done(cpus_park, 2), 0);
    ck_assert_uint_eq(sched_online_cpus().bits, 9);
    ck_assert_uint_eq(cpus_parked(), 2);
    ck_assert_int_eq(until_done(cpus_park, 100), 0);
    ck_assert_uint_eq(sched_online_cpus().bits, 1);
    ck_assert_uint_eq(cpus_parked(), 3);
    ck_assert_int_eq(until_done(cpus_park, 1), 0);
    ck_assert_uint_eq(sched_online_cpus().bits, 13);
    /* Put back by its number it is parked no more. */
    ck_assert_int_eq(until_done(cpu_take_online, 1), 0);
    ck_assert_uint_eq(cpus_parked(), 0);
    ck_assert_int_eq(until_done(cpus_park, 0), 0);
    ck_assert_uint_eq(sched_online_cpus().bits, 15);
}
END_TEST

TCase *cpu_hotplug_tests(void)
{
    TCase *t = tcase_create("cpu_hotplug");

    tcase_add_test(t, a_cpu_goes_and_comes);
    tcase_add_test(t, its_timers_go_to_the_first);
    tcase_add_test(t, its_vcpus_run_elsewhere);
    tcase_add_test(t, the_lowest_are_parked_first);
    return t;
}
