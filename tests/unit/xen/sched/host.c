/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a scheduler asks of the hypervisor, on the host: memory, messages, refusals, and processors that never
 * wait for a lock.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <xen/cpumask.h>
#include <xen/log.h>
#include <xen/refusal.h>
#include <xen/xmalloc.h>

__thread unsigned int fake_cpu;
__thread struct vcpu *fake_current;
__thread bool fake_irqs_off;
__thread unsigned long fake_irqs_restored;
unsigned long percpu_offset[MAX_CPUS];

void *xzalloc_bytes(size_t size, size_t align)
{
    return calloc(1, size);
}

void xfree(void *p)
{
    free(p);
}

void printk(const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    vprintf(fmt, ap);
    va_end(ap);
}

int refuse(int rc, const char *rule, const char *fmt, ...)
{
    return rc;
}

/* There is one thread: who waits for a lock waits for ever. */
void arch_spin_wait(void)
{
    abort();
}
