/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One vCPU: creation, pause counts, its vcpu_info, its timers, its time. When it runs is the scheduler's; its
 * registers are arch's.
 */
#include <xen/arch.h>
#include <xen/domain.h>
#include <xen/event_channel.h>
#include <xen/guest_access.h>
#include <xen/log.h>
#include <xen/mm.h>
#include <xen/sched.h>
#include <xen/string.h>
#include <xen/vcpu_timer.h>
#include <xen/xmalloc.h>

/* For vCPUs that have no room in shared_info and no vcpu_info of their own yet: events are masked for good.
 */
static vcpu_info_t dummy_vcpu_info = {.evtchn_upcall_mask = 1};

static struct vcpu *vcpu_alloc(struct domain *d, unsigned int id)
{
    struct vcpu *v = xzalloc(struct vcpu);

    if (!v)
        return NULL;
    v->id = id;
    v->domain = d;
    v->info = &dummy_vcpu_info;
    v->info_mfn = INVALID_MFN;
    v->affinity = v->soft_affinity = cpumask_all();
    v->runstate.state_entry_time = (uint64_t)now_ns();
    return v;
}

struct vcpu *vcpu_create(struct domain *d, unsigned int id)
{
    struct vcpu *v;

    if (id >= d->max_vcpus || d->vcpu[id])
        return NULL;
    v = vcpu_alloc(d, id);
    if (!v)
        return NULL;
    if (id < XEN_LEGACY_MAX_VCPUS)
        v->info = (vcpu_info_t *)&d->shared_info->vcpu_info[id];
    v->pause_flags = 1ul << VPF_DOWN;
    v->runstate.state = RUNSTATE_offline;
    vcpu_timers_init(v);
    if (sched_vcpu_add(v)) {
        xfree(v);
        return NULL;
    }
    if (arch_vcpu_create(v)) {
        sched_vcpu_remove(v);
        xfree(v);
        return NULL;
    }
    /* Last: who finds it finds it whole. */
    __atomic_store_n(&d->vcpu[id], v, __ATOMIC_RELEASE);
    return v;
}

struct vcpu *idle_vcpu_create(unsigned int cpu)
{
    struct vcpu *v = vcpu_alloc(idle_domain, cpu);

    if (!v)
        return NULL;
    v->is_idle = v->is_running = v->is_initialised = true;
    v->cpu = cpu;
    v->affinity = cpumask_of(cpu);
    v->runstate.state = RUNSTATE_running;
    if (arch_vcpu_create(v) || sched_cpu_add(cpu, v)) {
        xfree(v);
        return NULL;
    }
    idle_domain->vcpu[cpu] = v;
    return v;
}

void vcpu_destroy(struct vcpu *v)
{
    v->domain->vcpu[v->id] = NULL;
    sched_vcpu_remove(v);
    arch_vcpu_destroy(v);
    xfree(v);
}

void vcpu_relinquish(struct vcpu *v)
{
    v->runstate_guest_va = v->time_guest_va = 0;
    if (!mfn_eq(v->info_mfn, INVALID_MFN)) {
        struct page_info *pg = mfn_to_page(v->info_mfn);

        v->info = &dummy_vcpu_info;
        v->info_mfn = INVALID_MFN;
        page_put_and_type(pg);
    }
}

bool vcpu_has_info(const struct vcpu *v)
{
    return v->info != &dummy_vcpu_info;
}

int vcpu_set_context(struct vcpu *v, const struct vcpu_guest_context *ctx)
{
    int rc = arch_vcpu_set_context(v, ctx);

    if (rc)
        return rc;
    v->is_initialised = true;
    /* Toolstacks clear the shared-info page before they set the first context. */
    if (v->id == 0)
        domain_update_wallclock(v->domain);
    return 0;
}

int vcpu_reset(struct vcpu *v)
{
    int rc;

    /* It gives way in between, and nobody else need have paused the domain then. */
    set_bit(VPF_RESET, &v->pause_flags);
    rc = arch_vcpu_reset(v);
    if (rc)
        return rc;
    set_bit(VPF_DOWN, &v->pause_flags);
    /* Whoever polled does not any more. */
    vcpu_unblock(v);
    v->is_initialised = false;
    clear_bit(VPF_RESET, &v->pause_flags);
    return 0;
}

void vcpu_bring_up(struct vcpu *v)
{
    if (test_and_clear_bit(VPF_DOWN, &v->pause_flags))
        vcpu_wake(v);
}

void vcpu_pause_nosync(struct vcpu *v)
{
    __atomic_fetch_add(&v->pause_count, 1, __ATOMIC_SEQ_CST);
    vcpu_sleep_nosync(v);
}

void vcpu_pause_sync(struct vcpu *v)
{
    ASSERT(v != current);
    __atomic_fetch_add(&v->pause_count, 1, __ATOMIC_SEQ_CST);
    vcpu_sleep_sync(v);
}

void vcpu_unpause(struct vcpu *v)
{
    if (__atomic_sub_fetch(&v->pause_count, 1, __ATOMIC_SEQ_CST) == 0)
        vcpu_wake(v);
}

/*
 * The guest reads version, fields, version and takes them when both are the same and even. Only the CPU on
 * which v is writes, so plain stores in this order do: the machine does not reorder them.
 */
void vcpu_update_time(struct vcpu *v)
{
    struct vcpu_time_info fresh, *shared = &v->info->time;
    uint32_t version = READ_ONCE(shared->version);

    arch_vcpu_time_info(v, &fresh);
    WRITE_ONCE(shared->version, version | 1);
    __atomic_thread_fence(__ATOMIC_RELEASE);
    shared->tsc_timestamp = fresh.tsc_timestamp;
    shared->system_time = fresh.system_time;
    shared->tsc_to_system_mul = fresh.tsc_to_system_mul;
    shared->tsc_shift = fresh.tsc_shift;
    shared->flags = fresh.flags;
    __atomic_store_n(&shared->version, (version | 1) + 1, __ATOMIC_RELEASE);
    if (unlikely(v->time_guest_va))
        arch_vcpu_update_areas(v);
}

void vcpu_refresh_time(struct vcpu *v)
{
    if (!arch_vcpu_time_stands(v, &v->info->time))
        vcpu_update_time(v);
}

/* The same protocol in a copy that the guest may read where it has no vcpu_info, such as in user mode. */
void vcpu_update_time_area(struct vcpu *v)
{
    struct vcpu_time_info copy = v->info->time;
    uint64_t va = v->time_guest_va, version_va = guest_field(va, struct vcpu_time_info, version);
    uint32_t version = copy.version;

    if (!va)
        return;
    copy.version |= 1;
    if (copy_to_guest(version_va, &copy.version, sizeof(copy.version)))
        return;
    barrier();
    if (copy_to_guest(va, &copy, sizeof(copy)))
        return;
    barrier();
    (void)!copy_to_guest(version_va, &version, sizeof(version));
}

/* The clock is read under the lock: who comes last writes the latest. */
void domain_update_wallclock(struct domain *d)
{
    static spinlock_t lock;
    shared_info_t *s = d->shared_info;
    uint32_t version, nanoseconds;
    uint64_t seconds;

    spin_lock(&lock);
    version = READ_ONCE(s->wc_version);
    arch_wallclock_at_boot(&seconds, &nanoseconds);
    seconds += (uint64_t)d->time_offset_seconds;
    WRITE_ONCE(s->wc_version, version | 1);
    __atomic_thread_fence(__ATOMIC_RELEASE);
    s->wc_sec = (uint32_t)seconds;
    s->wc_sec_hi = (uint32_t)(seconds >> 32);
    s->wc_nsec = nanoseconds;
    __atomic_store_n(&s->wc_version, (version | 1) + 1, __ATOMIC_RELEASE);
    spin_unlock(&lock);
}

void vcpu_dump_state(const struct vcpu *v)
{
    static const char *const states[] = {"running", "runnable", "blocked", "offline"};

    printk(
        "    VCPU%u: CPU%u [%s] pause_flags=%lx pause_count=%d upcall_pend=%02x upcall_mask=%02x poll=%d\n",
        v->id, v->cpu, states[v->runstate.state], v->pause_flags, v->pause_count,
        v->info->evtchn_upcall_pending, v->info->evtchn_upcall_mask, v->poll_port);
}
