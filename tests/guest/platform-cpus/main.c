/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * platform_op about the machine's CPUs: who is there, versions, coming and going.
 *
 * platform.h: get_cpuinfo answers flags (online, or invalid, and then nothing more) and the highest number;
 * get_cpu_version names the model. Stock Xen answers 0 for a CPU that is not there, with the invalid flag or
 * with zeros. CPU 0 cannot be taken offline; to hot-add one that is there is -EEXIST, another with the same
 * ACPI number -EINVAL, a new one -ENOSPC when the machine had no room for more. How others go is
 * cpu-offline's. On stock Xen the vCPU is pinned, as in sysctl-answers.
 *
 * What goes wrong: Linux makes a device for each CPU up to max_present and wants ACPI numbers to be right.
 */
#include "guest.h"
#include "platform.h"

#include <xen/platform.h>

const char test_title[] = "platform_op: the machine's CPUs";

#define CPUS 2

static struct xen_platform_op op;

static long issue(uint32_t command)
{
    return hypercall_platform_op(&op, command);
}

static void info_of(uint32_t cpu)
{
    struct xenpf_pcpuinfo *info = &op.u.pcpu_info;

    memset(&op.u, 0x5a, sizeof(op.u));
    info->xen_cpuid = cpu;
    CHECK_RC(issue(XENPF_get_cpuinfo), 0);
    CHECK_EQUAL(info->xen_cpuid, cpu);
    CHECK_EQUAL(info->max_present, CPUS - 1);
    CHECK_EQUAL(info->flags, cpu < CPUS ? XEN_PCPU_FLAGS_ONLINE : XEN_PCPU_FLAGS_INVALID);
    CHECK_EQUAL(info->apic_id, cpu < CPUS ? cpu : 0x5a5a5a5a);
    CHECK_EQUAL(info->acpi_id, cpu < CPUS ? cpu : 0x5a5a5a5a);
}

static void version_of(uint32_t cpu)
{
    struct xenpf_pcpu_version *version = &op.u.pcpu_version;
    uint32_t vendor[4], signature, b, c, d;

    memset(&op.u, 0x5a, sizeof(op.u));
    version->xen_cpuid = cpu;
    CHECK_RC(issue(XENPF_get_cpu_version), 0);
    CHECK_EQUAL(version->max_present, CPUS - 1);
    cpuid_emulated(0, 0, &vendor[3], &vendor[0], &vendor[2], &vendor[1]);
    cpuid_emulated(1, 0, &signature, &b, &c, &d);
    if (cpu < CPUS) {
        CHECK_EQUAL(memcmp(version->vendor_id, vendor, 12), 0);
        CHECK_EQUAL(version->stepping, signature & 15);
        CHECK_EQUAL(version->model & 15, signature >> 4 & 15);
        CHECK(version->family >= (signature >> 8 & 15));
    } else {
        CHECK_EQUAL(version->vendor_id[0] | version->family | version->model | version->stepping, 0);
    }
}

static long add(uint32_t apic_id, uint32_t acpi_id, uint32_t proximity)
{
    op.u.cpu_add = (struct xenpf_cpu_hotadd){apic_id, acpi_id, proximity};
    return issue(XENPF_cpu_hotadd);
}

static long online(uint32_t command, uint32_t cpu)
{
    op.u.cpu_ol.cpuid = cpu;
    return issue(command);
}

static long park(uint32_t type)
{
    op.u.core_parking.type = type;
    op.u.core_parking.idle_nums = 0;
    return issue(XENPF_core_parking);
}

void test_main(void)
{
    static const uint32_t numbers[] = {0, 1, 2, 3, 255, 256, 300, ~0u};

    for (unsigned int i = 0; i < ARRAY_SIZE(numbers); i++) {
        info_of(numbers[i]);
        version_of(numbers[i]);
        CHECK_RC(online(XENPF_cpu_online, numbers[i]), numbers[i] < CPUS ? 0 : -XEN_EINVAL);
        if (numbers[i] >= CPUS) {
            CHECK_RC(online(XENPF_cpu_offline, numbers[i]), -XEN_EINVAL);
        }
    }
    CHECK_RC(online(XENPF_cpu_offline, 0), -XEN_EOPNOTSUPP);

    CHECK_RC(add(0, 0, 0), -XEN_EEXIST);
    CHECK_RC(add(1, 1, 0), -XEN_EEXIST);
    CHECK_RC(add(6, 0, 0), -XEN_EINVAL);
    CHECK_RC(add(~0u, 5, 0), -XEN_EINVAL);
    CHECK_RC(add(8, 8, 256), -XEN_EINVAL);
    CHECK_RC(add(5, 5, 0), -XEN_ENOSPC);

    memset(&op.u, 0, sizeof(op.u));
    CHECK_RC(issue(XENPF_mem_hotadd), -XEN_EINVAL);
    op.u.mem_add.epfn = 0x8000;
    CHECK_RC(issue(XENPF_mem_hotadd), -XEN_EINVAL);
    op.u.mem_add.spfn = 0x100000;
    op.u.mem_add.epfn = 0x108000;
    op.u.mem_add.pxm = 300;
    CHECK_RC(issue(XENPF_mem_hotadd), -XEN_EINVAL);

    CHECK_RC(park(0), -XEN_EINVAL);
    CHECK_RC(park(XEN_CORE_PARKING_SET), 0);
    CHECK_RC(park(XEN_CORE_PARKING_GET), 0);
    CHECK_EQUAL(op.u.core_parking.idle_nums, 0);
    CHECK_RC(park(3), -XEN_EINVAL);
    test_success();
}
