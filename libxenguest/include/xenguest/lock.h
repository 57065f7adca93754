/* SPDX-License-Identifier: BSD-2-Clause */
/* The usual bodies of xg_os_lock and xg_os_unlock, made of the port's wait and wake. Tier 3. */
#ifndef XENGUEST_LOCK_H
#define XENGUEST_LOCK_H

#include <xenguest/os.h>

XG_BEGIN_DECLS

/* Takes the lock, waiting for it; not recursive, not for handlers. One atomic exchange when it is free. */
void xg_lock_wait(struct xg_lock *lock);
void xg_lock_release(struct xg_lock *lock);

XG_END_DECLS

#endif
