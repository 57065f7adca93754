/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The hypervisor's command line: words between blanks, each matched with the options that the objects
 * declare. Options of stock Xen that have no meaning here are param_stock.c's.
 */
#include <xen/errno.h>
#include <xen/log.h>
#include <xen/param.h>
#include <xen/string.h>
#include <public/version.h>

extern const struct param *const __params_start[], *const __params_end[];

static char saved_line[sizeof(xen_commandline_t)];

const char *command_line(void)
{
    return saved_line;
}

uint64_t param_parse_size(const char *s, const char **end)
{
    uint64_t n = xp_strtoull(s, end, 0);
    unsigned int shift = 10;

    if (*end == s)
        return 0;
    switch (**end) {
    case 'T':
    case 't':
        shift += 10;
        /* fall through */
    case 'G':
    case 'g':
        shift += 10;
        /* fall through */
    case 'M':
    case 'm':
        shift += 10;
        /* fall through */
    case 'K':
    case 'k':
        (*end)++;
        break;
    case 'B':
    case 'b':
        (*end)++;
        shift = 0;
        break;
    }
    return n > UINT64_MAX >> shift ? UINT64_MAX : n << shift;
}

/* 0, 1, or -1 when it is neither. */
static int parse_bool(const char *s)
{
    static const char *const words[2][5] = {{"0", "no", "off", "false", "disable"},
                                            {"1", "yes", "on", "true", "enable"}};

    for (int value = 0; value < 2; value++)
        for (unsigned int i = 0; i < ARRAY_SIZE(words[0]); i++)
            if (strcmp(s, words[value][i]) == 0)
                return value;
    return -1;
}

/*
 * The first malformed value. It ends the boot only when the whole line has been read: what else stands there,
 * such as console= and noreboot, counts for the message too.
 */
static struct {
    const char *name, *value, *expected;
} mistake;

static void malformed(const struct param *p, const char *value, const char *expected)
{
    if (mistake.name)
        return;
    mistake.name = p->name;
    mistake.value = value;
    mistake.expected = expected;
}

static void set_bool(const struct param *p, const char *value, bool negated)
{
    int b = value ? parse_bool(value) : 1;

    if (b < 0)
        malformed(p, value, "yes or no (or on/off, true/false, 1/0), or no value");
    else
        *(bool *)p->variable = (b == 1) != negated;
}

static void set_uint(const struct param *p, const char *value)
{
    const char *end;
    uint64_t n = xp_strtoull(value, &end, 0);

    if (end == value || *end || n > UINT32_MAX)
        malformed(p, value, "a number");
    else
        *(unsigned int *)p->variable = (unsigned int)n;
}

static void set_string(const struct param *p, const char *value)
{
    if (xp_strlcpy(p->variable, value, p->size) >= p->size)
        malformed(p, value, "a shorter text");
}

static void set_param(const struct param *p, const char *value, bool negated)
{
    switch (p->kind) {
    case PARAM_KIND_BOOL:
        set_bool(p, value, negated);
        break;
    case PARAM_KIND_UINT:
        set_uint(p, value ? value : "");
        break;
    case PARAM_KIND_STRING:
        set_string(p, value ? value : "");
        break;
    case PARAM_KIND_CUSTOM:
        if (p->parse(value ? value : ""))
            malformed(p, value ? value : "", p->expected);
        break;
    }
}

/* All declarations of the name: one option may concern several objects. */
static bool set_params_named(const char *name, const char *value, bool negated)
{
    bool found = false;

    for (const struct param *const *at = __params_start; at < __params_end; at++) {
        const struct param *p = *at;

        if (strcmp(p->name, name) == 0 && (!negated || p->kind == PARAM_KIND_BOOL)) {
            set_param(p, value, negated);
            found = true;
        }
    }
    return found;
}

static void parse_word(char *word)
{
    char *equals = strchr(word, '=');
    const char *value = equals ? equals + 1 : NULL;

    if (equals)
        *equals = '\0';
    if (set_params_named(word, value, false))
        return;
    if (strncmp(word, "no-", 3) == 0 && set_params_named(word + 3, value, true))
        return;
    if (param_known_to_stock(word))
        return;
    printk("Unknown option \"%s\" on the hypervisor's command line: ignored\n", word);
}

void params_parse(const char *line)
{
    static char words[sizeof(saved_line)]; /* parsed in place */
    char *p = words;

    xp_strlcpy(saved_line, line, sizeof(saved_line));
    xp_strlcpy(words, line, sizeof(words));
    while (*p) {
        char *end;

        while (*p == ' ' || *p == '\t')
            p++;
        for (end = p; *end && *end != ' ' && *end != '\t'; end++)
            ;
        if (end == p)
            break;
        if (*end)
            *end++ = '\0';
        parse_word(p);
        p = end;
    }
    if (mistake.name)
        panic_user(
            "the option %s has the value \"%s\", but takes %s: change it on the hypervisor's command line",
            mistake.name, mistake.value, mistake.expected);
}
