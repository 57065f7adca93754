/* SPDX-License-Identifier: BSD-2-Clause */
/* Event channels: storage for the library's demultiplexer, and names and counts for people. */
#include <minios/events.h>

#include <minios/boot.h>
#include <minios/cpu.h>
#include <minios/panic.h>
#include <xenguest/event_fifo.h>

struct xg_events events;

static struct xg_event_handler handlers[EVENT_PORTS];
static struct xg_event_vcpu vcpus[MAX_CPUS];
static struct event_description descriptions[EVENT_PORTS];
static uint32_t words[EVENT_PORTS] __attribute__((aligned(XG_PAGE_SIZE)));
static struct xg_event_queues queues[MAX_CPUS];
static struct xg_event_fifo fifo = {.words = words, .nr_words = EVENT_PORTS, .queues = queues};

void events_init(struct shared_info *shared, struct xg_traps *traps)
{
    xg_events_init(&events, shared, handlers, EVENT_PORTS, vcpus, MAX_CPUS);
    if (xg_traps_handle(traps, XG_TRAP_EVENT, xg_events_upcall, &events))
        panic("the event upcall has no handler");
}

void events_choose_layout(void)
{
    /* Refused, two levels go on; the command `events` says which it is. */
    if (xg_boot_option(&boot, "event_queues", NULL))
        (void)!xg_events_fifo(&events, &fifo);
}

void event_name(xg_evtchn_t port, const char *name, unsigned int vcpu)
{
    descriptions[port].name = name;
    descriptions[port].vcpu = vcpu;
    descriptions[port].nr_events = 0;
}

void events_forget(void)
{
    for (unsigned int i = 0; i < EVENT_PORTS; i++)
        descriptions[i].name = NULL;
}

void event_count(xg_evtchn_t port)
{
    __atomic_add_fetch(&descriptions[port].nr_events, 1, __ATOMIC_RELAXED);
}

struct event_description event_describe(xg_evtchn_t port)
{
    return descriptions[port];
}
