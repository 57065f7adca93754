/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Console input: to Domain 0, which is told by VIRQ_CONSOLE and fetches it, or to the debug keys. The switch
 * character three times in a row changes between them.
 */
#include <xen/console.h>
#include <xen/domain.h>
#include <xen/event_channel.h>
#include <xen/keyhandler.h>
#include <xen/log.h>
#include <xen/param.h>
#include <xen/spinlock.h>
#include <xen/string.h>

#define INPUT_SIZE   128 /* a power of two */
#define SWITCH_TIMES 3

static bool to_domain0;
static unsigned int switch_seen; /* how many switch characters in a row */
static char switch_char = 'a' & 0x1f;
static bool switch_at_boot = true;
static spinlock_t lock; /* interrupts off */
static char input[INPUT_SIZE];
static unsigned int produced, consumed;

/*
 * conswitch=CHAR[x]: the letter; with x the input stays with the hypervisor at the start. "conswitch=`" turns
 * switching off.
 */
static int parse_conswitch(const char *s)
{
    bool letter = (*s >= 'a' && *s <= 'z') || (*s >= 'A' && *s <= 'Z');

    if ((!letter && *s != '`') || (s[1] && strcmp(s + 1, "x") != 0))
        return -XEN_EINVAL;
    switch_char = *s & 0x1f;
    switch_at_boot = s[1] != 'x';
    return 0;
}
PARAM_CUSTOM("conswitch", parse_conswitch,
             "a letter, with an x behind it if the input is to stay with the hypervisor");

int console_switch_set(const char *text)
{
    return parse_conswitch(text);
}

void console_switch_text(char *out, size_t size)
{
    xp_snprintf(out, size, "%c%s", switch_char | 0x60, switch_at_boot ? "" : "x");
}

static void switch_to(bool domain0)
{
    to_domain0 = domain0;
    printk("*** Serial input to %s", domain0 ? "DOM0" : "Xen");
    if (switch_char)
        printk(" (type 'CTRL-%c' three times to switch input)", switch_char | 0x60);
    printk("\n");
}

void console_end_boot(void)
{
    switch_to(switch_at_boot);
}

static void deliver_to_domain0(char c)
{
    unsigned long flags = spin_lock_irqsave(&lock);

    if (produced - consumed < INPUT_SIZE)
        input[produced++ % INPUT_SIZE] = c;
    spin_unlock_irqrestore(&lock, flags);
    send_global_virq(VIRQ_CONSOLE);
}

static void deliver(char c)
{
    if (to_domain0)
        deliver_to_domain0(c);
    else
        keyhandler_request(c);
}

void console_input(char c)
{
    if (switch_char && c == switch_char) {
        if (++switch_seen == SWITCH_TIMES) {
            switch_seen = 0;
            switch_to(!to_domain0);
        }
        return;
    }
    /* They were no switch but meant for whoever has the input. */
    for (; switch_seen; switch_seen--)
        deliver(switch_char);
    deliver(c);
}

unsigned int console_input_peek(char *dst, unsigned int size, unsigned int *position)
{
    unsigned long flags = spin_lock_irqsave(&lock);
    unsigned int n = 0;

    *position = consumed;
    for (; n < size && consumed + n != produced; n++)
        dst[n] = input[(consumed + n) % INPUT_SIZE];
    spin_unlock_irqrestore(&lock, flags);
    return n;
}

bool console_input_take(unsigned int position, unsigned int n)
{
    unsigned long flags = spin_lock_irqsave(&lock);
    bool still_there = consumed == position;

    if (still_there)
        consumed += n;
    spin_unlock_irqrestore(&lock, flags);
    return still_there;
}
