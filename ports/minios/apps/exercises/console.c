/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Exercise: a console by hand, then interrupt-driven. The ring is a page with two buffers and four indices;
 * each side moves its own two. First the kernel looks again and again whether something was typed; then it
 * sleeps until the event channel says so.
 */
#include "by_hand.h"

#include <xen/io/console.h>
#include <xenguest/elfnote.h>
#include <xenguest/event.h>
#include <xenguest/sched.h>
#include <xenguest/shared.h>

XG_NOTES_STANDARD("console", "1", 0xffffffff80000000);

#define LINE_BYTES 80

static struct xencons_interface *ring;
static char line[LINE_BYTES];
static unsigned int nr_typed, nr_events;
static bool complete;

/* Takes what there is, up to the end of a line. */
static void take(void)
{
    unsigned int produced = __atomic_load_n(&ring->in_prod, __ATOMIC_ACQUIRE);

    while (!complete && ring->in_cons != produced) {
        char c = ring->in[MASK_XENCONS_IDX(ring->in_cons, ring->in)];

        __atomic_store_n(&ring->in_cons, ring->in_cons + 1, __ATOMIC_RELEASE);
        complete = c == '\r' || c == '\n';
        if (!complete && nr_typed < LINE_BYTES - 1)
            line[nr_typed++] = c;
    }
    by_hand_notify(boot.console_port);
}

static void print_line(const char *how)
{
    line[nr_typed] = '\0';
    by_hand_print("exercise console: ");
    by_hand_print(how);
    by_hand_print(": ");
    by_hand_print(line);
    by_hand_print("\r\n");
    nr_typed = 0;
    complete = false;
}

static void handle(xg_evtchn_t port, struct xg_frame *frame, void *unused)
{
    nr_events++;
    take();
}

static void enable_events(void)
{
    static struct xg_traps traps;
    static struct xg_events events;
    static struct xg_event_handler handlers[32];
    static struct xg_event_vcpu vcpus[1];

    xg_traps_init(&traps);
    xg_events_init(&events, shared, handlers, 32, vcpus, 1);
    if (xg_traps_handle(&traps, XG_TRAP_EVENT, xg_events_upcall, &events) || xg_traps_install(&traps) ||
        xg_event_attach(&events, boot.console_port, handle, NULL))
        xg_sched_shutdown(XG_SHUTDOWN_CRASH);
}

void xg_main(const void *start_info)
{
    by_hand_start(start_info);
    ring = by_hand_address(boot.console_mfn.n);
    by_hand_print("exercise console: type a line\r\n");
    while (!complete) {
        take();
        xg_sched_yield();
    }
    print_line("polled");
    enable_events();
    by_hand_print("exercise console: and another\r\n");
    /* Unmasks and sleeps in one step: what was typed in between ends the sleep at once. */
    while (!complete)
        xg_sched_block();
    print_line(nr_events ? "by interrupt" : "without an interrupt");
    xg_sched_shutdown(XG_SHUTDOWN_POWEROFF);
}
