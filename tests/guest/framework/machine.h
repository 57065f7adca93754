/* SPDX-License-Identifier: BSD-2-Clause */
/* The whole machine, as Domain 0 is told of it: its memory. */
#ifndef GUEST_MACHINE_H
#define GUEST_MACHINE_H

#include <stdint.h>

/* Pages that nobody has, neither a domain nor the hypervisor. Ends the test when it is not told. */
uint64_t machine_free_pages(void);
/*
 * Whether at least that many pages are free, or come to be while one waits for them: both hypervisors give
 * back a dead domain's last pages a while after the domain is gone. Prints both numbers. Lets others run.
 *
 * What a test may ask for: Xenport has every page back. Stock Xen's heap keeps some pages of its own now and
 * then, so there a test does a thing many times and asks for less than a page lost each time.
 */
_Bool machine_free_pages_reach(uint64_t wanted);

#endif
