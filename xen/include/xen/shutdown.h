/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The end of the machine's run: what Domain 0's shutdown, a panic or a debug key leads to. No locks; any
 * context.
 */
#ifndef XEN_SHUTDOWN_H
#define XEN_SHUTDOWN_H

#include <xen/types.h>

/*
 * Reboots at once, powers off, or – after a crash – dumps and reboots after a pause: by SHUTDOWN_* of Domain
 * 0.
 */
noreturn void hardware_domain_shutdown(uint8_t reason);
/* "rebooting machine in 5 seconds" and does, or halts for good with `noreboot`. */
noreturn void machine_reboot_after_pause(void);
/* The same at once and without a word: nothing else can be done any more. */
noreturn void machine_end(void);

#endif
