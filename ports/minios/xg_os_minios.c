/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The port: all that libxenguest asks of Mini-OS (<xenguest/os.h>), in the order of its tiers. What stands
 * here only connects: the mechanisms are in kernel/.
 */
#include <minios/address_space.h>
#include <minios/clock.h>
#include <minios/cpu.h>
#include <minios/page_alloc.h>
#include <minios/panic.h>
#include <minios/thread.h>
#include <xenguest/errno.h>
#include <xenguest/lock.h>
#include <xenguest/os.h>
#include <xenguest/shared.h>

/* ---- Tier 1 ---- */

xg_mfn_t xg_os_address_to_mfn(const void *address)
{
    xg_mfn_t mfn = address_space_lookup(address);

    if (!xg_mfn_valid(mfn))
        panic("%p is not mapped", address);
    return mfn;
}

void *xg_os_mfn_to_address(xg_mfn_t mfn)
{
    return address_space_mfn_address(mfn);
}

unsigned long xg_os_events_save(void)
{
    return xg_upcall_save(this_cpu()->info);
}

void xg_os_events_restore(unsigned long saved)
{
    xg_upcall_restore(this_cpu()->info, saved);
}

unsigned int xg_os_vcpu_id(void)
{
    return this_cpu()->id;
}

void xg_os_panic(const char *function, const char *reason)
{
    panic("%s: %s", function, reason);
}

/* ---- Tier 2 ---- */

/* The library asks for pages mostly to make page tables of them. */
void *xg_os_page_alloc(void)
{
    return page_alloc_table();
}

void xg_os_page_free(void *page)
{
    page_free(page);
}

void *xg_os_frames_map(const xg_mfn_t *frames, unsigned int nr, xg_domid_t owner)
{
    void *address = address_space_reserve(nr);

    if (address && address_space_map(address, frames, nr, XG_PTE_DATA, owner)) {
        xg_os_frames_unmap(address, nr);
        return NULL;
    }
    return address;
}

void xg_os_frames_unmap(void *address, unsigned int nr)
{
    if (address_space_unmap(address, nr))
        panic("%p cannot be unmapped", address);
    address_space_release(address, nr);
}

/* ---- Tier 3 ---- */

/* A queue for all words whose addresses agree here. */
#define NR_QUEUES 8
#define QUEUE(n)  WAIT_QUEUE_INITIALIZER(waiters[n])

static struct wait_queue waiters[NR_QUEUES] = {QUEUE(0), QUEUE(1), QUEUE(2), QUEUE(3),
                                               QUEUE(4), QUEUE(5), QUEUE(6), QUEUE(7)};

static struct wait_queue *queue_of(const uint32_t *word)
{
    /* The upper bits of a product with the golden ratio depend on all of the address. */
    return &waiters[((uintptr_t)word * 0x9e3779b97f4a7c15ull >> 32) % NR_QUEUES];
}

struct wait {
    const uint32_t *word;
    uint32_t seen;
};

static bool has_changed(void *argument)
{
    const struct wait *wait = argument;

    return __atomic_load_n(wait->word, __ATOMIC_SEQ_CST) != wait->seen;
}

uint64_t xg_os_now_ns(void)
{
    return clock_now_ns();
}

int xg_os_wait(const uint32_t *word, uint32_t seen, uint64_t deadline_ns)
{
    struct wait wait = {.word = word, .seen = seen};

    thread_current()->waits_for = word;
    return wait_queue_wait(queue_of(word), has_changed, &wait, deadline_ns) ? 0 : -XG_ETIME;
}

void xg_os_wake(const uint32_t *word)
{
    wait_queue_wake_for(queue_of(word), word);
}

void xg_os_lock(struct xg_lock *lock)
{
    xg_lock_wait(lock);
}

void xg_os_unlock(struct xg_lock *lock)
{
    xg_lock_release(lock);
}
