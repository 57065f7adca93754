/* SPDX-License-Identifier: BSD-2-Clause */
/* Wait queues and mutexes, over the scheduler's prepare, wait and wake. */
#include <minios/scheduler.h>
#include <minios/thread.h>

#include <xenguest/os.h>

void wait_queue_init(struct wait_queue *queue)
{
    queue->lock.held = false;
    list_init(&queue->waiters);
}

bool wait_queue_wait(struct wait_queue *queue, bool (*condition)(void *), void *argument,
                     uint64_t deadline_ns)
{
    struct thread *thread = thread_current();
    unsigned long saved = spin_lock(&queue->lock);
    bool timed_out = false, holds;

    while (!(holds = condition(argument)) && !timed_out) {
        list_append(&queue->waiters, &thread->wait_link);
        scheduler_prepare_wait(thread, deadline_ns);
        /* A wake from here on finds the thread on the queue and ends the wait, even before it began. */
        spin_unlock_masked(&queue->lock);
        scheduler_wait();
        spin_lock_masked(&queue->lock);
        list_remove(&thread->wait_link);
        timed_out = thread->timed_out;
    }
    spin_unlock(&queue->lock, saved);
    return holds;
}

static void wake(struct wait_queue *queue, bool all, const void *what)
{
    unsigned long saved = spin_lock(&queue->lock);
    struct list *place, *next;

    for (place = queue->waiters.next; place != &queue->waiters; place = next) {
        struct thread *thread = list_entry(place, struct thread, wait_link);

        next = place->next;
        if (!all && thread->waits_for != what)
            continue;
        list_remove(place);
        scheduler_wake(thread);
    }
    spin_unlock(&queue->lock, saved);
}

void wait_queue_wake(struct wait_queue *queue)
{
    wake(queue, true, NULL);
}

void wait_queue_wake_for(struct wait_queue *queue, const void *what)
{
    wake(queue, false, what);
}

void mutex_init(struct mutex *mutex)
{
    wait_queue_init(&mutex->queue);
    mutex->owner = NULL;
    mutex->depth = 0;
}

/* Under the queue's lock: takes the mutex when that is possible. */
static bool take(void *argument)
{
    struct mutex *mutex = argument;
    struct thread *thread = thread_current();

    if (mutex->depth > 0 && mutex->owner != thread)
        return false;
    mutex->owner = thread;
    mutex->depth++;
    return true;
}

void mutex_lock(struct mutex *mutex)
{
    wait_queue_wait(&mutex->queue, take, mutex, NO_DEADLINE);
}

bool mutex_try_lock(struct mutex *mutex)
{
    unsigned long saved = spin_lock(&mutex->queue.lock);
    bool taken = take(mutex);

    spin_unlock(&mutex->queue.lock, saved);
    return taken;
}

void mutex_unlock(struct mutex *mutex)
{
    unsigned long saved = spin_lock(&mutex->queue.lock);
    bool released = --mutex->depth == 0;

    spin_unlock(&mutex->queue.lock, saved);
    if (released)
        wait_queue_wake(&mutex->queue);
}
