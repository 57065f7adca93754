/* SPDX-License-Identifier: BSD-2-Clause */
/* sysctl: what tools ask of this machine: its CPUs, how they hang together, its memory, what they can. */
#include <asm/cpu.h>
#include <asm/memory_map.h>
#include <asm/pci.h>
#include <asm/processor.h>
#include <asm/smp.h>
#include <asm/time.h>
#include <xen/ctl.h>
#include <xen/guest_access.h>
#include <xen/mm.h>
#include <xen/refusal.h>
#include <xen/sched.h>
#include <public/arch-x86/cpufeatureset.h>
#include "pv/cpu_policy.h"

/* Devices at a time in pcitopoinfo. */
#define PCI_DEVICES_AT_ONCE 32

#define HW_CAP_WORDS 8

/* Bits of CPUID leaf 0x80000001, EDX, that AMD copies from leaf 1 (AMD APM vol. 3, E.4.2). */
#define EXTENDED_REPEATS_LEAF_1 0x0183f3ffu

/*
 * Bits of an APIC id that tell CPUs of one package apart (Intel SDM vol. 3, 9.9: CPUID leaf 1, EBX and HTT).
 */
static unsigned int package_bits(void)
{
    struct cpuid_result r = cpuid(1, 0);
    unsigned int logical = r.d & (1u << 28) ? (r.b >> 16) & 0xff : 1, bits = 0;

    while ((1u << bits) < logical)
        bits++;
    return bits;
}

static struct xen_sysctl_cputopo topology_of(unsigned int cpu)
{
    unsigned int bits = package_bits();

    if (!cpumask_test(sched_online_cpus(), cpu))
        return (struct xen_sysctl_cputopo){.core = XEN_INVALID_CORE_ID, .socket = XEN_INVALID_SOCKET_ID};
    return (struct xen_sysctl_cputopo){.core = cpu_apic_id[cpu] & ((1u << bits) - 1),
                                       .socket = cpu_apic_id[cpu] >> bits};
}

static long refuse_buffer(uint64_t va)
{
    return refuse(-XEN_EFAULT, "sysctl.buffer", "the buffer at %#lx cannot be read or written",
                  (unsigned long)va);
}

static long topology(struct xen_sysctl_cputopoinfo *op)
{
    uint32_t nr = cpumask_count(sched_present_cpus());

    for (uint32_t cpu = 0; handle_va(op->cputopo) && cpu < min(op->num_cpus, nr); cpu++) {
        struct xen_sysctl_cputopo topo = topology_of(cpu);

        if (copy_to_guest(guest_element(handle_va(op->cputopo), cpu, topo), &topo, sizeof(topo)))
            return refuse_buffer(handle_va(op->cputopo));
    }
    op->num_cpus = nr;
    return 0;
}

/* Leaves of word the bits that 4.17 has names for (public header cpufeatureset.h). */
static void keep_known_features(uint32_t *word)
{
    uint32_t known[HW_CAP_WORDS] = {0};

#define XEN_CPUFEATURE(name, value)                                                                          \
    if ((value) < HW_CAP_WORDS * 32)                                                                         \
        known[(value) / 32 % HW_CAP_WORDS] |= 1u << (value) % 32;
#include <public/arch-x86/cpufeatureset.h>
#undef XEN_CPUFEATURE
    for (unsigned int i = 0; i < HW_CAP_WORDS; i++)
        word[i] &= known[i];
}

/*
 * Words of features: the first eight of the feature set, as stock Xen has them of the same processor. AMD's
 * have no SYSENTER in long mode, and repeat leaf 1's features in the extended leaf.
 */
static void hardware_features(uint32_t *word)
{
    struct cpuid_result one = cpuid(1, 0), extended = cpuid(0x80000001, 0), seven = {0};

    if (cpuid(0, 0).a >= 7)
        seven = cpuid(7, 0);
    word[0] = one.d;
    word[1] = one.c;
    word[2] = extended.d;
    word[3] = extended.c;
    word[4] = cpuid(0, 0).a >= 0xd ? cpuid(0xd, 1).a : 0;
    word[5] = seven.b;
    word[6] = seven.c;
    word[7] = cpuid(0x80000000, 0).a >= 0x80000007 ? cpuid(0x80000007, 0).d : 0;
    keep_known_features(word);
    word[1] &= ~(1u << XEN_X86_FEATURE_OSXSAVE % 32);
    if (!cpu_is_intel()) {
        word[0] &= ~(1u << XEN_X86_FEATURE_SEP % 32);
        word[2] &= ~EXTENDED_REPEATS_LEAF_1;
    }
}

static void count_claim(struct domain *d, void *data)
{
    *(uint64_t *)data += d->claimed_pages;
}

/* There is one node, and no table says of a device that it is nearer to any. */
static long pci_topology(struct xen_sysctl_pcitopoinfo *op)
{
    uint32_t i;

    if (!handle_va(op->devs) || !handle_va(op->nodes))
        return refuse(-XEN_EINVAL, "sysctl.pci", "the devices or the place of their nodes are missing");
    for (i = 0; i < min(op->num_devs, (uint32_t)PCI_DEVICES_AT_ONCE); i++) {
        struct physdev_pci_device dev;
        uint32_t node;
        bool known;

        if (copy_from_guest(&dev, guest_element(handle_va(op->devs), i, dev), sizeof(dev)))
            return refuse_buffer(handle_va(op->devs));
        spin_lock(&pci_lock);
        known = pci_find(dev.seg, dev.bus, dev.devfn);
        spin_unlock(&pci_lock);
        node = known ? XEN_INVALID_NODE_ID : XEN_INVALID_DEV;
        if (copy_to_guest(guest_element(handle_va(op->nodes), i, node), &node, sizeof(node)))
            return refuse_buffer(handle_va(op->nodes));
    }
    op->num_devs = i;
    return 0;
}

static long physical_info(struct xen_sysctl_physinfo *op)
{
    unsigned int nr = cpumask_count(sched_online_cpus());

    *op = (struct xen_sysctl_physinfo){
        .threads_per_core = 1,
        .cores_per_socket = min(nr, 1u << package_bits()),
        .nr_cpus = nr,
        .max_cpu_id = cpumask_last(sched_present_cpus()),
        .nr_nodes = 1,
        .cpu_khz = (uint32_t)tsc_khz(),
        .capabilities = XEN_SYSCTL_PHYSCAP_pv | XEN_SYSCTL_PHYSCAP_gnttab_v1 | XEN_SYSCTL_PHYSCAP_gnttab_v2,
        .total_pages = machine_ram_pages(),
        .free_pages = page_alloc_free_pages(),
        .max_mfn = max_page - 1};
    for_each_domain(count_claim, &op->outstanding_pages);
    hardware_features(op->hw_cap);
    return 0;
}

long arch_sysctl(struct xen_sysctl *op, bool *copyback)
{
    switch (op->cmd) {
    case XEN_SYSCTL_physinfo:
        return physical_info(&op->u.physinfo);
    case XEN_SYSCTL_cputopoinfo:
        return topology(&op->u.cputopoinfo);
    case XEN_SYSCTL_pcitopoinfo:
        return pci_topology(&op->u.pcitopoinfo);
    case XEN_SYSCTL_get_cpu_featureset:
        return sysctl_cpu_featureset(&op->u.cpu_featureset);
    case XEN_SYSCTL_get_cpu_policy:
        return sysctl_cpu_policy(&op->u.cpu_policy);
    case XEN_SYSCTL_get_cpu_levelling_caps:
        /* Nothing of CPUID is hidden from code that executes it without asking. */
        op->u.cpu_levelling_caps.caps = 0;
        return 0;
    default:
        *copyback = false;
        return refuse(-XEN_ENOSYS, "sysctl.command", "there is no sysctl %u", op->cmd);
    }
}
