/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The port and the hypervisor of the fuzzers: no call succeeds by itself; events go nowhere; time passes only
 * in waits, each of which lets the peer of the target act.
 */
#include <stdlib.h>
#include <xenguest/errno.h>
#include <xenguest/hypercall.h>
#include <xenguest/lock.h>
#include <xenguest/os.h>
#include "fake_port.h"
#include "private.h"

bool (*fuzz_on_wait)(void);
uint64_t fuzz_now_ns;
unsigned int fuzz_nr_pages;

long xg_hypercall(uint64_t a1, uint64_t a2, uint64_t a3, uint64_t a4, uint64_t a5, unsigned int number)
{
    static uint32_t nr_ports;

    /* Around and around: each is closed before its turn comes again. */
    if (number == XG_HYPERCALL_event_channel_op && a1 == EVTCHNOP_alloc_unbound)
        ((struct evtchn_alloc_unbound *)(uintptr_t)a2)->port = 5 + nr_ports++ % 50;
    return number == XG_HYPERCALL_event_channel_op || number == XG_HYPERCALL_sched_op ? 0 : -XG_ENOSYS;
}

uint64_t xg_arch_tsc(void)
{
    return 0;
}

void xg_arch_pause(void)
{
}

void xg_arch_park(unsigned int vcpu, uint64_t *stack_pointer)
{
}

void xg_arch_unpark(void *stack_pointer)
{
}

uint64_t xg_arch_trap_entry(unsigned int vector)
{
    return 0;
}

/*
 * The frame of an address is the address, so that whoever gets it finds the page: its lower 32 bits, since no
 * grant takes more. The upper ones are the same for all of the heap.
 */
static uintptr_t upper_bits;

xg_mfn_t xg_os_address_to_mfn(const void *address)
{
    upper_bits = (uintptr_t)address >> XG_PAGE_SHIFT & ~(uintptr_t)UINT32_MAX;
    return xg_mfn((uintptr_t)address >> XG_PAGE_SHIFT & UINT32_MAX);
}

void *xg_os_mfn_to_address(xg_mfn_t mfn)
{
    return (void *)((upper_bits | (uintptr_t)mfn.n) << XG_PAGE_SHIFT);
}

unsigned long xg_os_events_save(void)
{
    return 0;
}

void xg_os_events_restore(unsigned long saved)
{
}

unsigned int xg_os_vcpu_id(void)
{
    return 0;
}

void xg_os_panic(const char *function, const char *reason)
{
    abort();
}

void *xg_os_page_alloc(void)
{
    fuzz_nr_pages++;
    return aligned_alloc(XG_PAGE_SIZE, XG_PAGE_SIZE);
}

void xg_os_page_free(void *page)
{
    fuzz_nr_pages--;
    free(page);
}

void *xg_os_frames_map(const xg_mfn_t *frames, unsigned int nr, xg_domid_t owner)
{
    return NULL;
}

void xg_os_frames_unmap(void *address, unsigned int nr)
{
}

uint64_t xg_os_now_ns(void)
{
    return fuzz_now_ns;
}

int xg_os_wait(const uint32_t *word, uint32_t seen, uint64_t deadline_ns)
{
    if (*word != seen || (fuzz_on_wait && fuzz_on_wait()))
        return 0;
    if (deadline_ns == XG_NO_DEADLINE)
        abort();
    fuzz_now_ns = deadline_ns;
    return -XG_ETIME;
}

void xg_os_wake(const uint32_t *word)
{
}

void xg_os_lock(struct xg_lock *lock)
{
    if (lock->word)
        abort();
    xg_lock_wait(lock);
}

void xg_os_unlock(struct xg_lock *lock)
{
    xg_lock_release(lock);
}
