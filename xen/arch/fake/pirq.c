/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Physical interrupts of the fake machine: every domain has the first few PIRQs, which nothing but a test
 * raises.
 */
#include <xen/arch.h>
#include <xen/log.h>
#include <xen/refusal.h>
#include <fake/fake.h>

struct fake_pirq fake_pirq[FAKE_PIRQS];

int arch_pirq_check(struct domain *d, unsigned int pirq, bool will_share)
{
    if (pirq >= FAKE_PIRQS)
        return refuse(-XEN_EINVAL, "pirq.number", "there is no PIRQ %u", pirq);
    if (fake_pirq[pirq].port)
        return refuse(-XEN_EEXIST, "pirq.bound", "PIRQ %u is bound already", pirq);
    return 0;
}

void arch_pirq_bind(struct vcpu *v, unsigned int pirq, evtchn_port_t port, bool will_share)
{
    fake_pirq[pirq] = (struct fake_pirq){v->domain, port, v->id};
}

void arch_pirq_unbind(struct domain *d, unsigned int pirq, evtchn_port_t port)
{
    BUG_ON(fake_pirq[pirq].domain != d || fake_pirq[pirq].port != port);
    fake_pirq[pirq] = (struct fake_pirq){NULL, 0, 0};
}

void arch_pirq_move(struct vcpu *v, unsigned int pirq, evtchn_port_t port)
{
    BUG_ON(fake_pirq[pirq].domain != v->domain || fake_pirq[pirq].port != port);
    fake_pirq[pirq].vcpu = v->id;
}
