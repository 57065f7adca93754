/* SPDX-License-Identifier: BSD-2-Clause */
/* lwIP's threads, semaphores, mutexes and mailboxes, made of Mini-OS's threads and wait queues. */
#include <lwip/opt.h>
#include <lwip/err.h>
#include <lwip/sys.h>

#include <stdlib.h>

#include <minios/clock.h>
#include <minios/panic.h>
#include <minios/thread.h>

#define NS_PER_MS 1000000ull

u32_t sys_now(void)
{
    return (u32_t)(clock_now_ns() / NS_PER_MS);
}

void sys_init(void)
{
}

/* 0 milliseconds: for ever. */
static uint64_t deadline(u32_t timeout_ms)
{
    return timeout_ms ? clock_now_ns() + timeout_ms * NS_PER_MS : NO_DEADLINE;
}

/* What sys_arch_sem_wait and sys_arch_mbox_fetch answer. */
static u32_t waited(uint64_t began, bool got_it)
{
    return got_it ? (u32_t)((clock_now_ns() - began) / NS_PER_MS) : SYS_ARCH_TIMEOUT;
}

/* ---- Semaphores ---- */

struct network_semaphore {
    struct wait_queue queue; /* guards the count */
    unsigned int count;
};

err_t sys_sem_new(sys_sem_t *sem, u8_t count)
{
    *sem = malloc(sizeof(**sem));
    if (!*sem)
        return ERR_MEM;
    wait_queue_init(&(*sem)->queue);
    (*sem)->count = count;
    return ERR_OK;
}

void sys_sem_free(sys_sem_t *sem)
{
    free(*sem);
}

void sys_sem_signal(sys_sem_t *sem)
{
    struct network_semaphore *semaphore = *sem;
    unsigned long saved = spin_lock(&semaphore->queue.lock);

    semaphore->count++;
    spin_unlock(&semaphore->queue.lock, saved);
    wait_queue_wake(&semaphore->queue);
}

static bool take_semaphore(void *argument)
{
    struct network_semaphore *semaphore = argument;

    if (!semaphore->count)
        return false;
    semaphore->count--;
    return true;
}

u32_t sys_arch_sem_wait(sys_sem_t *sem, u32_t timeout_ms)
{
    uint64_t began = clock_now_ns();

    return waited(began, wait_queue_wait(&(*sem)->queue, take_semaphore, *sem, deadline(timeout_ms)));
}

/* ---- Mutexes ---- */

err_t sys_mutex_new(sys_mutex_t *mutex)
{
    *mutex = malloc(sizeof(**mutex));
    if (!*mutex)
        return ERR_MEM;
    mutex_init(*mutex);
    return ERR_OK;
}

void sys_mutex_free(sys_mutex_t *mutex)
{
    free(*mutex);
}

void sys_mutex_lock(sys_mutex_t *mutex)
{
    mutex_lock(*mutex);
}

void sys_mutex_unlock(sys_mutex_t *mutex)
{
    mutex_unlock(*mutex);
}

/* Recursive, and never taken in event handlers: nothing of lwIP runs there. */
static struct mutex protection = MUTEX_INITIALIZER(protection);

sys_prot_t sys_arch_protect(void)
{
    mutex_lock(&protection);
    return 0;
}

void sys_arch_unprotect(sys_prot_t unused)
{
    mutex_unlock(&protection);
}

/* ---- Mailboxes ---- */

struct network_mailbox {
    struct wait_queue queue; /* guards the rest; who fetches and who posts wait on it */
    unsigned int size, first, used;
    void *messages[];
};

struct message {
    struct network_mailbox *mailbox;
    void *content;
};

err_t sys_mbox_new(sys_mbox_t *mbox, int size)
{
    *mbox = malloc(sizeof(**mbox) + (unsigned int)size * sizeof((*mbox)->messages[0]));
    if (!*mbox)
        return ERR_MEM;
    wait_queue_init(&(*mbox)->queue);
    (*mbox)->size = (unsigned int)size;
    (*mbox)->first = (*mbox)->used = 0;
    return ERR_OK;
}

void sys_mbox_free(sys_mbox_t *mbox)
{
    free(*mbox);
}

static bool put(void *argument)
{
    struct message *message = argument;
    struct network_mailbox *mailbox = message->mailbox;

    if (mailbox->used == mailbox->size)
        return false;
    mailbox->messages[(mailbox->first + mailbox->used++) % mailbox->size] = message->content;
    return true;
}

static bool get(void *argument)
{
    struct message *message = argument;
    struct network_mailbox *mailbox = message->mailbox;

    if (!mailbox->used)
        return false;
    message->content = mailbox->messages[mailbox->first];
    mailbox->first = (mailbox->first + 1) % mailbox->size;
    mailbox->used--;
    return true;
}

void sys_mbox_post(sys_mbox_t *mbox, void *content)
{
    struct message message = {.mailbox = *mbox, .content = content};

    wait_queue_wait(&(*mbox)->queue, put, &message, NO_DEADLINE);
    wait_queue_wake(&(*mbox)->queue);
}

static bool at_once(struct message *message, bool (*condition)(void *))
{
    struct wait_queue *queue = &message->mailbox->queue;
    unsigned long saved = spin_lock(&queue->lock);
    bool done = condition(message);

    spin_unlock(&queue->lock, saved);
    if (done)
        wait_queue_wake(queue);
    return done;
}

err_t sys_mbox_trypost(sys_mbox_t *mbox, void *content)
{
    struct message message = {.mailbox = *mbox, .content = content};

    return at_once(&message, put) ? ERR_OK : ERR_MEM;
}

err_t sys_mbox_trypost_fromisr(sys_mbox_t *mbox, void *content)
{
    return sys_mbox_trypost(mbox, content);
}

u32_t sys_arch_mbox_fetch(sys_mbox_t *mbox, void **content, u32_t timeout_ms)
{
    struct message message = {.mailbox = *mbox};
    uint64_t began = clock_now_ns();
    bool got_it = wait_queue_wait(&(*mbox)->queue, get, &message, deadline(timeout_ms));

    if (got_it)
        wait_queue_wake(&(*mbox)->queue);
    if (content)
        *content = got_it ? message.content : NULL;
    return waited(began, got_it);
}

u32_t sys_arch_mbox_tryfetch(sys_mbox_t *mbox, void **content)
{
    struct message message = {.mailbox = *mbox};

    if (!at_once(&message, get))
        return SYS_MBOX_EMPTY;
    if (content)
        *content = message.content;
    return 0;
}

/* ---- Threads ---- */

sys_thread_t sys_thread_new(const char *name, lwip_thread_fn function, void *argument, int stack_bytes,
                            int priority)
{
    struct thread *thread = thread_create(name, CPU_ANY, function, argument);

    if (!thread)
        panic("no memory for the thread %s", name);
    return thread;
}
