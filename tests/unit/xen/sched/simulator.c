/* SPDX-License-Identifier: BSD-2-Clause */
/* The simulated machine: events in the order of their times, and the CPUs that they happen on. */
#include "simulator.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <public/domctl.h>

#define SAVE_NS 1000 /* what a switch takes: only then may another CPU have the vCPU */
#define NEVER   INT64_MAX

#define REQUIRE(condition)                                                                                   \
    do {                                                                                                     \
        if (!(condition)) {                                                                                  \
            fprintf(stderr, "%s:%d: the scheduler broke its contract: %s\n", __FILE__, __LINE__,             \
                    #condition);                                                                             \
            abort();                                                                                         \
        }                                                                                                    \
    } while (0)

enum event_kind { RUN_ENDS, SLICE_ENDS, SAVED, WAKES };

struct event {
    s_time_t at;
    unsigned long order; /* what is due at the same time happens in the order in which it was asked for */
    enum event_kind kind;
    unsigned int cpu;
    struct task *task;
    unsigned long generation;
};

struct cpu {
    struct sched_cpu sc;
    struct vcpu idle;
    s_time_t since, slice_ends;
    unsigned long run_generation, slice_generation;
};

struct simulation {
    struct sched_instance instance;
    struct domain idle_domain;
    struct cpu cpus[MAX_CPUS];
    unsigned int nr_cpus;
    unsigned long pending;
    s_time_t now, accounted, wasted;
    bool waste_allowed;
    struct event *events;
    size_t nr_events, max_events;
    unsigned long nr_asked;
    struct task **tasks;
    unsigned int nr_tasks, nr_domains;
    unsigned int nr_waiting;
    struct domain **domains;
    simulation_watcher *watcher;
    void *watcher_data;
    uint64_t seed;
};

struct sched_cpu *sched_cpu_table[MAX_CPUS];
static struct simulation *the_simulation;

/* --- Events: a binary heap --- */
static bool before(const struct event *a, const struct event *b)
{
    return a->at < b->at || (a->at == b->at && a->order < b->order);
}

static void ask(struct simulation *sim, struct event e)
{
    size_t i = sim->nr_events++;

    if (sim->nr_events > sim->max_events) {
        sim->max_events = sim->max_events ? sim->max_events * 2 : 1024;
        sim->events = realloc(sim->events, sim->max_events * sizeof(*sim->events));
    }
    e.order = sim->nr_asked++;
    for (; i && before(&e, &sim->events[(i - 1) / 2]); i = (i - 1) / 2)
        sim->events[i] = sim->events[(i - 1) / 2];
    sim->events[i] = e;
}

static struct event next_event(struct simulation *sim)
{
    struct event first = sim->events[0], last = sim->events[--sim->nr_events];
    size_t i = 0;

    for (;;) {
        size_t child = 2 * i + 1;

        if (child >= sim->nr_events)
            break;
        if (child + 1 < sim->nr_events && before(&sim->events[child + 1], &sim->events[child]))
            child++;
        if (before(&last, &sim->events[child]))
            break;
        sim->events[i] = sim->events[child];
        i = child;
    }
    sim->events[i] = last;
    return first;
}

uint32_t simulation_random(struct simulation *sim)
{
    sim->seed = sim->seed * 6364136223846793005ull + 1442695040888963407ull;
    return (uint32_t)(sim->seed >> 33);
}

static s_time_t interval(struct simulation *sim, const struct habit *h, s_time_t mean)
{
    double u = (simulation_random(sim) + 1.0) / 2147483649.0;

    if (!mean)
        return NEVER;
    return h->random ? (s_time_t)(-log(u) * (double)mean) + 1 : mean;
}

/* --- The account --- */
static struct task *task_of(struct vcpu *v)
{
    return v->is_idle ? NULL : (struct task *)v;
}

static bool somebody_could_run_on(const struct simulation *sim, unsigned int cpu)
{
    for (unsigned int i = 0; i < sim->nr_tasks; i++) {
        const struct task *t = sim->tasks[i];

        if (t->runnable && !t->v.is_running && cpumask_test(t->v.affinity, cpu))
            return true;
    }
    return false;
}

/* Before anything changes: whoever idles since the last time, though he need not, wastes. */
static void account_waste(struct simulation *sim)
{
    s_time_t passed = sim->now - sim->accounted;
    unsigned int cpu;

    sim->accounted = sim->now;
    if (!passed || sim->waste_allowed || cpumask_empty(sim->instance.idle) || !sim->nr_waiting)
        return;
    for_each_cpu(cpu, sim->instance.idle) if (somebody_could_run_on(sim, cpu)) sim->wasted += passed;
}

static void account_run(struct simulation *sim, struct cpu *c)
{
    struct task *t = task_of(c->sc.curr);
    s_time_t ran = sim->now - c->since;

    if (t && ran > 0) {
        if (t->left_ns != NEVER)
            t->left_ns -= ran;
        t->ran_ns += ran;
        if (cpumask_test(t->v.soft_affinity, c->sc.cpu))
            t->preferred_ns += ran;
        if (sim->watcher)
            sim->watcher(sim->watcher_data, c->sc.cpu, t, c->since, sim->now);
    }
    c->since = sim->now;
}

static void begin_wait(struct simulation *sim, struct task *t, bool woken)
{
    t->runnable_since_ns = sim->now;
    t->woken = woken;
    sim->nr_waiting++;
}

static void end_wait(struct simulation *sim, struct task *t)
{
    s_time_t waited = sim->now - t->runnable_since_ns;

    sim->nr_waiting--;
    t->waited_ns += waited;
    t->wait_longest_ns = max(t->wait_longest_ns, waited);
    if (t->woken) {
        t->nr_wakes++;
        t->latency_ns += waited;
        t->latency_longest_ns = max(t->latency_longest_ns, waited);
    }
    t->woken = false;
}

/* --- What the core does --- */
s_time_t now_ns(void)
{
    return the_simulation->now;
}

void sched_resched_cpu(unsigned int cpu)
{
    the_simulation->pending |= 1ul << cpu;
}

static void wake(struct simulation *sim, struct task *t)
{
    const struct scheduler *policy = sim->instance.policy;
    unsigned int cpu = policy->choose_cpu(&sim->instance, &t->v);

    REQUIRE(cpumask_test(sim->instance.cpus, cpu));
    if (sched_is_saved(&t->v))
        t->v.cpu = cpu;
    t->runnable = true;
    begin_wait(sim, t, true);
    policy->wake(&t->v, sim->now);
}

static void stop_waiting(struct simulation *sim, struct task *t)
{
    sim->instance.policy->sleep(&t->v, sim->now);
    t->runnable = false;
    end_wait(sim, t);
}

static bool runs(const struct simulation *sim, const struct task *t)
{
    return sim->cpus[t->v.cpu].sc.curr == &t->v;
}

static void sleep_for_a_while(struct simulation *sim, struct task *t)
{
    s_time_t pause = interval(sim, &t->habit, t->habit.sleep_ns);

    t->runnable = false;
    t->left_ns = interval(sim, &t->habit, t->habit.run_ns);
    ask(sim,
        (struct event){.at = sim->now + pause, .kind = WAKES, .task = t, .generation = ++t->wake_generation});
}

static void run_ends(struct simulation *sim, struct cpu *c)
{
    struct task *t = task_of(c->sc.curr);

    if (t->habit.yields) {
        t->left_ns = interval(sim, &t->habit, t->habit.run_ns);
        sim->instance.policy->yield(&t->v);
    } else {
        sleep_for_a_while(sim, t);
    }
    sched_resched_cpu(c->sc.cpu);
}

static void saved(struct simulation *sim, struct task *t)
{
    cpumask_t idle = cpumask_and(sim->instance.idle, t->v.affinity);

    t->v.is_running = false;
    if (!t->runnable || t->dead)
        return;
    if (t->v.wanted_by)
        sched_resched_cpu(t->v.wanted_by - 1);
    t->v.wanted_by = 0;
    if (!cpumask_test(t->v.affinity, t->v.cpu)) {
        stop_waiting(sim, t);
        wake(sim, t);
    }
    if (!cpumask_empty(idle))
        sched_resched_cpu(cpumask_first(idle));
}

static void switch_to(struct simulation *sim, struct cpu *c, struct vcpu *next)
{
    struct task *prev = task_of(c->sc.curr), *t = task_of(next);

    if (prev) {
        ask(sim, (struct event){.at = sim->now + SAVE_NS, .kind = SAVED, .task = prev});
        if (prev->runnable)
            begin_wait(sim, prev, false);
    }
    if (t) {
        REQUIRE(t->runnable && !t->dead && sched_is_saved(next) && next->cpu == c->sc.cpu);
        REQUIRE(cpumask_test(next->affinity, c->sc.cpu));
        end_wait(sim, t);
        t->nr_switches++;
        next->is_running = true;
        cpumask_clear_atomic(&sim->instance.idle, c->sc.cpu);
    } else {
        REQUIRE(next == c->sc.idle);
        cpumask_set_atomic(&sim->instance.idle, c->sc.cpu);
    }
    next->scheduled_at_ns = sim->now;
    c->sc.curr = next;
}

static void pick(struct simulation *sim, struct cpu *c)
{
    struct task *t = task_of(c->sc.curr);
    struct sched_decision decision;

    account_run(sim, c);
    c->sc.curr_goes_on = !t || t->runnable;
    decision = sim->instance.policy->pick(&c->sc, sim->now);
    REQUIRE(decision.next != c->sc.curr || c->sc.curr_goes_on);
    if (decision.slice_ns >= 0 &&
        (c->slice_ends <= sim->now || c->slice_ends > sim->now + decision.slice_ns)) {
        c->slice_ends = sim->now + decision.slice_ns;
        ask(sim, (struct event){.at = c->slice_ends,
                                .kind = SLICE_ENDS,
                                .cpu = c->sc.cpu,
                                .generation = ++c->slice_generation});
    }
    if (decision.next != c->sc.curr)
        switch_to(sim, c, decision.next);
    t = task_of(c->sc.curr);
    c->run_generation++;
    if (t && t->left_ns != NEVER)
        ask(sim, (struct event){.at = sim->now + max(t->left_ns, (s_time_t)0),
                                .kind = RUN_ENDS,
                                .cpu = c->sc.cpu,
                                .generation = c->run_generation});
}

static void pick_where_asked(struct simulation *sim)
{
    while (sim->pending) {
        unsigned int cpu = find_first_set(sim->pending);

        sim->pending &= sim->pending - 1;
        pick(sim, &sim->cpus[cpu]);
    }
}

static void happen(struct simulation *sim, const struct event *e)
{
    struct cpu *c = &sim->cpus[e->cpu];

    switch (e->kind) {
    case RUN_ENDS:
        if (e->generation == c->run_generation) {
            account_run(sim, c);
            run_ends(sim, c);
        }
        break;
    case SLICE_ENDS:
        if (e->generation == c->slice_generation)
            sched_resched_cpu(e->cpu);
        break;
    case SAVED:
        saved(sim, e->task);
        break;
    case WAKES:
        if (e->generation == e->task->wake_generation && !e->task->paused && !e->task->dead)
            wake(sim, e->task);
        break;
    }
}

void simulation_run(struct simulation *sim, s_time_t duration_ns)
{
    s_time_t until = sim->now + duration_ns;

    pick_where_asked(sim);
    while (sim->nr_events && sim->events[0].at <= until) {
        struct event e = next_event(sim);

        sim->now = max(sim->now, e.at);
        account_waste(sim);
        happen(sim, &e);
        pick_where_asked(sim);
    }
    sim->now = until;
    account_waste(sim);
    for (unsigned int i = 0; i < sim->nr_cpus; i++)
        account_run(sim, &sim->cpus[i]);
}

/* --- What a toolstack does --- */
static void stop(struct simulation *sim, struct task *t)
{
    t->wake_generation++;
    if (!t->runnable)
        return;
    if (runs(sim, t)) {
        account_run(sim, &sim->cpus[t->v.cpu]);
        t->runnable = false;
        sched_resched_cpu(t->v.cpu);
        pick_where_asked(sim);
    } else {
        stop_waiting(sim, t);
    }
}

void simulation_pause(struct simulation *sim, struct task *t)
{
    t->paused = true;
    stop(sim, t);
}

void simulation_unpause(struct simulation *sim, struct task *t)
{
    t->paused = false;
    if (!t->runnable)
        wake(sim, t);
    pick_where_asked(sim);
}

void simulation_pin(struct simulation *sim, struct task *t, cpumask_t hard)
{
    t->v.affinity = hard;
    if (!t->runnable || cpumask_test(hard, t->v.cpu))
        return;
    if (runs(sim, t)) {
        sched_resched_cpu(t->v.cpu);
    } else if (sched_is_saved(&t->v)) {
        stop_waiting(sim, t);
        wake(sim, t);
    }
    pick_where_asked(sim);
}

void simulation_remove(struct simulation *sim, struct task *t)
{
    stop(sim, t);
    t->dead = true;
    if (sim->instance.policy->vcpu_remove)
        sim->instance.policy->vcpu_remove(&sim->instance, &t->v);
    free(t->v.sched);
}

/* --- Making it --- */
struct simulation *simulation_create(const struct scheduler *policy, unsigned int nr_cpus)
{
    struct simulation *sim = calloc(1, sizeof(*sim));

    the_simulation = sim;
    sim->instance.policy = policy;
    sim->nr_cpus = nr_cpus;
    sim->seed = 1;
    sim->instance.data = calloc(1, policy->instance_bytes);
    if (policy->create)
        policy->create(&sim->instance);
    for (unsigned int i = 0; i < nr_cpus; i++) {
        struct cpu *c = &sim->cpus[i];

        c->idle = (struct vcpu){
            .id = i, .cpu = i, .domain = &sim->idle_domain, .is_idle = true, .is_running = true};
        c->sc = (struct sched_cpu){.cpu = i,
                                   .curr = &c->idle,
                                   .idle = &c->idle,
                                   .instance = &sim->instance,
                                   .lock = &c->sc.own_lock};
        sched_cpu_table[i] = &c->sc;
        c->sc.data = policy->cpu_bytes ? calloc(1, policy->cpu_bytes) : NULL;
        if (policy->cpu_add)
            policy->cpu_add(&c->sc);
        cpumask_set_atomic(&sim->instance.cpus, i);
        cpumask_set_atomic(&sim->instance.idle, i);
    }
    return sim;
}

void simulation_destroy(struct simulation *sim)
{
    const struct scheduler *policy = sim->instance.policy;

    for (unsigned int i = 0; i < sim->nr_tasks; i++) {
        if (!sim->tasks[i]->dead)
            simulation_remove(sim, sim->tasks[i]);
        free(sim->tasks[i]);
    }
    for (unsigned int i = 0; i < sim->nr_cpus; i++) {
        if (policy->cpu_remove)
            policy->cpu_remove(&sim->cpus[i].sc);
        if (policy->cpu_bytes)
            free(sim->cpus[i].sc.data);
    }
    for (unsigned int i = 0; i < sim->nr_domains; i++) {
        free(sim->domains[i]->sched);
        free(sim->domains[i]->vcpu);
        free(sim->domains[i]);
    }
    free(sim->instance.data);
    free(sim->domains);
    free(sim->tasks);
    free(sim->events);
    free(sim);
}

struct domain *simulation_domain(struct simulation *sim, unsigned int nr_vcpus, unsigned int weight,
                                 unsigned int cap)
{
    struct domain *d = calloc(1, sizeof(*d));
    struct xen_domctl_scheduler_op op = {.sched_id = sim->instance.policy->id,
                                         .cmd = XEN_DOMCTL_SCHEDOP_putinfo};

    d->id = (domid_t)sim->nr_domains;
    d->max_vcpus = nr_vcpus;
    d->vcpu = calloc(nr_vcpus, sizeof(*d->vcpu));
    d->sched_instance = &sim->instance;
    sim->domains = realloc(sim->domains, (sim->nr_domains + 1) * sizeof(*sim->domains));
    sim->domains[sim->nr_domains++] = d;
    d->sched = calloc(1, sim->instance.policy->domain_bytes);
    if (sim->instance.policy->domain_add)
        sim->instance.policy->domain_add(&sim->instance, d);
    op.u.credit.weight = (uint16_t)weight;
    op.u.credit.cap = (uint16_t)cap;
    if (weight || cap)
        REQUIRE(sim->instance.policy->domain_parameters(&sim->instance, d, &op) == 0);
    if (cap)
        simulation_allow_waste(sim);
    return d;
}

static unsigned int first_free(const struct domain *d)
{
    unsigned int id = 0;

    while (id < d->max_vcpus && d->vcpu[id] && !((struct task *)d->vcpu[id])->dead)
        id++;
    REQUIRE(id < d->max_vcpus);
    return id;
}

struct task *simulation_task(struct simulation *sim, struct domain *d, struct habit habit, cpumask_t hard,
                             cpumask_t soft)
{
    struct task *t = calloc(1, sizeof(*t));

    t->v.id = first_free(d);
    t->v.domain = d;
    t->v.affinity = hard;
    t->v.soft_affinity = soft;
    t->v.cpu = t->v.id % sim->nr_cpus;
    t->habit = habit;
    t->left_ns = interval(sim, &habit, habit.run_ns);
    d->vcpu[t->v.id] = &t->v;
    sim->tasks = realloc(sim->tasks, (sim->nr_tasks + 1) * sizeof(*sim->tasks));
    sim->tasks[sim->nr_tasks++] = t;
    t->v.sched = calloc(1, sim->instance.policy->vcpu_bytes);
    if (sim->instance.policy->vcpu_add)
        sim->instance.policy->vcpu_add(&sim->instance, &t->v);
    wake(sim, t);
    pick_where_asked(sim);
    return t;
}

s_time_t simulation_now(const struct simulation *sim)
{
    return sim->now;
}

struct sched_instance *simulation_instance(struct simulation *sim)
{
    return &sim->instance;
}

void simulation_measure(struct simulation *sim)
{
    sim->wasted = 0;
    for (unsigned int i = 0; i < sim->nr_tasks; i++) {
        struct task *t = sim->tasks[i];

        t->ran_ns = t->preferred_ns = t->waited_ns = t->wait_longest_ns = t->latency_ns =
            t->latency_longest_ns = 0;
        t->nr_wakes = t->nr_switches = 0;
    }
}

s_time_t simulation_domain_ran(const struct domain *d)
{
    s_time_t sum = 0;

    for (unsigned int i = 0; i < d->max_vcpus; i++)
        sum += d->vcpu[i] ? ((const struct task *)d->vcpu[i])->ran_ns : 0;
    return sum;
}

s_time_t simulation_wasted(const struct simulation *sim)
{
    return sim->wasted;
}

void simulation_allow_waste(struct simulation *sim)
{
    sim->waste_allowed = true;
}

void simulation_watch(struct simulation *sim, simulation_watcher *watcher, void *data)
{
    sim->watcher = watcher;
    sim->watcher_data = data;
}
