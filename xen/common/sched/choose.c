/* SPDX-License-Identifier: BSD-2-Clause */
/* What policies have in common, as pure as they: where a vCPU that wakes up is to wait. */
#include <xen/sched_policy.h>

unsigned int sched_choose_cpu(const struct sched_instance *s, const struct vcpu *v)
{
    cpumask_t all_idle = {READ_ONCE(s->idle.bits)}, allowed, preferred, idle;

    if (cpumask_empty(all_idle) && likely(cpumask_test(v->affinity, v->cpu)))
        return v->cpu;
    allowed = sched_allowed(s, v);
    preferred = sched_preferred(s, v);
    idle = cpumask_and(all_idle, preferred);
    if (likely(cpumask_test(idle, v->cpu)))
        return v->cpu;
    if (!cpumask_empty(idle))
        return cpumask_first(idle);
    idle = cpumask_and(all_idle, allowed);
    if (!cpumask_empty(idle))
        return cpumask_test(idle, v->cpu) ? v->cpu : cpumask_first(idle);
    return cpumask_test(preferred, v->cpu) ? v->cpu : cpumask_first(preferred);
}

void sched_ask_cpus(const struct sched_cpu *sc, const struct vcpu *v, bool others)
{
    cpumask_t idle = cpumask_andnot((cpumask_t){READ_ONCE(sc->instance->idle.bits)}, cpumask_of(sc->cpu));

    sched_resched_cpu(sc->cpu);
    if (likely(cpumask_empty(idle)) || !others)
        return;
    idle = cpumask_and(idle, sched_preferred(sc->instance, v));
    if (cpumask_empty(idle))
        idle = cpumask_and((cpumask_t){READ_ONCE(sc->instance->idle.bits)}, sched_allowed(sc->instance, v));
    idle = cpumask_andnot(idle, cpumask_of(sc->cpu));
    if (!cpumask_empty(idle))
        sched_resched_cpu(cpumask_first(idle));
}
