/* SPDX-License-Identifier: BSD-2-Clause */
/* The fake machine's share of domains and vCPUs, and its hypercall table. */
#include <xen/arch.h>
#include <xen/console.h>
#include <xen/event_channel.h>
#include <xen/grant_table.h>
#include <xen/hypercall.h>
#include <xen/log.h>
#include <xen/sched.h>
#include <xen/string.h>
#include <xen/xmalloc.h>
#include <fake/fake.h>

void (*fake_on_domain_destroy)(struct domain *d);

int arch_domain_create(struct domain *d)
{
    return 0;
}

int arch_domain_relinquish(struct domain *d)
{
    if (!d->arch.nr_relinquish_restarts)
        return 0;
    d->arch.nr_relinquish_restarts--;
    return -XEN_ERESTART;
}

void arch_domain_destroy(struct domain *d)
{
    if (fake_on_domain_destroy)
        fake_on_domain_destroy(d);
}

int arch_vcpu_create(struct vcpu *v)
{
    return 0;
}

void arch_vcpu_destroy(struct vcpu *v)
{
    xfree(v->arch.context);
}

int arch_vcpu_set_context(struct vcpu *v, const struct vcpu_guest_context *ctx)
{
    v->arch.context = xzalloc(struct vcpu_guest_context);
    if (!v->arch.context)
        return -XEN_ENOMEM;
    *v->arch.context = *ctx;
    return 0;
}

int arch_vcpu_reset(struct vcpu *v)
{
    xfree(v->arch.context);
    v->arch.context = NULL;
    return 0;
}

void arch_vcpu_dump(struct vcpu *v)
{
    printk("registers of d%uv%u\n", v->domain->id, v->id);
}

void arch_vcpu_update_areas(struct vcpu *v)
{
    if (v == current)
        vcpu_update_time_area(v);
}

/* TSC counts nanoseconds. */
void arch_vcpu_time_info(struct vcpu *v, struct vcpu_time_info *out)
{
    *out = (struct vcpu_time_info){.tsc_timestamp = (uint64_t)now_ns(),
                                   .system_time = (uint64_t)now_ns(),
                                   .tsc_to_system_mul = 1u << 31,
                                   .tsc_shift = 1};
}

bool arch_vcpu_time_stands(const struct vcpu *v, const struct vcpu_time_info *record)
{
    return false;
}

void arch_wallclock_at_boot(uint64_t *seconds, uint32_t *nanoseconds)
{
    *seconds = (1ull << 32) + 12345;
    *nanoseconds = 678;
}

long arch_memory_op(unsigned long cmd, uint64_t arg_va)
{
    return refuse(-XEN_ENOSYS, "memory.command", "there is no command %lu", cmd);
}

long arch_vcpu_op(unsigned int cmd, struct vcpu *v, uint64_t arg_va)
{
    return refuse(-XEN_ENOSYS, "vcpu.command", "there is no command %u", cmd);
}

static long call_xen_version(uint64_t a1, uint64_t a2, uint64_t a3, uint64_t a4, uint64_t a5)
{
    return do_xen_version((unsigned int)a1, a2);
}
static long call_memory_op(uint64_t a1, uint64_t a2, uint64_t a3, uint64_t a4, uint64_t a5)
{
    return do_memory_op(a1, a2);
}
static long call_multicall(uint64_t a1, uint64_t a2, uint64_t a3, uint64_t a4, uint64_t a5)
{
    return do_multicall(a1, (unsigned int)a2);
}
static long call_event_channel_op(uint64_t a1, uint64_t a2, uint64_t a3, uint64_t a4, uint64_t a5)
{
    return do_event_channel_op((int)a1, a2);
}
/* What the frame's rax would be. */
static long call_iret(uint64_t a1, uint64_t a2, uint64_t a3, uint64_t a4, uint64_t a5)
{
    current->mc.interrupted = current->mc.active;
    return 0x12345;
}

hypercall_t *const hypercall_table[NR_HYPERCALLS] = {
    [__HYPERVISOR_memory_op] = call_memory_op,
    [__HYPERVISOR_multicall] = call_multicall,
    [__HYPERVISOR_xen_version] = call_xen_version,
    [__HYPERVISOR_iret] = call_iret,
    [__HYPERVISOR_event_channel_op] = call_event_channel_op,
};
