/* SPDX-License-Identifier: BSD-2-Clause */
/* The timers of a vCPU and set_timer_op. Timers as such are timer.c's. */
#include <xen/domain.h>
#include <xen/event_channel.h>
#include <xen/sched.h>
#include <xen/vcpu_timer.h>

/* What set_timer_op takes for a mistake, and when it fires then. */
#define FAR  ((s_time_t)1 << 50)
#define SOON MILLISECONDS(100)

/* A vCPU that runs nowhere is told once when it comes back, not for each period. */
static void periodic_fired(void *data)
{
    struct vcpu *v = data;

    v->periodic_last_ns = v->periodic_timer.expires_ns;
    send_guest_vcpu_virq(v, VIRQ_TIMER);
    if (v->is_running && v->periodic_period_ns) {
        s_time_t next = v->periodic_last_ns + v->periodic_period_ns, now = now_ns();

        timer_set(&v->periodic_timer, next > now ? next : now + v->periodic_period_ns);
    }
}

static void singleshot_fired(void *data)
{
    send_guest_vcpu_virq(data, VIRQ_TIMER);
}

static void poll_fired(void *data)
{
    struct vcpu *v = data;

    if (vcpu_poll_end(v))
        vcpu_unblock(v);
}

void vcpu_timers_init(struct vcpu *v)
{
    timer_init(&v->periodic_timer, periodic_fired, v, v->cpu);
    timer_init(&v->singleshot_timer, singleshot_fired, v, v->cpu);
    timer_init(&v->poll_timer, poll_fired, v, v->cpu);
}

void vcpu_timers_kill(struct vcpu *v)
{
    timer_kill(&v->periodic_timer);
    timer_kill(&v->singleshot_timer);
    timer_kill(&v->poll_timer);
}

void vcpu_periodic_timer_stop(struct vcpu *v)
{
    if (v->periodic_period_ns)
        timer_stop(&v->periodic_timer);
}

void vcpu_periodic_timer_start(struct vcpu *v)
{
    s_time_t now;

    if (likely(!v->periodic_period_ns))
        return;
    now = now_ns();
    if (now - v->periodic_last_ns >= v->periodic_period_ns) {
        v->periodic_last_ns = now;
        send_guest_vcpu_virq(v, VIRQ_TIMER);
    }
    timer_migrate(&v->periodic_timer, v->cpu);
    timer_set(&v->periodic_timer, v->periodic_last_ns + v->periodic_period_ns);
}

void vcpu_set_periodic(struct vcpu *v, s_time_t period_ns)
{
    timer_stop(&v->periodic_timer);
    v->periodic_period_ns = period_ns;
    v->periodic_last_ns = now_ns();
    if (period_ns && v->is_running)
        timer_set(&v->periodic_timer, v->periodic_last_ns + period_ns);
}

void vcpu_set_singleshot(struct vcpu *v, s_time_t timeout_ns)
{
    timer_stop(&v->singleshot_timer);
    if (!timeout_ns)
        return;
    /* Before the call returns, and not when the timer comes to it: two past deadlines are two events. */
    if (timeout_ns <= now_ns()) {
        send_guest_vcpu_virq(v, VIRQ_TIMER);
        return;
    }
    timer_migrate(&v->singleshot_timer, arch_this_cpu());
    timer_set(&v->singleshot_timer, timeout_ns);
}

/*
 * Kernels whose count of ticks has wrapped ask for what is past by a negative time, others that wait for
 * nothing for one in years: as on stock Xen both are woken, but not at once.
 */
static noinline s_time_t what_is_meant(s_time_t timeout_ns)
{
    s_time_t now = now_ns();

    return timeout_ns < 0 || timeout_ns - now >= FAR ? now + SOON : timeout_ns;
}

long do_set_timer_op(s_time_t timeout_ns)
{
    if (unlikely((uint64_t)timeout_ns >= (uint64_t)FAR))
        timeout_ns = what_is_meant(timeout_ns);
    vcpu_set_singleshot(current, timeout_ns);
    return 0;
}
