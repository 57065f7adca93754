/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Commands that tell what Mini-OS is doing, threads, events, cpus, and the one that makes every vCPU work:
 * smp.
 */
#include "shell.h"

#include <inttypes.h>
#include <stdio.h>

#include <minios/clock.h>
#include <minios/cpu.h>
#include <minios/events.h>
#include <minios/smp.h>
#include <minios/thread.h>

#define MAX_SHOWN 64
#define NAP_NS    1000000
#define NR_TURNS  4

struct shown_thread {
    unsigned int id, vcpu;
    enum thread_state state;
    uint64_t switches;
    char name[THREAD_NAME_BYTES];
};

struct thread_list {
    struct shown_thread threads[MAX_SHOWN];
    unsigned int nr;
};

static const char *state_name(enum thread_state state)
{
    static const char *const names[] = {"ready", "waiting", "sleeping", "dead"};

    return names[state];
}

/* Only copies: the list is locked, and printing may sleep. */
static void note_thread(const struct thread *thread, void *context)
{
    struct thread_list *list = context;
    struct shown_thread *shown;

    if (list->nr == MAX_SHOWN)
        return;
    shown = &list->threads[list->nr++];
    shown->id = thread->id;
    shown->vcpu = thread->cpu->id;
    shown->state = thread->state;
    shown->switches = thread->switches;
    for (unsigned int i = 0; i < THREAD_NAME_BYTES; i++)
        shown->name[i] = thread->name[i];
}

void command_threads(int argc, char **argv)
{
    static struct thread_list list;

    list.nr = 0;
    thread_for_each(note_thread, &list);
    for (unsigned int i = 0; i < list.nr; i++)
        printf("thread %u: %s, vcpu %u, %s, switches %" PRIu64 "\n", list.threads[i].id, list.threads[i].name,
               list.threads[i].vcpu, state_name(list.threads[i].state), list.threads[i].switches);
}

void command_events(int argc, char **argv)
{
    for (xg_evtchn_t port = 1; port < EVENT_PORTS; port++) {
        struct event_description event = event_describe(port);

        if (event.name)
            printf("port %" PRIu32 ": %s, vcpu %u, events %" PRIu64 "\n", port, event.name, event.vcpu,
                   event.nr_events);
    }
    if (events.fifo)
        printf("in queues\n");
    printf("unexpected: %" PRIu64 "\n", events.nr_unexpected);
}

void command_cpus(int argc, char **argv)
{
    for (unsigned int i = 0; i < MAX_CPUS; i++)
        if (cpus[i].online)
            printf("vcpu %u: online, upcalls %" PRIu64 ", switches %" PRIu64 "\n", i, cpus[i].upcalls,
                   cpus[i].switches);
}

/* ---- smp ---- */

struct worker {
    unsigned int vcpu;
    double sum;
};

/* Works, sleeps and works on: what it has in the FPU must be its own all the while. */
static void work(void *argument)
{
    struct worker *worker = argument;

    for (unsigned int i = 1; i <= 100; i++) {
        worker->sum += 1.0 / i;
        if (i % 25 == 0)
            thread_sleep_until(clock_now_ns() + NAP_NS);
        thread_yield();
    }
    worker->vcpu = this_cpu()->id;
}

/* Two threads of one vCPU that each wait for the other's step, and give the vCPU away only by preemption. */
static volatile unsigned int turns_taken;

static void take_turns(void *parity)
{
    while (turns_taken < NR_TURNS)
        if (turns_taken % 2 == *(unsigned int *)parity)
            turns_taken++;
}

static void show_preemption(void)
{
    static unsigned int even = 0, odd = 1;
    unsigned int nr_threads = thread_count();

    turns_taken = 0;
    if (!thread_create("even", 0, take_turns, &even) || !thread_create("odd", 0, take_turns, &odd)) {
        printf("no memory for a thread\n");
        turns_taken = NR_TURNS;
    }
    thread_wait_for_ends(nr_threads);
    printf("preemption: %s\n", turns_taken >= NR_TURNS ? "yes" : "no");
}

void command_smp(int argc, char **argv)
{
    static struct worker workers[MAX_CPUS];
    unsigned int nr = 0, nr_threads = thread_count();

    for (unsigned int i = 0; i < MAX_CPUS; i++) {
        workers[i] = (struct worker){.sum = 0};
        if (cpus[i].online && !thread_create("worker", i, work, &workers[i]))
            printf("vcpu %u: no memory for a thread\n", i);
    }
    thread_wait_for_ends(nr_threads);
    for (unsigned int i = 0; i < MAX_CPUS; i++) {
        if (cpus[i].online && workers[i].vcpu == i && workers[i].sum > 0)
            printf("worker %u: vcpu %u, sum %.6f\n", nr++, workers[i].vcpu, workers[i].sum);
    }
    printf("workers: %u of %u\n", nr, smp_nr_online());
    show_preemption();
}
