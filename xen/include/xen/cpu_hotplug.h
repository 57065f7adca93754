/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * CPUs taken off line and put back: XEN_SYSCTL_cpu_hotplug, XENPF_cpu_online, XENPF_cpu_offline,
 * XENPF_core_parking.
 */
#ifndef XEN_CPU_HOTPLUG_H
#define XEN_CPU_HOTPLUG_H

#include <xen/types.h>

/* Is there such a CPU, on line or off? */
bool cpu_is_present(uint32_t cpu);
/* Is it there, off line, and on its way nowhere? */
bool cpu_is_offline(uint32_t cpu);

/*
 * Both: with the sysctl and the domctl lock. -XEN_ERESTART: begun, and to be called again, at best after
 * others could run. -XEN_EINVAL: no such CPU, or the first; -XEN_EEXIST: it is so already. Off line:
 * -XEN_ENODEV: it is in another pool than the first; -XEN_EADDRINUSE: a vCPU has pinned itself there
 * (SCHEDOP_pin_override). vCPUs whose only CPU it is may run anywhere from then on. On line, in the first
 * pool: -XEN_EBUSY: it is on its way off line; -XEN_ENOMEM.
 */
long cpu_take_offline(uint32_t cpu);
long cpu_take_online(uint32_t cpu);

/*
 * nr CPUs, at most all but the first, are off line since this wanted it, the lowest first; who went last
 * comes back first. Errors as above.
 */
long cpus_park(uint32_t nr);
uint32_t cpus_parked(void);

#endif
