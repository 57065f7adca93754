/* SPDX-License-Identifier: BSD-2-Clause */
/* The sets of CPUs that guests name when they ask for TLB flushes. */
#include <xen/guest_access.h>
#include <xen/refusal.h>
#include <asm/pv_mm.h>

int pv_read_vcpumask(struct domain *d, uint64_t va, cpumask_t *out)
{
    unsigned int bytes = (d->max_vcpus + 7) / 8;
    uint8_t bits[MAX_VCPUS / 8];

    *out = cpumask_none();
    if (copy_from_guest(bits, va, bytes))
        return refuse(-XEN_EFAULT, "pv.flush.mask", "the bitmap of vCPUs at %#lx cannot be read", va);
    for (unsigned int i = 0; i < d->max_vcpus; i++) {
        const struct vcpu *v = d->vcpu[i];

        if (v && (bits[i / 8] >> i % 8) & 1)
            *out = cpumask_or(*out, (cpumask_t){READ_ONCE(v->dirty_cpus.bits)});
    }
    return 0;
}
