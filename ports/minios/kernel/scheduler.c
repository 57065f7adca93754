/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The scheduler: a run queue for each vCPU, guarded by its lock. The lock is taken before a switch and
 * released after it, on the other stack: so nobody sees a thread that is neither queued nor running.
 */
#include <minios/scheduler.h>

#include <minios/clock.h>
#include <minios/panic.h>
#include <minios/smp.h>
#include <minios/thread.h>
#include <xenguest/os.h>
#include <xenguest/sched.h>
#include <xenguest/timer.h>

struct run_queue {
    struct spinlock lock;
    struct thread *current, *previous; /* previous: switched from, until finish_switch */
    struct list ready;
    struct list sleepers; /* ordered by deadline */
    uint64_t slice_end_ns;
    uint64_t timer_ns; /* what the timer is set to; 0: not set */
};

static struct run_queue queues[MAX_CPUS];

void thread_switch(void **save_stack_pointer, void *stack_pointer);

static struct run_queue *this_queue(void)
{
    return &queues[this_cpu()->id];
}

struct thread *thread_current(void)
{
    /* Read in one instruction's time is not needed: a thread does not change its vCPU. */
    return this_queue()->current;
}

/* ---- The timer: of the vCPU that runs this, its queue locked ---- */

static void rearm_timer(struct run_queue *queue)
{
    uint64_t deadline = 0;

    if (!list_empty(&queue->ready) && queue->current != this_cpu()->idle)
        deadline = queue->slice_end_ns;
    if (!list_empty(&queue->sleepers)) {
        uint64_t first = list_entry(queue->sleepers.next, struct thread, sleep_link)->deadline_ns;

        if (deadline == 0 || first < deadline)
            deadline = first;
    }
    if (deadline != queue->timer_ns) {
        queue->timer_ns = deadline;
        if (xg_timer_set(clock_to_system_ns(deadline)))
            panic("the timer cannot be set");
    }
}

static void make_ready(struct run_queue *queue, struct thread *thread, bool timed_out)
{
    thread->state = THREAD_READY;
    thread->timed_out = timed_out;
    list_remove(&thread->sleep_link);
    /* Woken between its last look at the condition and the switch away: it never left. */
    if (thread != queue->current)
        list_append(&queue->ready, &thread->run_link);
}

static void wake_sleepers(struct run_queue *queue, uint64_t now)
{
    while (!list_empty(&queue->sleepers)) {
        struct thread *thread = list_entry(queue->sleepers.next, struct thread, sleep_link);

        if (thread->deadline_ns > now)
            break;
        make_ready(queue, thread, true);
    }
}

static void add_sleeper(struct run_queue *queue, struct thread *thread)
{
    struct list *position;

    for (position = queue->sleepers.next; position != &queue->sleepers; position = position->next)
        if (list_entry(position, struct thread, sleep_link)->deadline_ns > thread->deadline_ns)
            break;
    list_insert_before(position, &thread->sleep_link);
}

/* ---- Switching ---- */

/* The second half of a switch, on the stack of the thread that was switched to. */
void scheduler_finish_switch(void)
{
    struct run_queue *queue = this_queue();
    struct thread *previous = queue->previous;
    bool dead = previous->state == THREAD_DEAD;

    spin_unlock_masked(&queue->lock);
    if (dead)
        thread_free(previous);
}

/* Gives the vCPU to the next thread in turn. The queue is locked, and no longer when this returns. */
static void schedule_locked(struct run_queue *queue)
{
    struct thread *previous = queue->current, *next = this_cpu()->idle;
    uint64_t now = clock_now_ns();

    wake_sleepers(queue, now);
    if (previous->state == THREAD_READY && previous != next)
        list_append(&queue->ready, &previous->run_link);
    if (!list_empty(&queue->ready)) {
        next = list_entry(queue->ready.next, struct thread, run_link);
        list_remove(&next->run_link);
    }
    queue->slice_end_ns = now + THREAD_SLICE_NS;
    queue->current = next;
    rearm_timer(queue);
    if (next == previous) {
        spin_unlock_masked(&queue->lock);
        return;
    }
    queue->previous = previous;
    next->switches++;
    this_cpu()->switches++;
    __asm__ volatile("fxsave64 %0" : "=m"(previous->fpu));
    __asm__ volatile("fxrstor64 %0" : : "m"(next->fpu));
    thread_switch(&previous->stack_pointer, next->stack_pointer);
    scheduler_finish_switch();
}

void thread_yield(void)
{
    unsigned long saved = xg_os_events_save();

    spin_lock_masked(&this_queue()->lock);
    schedule_locked(this_queue());
    xg_os_events_restore(saved);
}

void scheduler_timer_expired(void)
{
    struct run_queue *queue = this_queue();

    spin_lock_masked(&queue->lock);
    queue->timer_ns = 0; /* one-shot: what comes next must arm it again */
    spin_unlock_masked(&queue->lock);
}

void scheduler_preempt(void)
{
    struct run_queue *queue = this_queue();
    uint64_t now;

    if (!queue->current)
        return;
    now = clock_now_ns();
    spin_lock_masked(&queue->lock);
    wake_sleepers(queue, now);
    if (!list_empty(&queue->ready) && (queue->current == this_cpu()->idle || now >= queue->slice_end_ns)) {
        schedule_locked(queue);
    } else {
        rearm_timer(queue);
        spin_unlock_masked(&queue->lock);
    }
}

/* ---- Waiting ---- */

void scheduler_prepare_wait(struct thread *thread, uint64_t deadline_ns)
{
    struct run_queue *queue = this_queue();

    spin_lock_masked(&queue->lock);
    thread->state = deadline_ns == NO_DEADLINE ? THREAD_WAITING : THREAD_SLEEPING;
    thread->deadline_ns = deadline_ns;
    thread->timed_out = false;
    if (deadline_ns != NO_DEADLINE)
        add_sleeper(queue, thread);
    spin_unlock_masked(&queue->lock);
}

void scheduler_wait(void)
{
    struct run_queue *queue = this_queue();

    spin_lock_masked(&queue->lock);
    schedule_locked(queue);
}

void scheduler_wake(struct thread *thread)
{
    struct run_queue *queue = &queues[thread->cpu->id];
    bool woken;

    spin_lock_masked(&queue->lock);
    woken = thread->state == THREAD_WAITING || thread->state == THREAD_SLEEPING;
    if (woken) {
        make_ready(queue, thread, false);
        if (thread->cpu == this_cpu())
            rearm_timer(queue);
    }
    spin_unlock_masked(&queue->lock);
    if (woken && thread->cpu != this_cpu())
        smp_kick(thread->cpu);
}

void thread_sleep_until(uint64_t deadline_ns)
{
    unsigned long saved = xg_os_events_save();

    scheduler_prepare_wait(thread_current(), deadline_ns);
    scheduler_wait();
    xg_os_events_restore(saved);
}

/* ---- Beginning and end ---- */

void scheduler_add_cpu(struct cpu *cpu, struct thread *idle)
{
    struct run_queue *queue = &queues[cpu->id];

    list_init(&queue->ready);
    list_init(&queue->sleepers);
    queue->current = idle;
    cpu->idle = idle;
}

void scheduler_start(struct thread *idle)
{
    struct run_queue *queue = this_queue();
    void *boot_stack_pointer;

    /*
     * The other side of the switch unlocks and looks at the thread before: the boot stack passes for the idle
     * thread.
     */
    spin_lock_masked(&queue->lock);
    queue->previous = idle;
    thread_switch(&boot_stack_pointer, idle->stack_pointer);
    __builtin_unreachable();
}

void scheduler_exit(void)
{
    (void)xg_os_events_save();
    spin_lock_masked(&this_queue()->lock);
    thread_current()->state = THREAD_DEAD;
    schedule_locked(this_queue());
    panic("a dead thread was scheduled");
}

void scheduler_idle(void)
{
    struct run_queue *queue = this_queue();

    for (;;) {
        (void)xg_os_events_save();
        spin_lock_masked(&queue->lock);
        /* Also right after a switch to here: its second half may have woken who waits for a thread's end. */
        if (!list_empty(&queue->ready)) {
            schedule_locked(queue);
        } else {
            spin_unlock_masked(&queue->lock);
            /* An event that has come since ends this at once. */
            xg_sched_block();
        }
    }
}
