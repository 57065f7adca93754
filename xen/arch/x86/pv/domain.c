/* SPDX-License-Identifier: BSD-2-Clause */
/* What a PV domain has of the machine as a whole: rights to I/O ports; and how it gives everything up. */
#include <asm/pirq.h>
#include <asm/pv.h>
#include <asm/tsc.h>
#include <xen/arch.h>
#include <xen/xmalloc.h>
#include "cpu_policy.h"

int arch_domain_create(struct domain *d)
{
    d->arch.all_io_ports = d->is_hardware;
    tsc_init_domain(d);
    return pirq_init_domain(d);
}

int arch_domain_relinquish(struct domain *d)
{
    struct vcpu *v;

    for_each_vcpu(d, v)
    {
        pv_drop_ldt(v);
        pv_drop_gdt(v);
    }
    pirq_relinquish(d);
    return pv_relinquish_page_tables(d);
}

void arch_domain_destroy(struct domain *d)
{
    pirq_free_domain(d);
    cpu_policy_free(d);
    xfree(d->arch.io_ports);
    xfree(d->arch.e820);
    d->arch.io_ports = NULL;
    d->arch.e820 = NULL;
}
