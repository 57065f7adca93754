/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Domains: creation, finding by id, reference counts, pause, shutdown, destruction. What belongs to one vCPU
 * is vcpu.c's; frames are domain_pages.c's.
 *
 * A domain ends in three steps: domain_kill makes it give up what it holds, as often as it takes; frames that
 * others still reference keep the structure alive; the last reference frees it.
 */
#include <xen/arch.h>
#include <xen/console.h>
#include <xen/domain.h>
#include <xen/grant_table.h>
#include <xen/log.h>
#include <xen/memory.h>
#include <xen/mm.h>
#include <xen/sched.h>
#include <xen/shutdown.h>
#include <xen/softirq.h>
#include <xen/string.h>
#include <xen/trace.h>
#include <xen/vcpu_timer.h>
#include <xen/watchdog.h>
#include <xen/xmalloc.h>
#include <public/sched.h>

struct domain *hardware_domain, *idle_domain, *dom_xen, *dom_io;

static spinlock_t domains_lock;
static struct list_head domains = {&domains, &domains};
static uint64_t last_serial;

/*
 * All domains again, by their numbers, each bucket with a lock of its own: finding one is part of most calls
 * about another.
 */
#define NR_BUCKETS 64
static struct bucket {
    spinlock_t lock;
    struct domain *first;
} buckets[NR_BUCKETS];

static struct bucket *bucket_of(domid_t id)
{
    return &buckets[id % NR_BUCKETS];
}

/* Lock held. */
static struct domain *bucket_find(const struct bucket *b, domid_t id)
{
    struct domain *d = b->first;

    while (d && d->id != id)
        d = d->next_in_bucket;
    return d;
}

/* False: another has its number. */
static bool bucket_add(struct domain *d)
{
    struct bucket *b = bucket_of(d->id);
    bool fresh;

    spin_lock(&b->lock);
    fresh = !bucket_find(b, d->id);
    if (fresh) {
        d->next_in_bucket = b->first;
        b->first = d;
    }
    spin_unlock(&b->lock);
    return fresh;
}

static void bucket_remove(struct domain *d)
{
    struct bucket *b = bucket_of(d->id);
    struct domain **at = &b->first;

    spin_lock(&b->lock);
    while (*at && *at != d)
        at = &(*at)->next_in_bucket;
    if (*at)
        *at = d->next_in_bucket;
    spin_unlock(&b->lock);
}

static struct domain *domain_alloc(domid_t id)
{
    struct domain *d = xzalloc(struct domain);

    if (!d)
        return NULL;
    d->id = id;
    d->serial = __atomic_add_fetch(&last_serial, 1, __ATOMIC_RELAXED);
    d->refcount = 1;
    list_init(&d->all_domains);
    watchdogs_init(d);
    return d;
}

static struct domain *special_domain(domid_t id)
{
    struct domain *d = domain_alloc(id);

    if (!d)
        panic("no memory for the hypervisor's own domains");
    return d;
}

void domains_init(void)
{
    idle_domain = special_domain(DOMID_IDLE);
    dom_xen = special_domain(DOMID_XEN);
    dom_io = special_domain(DOMID_IO);
    idle_domain->max_vcpus = MAX_CPUS;
    idle_domain->vcpu = xzalloc_array(struct vcpu *, MAX_CPUS);
    if (!idle_domain->vcpu || !idle_vcpu_create(0))
        panic("no memory for the idle vCPU");
}

static int shared_info_create(struct domain *d)
{
    d->shared_info = hypervisor_pages_alloc(0);
    if (!d->shared_info)
        return -XEN_ENOMEM;
    share_hypervisor_page(d->shared_info, d, true);
    return 0;
}

/* Everything that a domain consists of; what was made before a failure is domain_free's. */
static int domain_populate(struct domain *d, const struct domain_config *config)
{
    int rc;

    d->vcpu = xzalloc_array(struct vcpu *, d->max_vcpus);
    d->refusals.last = xzalloc_array(struct refusal, REFUSALS_KEPT);
    if (!d->vcpu || !d->refusals.last)
        return -XEN_ENOMEM;
    rc = sched_domain_add(d, config->pool ? config->pool : sched_default);
    if (!rc && config->privileged)
        rc = range_set_add(&d->device_memory, 0, ~0ull);
    if (!rc)
        rc = console_domain_create(d);
    if (!rc)
        rc = evtchn_init_domain(d);
    if (!rc)
        rc = arch_domain_create(d);
    if (!rc)
        rc = shared_info_create(d);
    if (!rc)
        rc = grant_table_create(d, config->max_grant_frames, config->max_mapping_frames);
    return rc;
}

/* Whoever looks after domains is to look: one has shut down, or died, or is gone. */
static void tell_controller(void)
{
    send_global_virq(VIRQ_DOM_EXC);
}

/* No reference is left: neither to the domain nor to its frames. */
static void domain_free(struct domain *d)
{
    spin_lock(&domains_lock);
    list_del(&d->all_domains);
    spin_unlock(&domains_lock);
    bucket_remove(d);
    for (unsigned int i = 0; d->vcpu && i < d->max_vcpus; i++)
        if (d->vcpu[i])
            vcpu_destroy(d->vcpu[i]);
    sched_domain_remove(d);
    grant_table_destroy(d);
    hypervisor_pages_free(d->shared_info, 0);
    arch_domain_destroy(d);
    evtchn_free_domain(d);
    console_domain_destroy(d);
    range_set_clear(&d->device_memory);
    vnuma_free(d);
    xfree(d->refusals.last);
    xfree(d->vcpu);
    xfree(d);
    tell_controller();
}

static bool domain_register(struct domain *d)
{
    bool fresh;

    spin_lock(&domains_lock);
    fresh = bucket_add(d);
    if (fresh)
        list_add_tail(&d->all_domains, &domains);
    spin_unlock(&domains_lock);
    return fresh;
}

/* Gives up the pages that the hypervisor shares with the domain; their last reference lets go of the domain.
 */
static void release_shared_pages(struct domain *d)
{
    if (d->shared_info)
        release_hypervisor_page(d->shared_info);
    grant_table_release(d);
}

int domain_create(domid_t domid, const struct domain_config *config, struct domain **out)
{
    struct domain *d;
    int rc;

    if ((unsigned int)domid >= DOMID_FIRST_RESERVED || config->max_vcpus == 0 ||
        config->max_vcpus > MAX_VCPUS)
        return -XEN_EINVAL;
    d = domain_alloc(domid);
    if (!d)
        return -XEN_ENOMEM;
    d->is_privileged = d->is_hardware = config->privileged;
    d->serves_store = config->serves_store;
    d->max_vcpus = config->max_vcpus;
    d->pause_count = d->controller_pauses = 1;
    memcpy(d->handle, config->handle, sizeof(d->handle));
    domain_get(d);
    rc = domain_populate(d, config);
    if (!rc && config->limit_event_ports)
        evtchn_set_limit(d, config->max_event_port);
    if (!rc && !domain_register(d))
        rc = -XEN_EEXIST;
    if (rc) {
        release_shared_pages(d);
        domain_put(d);
        domain_put(d);
        return rc;
    }
    if (config->privileged && !hardware_domain)
        hardware_domain = d;
    TRACE(TRC_DOM0_DOM_ADD, d->id);
    *out = d;
    return 0;
}

bool domain_try_get(struct domain *d)
{
    int n = READ_ONCE(d->refcount);

    while (n > 0)
        if (__atomic_compare_exchange_n(&d->refcount, &n, n + 1, false, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
            return true;
    return false;
}

struct domain *domain_get_by_id(domid_t domid)
{
    struct bucket *b = bucket_of(domid);
    struct domain *d;

    spin_lock(&b->lock);
    d = bucket_find(b, domid);
    if (d && (d->is_dying || !domain_try_get(d)))
        d = NULL;
    spin_unlock(&b->lock);
    return d;
}

struct domain *domain_get_by_serial(domid_t domid, uint64_t serial)
{
    struct bucket *b = bucket_of(domid);
    struct domain *d;

    spin_lock(&b->lock);
    d = bucket_find(b, domid);
    if (d && (d->serial != serial || !domain_try_get(d)))
        d = NULL;
    spin_unlock(&b->lock);
    return d;
}

/* domains_lock held. The one with the lowest number from domid on that is not on its way out for good. */
static struct domain *lowest_from(domid_t domid)
{
    struct domain *d, *best = NULL;

    list_for_each_entry(d, &domains, all_domains)
    {
        if (d->id >= domid && (!best || d->id < best->id) && READ_ONCE(d->refcount) > 0)
            best = d;
    }
    return best;
}

struct domain *domain_get_from(domid_t domid)
{
    struct domain *d;

    spin_lock(&domains_lock);
    do {
        d = lowest_from(domid);
    } while (d && !domain_try_get(d));
    spin_unlock(&domains_lock);
    return d;
}

struct domain *domain_get_any(domid_t domid)
{
    struct bucket *b = bucket_of(domid);
    struct domain *d;

    spin_lock(&b->lock);
    d = bucket_find(b, domid);
    if (d && !domain_try_get(d))
        d = NULL;
    spin_unlock(&b->lock);
    return d;
}

struct domain *domain_get_by_any_id(domid_t domid)
{
    if (domid != DOMID_SELF)
        return domain_get_by_id(domid);
    domain_get(current->domain);
    return current->domain;
}

void domain_get(struct domain *d)
{
    __atomic_fetch_add(&d->refcount, 1, __ATOMIC_RELAXED);
}

void domain_put(struct domain *d)
{
    if (__atomic_sub_fetch(&d->refcount, 1, __ATOMIC_ACQ_REL) == 0)
        domain_free(d);
}

void for_each_domain(void (*fn)(struct domain *d, void *data), void *data)
{
    struct domain *d;

    spin_lock(&domains_lock);
    list_for_each_entry(d, &domains, all_domains) fn(d, data);
    spin_unlock(&domains_lock);
}

void domain_pause_nosync(struct domain *d)
{
    struct vcpu *v;

    __atomic_fetch_add(&d->pause_count, 1, __ATOMIC_SEQ_CST);
    for_each_vcpu(d, v) vcpu_sleep_nosync(v);
}

void domain_pause_sync(struct domain *d)
{
    struct vcpu *v;

    domain_pause_nosync(d);
    for_each_vcpu(d, v) if (v != current) vcpu_sleep_sync(v);
}

void domain_unpause(struct domain *d)
{
    struct vcpu *v;

    if (__atomic_sub_fetch(&d->pause_count, 1, __ATOMIC_SEQ_CST) != 0)
        return;
    for_each_vcpu(d, v) vcpu_wake(v);
}

bool domain_controller_pause(struct domain *d)
{
    if (d->controller_pauses >= CONTROLLER_PAUSES_MAX)
        return false;
    d->controller_pauses++;
    domain_pause_sync(d);
    return true;
}

bool domain_controller_unpause(struct domain *d)
{
    if (!d->controller_pauses)
        return false;
    if (!--d->controller_pauses)
        d->has_started = true;
    domain_unpause(d);
    return true;
}

void domain_shutdown(struct domain *d, uint8_t reason)
{
    bool already;

    spin_lock(&d->shutdown_lock);
    already = d->is_shutting_down;
    if (!d->has_shutdown_code) {
        d->shutdown_code = reason;
        d->has_shutdown_code = true;
    }
    reason = d->shutdown_code;
    d->is_shutting_down = true;
    spin_unlock(&d->shutdown_lock);
    if (d == hardware_domain)
        hardware_domain_shutdown(reason);
    if (already)
        return;
    domain_pause_nosync(d);
    d->is_shut_down = true;
    if (reason == SHUTDOWN_suspend && d->suspend_port)
        evtchn_send_as(d, d->suspend_port);
    else
        tell_controller();
}

void domain_resume(struct domain *d)
{
    bool was_down;

    spin_lock(&d->shutdown_lock);
    was_down = d->is_shut_down;
    d->is_shutting_down = d->is_shut_down = d->has_shutdown_code = false;
    spin_unlock(&d->shutdown_lock);
    if (was_down)
        domain_unpause(d);
}

void domain_crash(struct domain *d, const char *fmt, ...)
{
    struct vcpu *v = current;
    va_list ap;

    /* Once: what follows a crash explains nothing. */
    if (d->is_shutting_down)
        return;
    printk("Domain %u (vcpu#%u) crashed on cpu#%u: ", d->id, v->domain == d ? v->id : 0, arch_this_cpu());
    va_start(ap, fmt);
    vprintk(fmt, ap);
    va_end(ap);
    printk("\n");
    if (v->domain == d)
        arch_vcpu_dump(v);
    refusals_dump(d);
    domain_shutdown(d, SHUTDOWN_crash);
}

/* Frames that others reference stay on the list: each is looked at once, however often this gives way. */
static int relinquish_memory(struct domain *d)
{
    struct page_info *pg = d->relinquish_page;

    d->relinquish_page = NULL;
    if (!pg)
        pg = domain_next_page(d, NULL);
    while (pg) {
        page_release_allocation(pg);
        pg = domain_next_page(d, pg);
        if (pg && softirq_any_pending()) {
            d->relinquish_page = pg;
            return -XEN_ERESTART;
        }
    }
    return 0;
}

int domain_kill(struct domain *d)
{
    struct vcpu *v;
    int rc;

    if (d == current->domain || d == hardware_domain)
        return -XEN_EINVAL;
    if (d->is_dead)
        return 0;
    if (!d->is_dying) {
        domain_pause_sync(d);
        sched_wait_for_switches();
        /* Whoever resets its ports is either at the end by now or sees that it dies. */
        spin_lock(&d->event_lock);
        d->is_dying = true;
        d->next_close = 1;
        spin_unlock(&d->event_lock);
        (void)!page_claim(d, 0);
        virq_drop_handler(d);
        watchdogs_kill(d);
        for_each_vcpu(d, v) vcpu_timers_kill(v);
    }
    /* A pool with nothing but dead domains can go. Without the memory to move it stays where it is. */
    (void)!sched_domain_move(d, sched_default);
    rc = evtchn_close_all(d);
    /* Until then others send to them. */
    for_each_vcpu(d, v) if (!rc) vcpu_relinquish(v);
    for_each_vcpu(d, v) if (!rc) rc = memory_exchange_end(v);
    if (!rc)
        rc = grant_mappings_release(d);
    if (!rc)
        rc = arch_domain_relinquish(d);
    if (!rc)
        rc = relinquish_memory(d);
    if (rc)
        return rc;
    release_shared_pages(d);
    d->is_dead = true;
    TRACE(TRC_DOM0_DOM_REM, d->id);
    tell_controller();
    domain_put(d);
    return 0;
}

static void domain_dump(struct domain *d, void *data)
{
    struct vcpu *v;

    printk("General information for domain %u:\n", d->id);
    printk("    refcnt=%d dying=%d pause_count=%d\n", d->refcount, d->is_dying, d->pause_count);
    printk("    nr_pages=%lu xenheap_pages=%lu max_pages=%lu vm_assist=%08lx\n", (unsigned long)d->tot_pages,
           (unsigned long)d->xenheap_pages, (unsigned long)d->max_pages, (unsigned long)d->vm_assist);
    if (d->is_shutting_down)
        printk("    shut down, reason %u\n", d->shutdown_code);
    for_each_vcpu(d, v) vcpu_dump_state(v);
}

void domains_dump(void)
{
    printk("System time %ld us\n", (long)(now_ns() / 1000));
    for_each_domain(domain_dump, NULL);
}
