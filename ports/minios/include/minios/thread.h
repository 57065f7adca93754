/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Threads, wait queues and mutexes. Each thread belongs to one vCPU for its life; each vCPU runs its threads
 * round robin in slices, preempting at an event upcall. Threads may use SSE: the switch saves the FPU's
 * state.
 */
#ifndef MINIOS_THREAD_H
#define MINIOS_THREAD_H

#include <stdbool.h>
#include <stdint.h>

#include <minios/cpu.h>
#include <minios/list.h>
#include <minios/spinlock.h>

#define THREAD_NAME_BYTES  16
#define THREAD_STACK_BYTES 0xf000 /* under it one unmapped guard page */
#define THREAD_LIBC_BYTES  2560   /* for struct _reent */
#define THREAD_SLICE_NS    10000000ull
#define CPU_ANY            (~0u)
#define NO_DEADLINE        (~0ull)

enum thread_state {
    THREAD_READY, /* running or waiting for its turn */
    THREAD_WAITING,
    THREAD_SLEEPING, /* waiting with a deadline */
    THREAD_DEAD,
};

struct thread {
    uint8_t fpu[512] __attribute__((aligned(16))); /* FXSAVE image while the thread does not run */
    void *stack_pointer;                           /* likewise: the switch frame's address */
    void (*function)(void *argument);
    void *argument;
    char *stack; /* lowest mapped address */
    struct cpu *cpu;
    unsigned int id;
    enum thread_state state; /* under the run queue's lock of `cpu` */
    uint64_t deadline_ns;    /* THREAD_SLEEPING: system time to wake at */
    bool timed_out;          /* the deadline, not a wake, ended the last wait */
    struct list run_link;    /* on the run queue, ready and not running */
    struct list sleep_link;  /* on the vCPU's list of sleepers */
    struct list wait_link;   /* on a wait queue */
    const void *waits_for;   /* what wait_queue_wake_for compares; its own to set before a wait */
    struct list all_link;    /* on the list of all threads */
    uint64_t switches;       /* times it was switched to */
    char name[THREAD_NAME_BYTES];
    bool libc_ready; /* `libc` is initialised: libc/syscalls.c does that when the thread first needs it */
    char libc[THREAD_LIBC_BYTES] __attribute__((aligned(16)));
};

/* The thread that runs this; NULL before threads_start(). */
struct thread *thread_current(void);

/*
 * Makes a thread that runs function(argument) on `cpu`, or on the online vCPU with the fewest threads
 * (CPU_ANY). Copies the name, cut to size. NULL: no memory, or the vCPU is not online. The thread frees
 * itself when the function returns.
 */
struct thread *thread_create(const char *name, unsigned int cpu, void (*function)(void *), void *argument);
void thread_exit(void) __attribute__((__noreturn__));
/* The one function that each thread calls on itself when it ends. */
void thread_on_exit(void (*function)(struct thread *thread));

/* Lets other threads of this vCPU run. */
void thread_yield(void);
/* Sleeps until the system time `deadline_ns`; returns at once when that is past. */
void thread_sleep_until(uint64_t deadline_ns);

unsigned int thread_count(void);
/* Waits until no more than `nr` threads are left, and what the others had is free again. */
void thread_wait_for_ends(unsigned int nr);

/* Calls visit for each thread, under the list's lock: visit must not sleep, create or end threads. */
void thread_for_each(void (*visit)(const struct thread *thread, void *context), void *context);

/* Ends the boot stack: makes vCPU 0's idle thread and a thread that runs main(). */
void threads_start(void (*function)(void *)) __attribute__((__noreturn__));

/* For smp.c: makes the idle thread of `cpu`, on which it begins in entry(). NULL: no memory. */
struct thread *thread_create_idle(struct cpu *cpu, void (*entry)(void *));

/* ---- Wait queues: a condition guarded by a lock of the caller's ---- */

struct wait_queue {
    struct spinlock lock;
    struct list waiters;
};

#define WAIT_QUEUE_INITIALIZER(name)                                                                         \
    {                                                                                                        \
        .waiters = LIST_INITIALIZER((name).waiters)                                                          \
    }

void wait_queue_init(struct wait_queue *queue);

/*
 * Waits until condition(argument) is true; true is returned. The condition is evaluated under the queue's
 * lock: who makes it true then wakes. With a deadline (system time; NO_DEADLINE: none) false is returned when
 * that comes first.
 */
bool wait_queue_wait(struct wait_queue *queue, bool (*condition)(void *), void *argument,
                     uint64_t deadline_ns);

/* Wakes every waiter, each of which looks at its condition again. Callable from event handlers. */
void wait_queue_wake(struct wait_queue *queue);
/* Of a queue that several things share: only those that wait for `what`. */
void wait_queue_wake_for(struct wait_queue *queue, const void *what);

/* ---- Mutexes: may be held while sleeping; not for event handlers ---- */

struct mutex {
    struct wait_queue queue;
    struct thread *owner;
    unsigned int depth; /* how often the owner took it */
};

#define MUTEX_INITIALIZER(name)                                                                              \
    {                                                                                                        \
        .queue = WAIT_QUEUE_INITIALIZER((name).queue)                                                        \
    }

void mutex_init(struct mutex *mutex);
void mutex_lock(struct mutex *mutex); /* recursive */
bool mutex_try_lock(struct mutex *mutex);
void mutex_unlock(struct mutex *mutex);

#endif
