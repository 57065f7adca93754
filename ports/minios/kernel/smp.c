/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Bringing up vCPUs. Each gets its per-CPU data by the GS base, its idle thread's stack, a timer and a kick
 * event.
 */
#include <minios/smp.h>

#include <minios/address_space.h>
#include <minios/clock.h>
#include <minios/console.h>
#include <minios/events.h>
#include <minios/panic.h>
#include <minios/scheduler.h>
#include <minios/thread.h>
#include <xenguest/errno.h>
#include <xenguest/hypercall.h>
#include <xenguest/os.h>
#include <xenguest/shared.h>
#include <xenguest/timer.h>
#include <xenguest/vcpu.h>

#define SEGMENT_GS_KERNEL 2
#define START_LIMIT_NS    10000000000ull
#define PARK_LOOK_NS      1000000ull

struct cpu cpus[MAX_CPUS];

static xg_evtchn_t kick_ports[MAX_CPUS];
static struct wait_queue arrivals = WAIT_QUEUE_INITIALIZER(arrivals);

void smp_init_first(struct shared_info *shared)
{
    cpus[0].self = &cpus[0];
    cpus[0].info = xg_shared_vcpu_info(shared, 0);
    if (hypercall_set_segment_base(SEGMENT_GS_KERNEL, XG_ADDRESS(&cpus[0])))
        panic("the GS base was refused");
}

static void handle_timer(xg_evtchn_t port, struct xg_frame *frame, void *unused)
{
    event_count(port);
    scheduler_timer_expired();
}

/* The kick itself is nothing: what counts is the preemption at the end of the upcall. */
static void handle_kick(xg_evtchn_t port, struct xg_frame *frame, void *unused)
{
    event_count(port);
}

static void prepare_vcpu(unsigned int vcpu)
{
    xg_evtchn_t timer;

    /* Without it there are only fewer figures. */
    (void)!xg_runstate_register(vcpu, &cpus[vcpu].runstate);

    if (xg_event_bind_virq(&events, XG_VIRQ_TIMER, vcpu, handle_timer, NULL, &timer) ||
        xg_event_bind_ipi(&events, vcpu, handle_kick, NULL, &kick_ports[vcpu]))
        panic("no event channels for vCPU %u", vcpu);
    event_name(timer, "timer", vcpu);
    event_name(kick_ports[vcpu], "kick", vcpu);
}

static void secondary_main(void *argument)
{
    struct cpu *cpu = argument;

    if (xg_timer_stop_periodic(cpu->id))
        panic("the periodic timer of vCPU %u cannot be stopped", cpu->id);
    cpu->online = true;
    wait_queue_wake(&arrivals);
    scheduler_idle();
}

static bool is_online(void *argument)
{
    return ((struct cpu *)argument)->online;
}

static int start_vcpu(struct cpu *cpu)
{
    static char context[XG_VCPU_CONTEXT_BYTES] __attribute__((aligned(XG_VCPU_CONTEXT_ALIGN)));
    struct thread *idle = thread_create_idle(cpu, secondary_main);
    struct xg_vcpu_start start = {
        .entry = secondary_main,
        .arg = cpu,
        .gs_base = (uint64_t)cpu,
        .page_tables = address_space_root(),
    };
    int rc;

    if (!idle)
        return -XG_ENOMEM;
    start.stack_top = (uint64_t)idle->stack + THREAD_STACK_BYTES;
    rc = xg_vcpu_initialise(cpu->id, &start, true, context);
    if (rc)
        return rc;
    prepare_vcpu(cpu->id);
    return xg_vcpu_up(cpu->id);
}

void smp_start(struct shared_info *shared)
{
    unsigned int nr = xg_vcpu_count(MAX_CPUS);

    prepare_vcpu(0);
    if (xg_timer_stop_periodic(0))
        panic("the periodic timer cannot be stopped");
    for (unsigned int i = 1; i < nr; i++) {
        struct cpu *cpu = &cpus[i];
        int rc;

        cpu->self = cpu;
        cpu->id = i;
        cpu->info = xg_shared_vcpu_info(shared, i);
        rc = start_vcpu(cpu);
        if (rc)
            console_printf("vcpu %u: not started, errno %d\n", i, -rc);
        else if (!wait_queue_wait(&arrivals, is_online, cpu, clock_now_ns() + START_LIMIT_NS))
            console_printf("vcpu %u: started, but does not run\n", i);
    }
}

/* ---- Suspension ---- */

static bool anew_everywhere; /* the domain was restored; written while all others are parked */

static void park_main(void *argument)
{
    struct cpu *cpu = argument;
    unsigned long saved = xg_os_events_save();

    xg_vcpu_park(cpu->id, &cpu->park);
    if (anew_everywhere && xg_timer_stop_periodic(cpu->id))
        panic("the periodic timer of vCPU %u cannot be stopped", cpu->id);
    scheduler_timer_expired();
    xg_os_events_restore(saved);
}

static void wait_for_parked(unsigned int nr)
{
    for (unsigned int i = 1; i < nr; i++)
        while (cpus[i].online && !xg_vcpu_parked(i))
            thread_sleep_until(clock_now_ns() + PARK_LOOK_NS);
}

bool smp_park(void)
{
    unsigned int i;

    for (i = 1; i < MAX_CPUS; i++)
        if (cpus[i].online && !thread_create("park", i, park_main, &cpus[i]))
            break;
    wait_for_parked(i);
    if (i == MAX_CPUS)
        return true;
    smp_resume(false);
    return false;
}

void smp_resume(bool anew)
{
    static char context[XG_VCPU_CONTEXT_BYTES] __attribute__((aligned(XG_VCPU_CONTEXT_ALIGN)));

    anew_everywhere = anew;
    for (unsigned int i = 0; anew && i < MAX_CPUS; i++)
        if (cpus[i].online)
            prepare_vcpu(i);
    if (anew && xg_timer_stop_periodic(0))
        panic("the periodic timer cannot be stopped");
    scheduler_timer_expired();
    for (unsigned int i = 1; i < MAX_CPUS; i++)
        if (cpus[i].online && xg_vcpu_parked(i) &&
            xg_vcpu_unpark(i, &cpus[i].park, anew, (uint64_t)&cpus[i], address_space_root(), context))
            panic("vCPU %u does not come back", i);
}

unsigned int smp_nr_online(void)
{
    unsigned int nr = 0;

    for (unsigned int i = 0; i < MAX_CPUS; i++)
        nr += cpus[i].online;
    return nr;
}

void smp_kick(const struct cpu *cpu)
{
    if (xg_event_send(kick_ports[cpu->id]))
        panic("vCPU %u cannot be notified", cpu->id);
}
