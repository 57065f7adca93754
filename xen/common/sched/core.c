/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Scheduling, the part that is the same for every policy: states and run times, sleeping and waking, the
 * switch. Which vCPU is next is the policy's; the hypercalls are sched_op.c's.
 *
 * A vCPU is on the queue of v->cpu, or runs there, or neither; sched_cpu.lock of that CPU guards which.
 * v->cpu changes only under the lock of the CPU that it leaves, while v is not running and its registers are
 * saved (is_running is false).
 */
#include <xen/arch.h>
#include <xen/domain.h>
#include <xen/event_channel.h>
#include <xen/log.h>
#include <xen/param.h>
#include <xen/percpu.h>
#include <xen/sched.h>
#include <xen/smp.h>
#include <xen/softirq.h>
#include <xen/string.h>
#include <xen/trace.h>
#include <xen/vcpu_timer.h>
#include "private.h"

DEFINE_PER_CPU(struct sched_cpu, sched_cpu);

/* In one word, as records of run states have it. */
static uint32_t trace_vcpu(const struct vcpu *v)
{
    return v->id | (uint32_t)v->domain->id << 16;
}

static always_inline void change_runstate(struct vcpu *v, int state, s_time_t now)
{
    s_time_t passed = now - (s_time_t)v->runstate.state_entry_time;

    TRACE(TRC_SCHED_RUNSTATE_CHANGE | ((uint32_t)v->runstate.state & 3) << 8 | ((uint32_t)state & 3) << 4,
          trace_vcpu(v));
    if (passed > 0) {
        v->runstate.time[v->runstate.state] += (uint64_t)passed;
        v->runstate.state_entry_time = (uint64_t)now;
    }
    v->runstate.state = state;
}

void runstate_change(struct vcpu *v, int state, s_time_t now)
{
    change_runstate(v, state, now);
}

static bool vcpu_is_runnable(const struct vcpu *v)
{
    return !(READ_ONCE(v->pause_flags) | (unsigned long)READ_ONCE(v->pause_count) |
             (unsigned long)READ_ONCE(v->domain->pause_count));
}

static int stopped_state(const struct vcpu *v)
{
    return test_bit(VPF_BLOCKED, &v->pause_flags) ? RUNSTATE_blocked : RUNSTATE_offline;
}

void sched_resched_cpu(unsigned int cpu)
{
    softirq_raise_on(cpu, SOFTIRQ_SCHEDULE);
}

/*
 * Lock held: v runs nowhere and is on no queue. Moves it where the policy wants it and leaves that CPU
 * locked. As long as v's registers are not saved it stays where it is.
 */
static always_inline struct sched_cpu *place_vcpu(struct vcpu *v, struct sched_cpu *sc)
{
    const struct sched_instance *s = v->domain->sched_instance;
    struct sched_cpu *to = sched_cpu_of(s->policy->choose_cpu(s, v));

    if (to == sc || !sched_is_saved(v))
        return sc;
    WRITE_ONCE(v->cpu, to->cpu);
    if (to->lock == sc->lock)
        return to;
    spin_unlock(sc->lock);
    sched_cpu_lock(to);
    return to;
}

void vcpu_wake(struct vcpu *v)
{
    unsigned long flags;
    struct sched_cpu *sc = sched_vcpu_lock(v, &flags);

    if (vcpu_is_runnable(v) && v->runstate.state > RUNSTATE_runnable) {
        sc = place_vcpu(v, sc);
        /* Between the two locks somebody else may have woken it, or moved it on. */
        if (sc->cpu == v->cpu && vcpu_is_runnable(v) && v->runstate.state > RUNSTATE_runnable) {
            s_time_t now = now_ns();

            runstate_change(v, RUNSTATE_runnable, now);
            policy_of(sc)->wake(v, now);
        }
    } else if (v->runstate.state > RUNSTATE_runnable) {
        runstate_change(v, stopped_state(v), now_ns());
    }
    sched_unlock(sc, flags);
    TRACE(TRC_SCHED_WAKE, v->domain->id, v->id);
}

void vcpu_sleep_nosync(struct vcpu *v)
{
    unsigned long flags;
    struct sched_cpu *sc = sched_vcpu_lock(v, &flags);

    if (!vcpu_is_runnable(v)) {
        if (v->runstate.state == RUNSTATE_runnable) {
            policy_of(sc)->sleep(v, now_ns());
            runstate_change(v, stopped_state(v), now_ns());
        } else if (v->runstate.state == RUNSTATE_running) {
            sched_resched_cpu(v->cpu);
        } else {
            runstate_change(v, stopped_state(v), now_ns());
        }
    }
    sched_unlock(sc, flags);
    TRACE(TRC_SCHED_SLEEP, v->domain->id, v->id);
}

void vcpu_sleep_sync(struct vcpu *v)
{
    vcpu_sleep_nosync(v);
    while (!vcpu_is_runnable(v) && __atomic_load_n(&v->is_running, __ATOMIC_ACQUIRE))
        arch_spin_wait();
}

void vcpu_unblock(struct vcpu *v)
{
    if (!test_and_clear_bit(VPF_BLOCKED, &v->pause_flags))
        return;
    /* However it ends, the poll is over. */
    if (v->poll_port) {
        v->poll_port = 0;
        (void)vcpu_poll_end(v);
        timer_stop(&v->poll_timer);
    }
    vcpu_wake(v);
}

void vcpu_kick(struct vcpu *v)
{
    /*
     * Before the unblock: afterwards it may be a vCPU that has just started, and looks at its events by
     * itself.
     */
    bool running = READ_ONCE(v->is_running);

    vcpu_unblock(v);
    if (running && v != current)
        smp_send_event_check(cpumask_of(READ_ONCE(v->cpu)));
}

void vcpu_block_enable_events(void)
{
    struct vcpu *v = current;

    WRITE_ONCE(v->info->evtchn_upcall_mask, 0);
    /*
     * A barrier, as each atomic change is: pairs with evtchn_set_pending, which sets upcall_pending and then
     * looks at VPF_BLOCKED.
     */
    set_bit(VPF_BLOCKED, &v->pause_flags);
    if (READ_ONCE(v->info->evtchn_upcall_pending)) {
        clear_bit(VPF_BLOCKED, &v->pause_flags);
    } else {
        TRACE(TRC_SCHED_BLOCK, v->domain->id, v->id);
        softirq_raise(SOFTIRQ_SCHEDULE);
    }
}

void vcpu_yield(void)
{
    TRACE(TRC_SCHED_YIELD, current->domain->id, current->id);
    policy_of(&this_cpu(sched_cpu))->yield(current);
    softirq_raise(SOFTIRQ_SCHEDULE);
}

/* Lock held, interrupts off: from prev to next, and out of here. */
static noreturn void switch_vcpu(struct sched_cpu *sc, struct vcpu *prev, struct vcpu *next, s_time_t now)
{
    /*
     * By the answer that the policy had: woken since, prev is not on its queue, and who woke it waits for our
     * lock.
     */
    TRACE(TRC_SCHED_SWITCH, prev->domain->id, prev->id, next->domain->id, next->id);
    change_runstate(prev, sc->curr_goes_on ? RUNSTATE_runnable : stopped_state(prev), now);
    change_runstate(next, RUNSTATE_running, now);
    next->scheduled_at_ns = now;
    /* For context_saved of prev, which looks at it without a lock. */
    WRITE_ONCE(next->is_running, true);
    WRITE_ONCE(sc->is_switching, true);
    sc->curr = next;
    if (next->is_idle)
        cpumask_set_atomic(&sc->instance->idle, sc->cpu);
    else if (prev->is_idle)
        cpumask_clear_atomic(&sc->instance->idle, sc->cpu);
    spin_unlock(sc->lock);
    if (!prev->is_idle)
        vcpu_periodic_timer_stop(prev);
    if (!next->is_idle) {
        vcpu_periodic_timer_start(next);
        vcpu_refresh_time(next);
    }
    arch_context_switch(prev, next);
}

/*
 * The timer is asked for anew only when it would come too late: one that comes early asks the policy again,
 * which costs less than setting it at each switch.
 */
static always_inline void slice_begin(struct sched_cpu *sc, s_time_t ends_ns)
{
    if (!timer_is_active(&sc->slice_timer) || sc->slice_timer.expires_ns > ends_ns)
        timer_set(&sc->slice_timer, ends_ns);
}

void sched_softirq(void)
{
    struct sched_cpu *sc = &this_cpu(sched_cpu);
    unsigned long flags = arch_irq_save();
    struct sched_decision decision;
    struct vcpu *prev;
    s_time_t now;

    sched_cpu_lock(sc);
    prev = sc->curr;
    now = now_ns();
    sc->curr_goes_on = vcpu_is_runnable(prev);
    decision = policy_of(sc)->pick(sc, now);
    if (decision.slice_ns >= 0)
        slice_begin(sc, now + decision.slice_ns);
    timers_settle();
    if (decision.next != prev)
        switch_vcpu(sc, prev, decision.next, now);
    TRACE(TRC_SCHED_CONTINUE_RUNNING, trace_vcpu(prev));
    sched_unlock(sc, flags);
}

/* Its affinity changed while it ran here. */
static void move_where_it_may_run(struct vcpu *v)
{
    unsigned long flags;
    struct sched_cpu *sc = sched_vcpu_lock(v, &flags);
    bool misplaced =
        v->runstate.state == RUNSTATE_runnable && !cpumask_test(sched_allowed(sc->instance, v), v->cpu);

    if (misplaced) {
        policy_of(sc)->sleep(v, now_ns());
        runstate_change(v, RUNSTATE_offline, now_ns());
    }
    sched_unlock(sc, flags);
    if (misplaced)
        vcpu_wake(v);
}

/* prev waits, as of now where others may take it. */
static void look_after(struct vcpu *prev, const struct sched_instance *s)
{
    unsigned int wanted_by;
    cpumask_t idle;

    wanted_by = READ_ONCE(prev->wanted_by);
    if (unlikely(wanted_by)) {
        WRITE_ONCE(prev->wanted_by, 0);
        sched_resched_cpu(wanted_by - 1);
    }
    if (unlikely(!cpumask_test(cpumask_and(prev->affinity, s->cpus), READ_ONCE(prev->cpu))))
        move_where_it_may_run(prev);
    idle = cpumask_and((cpumask_t){READ_ONCE(s->idle.bits)}, prev->affinity);
    if (!cpumask_empty(idle))
        sched_resched_cpu(cpumask_first(idle));
}

void sched_context_saved(struct vcpu *prev)
{
    const struct sched_instance *s = prev->domain->sched_instance;

    /* Everything of prev is in memory: pairs with place_vcpu and sched_is_saved_for. */
    (void)__atomic_exchange_n(&prev->is_running, false, __ATOMIC_SEQ_CST);
    if (!prev->is_idle && READ_ONCE(prev->runstate.state) == RUNSTATE_runnable)
        look_after(prev, s);
    /*
     * The domain may be in another pool by now, but s is there until this CPU leaves it: pairs with
     * sched_cpu_leave.
     */
    __atomic_store_n(&this_cpu(sched_cpu).is_switching, false, __ATOMIC_RELEASE);
}

/* Pairs with sched_context_saved, which looks at prev after it has said that prev does not run. */
void sched_wait_for_switches(void)
{
    unsigned int cpu;

    for_each_cpu(cpu, sched_present_cpus())
        while (__atomic_load_n(&sched_cpu_of(cpu)->is_switching, __ATOMIC_ACQUIRE))
            arch_spin_wait();
}

int vcpu_set_affinity(struct vcpu *v, cpumask_t mask)
{
    unsigned long flags;
    struct sched_cpu *sc;

    if (cpumask_empty(cpumask_and(mask, v->domain->sched_instance->cpus)))
        return -XEN_EINVAL;
    sc = sched_vcpu_lock(v, &flags);
    v->affinity = mask;
    sched_unlock(sc, flags);
    if (cpumask_test(mask, READ_ONCE(v->cpu)))
        return 0;
    /* Where it runs now it is not picked again; where it waits it is taken off, and waking places it. */
    sched_resched_cpu(READ_ONCE(v->cpu));
    if (!READ_ONCE(v->is_running))
        move_where_it_may_run(v);
    return 0;
}

void vcpu_runstate_get(const struct vcpu *v, struct vcpu_runstate_info *out)
{
    unsigned long flags;
    struct sched_cpu *sc = sched_vcpu_lock(v, &flags);
    s_time_t passed;

    *out = v->runstate;
    sched_unlock(sc, flags);
    passed = now_ns() - (s_time_t)out->state_entry_time;
    if (passed > 0)
        out->time[out->state] += (uint64_t)passed;
}
