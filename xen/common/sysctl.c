/* SPDX-License-Identifier: BSD-2-Clause */
/* HYPERVISOR_sysctl: questions about the machine as a whole, and what is set for all of it. */
#include <xen/console.h>
#include <xen/ctl.h>
#include <xen/guest_access.h>
#include <xen/hypercall.h>
#include <xen/keyhandler.h>
#include <xen/mm.h>
#include <xen/refusal.h>
#include <xen/sched.h>
#include <xen/spinlock.h>
#include <xen/string.h>
#include <xen/trace.h>
#include <xen/xmalloc.h>

#define KEYS_MAX 1024u

/* One call at a time: what is set for the whole machine is set as a whole. */
static spinlock_t sysctl_lock;

bool sysctl_try_lock(void)
{
    return spin_trylock(&sysctl_lock);
}

void sysctl_unlock(void)
{
    spin_unlock(&sysctl_lock);
}

static int refuse_buffer(uint64_t va)
{
    return refuse(-XEN_EFAULT, "sysctl.buffer", "the buffer at %#lx cannot be read or written",
                  (unsigned long)va);
}

/* --- The console's ring --- */
static long read_console(struct xen_sysctl_readconsole *op)
{
    uint64_t index = op->incremental ? op->index : 0, va = handle_va(op->buffer);
    char piece[256];
    uint32_t done = 0;
    size_t n;

    while (done < op->count &&
           (n = console_ring_read(&index, piece, min(sizeof(piece), (size_t)(op->count - done))))) {
        if (copy_to_guest(va + done, piece, n))
            return refuse_buffer(va);
        done += (uint32_t)n;
    }
    if (op->clear)
        console_ring_clear();
    op->count = done;
    op->index = (uint32_t)index;
    return 0;
}

static long debug_keys(const struct xen_sysctl_debug_keys *op)
{
    char c;

    if (op->nr_keys > KEYS_MAX)
        return refuse(-XEN_E2BIG, "sysctl.keys", "%u keys, and one call presses at most %u", op->nr_keys,
                      KEYS_MAX);
    for (uint32_t i = 0; i < op->nr_keys; i++) {
        if (copy_from_guest(&c, handle_va(op->keys) + i, 1))
            return refuse_buffer(handle_va(op->keys));
        keyhandler_run(c);
    }
    return 0;
}

/* --- Domains --- */
static long list_domains(struct xen_sysctl_getdomaininfolist *op)
{
    struct xen_domctl_getdomaininfo info;
    domid_t from = op->first_domain;
    uint32_t nr = 0;

    while (nr < op->max_domains) {
        struct domain *d = domain_get_from(from);

        if (!d)
            break;
        domain_info_fill(d, &info);
        from = (domid_t)(d->id + 1);
        domain_put(d);
        if (copy_to_guest(guest_element(handle_va(op->buffer), nr, info), &info, sizeof(info)))
            return refuse_buffer(handle_va(op->buffer));
        nr++;
    }
    op->num_domains = nr;
    return 0;
}

/* --- CPUs and memory --- */
static long cpu_times(struct xen_sysctl_getcpuinfo *op)
{
    unsigned int nr = min(op->max_cpus, cpumask_count(sched_present_cpus()));

    for (unsigned int cpu = 0; cpu < nr; cpu++) {
        struct xen_sysctl_cpuinfo info = {0};
        struct vcpu_runstate_info runstate;

        vcpu_runstate_get(idle_domain->vcpu[cpu], &runstate);
        info.idletime = cpumask_test(sched_online_cpus(), cpu) ? runstate.time[RUNSTATE_running] : 0;
        if (copy_to_guest(guest_element(handle_va(op->info), cpu, info), &info, sizeof(info)))
            return refuse_buffer(handle_va(op->info));
    }
    op->nr_cpus = nr;
    return 0;
}

/* One node with all of the memory. */
static long numa_info(struct xen_sysctl_numainfo *op)
{
    struct xen_sysctl_meminfo memory = {.memsize = max_page << PAGE_SHIFT,
                                        .memfree = page_alloc_free_pages() << PAGE_SHIFT};
    uint32_t distance = 10;

    if (handle_va(op->meminfo) && op->num_nodes &&
        copy_to_guest(handle_va(op->meminfo), &memory, sizeof(memory)))
        return refuse_buffer(handle_va(op->meminfo));
    if (handle_va(op->distance) && op->num_nodes &&
        copy_to_guest(handle_va(op->distance), &distance, sizeof(distance)))
        return refuse_buffer(handle_va(op->distance));
    op->num_nodes = 1;
    return 0;
}

static long available_heap(struct xen_sysctl_availheap *op)
{
    op->avail_bytes = page_alloc_free_pages() << PAGE_SHIFT;
    return 0;
}

/* --- What is not there --- */
/* Nothing can be loaded; so the list is empty, and no name is known. */
static long live_patch(struct xen_sysctl_livepatch_op *op)
{
    if (op->pad)
        return refuse(-XEN_EINVAL, "sysctl.patch-pad", "the padding is %#x, not zero", op->pad);
    switch (op->cmd) {
    case XEN_SYSCTL_LIVEPATCH_LIST:
        op->u.list.nr = op->u.list.name_total_size = op->u.list.metadata_total_size = 0;
        op->u.list.version = 1;
        return 0;
    case XEN_SYSCTL_LIVEPATCH_GET:
    case XEN_SYSCTL_LIVEPATCH_ACTION:
        return refuse(-XEN_ENOENT, "sysctl.patch-name", "no patch is loaded");
    case XEN_SYSCTL_LIVEPATCH_UPLOAD:
        return refuse(-XEN_ENOSYS, "sysctl.patch-upload", "patches cannot be loaded");
    default:
        return refuse(-XEN_EOPNOTSUPP, "sysctl.patch", "there is no command %u of live patches", op->cmd);
    }
}

/*
 * Options of the build or the processor that stock tools ask for: absent as on stock Xen where these are
 * absent.
 */
static long absent(const struct xen_sysctl *op)
{
    if (op->cmd == XEN_SYSCTL_coverage_op)
        return refuse(-XEN_EOPNOTSUPP, "sysctl.coverage",
                      "the hypervisor was built without coverage counters");
    if (op->cmd == XEN_SYSCTL_psr_alloc && op->u.psr_alloc.cmd > XEN_SYSCTL_PSR_get_mba_info)
        return refuse(-XEN_EOPNOTSUPP, "sysctl.resources", "there is no command %u of shared resources",
                      op->u.psr_alloc.cmd);
    return refuse(-XEN_ENODEV, "sysctl.resources",
                  "caches and memory bandwidth are neither measured nor shared out");
}

static long run(struct xen_sysctl *op, bool *copyback)
{
    *copyback = true;
    switch (op->cmd) {
    case XEN_SYSCTL_readconsole:
        return read_console(&op->u.readconsole);
    case XEN_SYSCTL_sched_id:
        op->u.sched_id.sched_id = sched_default->policy->id;
        return 0;
    case XEN_SYSCTL_getdomaininfolist:
        return list_domains(&op->u.getdomaininfolist);
    case XEN_SYSCTL_debug_keys:
        return debug_keys(&op->u.debug_keys);
    case XEN_SYSCTL_getcpuinfo:
        return cpu_times(&op->u.getcpuinfo);
    case XEN_SYSCTL_availheap:
        return available_heap(&op->u.availheap);
    case XEN_SYSCTL_numainfo:
        return numa_info(&op->u.numainfo);
    case XEN_SYSCTL_cpupool_op:
        return sysctl_cpupool_op(&op->u.cpupool_op);
    case XEN_SYSCTL_scheduler_op:
        return sysctl_scheduler_op(&op->u.scheduler_op);
    case XEN_SYSCTL_tbuf_op:
        return sysctl_trace(&op->u.tbuf_op);
    case XEN_SYSCTL_get_pmstat:
        return sysctl_power_statistics(&op->u.get_pmstat);
    case XEN_SYSCTL_pm_op:
        return sysctl_power(&op->u.pm_op);
    case XEN_SYSCTL_cpu_hotplug:
        return sysctl_cpu_hotplug(&op->u.cpu_hotplug);
    case XEN_SYSCTL_page_offline_op:
        *copyback = false;
        return sysctl_page_offline_op(&op->u.page_offline);
    case XEN_SYSCTL_livepatch_op:
        return live_patch(&op->u.livepatch);
    case XEN_SYSCTL_coverage_op:
    case XEN_SYSCTL_psr_cmt_op:
    case XEN_SYSCTL_psr_alloc:
        return absent(op);
    default:
        return arch_sysctl(op, copyback);
    }
}

long do_sysctl(uint64_t arg_va)
{
    struct xen_sysctl op;
    bool copyback = false;
    long rc;

    if (copy_from_guest(&op, arg_va, sizeof(op)))
        return refuse(-XEN_EFAULT, "sysctl.arg", "no readable argument at %#lx", (unsigned long)arg_va);
    if (op.interface_version != XEN_SYSCTL_INTERFACE_VERSION)
        return refuse(-XEN_EACCES, "sysctl.version", "interface version %#x, not %#x", op.interface_version,
                      XEN_SYSCTL_INTERFACE_VERSION);
    if (!current->domain->is_privileged)
        return refuse(-XEN_EPERM, "sysctl.privilege", "domain %u is no toolstack", current->domain->id);
    if (!sysctl_try_lock())
        return hypercall_continue(__HYPERVISOR_sysctl, 1, arg_va);
    rc = run(&op, &copyback);
    sysctl_unlock();
    if (!rc && copyback && copy_to_guest(arg_va, &op, sizeof(op)))
        return refuse(-XEN_EFAULT, "sysctl.arg", "the argument at %#lx cannot be written",
                      (unsigned long)arg_va);
    return rc == -XEN_ERESTART ? hypercall_continue(__HYPERVISOR_sysctl, 1, arg_va) : rc;
}
