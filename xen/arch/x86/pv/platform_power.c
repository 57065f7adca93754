/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Power management for HYPERVISOR_platform_op. Domain 0 interprets ACPI's bytecode, and tells what it found
 * there: states of the processors, and the values that switch the machine off.
 */
#include <xen/arch.h>
#include <xen/guest_access.h>
#include <xen/log.h>
#include <xen/refusal.h>
#include <asm/acpi.h>
#include "platform.h"

#define PM1_SLEEP_TYPE_SHIFT 10
#define PM1_SLEEP_TYPE_MASK  7u
#define S1                   1u
#define S3                   3u
#define S5                   5u

/* _PDC: revision, number of words, words. Bits of the first word: Intel Processor Vendor-Specific ACPI, 3. */
#define PDC_REVISION 1u
#define PDC_C1_HALT  0x002u
#define PDC_SMP_C1   0x008u
#define PDC_SMP_C2C3 0x010u
#define PDC_T_STATES (0x004u | 0x080u) /* Domain 0's own, if anybody's */

#define PX_WHOLE (XEN_PX_PCT | XEN_PX_PSS | XEN_PX_PPC | XEN_PX_PSD)

/* CPUs of which Domain 0 has told everything about their performance states. */
static uint64_t performance_known[4];

static bool acpi_cpu(uint32_t id, unsigned int *index)
{
    for (unsigned int i = 0; i < acpi.nr_cpus; i++)
        if (acpi.processor_id[i] == id) {
            *index = i;
            return true;
        }
    return false;
}

static bool readable(uint64_t va, uint64_t count, size_t size)
{
    uint8_t byte;

    return !count || (!copy_from_guest(&byte, va, 1) && !copy_from_guest(&byte, va + count * size - 1, 1));
}

static long refuse_list(uint64_t va)
{
    return refuse(-XEN_EFAULT, "platform.pm-list", "no readable list at %#lx", (unsigned long)va);
}

/* Idle CPUs halt, whatever deeper states there are. */
static long idle_states(const struct xen_processor_power *power)
{
    uint64_t va = handle_va(power->states);

    return readable(va, power->count, sizeof(struct xen_processor_cx)) ? 0 : refuse_list(va);
}

static bool coordination_valid(uint32_t type)
{
    return type == XEN_CPUPERF_SHARED_TYPE_ALL || type == XEN_CPUPERF_SHARED_TYPE_ANY ||
           type == XEN_CPUPERF_SHARED_TYPE_HW;
}

/* There is no driver for them: a limit on known states finds nobody to keep to it. */
static long performance_states(unsigned int index, const struct xen_processor_performance *perf)
{
    uint64_t va = handle_va(perf->states), bit = 1ull << index % 64;
    uint64_t *known = &performance_known[index / 64 % ARRAY_SIZE(performance_known)];

    if (perf->flags & XEN_PX_PSS) {
        if (perf->state_count <= 1)
            return refuse(-XEN_EINVAL, "platform.pm-states", "%u performance states are no choice",
                          perf->state_count);
        if (!readable(va, perf->state_count, sizeof(struct xen_processor_px)))
            return refuse_list(va);
    }
    if ((perf->flags & XEN_PX_PSD) && !coordination_valid(perf->shared_type))
        return refuse(-XEN_EINVAL, "platform.pm-coordination", "there is no kind of coordination %u",
                      perf->shared_type);
    if ((perf->flags & XEN_PX_PPC) && (*known & bit))
        return refuse(-XEN_ENODEV, "platform.pm-driver", "nothing governs the frequency of this CPU");
    if (perf->flags == PX_WHOLE)
        __atomic_fetch_or(known, bit, __ATOMIC_RELAXED);
    return 0;
}

/* Which of the capabilities that Domain 0 would tell the firmware are the hypervisor's. */
static long capabilities(uint32_t id, uint64_t va)
{
    uint32_t pdc[3];
    unsigned int index;

    if (copy_from_guest(pdc, va, 2 * sizeof(pdc[0])))
        return refuse_list(va);
    if (pdc[0] != PDC_REVISION || !pdc[1])
        return refuse(-XEN_EINVAL, "platform.pm-revision",
                      "revision %u, %u words: revision 1 with words is known", pdc[0], pdc[1]);
    if (!acpi_cpu(id, &index))
        return refuse(-XEN_EINVAL, "platform.pm-cpu", "ACPI has no CPU %u", id);
    if (copy_from_guest(&pdc[2], va + 2 * sizeof(pdc[0]), sizeof(pdc[0])))
        return refuse_list(va);
    pdc[2] = (pdc[2] & PDC_T_STATES) | PDC_C1_HALT | PDC_SMP_C1 | PDC_SMP_C2C3;
    return copy_to_guest(va + 2 * sizeof(pdc[0]), &pdc[2], sizeof(pdc[2])) ? refuse_list(va) : 0;
}

long platform_set_processor_pminfo(struct platform_request *r)
{
    const struct xenpf_set_processor_pminfo *info = &r->op.u.set_pminfo;
    unsigned int index;

    switch (info->type) {
    case XEN_PM_CX:
    case XEN_PM_PX:
        if (!acpi_cpu(info->id, &index))
            return refuse(-XEN_EINVAL, "platform.pm-cpu", "ACPI has no CPU %u", info->id);
        return info->type == XEN_PM_CX ? idle_states(&info->u.power)
                                       : performance_states(index, &info->u.perf);
    case XEN_PM_TX:
        return refuse(-XEN_ENOSYS, "platform.pm-throttling", "throttling states are not used");
    case XEN_PM_PDC:
        return capabilities(info->id, handle_va(info->u.pdc));
    default:
        return refuse(-XEN_EINVAL, "platform.pm-type", "there is no kind %u of power information",
                      info->type);
    }
}

static bool names_s5(uint16_t value_a, uint16_t value_b)
{
    if (!acpi.has_s5)
        return true;
    return (value_a >> PM1_SLEEP_TYPE_SHIFT & PM1_SLEEP_TYPE_MASK) == acpi.s5_type_a &&
           (!acpi.pm1b_control || (value_b >> PM1_SLEEP_TYPE_SHIFT & PM1_SLEEP_TYPE_MASK) == acpi.s5_type_b);
}

long platform_enter_acpi_sleep(const struct platform_request *r)
{
    const struct xenpf_enter_acpi_sleep *sleep = &r->op.u.enter_acpi_sleep;

    if (sleep->flags & ~XENPF_ACPI_SLEEP_EXTENDED)
        return refuse(-XEN_EINVAL, "platform.sleep-flags", "flags %#x: only bit 0 has a meaning",
                      sleep->flags);
    if (sleep->flags)
        return refuse(-XEN_EPERM, "platform.sleep-registers", "the machine has no sleep control registers");
    if (sleep->sleep_state == S3)
        return refuse(-XEN_EOPNOTSUPP, "platform.sleep-s3", "the machine cannot be suspended");
    if (sleep->sleep_state != S5)
        return refuse(-XEN_EINVAL, "platform.sleep-state", "S%u is no state to enter: only S5 is",
                      sleep->sleep_state);
    if (!acpi.pm1a_control || !names_s5(sleep->val_a, sleep->val_b))
        return refuse(-XEN_EINVAL, "platform.sleep-value",
                      "values %#x and %#x are not those of S5 (types %u and %u)", sleep->val_a, sleep->val_b,
                      acpi.s5_type_a, acpi.s5_type_b);
    printk("Preparing system for ACPI S5 state.\n");
    arch_stop_others();
    printk("Entering ACPI S5 state.\n");
    power_off_with(sleep->val_a >> PM1_SLEEP_TYPE_SHIFT & PM1_SLEEP_TYPE_MASK,
                   sleep->val_b >> PM1_SLEEP_TYPE_SHIFT & PM1_SLEEP_TYPE_MASK);
}
