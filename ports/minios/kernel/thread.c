/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Threads: their memory, their first instructions, their end, and the list of them all. Scheduling is
 * scheduler.c's.
 */
#include <minios/thread.h>

#include <minios/address_space.h>
#include <minios/page_alloc.h>
#include <minios/panic.h>
#include <minios/scheduler.h>
#include <xenguest/os.h>

#define FPU_CONTROL_WORD 0x037f /* all exceptions masked, extended precision: as after FNINIT */
#define FPU_MXCSR        0x1f80
#define FPU_MXCSR_OFFSET 24

static struct {
    struct spinlock lock;
    struct list threads;
    unsigned int last_id;
    unsigned int nr_on_cpu[MAX_CPUS];
    unsigned int nr;
    struct wait_queue ends; /* woken when a thread's memory is free again */
} all = {.threads = LIST_INITIALIZER(all.threads), .ends = WAIT_QUEUE_INITIALIZER(all.ends)};

static void (*on_exit)(struct thread *thread);

void thread_begin(void);

/* ---- Making and ending threads ---- */

static void thread_entry(void)
{
    struct thread *thread;

    scheduler_finish_switch();
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
    scheduler_exit();
}

void thread_free(struct thread *thread)
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
static struct thread *thread_allocate(const char *name, struct cpu *cpu, void (*function)(void *),
                                      void *argument)
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

    for (position = all.threads.next; position != &all.threads; position = position->next)
        visit(list_entry(position, struct thread, all_link), context);
    spin_unlock(&all.lock, saved);
}

/* ---- Idle threads and the start ---- */

struct thread *thread_create_idle(struct cpu *cpu, void (*entry)(void *))
{
    struct thread *thread = thread_allocate("idle", cpu, entry, cpu);

    if (thread)
        scheduler_add_cpu(cpu, thread);
    return thread;
}

static void idle_main(void *unused)
{
    scheduler_idle();
}

void threads_start(void (*function)(void *))
{
    struct cpu *cpu = this_cpu();
    struct thread *idle = thread_create_idle(cpu, idle_main);

    cpu->online = true;
    if (!idle || !thread_create("main", cpu->id, function, NULL))
        panic("no memory for the first threads");
    scheduler_start(idle);
}
