/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A second domain, made by the test itself as Domain 0: unprivileged, with one vCPU that runs, a copy of this
 * image at the same addresses in memory of its own. Its copy runs one function; the framework works there
 * too, but for what domain_create says. Pages that both are to see are shared one by one.
 */
#ifndef GUEST_DOMAIN_H
#define GUEST_DOMAIN_H

#include <stdint.h>
#include <xen/xen.h>

/*
 * Makes it, paused. Variables have in it the values that they have now. function must not return; it starts
 * with the framework's traps, its events masked. It cannot speak: CHECK and printk are silent where an
 * unprivileged domain has no console, so it leaves its findings in a shared page. The test ends as an ERROR
 * when it cannot be made.
 */
domid_t domain_create(void (*function)(void));
/* How many vCPUs it has, at most MAX_VCPUS: it launches those after the first itself. */
extern unsigned int domain_vcpus;
/* The same with a number of the caller's choice. */
domid_t domain_create_as(domid_t number, void (*function)(void));
/* From now on a page of this image is the other's copy of it: both see what either writes. */
void domain_share(volatile void *page);
/* The frame behind the other's copy of an address. */
uint64_t domain_mfn(const volatile void *address);
/* Starts it, on one processor if cpu is not negative. */
void domain_run(int cpu);
/* Destroys it; shared pages are this domain's own again. */
void domain_destroy(void);
/* Whether nothing of it is left: no frame that somebody else still references. Waits for it so long. */
_Bool domain_is_gone(uint64_t within_ns);
/* Waits until a word that the other writes has a value; ends the test after some seconds. Lets the other run.
 */
void domain_wait(const volatile uint32_t *word, uint32_t value);

#endif
