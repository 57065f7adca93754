/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Threads and their scheduling: a run queue for each vCPU, guarded by its lock. The lock is taken before a switch
 * and released after it, on the other stack: so nobody sees a thread that is neither queued nor running. Wait
 * queues and mutexes are in wait.c.
 */
#include <minios/thread.h>

#include <minios/address_space.h>
#include <minios/clock.h>
#include <minios/page_alloc.h>
#include <minios/panic.h>
#include <minios/scheduler.h>
#include <minios/smp.h>
#include <xenguest/os.h>
#include <xenguest/sched.h>
#include <xenguest/timer.h>

#define FPU_CONTROL_WORD 0x037f /* all exceptions masked, extended precision: as after FNINIT */
#define FPU_MXCSR        0x1f80
#define FPU_MXCSR_OFFSET 24

struct run_queue {
    struct spinlock lock;
    struct thread *current, *previous; /* previous: switched from, until finish_switch */
    struct list ready;
    struct list sleepers; /* ordered by deadline */
    uint64_t slice_end_ns;
    uint64_t timer_ns; /* what the timer is set to; 0: not set */
};

static struct run_queue queues[MAX_CPUS];

static struct {
    struct spinlock lock;
    struct list threads;
    unsigned int last_id;
    unsigned int nr_on_cpu[MAX_CPUS];
    unsigned int nr;
    struct wait_queue ends; /* woken when a thread's memory is free again */
} all = {.threads = LIST_INITIALIZER(all.threads), .ends = WAIT_QUEUE_INITIALIZER(all.ends)};

static void (*on_exit)(struct thread *thread);

void thread_switch(void **save_stack_pointer, void *stack_pointer);
void thread_begin(void);

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
        if (xg_timer_set(deadline))
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

    list_for_each (position, &queue->sleepers)
        if (list_entry(position, struct thread, sleep_link)->deadline_ns > thread->deadline_ns)
            break;
    list_insert_before(position, &thread->sleep_link);
}

/* ---- Switching ---- */

static void thread_free(struct thread *thread)
{
    unsigned long saved = spin_lock(&all.lock);

    list_remove(&thread->all_link);
    all.nr_on_cpu[thread->cpu->id]--;
    spin_unlock(&all.lock, saved);
    address_space_unmap_free(thread->stack, THREAD_STACK_BYTES / PAGE_SIZE);
    address_space_release(thread->stack - PAGE_SIZE, THREAD_STACK_BYTES / PAGE_SIZE + 1);
    page_free(thread);
    __atomic_sub_fetch(&all.nr, 1, __ATOMIC_RELEASE);
    wait_queue_wake(&all.ends);
}

/* The second half of a switch, on the stack of the thread that was switched to. */
static void finish_switch(void)
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
    finish_switch();
}

void thread_yield(void)
{
    unsigned long saved = xg_os_events_save();

    spin_lock_masked(&this_queue()->lock);
    schedule_locked(this_queue());
    xg_os_events_restore(saved);
}

void thread_timer_expired(void)
{
    struct run_queue *queue = this_queue();

    spin_lock_masked(&queue->lock);
    queue->timer_ns = 0; /* one-shot: what comes next must arm it again */
    spin_unlock_masked(&queue->lock);
}

void thread_preempt(void)
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

/* ---- Waiting, for wait.c ---- */

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

/* ---- Making and ending threads ---- */

static void thread_entry(void)
{
    struct thread *thread;

    finish_switch();
    thread = thread_current();
    if (thread != this_cpu()->idle)
        xg_os_events_restore(0);
    thread->function(thread->argument);
    thread_exit();
}

void thread_on_exit(void (*function)(struct thread *thread))
{
    on_exit = function;
}

void thread_exit(void)
{
    if (on_exit)
        on_exit(thread_current());
    (void)xg_os_events_save();
    spin_lock_masked(&this_queue()->lock);
    thread_current()->state = THREAD_DEAD;
    schedule_locked(this_queue());
    panic("a dead thread was scheduled");
}

static void prepare_context(struct thread *thread)
{
    uint64_t *top = (uint64_t *)(thread->stack + THREAD_STACK_BYTES);

    *--top = 0; /* keeps the stack aligned at thread_begin's call */
    *--top = 0;
    *--top = (uint64_t)thread_begin;
    *--top = 0;                      /* rbp */
    *--top = 0;                      /* rbx */
    *--top = (uint64_t)thread_entry; /* r12 */
    top -= 3;                        /* r13 r14 r15 */
    thread->stack_pointer = top;
    *(uint16_t *)thread->fpu = FPU_CONTROL_WORD;
    *(uint32_t *)(thread->fpu + FPU_MXCSR_OFFSET) = FPU_MXCSR;
}

static bool allocate_stack(struct thread *thread)
{
    char *area = address_space_reserve(THREAD_STACK_BYTES / PAGE_SIZE + 1);

    if (!area)
        return false;
    thread->stack = area + PAGE_SIZE;
    if (address_space_map_new(thread->stack, THREAD_STACK_BYTES / PAGE_SIZE)) {
        address_space_release(area, THREAD_STACK_BYTES / PAGE_SIZE + 1);
        return false;
    }
    return true;
}

/* A thread with a stack, on no queue yet. */
static struct thread *thread_allocate(const char *name, struct cpu *cpu, void (*function)(void *), void *argument)
{
    struct thread *thread = page_alloc();
    unsigned long saved;

    _Static_assert(sizeof(*thread) <= PAGE_SIZE, "a thread fits its page");
    if (!thread)
        return NULL;
    for (uint64_t *word = (uint64_t *)thread; word < (uint64_t *)(thread + 1); word++)
        *word = 0;
    if (!allocate_stack(thread)) {
        page_free(thread);
        return NULL;
    }
    for (unsigned int i = 0; i < THREAD_NAME_BYTES - 1 && name[i]; i++)
        thread->name[i] = name[i];
    thread->function = function;
    thread->argument = argument;
    thread->cpu = cpu;
    list_init(&thread->run_link);
    list_init(&thread->sleep_link);
    list_init(&thread->wait_link);
    prepare_context(thread);
    saved = spin_lock(&all.lock);
    thread->id = all.last_id++;
    all.nr_on_cpu[cpu->id]++;
    __atomic_add_fetch(&all.nr, 1, __ATOMIC_RELAXED);
    list_append(&all.threads, &thread->all_link);
    spin_unlock(&all.lock, saved);
    return thread;
}

static struct cpu *choose_cpu(void)
{
    struct cpu *best = &cpus[0];

    for (unsigned int i = 1; i < MAX_CPUS; i++)
        if (cpus[i].online && all.nr_on_cpu[i] < all.nr_on_cpu[best->id])
            best = &cpus[i];
    return best;
}

struct thread *thread_create(const char *name, unsigned int cpu, void (*function)(void *), void *argument)
{
    struct cpu *where = cpu == CPU_ANY ? choose_cpu() : &cpus[cpu % MAX_CPUS];
    struct thread *thread;
    unsigned long saved;

    if (cpu != CPU_ANY && (cpu >= MAX_CPUS || !where->online))
        return NULL;
    thread = thread_allocate(name, where, function, argument);
    if (!thread)
        return NULL;
    saved = xg_os_events_save();
    thread->state = THREAD_WAITING;
    scheduler_wake(thread);
    xg_os_events_restore(saved);
    return thread;
}

unsigned int thread_count(void)
{
    return __atomic_load_n(&all.nr, __ATOMIC_ACQUIRE);
}

static bool are_few(void *argument)
{
    return thread_count() <= *(unsigned int *)argument;
}

void thread_wait_for_ends(unsigned int nr)
{
    wait_queue_wait(&all.ends, are_few, &nr, NO_DEADLINE);
}

void thread_for_each(void (*visit)(const struct thread *thread, void *context), void *context)
{
    unsigned long saved = spin_lock(&all.lock);
    struct list *position;

    list_for_each (position, &all.threads)
        visit(list_entry(position, struct thread, all_link), context);
    spin_unlock(&all.lock, saved);
}

/* ---- Idle threads and the start ---- */

struct thread *thread_create_idle(struct cpu *cpu, void (*entry)(void *))
{
    struct run_queue *queue = &queues[cpu->id];
    struct thread *thread = thread_allocate("idle", cpu, entry, cpu);

    if (!thread)
        return NULL;
    list_init(&queue->ready);
    list_init(&queue->sleepers);
    queue->current = thread;
    cpu->idle = thread;
    return thread;
}

void thread_idle_loop(void)
{
    for (;;) {
        (void)xg_os_events_save();
        spin_lock_masked(&this_queue()->lock);
        schedule_locked(this_queue());
        /* Nothing is ready, or an event has come since: then this returns at once. */
        xg_sched_block();
    }
}

static void idle_main(void *unused)
{
    thread_idle_loop();
}

void threads_start(void (*function)(void *))
{
    struct cpu *cpu = this_cpu();
    struct thread *idle = thread_create_idle(cpu, idle_main);
    void *boot_stack_pointer;

    cpu->online = true;
    if (!idle || !thread_create("main", cpu->id, function, NULL))
        panic("no memory for the first threads");
    /* finish_switch() releases the lock and looks at the thread before: the boot stack counts as the idle thread. */
    spin_lock_masked(&queues[cpu->id].lock);
    queues[cpu->id].previous = idle;
    thread_switch(&boot_stack_pointer, idle->stack_pointer);
    __builtin_unreachable();
}
