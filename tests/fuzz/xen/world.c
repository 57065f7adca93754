/* SPDX-License-Identifier: BSD-2-Clause */
/* See world.h: the beginning, the hypercalls and the end. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <xen/arch.h>
#include <xen/event_channel.h>
#include <xen/grant_table.h>
#include <xen/hypercall.h>
#include <xen/log.h>
#include <xen/sched.h>
#include <asm/pv.h>
#include <asm/pv_mm.h>
#include <fake/fake.h>
#include <fake/pv.h>
#include "world.h"

/* A hypercall of the longest list makes progress with each entry. */
#define CONTINUATIONS_MAX 100000

struct world world;
static uint64_t free_at_start;

void fail(const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    vfprintf(stderr, fmt, ap);
    va_end(ap);
    fprintf(stderr, "\n");
    abort();
}

void world_boot(void)
{
    void *guest = mmap((void *)GUEST_MEMORY, GUEST_MEMORY_BYTES, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);

    if (guest != (void *)GUEST_MEMORY)
        fail("no memory at %#lx", GUEST_MEMORY);
    fake_boot(NR_VCPUS, NR_PAGES);
    mmio_deny(3ul << PAGE_SHIFT, PAGE_SIZE);
    mmio_make_read_only(4ul << PAGE_SHIFT, PAGE_SIZE);
    fake_guest_range(guest, (char *)guest + GUEST_MEMORY_BYTES);
    /* What is made at the first use and stays. */
    world_begin();
    free_at_start = 0;
    world_end(false);
    free_at_start = page_alloc_free_pages();
}

static pte_t *table(unsigned int i, unsigned int frame)
{
    return mfn_to_virt(mfn(world.frames[i][frame]));
}

static void fill_tables(unsigned int i)
{
    for (unsigned int level = 4; level > 1; level--)
        table(i, 4 - level)[0] =
            pte_make(mfn(world.frames[i][5 - level]), PTE_PRESENT | PTE_WRITE | PTE_USER);
    for (unsigned int f = 0; f < FRAMES_OF_DOMAIN / 2; f++)
        table(i, 3)[f] = pte_make(mfn(world.frames[i][f]), PTE_PRESENT | PTE_USER | (f < 4 ? 0 : PTE_WRITE));
}

static void begin_domain(unsigned int i)
{
    struct domain *d = fake_domain((domid_t)i, NR_VCPUS, FRAMES_OF_DOMAIN + 8);
    struct vcpu *v;

    world.d[i] = d;
    for (unsigned int f = 0; f < FRAMES_OF_DOMAIN; f++) {
        struct page_info *pg = domain_pages_alloc(d, 0, 0, true);

        if (!pg)
            fail("no memory for domain %u", i);
        world.frames[i][f] = page_to_mfn(pg).n;
    }
    fill_tables(i);
    for_each_vcpu(d, v)
    {
        v->dirty_cpus = cpumask_of(v->id);
        v->arch.window_slot = i * NR_VCPUS + v->id;
        fake_as(v);
        if (pv_set_bases(v, mfn(world.frames[i][0]), INVALID_MFN))
            fail("domain %u has no good tables", i);
    }
}

void world_begin(void)
{
    world = (struct world){.abandon = false};
    fake_windows_reset();
    tlb_forget();
    memset((void *)GUEST_MEMORY, 0, GUEST_MEMORY_BYTES);
    for (unsigned int i = 0; i < NR_DOMAINS; i++)
        begin_domain(i);
}

void world_preempt(bool always)
{
    this_cpu(softirq_pending) = always ? 1ul << SOFTIRQ_SCHEDULE : 0;
}

bool world_kill_step(unsigned int i)
{
    struct domain *d = world.d[i];
    int rc;

    if (!d)
        return true;
    fake_as(idle_domain->vcpu[0]);
    if (d == hardware_domain)
        hardware_domain = NULL;
    rc = domain_kill(d);
    if (rc == -XEN_ERESTART)
        return false;
    if (rc)
        fail("domain %u cannot be killed: %d", i, rc);
    world.d[i] = NULL;
    domain_put(d);
    return true;
}

static void nothing_is_left(void)
{
    for (uint64_t n = 0; n < max_page; n++) {
        const struct page_info *pg = mfn_to_page(mfn(n));

        if (pg->owner || (!(pg->count_info & PGC_FREE) && (pg->count_info & PGC_COUNT_MASK)))
            fail("frame %lu is left behind: owner %p, count %lx, type %lx", n, (void *)pg->owner,
                 pg->count_info, pg->type_info);
    }
    if (free_at_start && page_alloc_free_pages() != free_at_start)
        fail("%lu pages are free, %lu were at the start", page_alloc_free_pages(), free_at_start);
}

void world_end(bool preempt)
{
    unsigned int steps = 0;

    /* The privileged domain last: it may hold frames of the others. */
    for (unsigned int i = NR_DOMAINS; i-- > 0;) {
        world_preempt(preempt);
        while (!world_kill_step(i))
            if (++steps > CONTINUATIONS_MAX)
                fail("the end of domain %u does not come", i);
        oracle_check("a domain's end");
    }
    world_preempt(false);
    fake_run_softirqs();
    nothing_is_left();
}

long world_hypercall(unsigned int nr, const uint64_t args[5])
{
    struct fake_continuation *c = &fake_continuation;
    unsigned int steps = 0;
    long rc;

    *c = (struct fake_continuation){.nr = nr, .nr_args = 5};
    memcpy(c->args, args, 5 * sizeof(args[0]));
    current->mc.active = false;
    do {
        if (c->nr >= NR_HYPERCALLS || !hypercall_table[c->nr])
            return -XEN_ENOSYS;
        current->hypercall_nr = c->nr;
        rc = hypercall_table[c->nr](c->args[0], c->args[1], c->args[2], c->args[3], c->args[4]);
        if (++steps > CONTINUATIONS_MAX)
            fail("hypercall %u does not end", nr);
    } while (rc == FAKE_CONTINUED && !world.abandon);
    return rc;
}

void oracle_check(const char *after)
{
    oracle_counts(after);
    oracle_walk(after);
    oracle_events(after);
    oracle_tlb(after);
}
