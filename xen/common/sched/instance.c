/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which scheduler works where: the policies that there are, the one that `sched=` chooses, an instance of one
 * for each pool of CPUs, and the CPUs, domains and vCPUs that come and go. What happens to them meanwhile is
 * core.c's.
 */
#include <xen/arch.h>
#include <xen/log.h>
#include <xen/param.h>
#include <xen/softirq.h>
#include <xen/string.h>
#include <xen/xmalloc.h>
#include "private.h"

static const struct scheduler *const schedulers[] = {
    &scheduler_credit2, &scheduler_credit, &scheduler_sedf, &scheduler_bvt, &scheduler_round_robin,
};

struct sched_cpu *sched_cpu_table[MAX_CPUS];
struct sched_instance *sched_default;
static cpumask_t sched_cpus;     /* those that take part */
static cpumask_t sched_present; /* and those that are off line */

static char opt_sched[16];
PARAM_STRING("sched", opt_sched);

const struct scheduler *scheduler_by_name(const char *name)
{
    for (unsigned int i = 0; i < ARRAY_SIZE(schedulers); i++)
        if (strcmp(name, schedulers[i]->name) == 0)
            return schedulers[i];
    return NULL;
}

const struct scheduler *scheduler_by_id(unsigned int id)
{
    for (unsigned int i = 0; i < ARRAY_SIZE(schedulers); i++)
        if (schedulers[i]->id == id)
            return schedulers[i];
    return NULL;
}

/* Stock Xen's names for schedulers that are not ours, with what comes closest. */
static const struct scheduler *choose_policy(void)
{
    const struct scheduler *policy = scheduler_by_name(opt_sched);

    if (!policy && strcmp(opt_sched, "rtds") == 0)
        policy = &scheduler_sedf;
    if (!policy && strcmp(opt_sched, "null") == 0)
        policy = &scheduler_round_robin;
    if (policy)
        return policy;
    printk("sched=%s: there is no such scheduler: using %s\n", opt_sched, schedulers[0]->name);
    return schedulers[0];
}

bool sched_memory(size_t bytes, void **memory)
{
    *memory = bytes ? xzalloc_bytes(bytes, 16) : NULL;
    return *memory || !bytes;
}

struct sched_instance *sched_instance_create(const struct scheduler *policy)
{
    struct sched_instance *s = xzalloc(struct sched_instance);

    if (!s)
        return NULL;
    s->policy = policy;
    if (!sched_memory(policy->instance_bytes, &s->data)) {
        xfree(s);
        return NULL;
    }
    if (policy->create)
        policy->create(s);
    return s;
}

void sched_instance_destroy(struct sched_instance *s)
{
    xfree(s->data);
    xfree(s);
}

void scheduler_init(void)
{
    const struct scheduler *policy = opt_sched[0] ? choose_policy() : schedulers[0];

    sched_default = sched_instance_create(policy);
    if (!sched_default)
        panic("the scheduler \"%s\" cannot start: no memory", policy->name);
    softirq_register(SOFTIRQ_SCHEDULE, sched_softirq);
    log_info("Using scheduler: %s\n", policy->title);
}

cpumask_t sched_online_cpus(void)
{
    return (cpumask_t){READ_ONCE(sched_cpus.bits)};
}

cpumask_t sched_present_cpus(void)
{
    return sched_present;
}

void sched_cpu_set_online(unsigned int cpu, bool online)
{
    if (online)
        cpumask_set_atomic(&sched_cpus, cpu);
    else
        cpumask_clear_atomic(&sched_cpus, cpu);
}

static void slice_ended(void *unused)
{
    softirq_raise(SOFTIRQ_SCHEDULE);
}

int sched_cpu_prepare(struct sched_cpu *sc)
{
    const struct scheduler *policy = sc->instance->policy;

    if (!sched_memory(policy->cpu_bytes, &sc->data))
        return -XEN_ENOMEM;
    if (policy->cpu_add)
        policy->cpu_add(sc);
    return 0;
}

int sched_cpu_add(unsigned int cpu, struct vcpu *idle)
{
    struct sched_cpu *sc = per_cpu_ptr(sched_cpu, cpu);
    struct sched_instance *s = sched_default;
    int rc;

    *sc = (struct sched_cpu){.curr = idle, .idle = idle, .cpu = cpu, .instance = s, .lock = &sc->own_lock};
    timer_init(&sc->slice_timer, slice_ended, NULL, cpu);
    sched_cpu_table[cpu] = sc;
    rc = sched_cpu_prepare(sc);
    if (rc)
        return rc;
    cpumask_set_atomic(&s->cpus, cpu);
    cpumask_set_atomic(&s->idle, cpu);
    cpumask_set_atomic(&sched_cpus, cpu);
    cpumask_set_atomic(&sched_present, cpu);
    return 0;
}

int sched_domain_add(struct domain *d, struct sched_instance *s)
{
    void *memory;

    if (!sched_memory(s->policy->domain_bytes, &memory))
        return -XEN_ENOMEM;
    d->sched = memory;
    if (s->policy->domain_add)
        s->policy->domain_add(s, d);
    __atomic_fetch_add(&s->nr_domains, 1, __ATOMIC_RELAXED);
    d->sched_instance = s;
    return 0;
}

void sched_domain_remove(struct domain *d)
{
    struct sched_instance *s = d->sched_instance;

    if (!s)
        return;
    xfree(d->sched);
    d->sched = NULL;
    d->sched_instance = NULL;
    __atomic_fetch_sub(&s->nr_domains, 1, __ATOMIC_RELEASE);
}

/* vCPUs that have not run yet spread over the CPUs by their numbers. */
static unsigned int first_cpu(const struct sched_instance *s, const struct vcpu *v)
{
    cpumask_t cpus = s->cpus;

    for (unsigned int skip = v->id % cpumask_count(cpus); skip; skip--)
        cpus.bits &= cpus.bits - 1;
    return cpumask_first(cpus);
}

int sched_vcpu_add(struct vcpu *v)
{
    struct sched_instance *s = v->domain->sched_instance;
    void *memory;

    v->cpu = first_cpu(s, v);
    if (!sched_memory(s->policy->vcpu_bytes, &memory))
        return -XEN_ENOMEM;
    v->sched = memory;
    if (s->policy->vcpu_add)
        s->policy->vcpu_add(s, v);
    return 0;
}

void sched_vcpu_remove(struct vcpu *v)
{
    struct sched_instance *s = v->domain->sched_instance;
    unsigned long flags;
    struct sched_cpu *sc = sched_vcpu_lock(v, &flags);

    if (v->runstate.state == RUNSTATE_runnable) {
        s->policy->sleep(v, now_ns());
        runstate_change(v, RUNSTATE_offline, now_ns());
    }
    sched_unlock(sc, flags);
    if (s->policy->vcpu_remove)
        s->policy->vcpu_remove(s, v);
    xfree(v->sched);
    v->sched = NULL;
}

void sched_dump(void)
{
    unsigned int cpu;

    for_each_cpu(cpu, sched_online_cpus())
    {
        struct sched_cpu *sc = sched_cpu_of(cpu);
        unsigned long flags = arch_irq_save();

        sched_cpu_lock(sc);
        if (sc->curr->is_idle)
            printk("CPU%u (%s): runs idle\n", cpu, sc->instance->policy->title);
        else
            printk("CPU%u (%s): runs d%uv%u\n", cpu, sc->instance->policy->title, sc->curr->domain->id,
                   sc->curr->id);
        sc->instance->policy->dump(sc);
        sched_unlock(sc, flags);
    }
}
