/* SPDX-License-Identifier: BSD-2-Clause */
/* See sched_fixture.h. */
#include "sched_fixture.h"
#include <fake/fake.h>
#include <xen/sched.h>

struct domain *sched_begin(unsigned int nr_cpus, unsigned int nr_vcpus)
{
    struct domain *d;

    fake_boot(nr_cpus, 4096);
    d = fake_domain(1, nr_vcpus, 16);
    domain_unpause(d);
    fake_run_softirqs();
    return d;
}

uint64_t sched_time_in(const struct vcpu *v, int state)
{
    struct vcpu_runstate_info info;

    vcpu_runstate_get(v, &info);
    return info.time[state];
}
