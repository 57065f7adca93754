/* SPDX-License-Identifier: BSD-2-Clause */
/* How big Domain 0 shall be: dom0_mem= and dom0_max_vcpus=, with stock Xen's forms and defaults. */
#include <xen/cpumask.h>
#include <xen/domain.h>
#include <xen/errno.h>
#include <xen/log.h>
#include <xen/mm.h>
#include <xen/param.h>
#include <xen/string.h>
#include "dom0_build.h"

#define RESERVE_AT_MOST ((128ul << 20) >> PAGE_SHIFT)

/* An amount of dom0_mem=: pages, or when negative all but that many. */
struct amount {
    bool given, negative;
    uint64_t pages;
};

static __initdata struct amount opt_size, opt_min, opt_max;
static __initdata unsigned int opt_vcpus_min = 1, opt_vcpus_max = ~0u;

static const char *parse_amount(const char *s, struct amount *a)
{
    const char *end;

    a->given = true;
    a->negative = *s == '-';
    s += a->negative;
    a->pages = param_parse_size(s, &end) >> PAGE_SHIFT;
    return end == s ? NULL : end;
}

/* Nothing at all is no size; all but nothing is. */
static bool is_nothing(const struct amount *a)
{
    return a->given && !a->negative && !a->pages;
}

static int parse_dom0_mem(const char *s)
{
    do {
        if (!strncmp(s, "min:", 4))
            s = parse_amount(s + 4, &opt_min);
        else if (!strncmp(s, "max:", 4))
            s = parse_amount(s + 4, &opt_max);
        else
            s = parse_amount(s, &opt_size);
    } while (s && *s++ == ',');
    return s && !s[-1] && !is_nothing(&opt_size) && !is_nothing(&opt_max) ? 0 : -XEN_EINVAL;
}
PARAM_CUSTOM("dom0_mem", parse_dom0_mem,
             "a size from 4K up such as 512M, -64M, or min:SIZE and max:SIZE, separated by commas");

static int parse_dom0_max_vcpus(const char *s)
{
    const char *end = s;

    if (*s != '-')
        opt_vcpus_min = opt_vcpus_max = (unsigned int)xp_strtoull(s, &end, 0);
    if (*end == '-') {
        s = end + 1;
        opt_vcpus_max = *s ? (unsigned int)xp_strtoull(s, &end, 0) : ~0u;
        end = *s ? end : s;
    }
    return end == s || *end || opt_vcpus_min > opt_vcpus_max || !opt_vcpus_max ? -XEN_EINVAL : 0;
}
PARAM_CUSTOM("dom0_max_vcpus", parse_dom0_max_vcpus, "a number from 1 up, or MIN-MAX");

static uint64_t amount_pages(const struct amount *a, uint64_t available, uint64_t otherwise)
{
    if (!a->given)
        return otherwise;
    if (a->negative)
        return a->pages < available ? available - a->pages : 0;
    return a->pages;
}

uint64_t dom0_choose_pages(uint64_t available)
{
    uint64_t pages = amount_pages(&opt_size, available, available - min(available / 16, RESERVE_AT_MOST));

    pages = min(pages, amount_pages(&opt_max, available, ~0ull));
    pages = max(pages, amount_pages(&opt_min, available, 0));
    if (pages > available) {
        log_warning("dom0_mem asks for %lu MiB, but only %lu MiB are free: Domain 0 gets these\n",
                    pages >> (20 - PAGE_SHIFT), available >> (20 - PAGE_SHIFT));
        pages = available;
    }
    return pages;
}

/* What it may grow to: as on stock Xen no limit worth the name unless max: gives one. */
uint64_t dom0_choose_limit(uint64_t available, uint64_t pages)
{
    return max(pages, min(amount_pages(&opt_max, available, UINT32_MAX), (uint64_t)UINT32_MAX));
}

unsigned int dom0_choose_vcpus(void)
{
    unsigned int n = cpumask_count(cpu_online_map);

    n = min(max(n, opt_vcpus_min), opt_vcpus_max);
    if (n > MAX_VCPUS) {
        log_warning("dom0_max_vcpus asks for %u vCPUs, at most %u are supported: Domain 0 gets these\n", n,
                    MAX_VCPUS);
        n = MAX_VCPUS;
    }
    return n;
}
