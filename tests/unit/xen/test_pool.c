/* SPDX-License-Identifier: BSD-2-Clause */
/* Pools of CPUs on fake time: CPUs and domains go from one scheduler to another, by themselves and as a
 * toolstack asks for it. */
#include "suites.h"
#include "sched_fixture.h"
#include <stdio.h>
#include <fake/fake.h>
#include <xen/ctl.h>
#include <xen/param.h>
#include <xen/sched.h>
#include <xen/xmalloc.h>

static const char *const policies[] = {"credit2", "credit", "sedf", "bvt", "rr"};

static struct domain *d;

static void cpu_to(unsigned int cpu, struct sched_instance *s)
{
    int rc;

    fake_on_cpu(0);
    for (unsigned int tries = 0; (rc = sched_cpu_leave(cpu)) == -XEN_ERESTART; tries++) {
        ck_assert_uint_lt(tries, 3);
        fake_run_softirqs();
    }
    ck_assert_int_eq(rc, 0);
    ck_assert_ptr_null(sched_cpu_instance(cpu));
    ck_assert_ptr_eq(fake_running_on(cpu), idle_domain->vcpu[cpu]);
    ck_assert_int_eq(sched_cpu_enter(cpu, s), 0);
    ck_assert_ptr_eq(sched_cpu_instance(cpu), s);
    fake_run_softirqs();
}

/* Its vCPUs are off their CPUs before: there is one thread, and nobody could wait for them. */
static void domain_to(struct domain *moved, struct sched_instance *s)
{
    domain_pause_nosync(moved);
    fake_run_softirqs();
    ck_assert_int_eq(sched_domain_move(moved, s), 0);
    domain_unpause(moved);
    fake_run_softirqs();
}

/* From each scheduler to each: CPUs and a domain go to another pool and come back, while another domain goes
 * on. */
START_TEST(pools_exchange_cpus_and_domains)
{
    const char *from = policies[_i / (int)ARRAY_SIZE(policies)],
               *to = policies[_i % (int)ARRAY_SIZE(policies)];
    struct sched_instance *pool;
    struct domain *other;
    size_t used;
    char option[32];

    snprintf(option, sizeof(option), "sched=%s", from);
    params_parse(option);
    d = sched_begin(4, 6);
    other = fake_domain(2, 4, 16);
    domain_unpause(other);
    fake_advance(fake_now + MILLISECONDS(50));
    used = xmalloc_used_bytes();
    pool = sched_instance_create(scheduler_by_name(to));
    ck_assert_ptr_nonnull(pool);
    ck_assert_int_eq(sched_domain_move(other, pool), -XEN_EINVAL);
    cpu_to(2, pool);
    cpu_to(3, pool);
    vcpu_pause_nosync(other->vcpu[1]);
    domain_to(other, pool);
    vcpu_unpause(other->vcpu[1]);
    fake_advance(fake_now + SECONDS(1));
    for (unsigned int i = 0; i < 4; i++) {
        ck_assert_uint_ge(other->vcpu[i]->cpu, 2);
        ck_assert_uint_ge(sched_time_in(other->vcpu[i], RUNSTATE_running), MILLISECONDS(300));
    }
    for (unsigned int i = 0; i < 6; i++) {
        ck_assert_uint_lt(d->vcpu[i]->cpu, 2);
        ck_assert_uint_ge(sched_time_in(d->vcpu[i], RUNSTATE_running), MILLISECONDS(150));
    }
    cpu_to(2, sched_default);
    fake_on_cpu(0);
    ck_assert_int_eq(sched_cpu_leave(3), -XEN_EBUSY);
    domain_to(other, sched_default);
    cpu_to(3, sched_default);
    sched_instance_destroy(pool);
    fake_advance(fake_now + SECONDS(1));
    ck_assert(!fake_running_on(2)->is_idle && !fake_running_on(3)->is_idle);
    ck_assert_uint_eq(xmalloc_used_bytes(), used);
}
END_TEST

/* What a toolstack asks, again until it is done; which: the CPU, the domain or the scheduler that it is
 * about. */
static long ask_pool(uint32_t command, uint32_t id, uint32_t which)
{
    struct xen_sysctl_cpupool_op op = {
        .op = command, .cpupool_id = id, .sched_id = which, .domid = which, .cpu = which};
    long rc;

    fake_on_cpu(0);
    for (unsigned int tries = 0; (rc = sysctl_cpupool_op(&op)) == -XEN_ERESTART; tries++) {
        ck_assert_uint_lt(tries, 3);
        fake_run_softirqs();
        fake_on_cpu(0);
    }
    fake_run_softirqs();
    return rc;
}

/* "Any CPU" is the same one each time that the call is made again. */
START_TEST(a_toolstack_makes_and_empties_a_pool)
{
    struct domain *other;
    struct vcpu *v;

    params_parse("sched=credit2");
    d = sched_begin(4, 6);
    other = fake_domain(2, 2, 16);
    domain_unpause(other);
    fake_run_softirqs();
    v = d->vcpu[5];
    ck_assert_int_eq(vcpu_set_affinity(v, cpumask_of(3)), 0);
    fake_run_softirqs();
    v->affinity_unpinned = cpumask_all();
    ck_assert_int_eq(ask_pool(XEN_SYSCTL_CPUPOOL_OP_RMCPU, 0, 3), -XEN_EADDRINUSE);
    ck_assert_uint_eq(sched_default->cpus.bits, 0xf);
    v->affinity_unpinned = (cpumask_t){0};
    ck_assert_int_eq(ask_pool(XEN_SYSCTL_CPUPOOL_OP_CREATE, 7, scheduler_by_name(policies[_i])->id), 0);
    ck_assert_int_eq(ask_pool(XEN_SYSCTL_CPUPOOL_OP_RMCPU, 0, XEN_SYSCTL_CPUPOOL_PAR_ANY), 0);
    ck_assert_uint_eq(sched_default->cpus.bits, 7);
    ck_assert_uint_eq(v->affinity.bits, cpumask_all().bits);
    ck_assert_int_eq(ask_pool(XEN_SYSCTL_CPUPOOL_OP_ADDCPU, 7, XEN_SYSCTL_CPUPOOL_PAR_ANY), 0);
    domain_to(other, sched_pool(7));
    ck_assert_int_eq(ask_pool(XEN_SYSCTL_CPUPOOL_OP_DESTROY, 7, 0), -XEN_EBUSY);
    ck_assert_int_eq(ask_pool(XEN_SYSCTL_CPUPOOL_OP_RMCPU, 7, 3), -XEN_EBUSY);
    domain_pause_nosync(other);
    fake_run_softirqs();
    other->is_dying = true;
    ck_assert_int_eq(ask_pool(XEN_SYSCTL_CPUPOOL_OP_RMCPU, 7, 3), 0);
    ck_assert_ptr_eq(other->sched_instance, sched_default);
    ck_assert_int_eq(ask_pool(XEN_SYSCTL_CPUPOOL_OP_DESTROY, 7, 0), 0);
    ck_assert_ptr_null(sched_pool(7));
    ck_assert_int_eq(ask_pool(XEN_SYSCTL_CPUPOOL_OP_ADDCPU, 0, 3), 0);
    fake_advance(fake_now + SECONDS(1));
    for (unsigned int i = 0; i < 6; i++)
        ck_assert_uint_ge(sched_time_in(d->vcpu[i], RUNSTATE_running), MILLISECONDS(500));
}
END_TEST

/* Everything that is left, as a list of small pieces. */
static void **hoard(void)
{
    void **all = NULL, **piece;

    for (size_t bytes = 2048; bytes >= 16; bytes -= 16)
        while ((piece = xzalloc_bytes(bytes, 16)) != NULL) {
            *piece = all;
            all = piece;
        }
    return all;
}

/* Memory comes back piece by piece: until there is enough of it the domain stays as it was. */
START_TEST(a_domain_moves_whole_or_not_at_all)
{
    struct sched_instance *pool;
    unsigned int refused = 0;
    void **all, **piece;
    size_t used;

    d = sched_begin(2, 6);
    pool = sched_instance_create(scheduler_by_name(policies[_i]));
    ck_assert_ptr_nonnull(pool);
    cpu_to(1, pool);
    domain_pause_nosync(d);
    fake_run_softirqs();
    for (all = hoard(); (used = xmalloc_used_bytes()), sched_domain_move(d, pool) == -XEN_ENOMEM; refused++) {
        ck_assert_uint_eq(xmalloc_used_bytes(), used);
        ck_assert_ptr_eq(d->sched_instance, sched_default);
        piece = all;
        all = *piece;
        xfree(piece);
    }
    ck_assert_uint_ge(refused, 2);
    ck_assert_ptr_eq(d->sched_instance, pool);
    domain_unpause(d);
    fake_run_softirqs();
    fake_advance(fake_now + SECONDS(1));
    for (unsigned int i = 0; i < 6; i++)
        ck_assert_uint_ge(sched_time_in(d->vcpu[i], RUNSTATE_running), MILLISECONDS(100));
}
END_TEST

TCase *pool_tests(void)
{
    TCase *t = tcase_create("pools");

    tcase_add_loop_test(t, pools_exchange_cpus_and_domains, 0, ARRAY_SIZE(policies) * ARRAY_SIZE(policies));
    tcase_add_loop_test(t, a_toolstack_makes_and_empties_a_pool, 0, ARRAY_SIZE(policies));
    tcase_add_loop_test(t, a_domain_moves_whole_or_not_at_all, 0, ARRAY_SIZE(policies));
    return t;
}
