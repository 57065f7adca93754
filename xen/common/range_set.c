/* SPDX-License-Identifier: BSD-2-Clause */
/* See range_set.h. A change builds a new list beside the old one: few ranges, seldom changed. */
#include <xen/errno.h>
#include <xen/range_set.h>
#include <xen/xmalloc.h>

bool range_set_contains(const struct range_set *s, uint64_t first, uint64_t last)
{
    for (unsigned int i = 0; i < s->nr; i++)
        if (first >= s->list[i].first && last <= s->list[i].last)
            return true;
    return false;
}

static void take(struct range_set *s, struct range_set *fresh)
{
    xfree(s->list);
    *s = *fresh;
}

/* Overlapping or side by side. */
static bool touches(const struct range *r, uint64_t first, uint64_t last)
{
    return (r->first <= last || r->first - last == 1) && (first <= r->last || first - r->last == 1);
}

int range_set_add(struct range_set *s, uint64_t first, uint64_t last)
{
    struct range_set fresh = {.list = xzalloc_array(struct range, s->nr + 1)};
    unsigned int i;

    if (!fresh.list)
        return -XEN_ENOMEM;
    for (i = 0; i < s->nr && s->list[i].last < first && !touches(&s->list[i], first, last); i++)
        fresh.list[fresh.nr++] = s->list[i];
    for (; i < s->nr && touches(&s->list[i], first, last); i++) {
        first = min(first, s->list[i].first);
        last = max(last, s->list[i].last);
    }
    fresh.list[fresh.nr++] = (struct range){first, last};
    for (; i < s->nr; i++)
        fresh.list[fresh.nr++] = s->list[i];
    take(s, &fresh);
    return 0;
}

int range_set_remove(struct range_set *s, uint64_t first, uint64_t last)
{
    struct range_set fresh = {.list = xzalloc_array(struct range, s->nr + 1)};

    if (!fresh.list)
        return -XEN_ENOMEM;
    for (unsigned int i = 0; i < s->nr; i++) {
        const struct range *r = &s->list[i];

        if (r->first < first)
            fresh.list[fresh.nr++] = (struct range){r->first, min(r->last, first - 1)};
        if (r->last > last)
            fresh.list[fresh.nr++] = (struct range){max(r->first, last + 1), r->last};
    }
    take(s, &fresh);
    return 0;
}

void range_set_clear(struct range_set *s)
{
    xfree(s->list);
    *s = (struct range_set){0};
}
