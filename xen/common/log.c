/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Messages: which levels pass, and how often for what guests cause. Where the text goes is console.c's; panic
 * is the machine's.
 */
#include <xen/console.h>
#include <xen/errno.h>
#include <xen/log.h>
#include <xen/param.h>
#include <xen/rate_limit.h>
#include <xen/spinlock.h>
#include <xen/string.h>
#include <xen/timer.h>

/* Levels below `always` print; from `always` to below `limited` they print as long as the rate limit allows.
 */
struct threshold {
    unsigned int always, limited;
};
/* As stock Xen's release build: errors and warnings; those that guests cause rate-limited. */
static struct threshold host = {2, 2}, guest = {0, 2};

static const struct {
    const char *name;
    unsigned int threshold;
} level_names[] = {{"none", 0}, {"error", 1}, {"warning", 2}, {"info", 3}, {"debug", 4}, {"all", 4}};

static int parse_level(const char **s, unsigned int *out)
{
    for (unsigned int i = 0; i < ARRAY_SIZE(level_names); i++) {
        size_t n = strlen(level_names[i].name);

        if (strncmp(*s, level_names[i].name, n) == 0 && ((*s)[n] == '\0' || (*s)[n] == '/')) {
            *s += n;
            *out = level_names[i].threshold;
            return 0;
        }
    }
    return -XEN_EINVAL;
}

/* LEVEL, or ALWAYS/LIMITED. */
static int parse_threshold(const char *s, struct threshold *out)
{
    struct threshold t;
    int rc = parse_level(&s, &t.always);

    t.limited = t.always;
    if (!rc && *s == '/') {
        s++;
        rc = parse_level(&s, &t.limited);
    }
    if (rc || *s)
        return -XEN_EINVAL;
    t.limited = max(t.limited, t.always);
    *out = t;
    return 0;
}

static int parse_loglvl(const char *s)
{
    return parse_threshold(s, &host);
}
static int parse_guest_loglvl(const char *s)
{
    return parse_threshold(s, &guest);
}
int log_levels_set(bool of_guests, const char *text)
{
    return parse_threshold(text, of_guests ? &guest : &host);
}

/* The last name of a threshold: all, not debug. */
static const char *level_name(unsigned int threshold)
{
    unsigned int i = ARRAY_SIZE(level_names) - 1;

    while (i && level_names[i].threshold != threshold)
        i--;
    return level_names[i].name;
}

void log_levels_text(bool of_guests, char *out, size_t size)
{
    const struct threshold *t = of_guests ? &guest : &host;

    xp_snprintf(out, size, "%s/%s", level_name(t->always), level_name(t->limited));
}

#define LEVELS_EXPECTED "none, error, warning, info, debug or all, or two of them as in none/warning"
PARAM_CUSTOM("loglvl", parse_loglvl, LEVELS_EXPECTED);
PARAM_CUSTOM("guest_loglvl", parse_guest_loglvl, LEVELS_EXPECTED);

/* Ten messages at once, then one each half second, as stock Xen. */
static struct rate_limit message_limit = RATE_LIMIT_INIT(10, MILLISECONDS(500));
static spinlock_t message_limit_lock;

/* May a rate-limited message go out? Says before the next one how many did not. */
static bool message_allowed(void)
{
    unsigned long flags = spin_lock_irqsave(&message_limit_lock);
    uint64_t missed = 0;
    bool allowed = rate_limit_take(&message_limit, now_ns(), 1, &missed);

    spin_unlock_irqrestore(&message_limit_lock, flags);
    if (missed)
        printk("%lu messages suppressed.\n", (unsigned long)missed);
    return allowed;
}

void vprintk(const char *fmt, va_list ap)
{
    console_vprintf("(XEN) ", fmt, ap);
}

void printk(const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    vprintk(fmt, ap);
    va_end(ap);
}

static void vlog(const struct threshold *t, enum log_level level, const char *fmt, va_list ap)
{
    if ((unsigned int)level >= t->limited)
        return;
    if ((unsigned int)level >= t->always && !message_allowed())
        return;
    vprintk(fmt, ap);
}

void log_at(enum log_level level, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    vlog(&host, level, fmt, ap);
    va_end(ap);
}

void guest_log_at(enum log_level level, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    vlog(&guest, level, fmt, ap);
    va_end(ap);
}
