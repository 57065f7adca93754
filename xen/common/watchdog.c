/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * SCHEDOP_watchdog: timers that a domain sets ahead again and again as long as it is well. One that is
 * reached shuts the domain down.
 */
#include <xen/domain.h>
#include <xen/log.h>
#include <xen/watchdog.h>
#include <public/sched.h>

static void watchdog_fired(void *data)
{
    struct domain *d = data;

    if (d->is_shutting_down || d->is_dying)
        return;
    printk("Watchdog timer fired for domain %u\n", d->id);
    domain_shutdown(d, SHUTDOWN_watchdog);
}

void watchdogs_init(struct domain *d)
{
    for (unsigned int i = 0; i < DOMAIN_WATCHDOGS; i++)
        timer_init(&d->watchdog[i], watchdog_fired, d, arch_this_cpu());
}

void watchdogs_kill(struct domain *d)
{
    for (unsigned int i = 0; i < DOMAIN_WATCHDOGS; i++)
        timer_kill(&d->watchdog[i]);
}

/* watchdog_lock held. The next free one, or that which the guest has named. */
static int choose(const struct domain *d, const struct sched_watchdog *w)
{
    if (w->id > DOMAIN_WATCHDOGS)
        return refuse(-XEN_EINVAL, "watchdog.id", "there is no watchdog %u", w->id);
    if (w->id) {
        if (d->watchdogs_in_use & 1u << (w->id - 1))
            return (int)w->id - 1;
        return refuse(-XEN_EINVAL, "watchdog.unused", "watchdog %u is not in use", w->id);
    }
    for (int i = 0; i < DOMAIN_WATCHDOGS; i++)
        if (!(d->watchdogs_in_use & 1u << i))
            return i;
    return refuse(-XEN_ENOSPC, "watchdog.none", "all %u watchdogs are in use", DOMAIN_WATCHDOGS);
}

long watchdog_set(struct domain *d, const struct sched_watchdog *w)
{
    int i;

    spin_lock(&d->watchdog_lock);
    i = choose(d, w);
    if (i >= 0 && w->id && !w->timeout) {
        timer_stop(&d->watchdog[i]);
        d->watchdogs_in_use &= (uint8_t)~(1u << i);
    } else if (i >= 0) {
        timer_set(&d->watchdog[i], now_ns() + SECONDS(w->timeout));
        d->watchdogs_in_use |= (uint8_t)(1u << i);
    }
    spin_unlock(&d->watchdog_lock);
    if (i < 0)
        return i;
    return w->id ? 0 : i + 1;
}
