/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Timers: one pairing heap a CPU, through the timers themselves, so that arming never needs memory. The
 * machine's one-shot timer is set to the earliest.
 *
 * Lock: timer_cpu.lock, innermost but for the console; functions run without it.
 */
#include <xen/arch.h>
#include <xen/domain.h>
#include <xen/log.h>
#include <xen/percpu.h>
#include <xen/softirq.h>
#include <xen/spinlock.h>
#include <xen/string.h>
#include <xen/timer.h>

struct timer_cpu {
    spinlock_t lock;
    struct timer *root;
    struct timer *running; /* its function is being called */
    bool is_closed;        /* the CPU is off line: what is armed here goes to CPU 0 */
};
static DEFINE_PER_CPU(struct timer_cpu, timer_cpu);
DEFINE_PER_CPU(bool, timers_wait);

/* Both are roots; the later becomes the leftmost child of the earlier. */
static struct timer *heap_meld(struct timer *a, struct timer *b)
{
    if (!a || !b)
        return a ? a : b;
    if (b->expires_ns < a->expires_ns) {
        struct timer *t = a;

        a = b;
        b = t;
    }
    b->prev = a;
    b->next = a->child;
    if (b->next)
        b->next->prev = b;
    a->child = b;
    return a;
}

/* One heap from a list of siblings: meld pairs from the left, then all from the right. */
static struct timer *heap_merge_siblings(struct timer *t)
{
    struct timer *pairs = NULL, *root = NULL;

    while (t) {
        struct timer *a = t, *b = t->next, *pair;

        t = b ? b->next : NULL;
        a->next = a->prev = NULL;
        if (b)
            b->next = b->prev = NULL;
        pair = heap_meld(a, b);
        pair->next = pairs;
        pairs = pair;
    }
    while (pairs) {
        struct timer *next = pairs->next;

        pairs->next = NULL;
        root = heap_meld(root, pairs);
        pairs = next;
    }
    return root;
}

static void heap_unlink(struct timer_cpu *tc, struct timer *t)
{
    struct timer *below = heap_merge_siblings(t->child);

    if (t == tc->root) {
        tc->root = below;
    } else {
        if (t->prev->child == t)
            t->prev->child = t->next;
        else
            t->prev->next = t->next;
        if (t->next)
            t->next->prev = t->prev;
        tc->root = heap_meld(tc->root, below);
    }
    t->child = t->next = t->prev = NULL;
}

static void heap_remove(struct timer_cpu *tc, struct timer *t)
{
    heap_unlink(tc, t);
    WRITE_ONCE(t->active, false);
}

static void heap_insert(struct timer_cpu *tc, struct timer *t)
{
    t->child = t->next = t->prev = NULL;
    WRITE_ONCE(t->active, true);
    tc->root = heap_meld(tc->root, t);
}

/* The heap in which t is, locked. A migration may come between reading the CPU and locking. */
static struct timer_cpu *timer_lock(struct timer *t, unsigned long *flags)
{
    for (;;) {
        unsigned int cpu = READ_ONCE(t->cpu);
        struct timer_cpu *tc = per_cpu_ptr(timer_cpu, cpu);

        *flags = spin_lock_irqsave(&tc->lock);
        if (likely(cpu == t->cpu))
            return tc;
        spin_unlock_irqrestore(&tc->lock, *flags);
    }
}

/* Of this CPU, its lock held. */
static void machine_timer_set(const struct timer_cpu *tc)
{
    this_cpu(timers_wait) = false;
    arch_timer_program(tc->root ? tc->root->expires_ns : 0);
}

/* t has become the first of its CPU, which is tc's. */
static void timer_reprogram(const struct timer_cpu *tc, const struct timer *t)
{
    if (t->cpu == arch_this_cpu())
        machine_timer_set(tc);
    else
        softirq_raise_on(t->cpu, SOFTIRQ_TIMER);
}

void timer_init(struct timer *t, void (*function)(void *), void *data, unsigned int cpu)
{
    *t = (struct timer){.function = function, .data = data, .cpu = cpu};
}

void timer_set(struct timer *t, s_time_t expires_ns)
{
    unsigned long flags;
    struct timer_cpu *tc = timer_lock(t, &flags);

    if (t->active)
        heap_remove(tc, t);
    if (unlikely(tc->is_closed)) {
        WRITE_ONCE(t->cpu, 0);
        spin_unlock_irqrestore(&tc->lock, flags);
        timer_set(t, expires_ns);
        return;
    }
    if (likely(!t->killed)) {
        t->expires_ns = expires_ns;
        heap_insert(tc, t);
        if (tc->root == t)
            timer_reprogram(tc, t);
    }
    spin_unlock_irqrestore(&tc->lock, flags);
}

void timer_stop(struct timer *t)
{
    unsigned long flags;
    struct timer_cpu *tc;

    if (!timer_is_active(t))
        return;
    tc = timer_lock(t, &flags);
    /* The machine's timer stays as it is: one interrupt too many costs less than setting it. */
    if (t->active)
        heap_remove(tc, t);
    spin_unlock_irqrestore(&tc->lock, flags);
}

void timer_kill(struct timer *t)
{
    unsigned long flags;
    struct timer_cpu *tc = timer_lock(t, &flags);
    unsigned int cpu;

    t->killed = true;
    if (t->active)
        heap_remove(tc, t);
    spin_unlock_irqrestore(&tc->lock, flags);
    for_each_cpu(cpu, cpu_online_map) while (
        __atomic_load_n(&per_cpu(timer_cpu, cpu).running, __ATOMIC_ACQUIRE) == t) arch_cpu_relax();
}

void timer_migrate(struct timer *t, unsigned int new_cpu)
{
    unsigned long flags;
    struct timer_cpu *tc;
    bool was_active;

    if (READ_ONCE(t->cpu) == new_cpu)
        return;
    tc = timer_lock(t, &flags);
    was_active = t->active;
    if (was_active)
        heap_remove(tc, t);
    WRITE_ONCE(t->cpu, new_cpu);
    spin_unlock_irqrestore(&tc->lock, flags);
    if (was_active)
        timer_set(t, t->expires_ns);
}

/* They stay active all the time: who stops one looks at that without a lock. */
void timers_leave_cpu(unsigned int cpu)
{
    struct timer_cpu *from = per_cpu_ptr(timer_cpu, cpu), *to = per_cpu_ptr(timer_cpu, 0);
    unsigned long flags = spin_lock_irqsave(&from->lock);
    struct timer *t;

    spin_lock(&to->lock);
    from->is_closed = true;
    while ((t = from->root) != NULL) {
        heap_unlink(from, t);
        WRITE_ONCE(t->cpu, 0);
        heap_insert(to, t);
    }
    spin_unlock(&to->lock);
    spin_unlock_irqrestore(&from->lock, flags);
    softirq_raise_on(0, SOFTIRQ_TIMER);
}

void timers_return_cpu(unsigned int cpu)
{
    struct timer_cpu *tc = per_cpu_ptr(timer_cpu, cpu);
    unsigned long flags = spin_lock_irqsave(&tc->lock);

    tc->is_closed = false;
    spin_unlock_irqrestore(&tc->lock, flags);
}

static void timer_softirq(void)
{
    struct timer_cpu *tc = &this_cpu(timer_cpu);
    unsigned long flags = spin_lock_irqsave(&tc->lock);
    s_time_t now = now_ns();

    /* What expires meanwhile the machine's timer, set too late then, brings at once. */
    while (tc->root && tc->root->expires_ns <= now) {
        struct timer *t = tc->root;
        void (*function)(void *) = t->function;
        void *data = t->data;

        heap_remove(tc, t);
        tc->running = t;
        spin_unlock_irqrestore(&tc->lock, flags);
        function(data);
        flags = spin_lock_irqsave(&tc->lock);
        /* Pairs with timer_kill: what the function did is done. */
        __atomic_store_n(&tc->running, NULL, __ATOMIC_RELEASE);
    }
    if (softirq_is_pending(SOFTIRQ_SCHEDULE))
        this_cpu(timers_wait) = true;
    else
        machine_timer_set(tc);
    spin_unlock_irqrestore(&tc->lock, flags);
}

void timers_program(void)
{
    struct timer_cpu *tc = &this_cpu(timer_cpu);

    spin_lock(&tc->lock);
    machine_timer_set(tc);
    spin_unlock(&tc->lock);
}

void timer_interrupt(void)
{
    softirq_raise(SOFTIRQ_TIMER);
}

void timers_init_cpu(unsigned int cpu)
{
    *per_cpu_ptr(timer_cpu, cpu) = (struct timer_cpu){.root = NULL};
}

void timers_init(void)
{
    timers_init_cpu(0);
    softirq_register(SOFTIRQ_TIMER, timer_softirq);
}

/* Depth first; siblings are a list and heaps are shallow. */
static void heap_dump(const struct timer *t, unsigned int depth, s_time_t now)
{
    for (; t; t = t->next) {
        printk("  %*sin %9ld us: %pS(%p)\n", (int)depth, "", (long)((t->expires_ns - now) / 1000),
               (void *)t->function, t->data);
        if (depth < 8)
            heap_dump(t->child, depth + 1, now);
    }
}

void timers_dump(void)
{
    unsigned int cpu;

    for_each_cpu(cpu, cpu_online_map)
    {
        struct timer_cpu *tc = per_cpu_ptr(timer_cpu, cpu);
        unsigned long flags = spin_lock_irqsave(&tc->lock);

        printk("CPU%u timers:\n", cpu);
        heap_dump(tc->root, 0, now_ns());
        spin_unlock_irqrestore(&tc->lock, flags);
    }
}
