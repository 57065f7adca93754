/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * platform_op's power management: what Domain 0 reads in ACPI's bytecode and hands to the hypervisor.
 *
 * platform.h: set_processor_pminfo tells idle states (Cx), performance states (Px), and asks which
 * capabilities (_PDC) to claim; CPUs go by their ACPI numbers. enter_acpi_sleep has a state, values and one
 * flag.
 *
 * Stock Xen accepts idle states whatever is in them if they can be read, performance states in parts, and has
 * no driver for them on this machine: a limit on states that are complete is -ENODEV. Of the capabilities it
 * keeps the throttling bits of Domain 0 and adds its own; those of MWAIT (0x300) depend on the processor.
 * Not asserted: states other than S5 with values that mean nothing, at which stock Xen stops the machine for
 * a moment.
 */
#include "guest.h"
#include "platform.h"

#include <xen/platform.h>

const char test_title[] = "power management as Domain 0 tells it";

#define UNREADABLE ((void *)0x1000)
#define MWAIT_BITS 0x300u

static struct xen_platform_op op;
static struct xenpf_set_processor_pminfo *const info = &op.u.set_pminfo;
static struct xen_processor_cx idle_states[16];
static struct xen_processor_px states[128];

static long issue(uint32_t command)
{
    return hypercall_platform_op(&op, command);
}

static void begin(uint32_t type, uint32_t id)
{
    memset(&op.u, 0, sizeof(op.u));
    info->type = type;
    info->id = id;
}

static void idle(void)
{
    begin(XEN_PM_CX, 77);
    CHECK_RC(issue(XENPF_set_processor_pminfo), -XEN_EINVAL);
    info->id = 0;
    CHECK_RC(issue(XENPF_set_processor_pminfo), 0);
    info->u.power.count = 9;
    info->u.power.states.p = idle_states;
    idle_states[0].type = 1;
    idle_states[1].type = 9;
    CHECK_RC(issue(XENPF_set_processor_pminfo), 0);
    info->u.power.states.p = UNREADABLE;
    CHECK_RC(issue(XENPF_set_processor_pminfo), -XEN_EFAULT);
}

static long performance(uint32_t flags, uint32_t count)
{
    info->u.perf.flags = flags;
    info->u.perf.state_count = count;
    return issue(XENPF_set_processor_pminfo);
}

static void performances(void)
{
    begin(XEN_PM_PX, 77);
    CHECK_RC(performance(0, 0), -XEN_EINVAL);
    begin(XEN_PM_PX, 0);
    info->u.perf.states.p = states;
    CHECK_RC(performance(0, 0), 0);
    CHECK_RC(performance(16, 0), 0);
    CHECK_RC(performance(XEN_PX_PSS, 0), -XEN_EINVAL);
    CHECK_RC(performance(XEN_PX_PSS, 1), -XEN_EINVAL);
    CHECK_RC(performance(XEN_PX_PSS, 99), 0);
    CHECK_RC(performance(15, 2), -XEN_EINVAL);
    info->u.perf.shared_type = XEN_CPUPERF_SHARED_TYPE_HW;
    info->u.perf.control_register.space_id = info->u.perf.status_register.space_id = 0x7f;
    info->u.perf.domain_info =
        (struct xen_psd_package){.num_entries = 5, .coord_type = 0xfc, .num_processors = 1};
    CHECK_RC(performance(15, 2), 0);
    CHECK_RC(performance(XEN_PX_PPC, 2), -XEN_ENODEV);
    CHECK_RC(performance(XEN_PX_PCT, 2), 0);
    CHECK_RC(performance(XEN_PX_PSD, 2), 0);
    begin(XEN_PM_TX, 0);
    CHECK_RC(issue(XENPF_set_processor_pminfo), -XEN_ENOSYS);
    begin(4, 0);
    CHECK_RC(issue(XENPF_set_processor_pminfo), -XEN_EINVAL);
}

static void capabilities(void)
{
    static uint32_t words[3] = {1, 1, ~0u};

    begin(XEN_PM_PDC, 0);
    info->u.pdc.p = UNREADABLE;
    CHECK_RC(issue(XENPF_set_processor_pminfo), -XEN_EFAULT);
    info->u.pdc.p = words;
    CHECK_RC(issue(XENPF_set_processor_pminfo), 0);
    CHECK_EQUAL(words[2] & ~MWAIT_BITS, 0x9e);
    words[2] = 0;
    CHECK_RC(issue(XENPF_set_processor_pminfo), 0);
    CHECK_EQUAL(words[2] & ~MWAIT_BITS, 0x1a);
    words[2] = 4;
    words[1] = 2;
    CHECK_RC(issue(XENPF_set_processor_pminfo), 0);
    CHECK_EQUAL(words[2] & ~MWAIT_BITS, 0x1e);
    words[2] = 5;
    words[1] = 0;
    CHECK_RC(issue(XENPF_set_processor_pminfo), -XEN_EINVAL);
    words[1] = 1;
    info->id = 77;
    CHECK_RC(issue(XENPF_set_processor_pminfo), -XEN_EINVAL);
    words[0] = 2;
    CHECK_RC(issue(XENPF_set_processor_pminfo), -XEN_EINVAL);
    CHECK_EQUAL(words[2], 5);
}

static long sleep(uint32_t state, uint32_t flags)
{
    memset(&op.u, 0, sizeof(op.u));
    op.u.enter_acpi_sleep.sleep_state = state;
    op.u.enter_acpi_sleep.flags = flags;
    return issue(XENPF_enter_acpi_sleep);
}

void test_main(void)
{
    idle();
    performances();
    capabilities();
    CHECK_RC(sleep(0, 0), -XEN_EINVAL);
    CHECK_RC(sleep(9, 0), -XEN_EINVAL);
    CHECK_RC(sleep(5, 2), -XEN_EINVAL);
    CHECK_RC(sleep(5, XENPF_ACPI_SLEEP_EXTENDED), -XEN_EPERM);
    test_success();
}
