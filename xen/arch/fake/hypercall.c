/* SPDX-License-Identifier: BSD-2-Clause */
/* What a hypercall on the fake machine leaves behind: its continuation and the refusals. */
#include <stdarg.h>
#include <xen/domain.h>
#include <xen/hypercall.h>
#include <xen/string.h>
#include <fake/fake.h>

struct fake_continuation fake_continuation;

long hypercall_continue(unsigned int nr, unsigned int nr_args, ...)
{
    struct fake_continuation *c = &fake_continuation;
    va_list ap;

    c->nr = nr;
    c->nr_args = nr_args;
    va_start(ap, nr_args);
    for (unsigned int i = 0; i < nr_args; i++)
        c->args[i] = va_arg(ap, uint64_t);
    va_end(ap);
    if (current->mc.active) {
        current->mc.call.op = nr;
        memcpy(current->mc.call.args, c->args, sizeof(c->args));
        current->mc.interrupted = true;
    }
    return FAKE_CONTINUED;
}

const struct refusal *fake_last_refusal(const struct domain *d)
{
    if (!d->refusals.count)
        return NULL;
    return &d->refusals.last[(d->refusals.count - 1) % REFUSALS_KEPT];
}
