/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * When counts of pages are looked at: pauses all domains, waits until the last vCPU is off its CPU, has the
 * architecture look, lets them go. Waiting is done by a timer that comes again: whoever waited in place could
 * be what another CPU's guest waits for.
 */
#include <xen/arch.h>
#include <xen/domain.h>
#include <xen/keyhandler.h>
#include <xen/log.h>
#include <xen/page_check.h>
#include <xen/param.h>
#include <xen/timer.h>

#define DOMAINS_MAX 64
#define RETRY       MICROSECONDS(100)

static unsigned int opt_check_pages;
PARAM_UINT("check_pages", opt_check_pages);

static struct domain *paused[DOMAINS_MAX];
static unsigned int nr_paused;
static bool begun, too_many, say_result;
static unsigned long nr_checks, nr_found;
static struct timer timer;

static void pause_one(struct domain *d, void *data)
{
    if (nr_paused == DOMAINS_MAX) {
        too_many = true;
        return;
    }
    if (!domain_try_get(d))
        return;
    domain_pause_nosync(d);
    paused[nr_paused++] = d;
}

static bool all_quiet(void)
{
    struct vcpu *v;

    for (unsigned int i = 0; i < nr_paused; i++)
        for_each_vcpu(paused[i], v) if (__atomic_load_n(&v->is_running, __ATOMIC_ACQUIRE)) return false;
    return true;
}

static void look(void)
{
    unsigned long found;

    if (too_many) {
        printk("Page counts: more than %u domains, not looked at\n", DOMAINS_MAX);
        return;
    }
    found = arch_pages_check();
    nr_checks++;
    nr_found += found;
    if (found)
        printk("Page counts: %lu frames are off\n", found);
    else if (say_result)
        printk("Page counts: consistent\n");
}

static void let_go(void)
{
    while (nr_paused) {
        struct domain *d = paused[--nr_paused];

        domain_unpause(d);
        domain_put(d);
    }
    begun = say_result = too_many = false;
}

static void timer_fired(void *data)
{
    if (!begun) {
        begun = true;
        for_each_domain(pause_one, NULL);
    }
    if (!all_quiet()) {
        timer_set(&timer, now_ns() + RETRY);
        return;
    }
    look();
    let_go();
    if (opt_check_pages)
        timer_set(&timer, now_ns() + MILLISECONDS(opt_check_pages));
}

static void key_pressed(char key)
{
    say_result = true;
    timer_set(&timer, now_ns());
}

void page_checks_summary(void)
{
    if (opt_check_pages && nr_found)
        printk("Page counts: looked at %lu times, %lu frames were off\n", nr_checks, nr_found);
    else if (opt_check_pages && nr_checks)
        printk("Page counts: looked at %lu times, always consistent\n", nr_checks);
}

void page_checks_init(void)
{
    timer_init(&timer, timer_fired, NULL, 0);
    keyhandler_register('y', key_pressed, "check the reference and type counts of all pages");
    if (opt_check_pages && arch_pages_check_prepare())
        timer_set(&timer, now_ns() + MILLISECONDS(opt_check_pages));
}
