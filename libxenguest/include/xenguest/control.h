/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the toolstack asks of a domain through the store: to end, a key of SysRq, another size of memory.
 * Tier 3. Source: Xen's docs/misc/xenstore-paths.pandoc (control/shutdown, control/sysrq, memory/target).
 *
 * One thread owns the object. The library reads and acknowledges; what is done about it is the port's.
 */
#ifndef XENGUEST_CONTROL_H
#define XENGUEST_CONTROL_H

#include <xenguest/xenstore.h>

XG_BEGIN_DECLS

enum xg_control_wish {
    XG_CONTROL_NOTHING,
    XG_CONTROL_POWEROFF, /* xl shutdown */
    XG_CONTROL_REBOOT,   /* xl reboot */
    XG_CONTROL_HALT,
    XG_CONTROL_CRASH,
    XG_CONTROL_SUSPEND, /* xl save, xl migrate */
    XG_CONTROL_SYSRQ,   /* xl sysrq: `value` is the key */
    XG_CONTROL_TARGET,  /* xl mem-set: `value` is the memory that is wanted, in KiB */
};

struct xg_control_request {
    enum xg_control_wish wish;
    uint64_t value;
};

struct xg_control {
    struct xg_store *store;
    struct xg_store_watch shutdown, sysrq, target;
    uint32_t seen_shutdown, seen_sysrq, seen_target;
    uint64_t last_target;
    uint32_t nr_strange; /* wishes that nobody knows: acknowledged and dropped */
};

/*
 * Says that the domain can be asked to power off, to reboot and to suspend, and watches. Errors: the store's.
 * Until then `xl shutdown` waits in vain.
 */
int __must_check xg_control_init(struct xg_control *control, struct xg_store *store);
/* Says so to the toolstack of the host where the domain was restored. Errors: the store's. */
int __must_check xg_control_resume(struct xg_control *control);
/* Takes the watches away. */
void xg_control_end(struct xg_control *control);

/*
 * The next thing that is wanted, XG_CONTROL_NOTHING if there is none; each is told once. The first target is
 * the size that the domain began with. Errors: the store's; after one that passes (-XG_ETIME, -XG_EAGAIN)
 * what was wanted is found by the next call.
 */
int __must_check xg_control_take(struct xg_control *control, struct xg_control_request *request);

XG_END_DECLS

#endif
