/* SPDX-License-Identifier: BSD-2-Clause */
/* The least of a port, and of a console: for exercises in which something else is done by hand. */
#include "by_hand.h"

#include <xen/io/console.h>
#include <xenguest/event.h>
#include <xenguest/os.h>
#include <xenguest/sched.h>
#include <xenguest/shared.h>

struct xg_boot boot;
struct shared_info *shared;

static char shared_page[XG_PAGE_SIZE] __attribute__((aligned(4096)));

void by_hand_start(const void *start_info)
{
    if (xg_boot_read(&boot, start_info) || xg_shared_map(&boot, shared_page, &shared))
        xg_sched_shutdown(XG_SHUTDOWN_CRASH);
}

void *by_hand_address(unsigned long mfn)
{
    return (void *)(VIRTUAL_BASE + machine_to_phys_mapping[mfn] * XG_PAGE_SIZE);
}

void by_hand_notify(xg_evtchn_t port)
{
    (void)!xg_event_send(port);
}

void by_hand_print(const char *text)
{
    struct xencons_interface *ring = by_hand_address(boot.console_mfn.n);

    for (; *text; text++) {
        while (ring->out_prod - __atomic_load_n(&ring->out_cons, __ATOMIC_ACQUIRE) == sizeof(ring->out))
            xg_sched_yield();
        ring->out[MASK_XENCONS_IDX(ring->out_prod, ring->out)] = *text;
        /* The byte before the index that says it is there. */
        __atomic_store_n(&ring->out_prod, ring->out_prod + 1, __ATOMIC_RELEASE);
    }
    by_hand_notify(boot.console_port);
}

/* ---- The port, as far as traps and events need one ---- */

xg_mfn_t xg_os_address_to_mfn(const void *address)
{
    return xg_mfn(boot.p2m[((uint64_t)address - VIRTUAL_BASE) / XG_PAGE_SIZE]);
}

void *xg_os_mfn_to_address(xg_mfn_t mfn)
{
    return by_hand_address(mfn.n);
}

unsigned long xg_os_events_save(void)
{
    return xg_upcall_save(xg_shared_vcpu_info(shared, 0));
}

void xg_os_events_restore(unsigned long saved)
{
    xg_upcall_restore(xg_shared_vcpu_info(shared, 0), saved);
}

unsigned int xg_os_vcpu_id(void)
{
    return 0;
}

void xg_os_panic(const char *function, const char *reason)
{
    by_hand_print(reason);
    xg_sched_shutdown(XG_SHUTDOWN_CRASH);
}
