/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Tier 3 of the port. Alone, a thread that waits lets the fake peers act; when none has anything to do, time
 * passes to the deadline, at once. With fake.threads it is a condition variable and the machine's clock.
 */
#include "fake_xen.h"
#include <check.h>
#include <errno.h>
#include <pthread.h>
#include <time.h>
#include <xenguest/errno.h>
#include <xenguest/lock.h>

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t condition = PTHREAD_COND_INITIALIZER;

static uint64_t machine_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

uint64_t xg_os_now_ns(void)
{
    return fake.threads ? machine_ns() : fake.now_ns;
}

static int wait_among_threads(const uint32_t *word, uint32_t seen, uint64_t deadline_ns)
{
    uint64_t until = machine_ns() + 20000000000ull;
    struct timespec at;
    int rc = 0;

    if (until > deadline_ns)
        until = deadline_ns;
    at.tv_sec = (time_t)(until / 1000000000);
    at.tv_nsec = (long)(until % 1000000000);
    pthread_mutex_lock(&mutex);
    while (!rc && __atomic_load_n(word, __ATOMIC_SEQ_CST) == seen)
        rc = pthread_cond_timedwait(&condition, &mutex, &at);
    pthread_mutex_unlock(&mutex);
    return rc == ETIMEDOUT && machine_ns() >= deadline_ns ? -XG_ETIME : 0;
}

int xg_os_wait(const uint32_t *word, uint32_t seen, uint64_t deadline_ns)
{
    __atomic_fetch_add(&fake.nr_waits, 1, __ATOMIC_RELAXED);
    if (fake.threads)
        return wait_among_threads(word, seen, deadline_ns);
    if (*word != seen || (fake.on_wait && fake.on_wait()))
        return 0;
    ck_assert_msg(deadline_ns != XG_NO_DEADLINE, "a wait that never ends");
    fake.now_ns = deadline_ns;
    return -XG_ETIME;
}

void xg_os_wake(const uint32_t *word)
{
    if (!fake.threads)
        return;
    pthread_mutex_lock(&mutex);
    pthread_cond_broadcast(&condition);
    pthread_mutex_unlock(&mutex);
}

void xg_os_lock(struct xg_lock *lock)
{
    ck_assert_msg(fake.threads || !lock->word, "a lock is taken twice");
    xg_lock_wait(lock);
}

void xg_os_unlock(struct xg_lock *lock)
{
    xg_lock_release(lock);
}
