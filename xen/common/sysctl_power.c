/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * sysctl: power. CPUs run or halt: there is one idle state, C1, beside running, and no frequency is ever set.
 * What tools set of it is remembered and told again. Sources: public/sysctl.h, XEN_SYSCTL_get_pmstat, _pm_op,
 * _cpu_hotplug.
 */
#include <xen/arch.h>
#include <xen/cpu_hotplug.h>
#include <xen/ctl.h>
#include <xen/guest_access.h>
#include <xen/refusal.h>
#include <xen/sched.h>

#define IDLE_STATES 2 /* C0 and C1 */

/*
 * What tools have set: the deepest state, which C1 is anyway, its variants, and a wish to the scheduler about
 * threads, which no CPU has.
 */
static uint32_t deepest_state = 1, deepest_variant = XEN_SYSCTL_CX_UNLIMITED;
static bool spares_threads;

static bool is_online(uint32_t cpu)
{
    return cpu < MAX_CPUS && cpumask_test(sched_online_cpus(), cpu);
}

static int refuse_cpu(uint32_t cpu)
{
    return refuse(-XEN_EINVAL, "sysctl.power-cpu", "there is no CPU %u that runs", cpu);
}

/* --- Statistics --- */
/* Tools give lists with room for cx->nr states. */
static long idle_statistics(uint32_t cpu, struct pm_cx_stat *cx)
{
    struct vcpu_runstate_info runstate;
    uint64_t times[IDLE_STATES];

    vcpu_runstate_get(idle_domain->vcpu[cpu], &runstate);
    times[1] = runstate.time[RUNSTATE_running];
    times[0] = (uint64_t)now_ns() - times[1];
    for (uint32_t i = 0; i < min(cx->nr, (uint32_t)IDLE_STATES); i++) {
        uint64_t once = 1;

        if (copy_to_guest(guest_element(handle_va(cx->triggers), i, once), &once, sizeof(once)) ||
            copy_to_guest(guest_element(handle_va(cx->residencies), i, times[i]), &times[i],
                          sizeof(times[i])))
            return refuse(-XEN_EFAULT, "sysctl.power-list", "the lists of idle states cannot be written");
    }
    cx->nr = IDLE_STATES;
    cx->last = 0;
    cx->idle_time = times[1];
    cx->nr_pc = cx->nr_cc = 0;
    return 0;
}

long sysctl_power_statistics(struct xen_sysctl_get_pmstat *op)
{
    if (!is_online(op->cpuid))
        return refuse_cpu(op->cpuid);
    switch (op->type) {
    case PMSTAT_get_max_cx:
        op->u.getcx.nr = IDLE_STATES;
        return 0;
    case PMSTAT_get_cxstat:
        return idle_statistics(op->cpuid, &op->u.getcx);
    case PMSTAT_reset_cxstat:
        return 0;
    }
    if ((op->type & PMSTAT_CATEGORY_MASK) == PMSTAT_CX)
        return refuse(-XEN_ENOSYS, "sysctl.power-statistics", "idle states have no statistics %#x", op->type);
    return refuse(-XEN_ENODEV, "sysctl.power-frequency",
                  "CPU %u's frequency is not governed: no statistics %#x", op->cpuid, op->type);
}

/* --- Settings --- */
static uint32_t exchange_threads(uint32_t wish)
{
    uint32_t before = spares_threads;

    spares_threads = wish != 0;
    return before;
}

long sysctl_power(struct xen_sysctl_pm_op *op)
{
    uint32_t *limit = op->cpuid ? &deepest_variant : &deepest_state;

    if (!is_online(op->cpuid))
        return refuse_cpu(op->cpuid);
    if ((op->cmd & PM_PARA_CATEGORY_MASK) == CPUFREQ_PARA)
        return refuse(-XEN_EINVAL, "sysctl.power-frequency-set", "CPU %u's frequency is not governed",
                      op->cpuid);
    switch (op->cmd) {
    case XEN_SYSCTL_pm_op_set_sched_opt_smt:
        if (op->cpuid)
            return refuse(-XEN_EINVAL, "sysctl.power-threads", "this is set for all CPUs, not for CPU %u",
                          op->cpuid);
        op->u.set_sched_opt_smt = exchange_threads(op->u.set_sched_opt_smt);
        return 0;
    case XEN_SYSCTL_pm_op_get_max_cstate:
        op->u.get_max_cstate = *limit;
        return 0;
    case XEN_SYSCTL_pm_op_set_max_cstate:
        *limit = op->u.set_max_cstate;
        return 0;
    case XEN_SYSCTL_pm_op_enable_turbo:
    case XEN_SYSCTL_pm_op_disable_turbo:
        return refuse(-XEN_EACCES, "sysctl.power-turbo", "CPU %u's frequency is not governed", op->cpuid);
    default:
        return refuse(-XEN_ENOSYS, "sysctl.power-command", "there is no command %#x of power", op->cmd);
    }
}

/* --- CPUs on and off --- */
static long change_cpu(const struct xen_sysctl_cpu_hotplug *op)
{
    long rc;

    if (!domctl_try_lock())
        return -XEN_ERESTART;
    rc = op->op == XEN_SYSCTL_CPU_HOTPLUG_ONLINE ? cpu_take_online(op->cpu) : cpu_take_offline(op->cpu);
    domctl_unlock();
    return rc;
}

long sysctl_cpu_hotplug(const struct xen_sysctl_cpu_hotplug *op)
{
    if (op->op == XEN_SYSCTL_CPU_HOTPLUG_ONLINE || op->op == XEN_SYSCTL_CPU_HOTPLUG_OFFLINE)
        return change_cpu(op);
    return refuse(-XEN_EOPNOTSUPP, "sysctl.cpu-threads", "no CPU has threads to switch (operation %u)",
                  op->op);
}
