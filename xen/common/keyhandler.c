/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Debug keys: a function a character, run in a softirq. What a key prints belongs to the object that it
 * shows.
 */
#include <xen/arch.h>
#include <xen/domain.h>
#include <xen/event_channel.h>
#include <xen/grant_table.h>
#include <xen/keyhandler.h>
#include <xen/log.h>
#include <xen/mm.h>
#include <xen/sched.h>
#include <xen/shutdown.h>
#include <xen/softirq.h>
#include <xen/string.h>
#include <xen/timer.h>
#include <xen/xmalloc.h>

#define NR_KEYS 128

static struct {
    void (*function)(char key);
    const char *description;
} keys[NR_KEYS];
static char requested; /* 0: none */

void keyhandler_register(char key, void (*function)(char key), const char *description)
{
    unsigned int k = (unsigned char)key;

    ASSERT(k < NR_KEYS && !keys[k].function);
    keys[k].description = description;
    keys[k].function = function;
}

void keyhandler_run(char key)
{
    unsigned int k = (unsigned char)key;

    if (k < NR_KEYS && keys[k].function) {
        printk("'%c' pressed -> %s\n", key, keys[k].description);
        keys[k].function(key);
    }
}

void keyhandler_request(char key)
{
    WRITE_ONCE(requested, key);
    softirq_raise(SOFTIRQ_KEYHANDLER);
}

static void keyhandler_softirq(void)
{
    char key = __atomic_exchange_n(&requested, 0, __ATOMIC_ACQ_REL);

    if (key)
        keyhandler_run(key);
}

static void show_help(char key)
{
    for (unsigned int k = 0; k < NR_KEYS; k++)
        if (keys[k].function)
            printk(" key '%c' (ascii '%02x') => %s\n", (char)k, k, keys[k].description);
}

static void ask_for_debug_output(struct domain *d, void *data)
{
    struct vcpu *v;

    for_each_vcpu(d, v) send_guest_vcpu_virq(v, VIRQ_DEBUG);
}

/* Guests that listen say what they know too. */
static void dump_domains(char key)
{
    domains_dump();
    for_each_domain(ask_for_debug_output, NULL);
}

static void dump_registers_of(struct domain *d, void *data)
{
    struct vcpu *v;

    for_each_vcpu(d, v) arch_vcpu_dump(v);
}

static void dump_registers(char key)
{
    for_each_domain(dump_registers_of, NULL);
}

static void dump_page_types_of(struct domain *d, void *data)
{
    page_types_dump(d);
}

static void dump_page_types(char key)
{
    for_each_domain(dump_page_types_of, NULL);
}

static void dump_events_of(struct domain *d, void *data)
{
    event_channels_dump(d);
}

static void dump_events(char key)
{
    for_each_domain(dump_events_of, NULL);
}

static void dump_grants_of(struct domain *d, void *data)
{
    grant_table_dump(d);
}

static void dump_grants(char key)
{
    for_each_domain(dump_grants_of, NULL);
}

static void dump_refusals_of(struct domain *d, void *data)
{
    refusals_dump(d);
}

static void dump_refusals(char key)
{
    for_each_domain(dump_refusals_of, NULL);
}

static void dump_memory_of(struct domain *d, void *data)
{
    domain_memory_dump(d);
}

static void dump_memory(char key)
{
    printk("Free: %lu pages; heap objects: %lu bytes\n", (unsigned long)page_alloc_free_pages(),
           (unsigned long)xmalloc_used_bytes());
    for_each_domain(dump_memory_of, NULL);
}

static void dump_timers(char key)
{
    timers_dump();
}

static void dump_time(char key)
{
    uint64_t seconds;
    uint32_t nanoseconds;
    s_time_t now = now_ns();

    arch_wallclock_at_boot(&seconds, &nanoseconds);
    printk("System time %ld.%09ld s; wall clock at its start %lu.%09u s since 1970\n",
           (long)(now / SECONDS(1)), (long)(now % SECONDS(1)), (unsigned long)seconds, nanoseconds);
}

static void dump_run_queues(char key)
{
    sched_dump();
}

static void reboot(char key)
{
    arch_stop_others();
    arch_reboot();
}

void keyhandlers_init(void)
{
    softirq_register(SOFTIRQ_KEYHANDLER, keyhandler_softirq);
    keyhandler_register('h', show_help, "show this message");
    keyhandler_register('q', dump_domains, "dump domain (and guest debug) info");
    keyhandler_register('d', dump_registers, "dump the vCPUs' registers");
    keyhandler_register('e', dump_events, "dump event channel info");
    keyhandler_register('p', dump_page_types, "dump the types of the domains' pages");
    keyhandler_register('g', dump_grants, "print grant table usage");
    keyhandler_register('x', dump_refusals, "print each domain's last refused requests");
    keyhandler_register('m', dump_memory, "memory info");
    keyhandler_register('a', dump_timers, "dump timer queues");
    keyhandler_register('t', dump_time, "display the system time and the wall clock");
    keyhandler_register('s', dump_time, "display the system time and the wall clock");
    keyhandler_register('r', dump_run_queues, "dump run queues");
    keyhandler_register('R', reboot, "reboot machine");
}
