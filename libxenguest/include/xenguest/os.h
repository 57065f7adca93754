/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a port supplies: the whole list. Each object file of the archive needs the functions of its tier and
 * below, so a port writes only as far as it has come, and the linker names what is missing.
 *
 *   tier  the port supplies                            the library then gives
 *   0     nothing                                      boot.h elfnote.h hypercall.h early.h format.h sched.h
 *                                                      timer.h shared.h ring.h
 *   1     addresses and frames, event mask, vCPU       trap.h event.h event_fifo.h clock.h vcpu.h
 *         number, panic                                mmu.h p2m.h
 *   2     page allocation, mapping of frames           map.h grant.h console.h balloon.h
 *   3     clock, wait and wake, lock and unlock        lock.h xenstore.h xenbus.h block.h net.h
 *                                                      channel.h framebuffer.h input.h p9.h
 *                                                      control.h suspend.h
 *
 * The library calls these from any context in which it was itself called, interrupt handlers included, and
 * holds no lock of its own while it does so, unless the declaration says otherwise. Those of tier 3 that wait
 * are called from threads only; xg_os_wake from handlers too.
 */
#ifndef XENGUEST_OS_H
#define XENGUEST_OS_H

#include <xenguest/types.h>

XG_BEGIN_DECLS

/* ---- Tier 1 ---- */

/*
 * The machine frame behind a mapped address of the kernel's own memory. A kernel that maps its memory
 * linearly answers from its p2m list; another one may walk its tables. Must not fail: an address that is
 * not mapped breaks the contract of the caller, and the port panics.
 */
xg_mfn_t xg_os_address_to_mfn(const void *address);

/*
 * Where the kernel can read a frame of its own memory, or NULL when it has no mapping of it. Asked for page
 * tables when they are walked. Read-only is enough: page tables are never mapped writable.
 */
void *xg_os_mfn_to_address(xg_mfn_t mfn);

/*
 * Masks event delivery on this vCPU and returns the state before, for the restore. Nests. The usual bodies
 * are xg_upcall_save and xg_upcall_restore (shared.h), on the vcpu_info of this vCPU; a kernel
 * with interrupt-priority levels of its own calls those instead.
 */
unsigned long xg_os_events_save(void);
/* Undoes the matching save. If that unmasks delivery, pending events must be delivered before it returns. */
void xg_os_events_restore(unsigned long saved);

/* The number of the vCPU that runs this. Called with events masked, so it cannot go stale. */
unsigned int xg_os_vcpu_id(void);

/* The port or Xen broke the contract of `function`: print both strings and stop. Must not return. */
void xg_os_panic(const char *function, const char *reason) XG_NORETURN;

/* ---- Tier 2 ---- */

/*
 * One page of the kernel's own memory: page-aligned, mapped writable, contents undefined; NULL when there
 * is none. It is given back by xg_os_page_free, mapped writable again.
 */
void *xg_os_page_alloc(void);
void xg_os_page_free(void *page);

/*
 * Maps `nr` machine frames, not of the kernel's own p2m (grant-table frames, the ring of a backend), writable
 * and consecutive in the kernel's address space. Returns the address or NULL. `owner` is the domain whose
 * frames they are: XG_DOMID_SELF, or another for a privileged domain.
 */
void *xg_os_frames_map(const xg_mfn_t *frames, unsigned int nr, xg_domid_t owner);
void xg_os_frames_unmap(void *address, unsigned int nr);

/* ---- Tier 3 ---- */

#define XG_NO_DEADLINE (~0ull)

/* The port's clock, in nanoseconds from any start; never backwards. xg_clock_now_ns (clock.h) will do. */
uint64_t xg_os_now_ns(void);

/*
 * Waits as long as *word is `seen`, until xg_os_wake(word) or until the clock shows `deadline_ns`. No wake is
 * lost: who wakes changes the word first, so the port compares once more under whatever lock its wake takes.
 * May return early at any time; the library looks again. -XG_ETIME: the deadline has come. A port without
 * threads yields to Xen, runs its events and returns 0.
 */
int __must_check xg_os_wait(const uint32_t *word, uint32_t seen, uint64_t deadline_ns);
/* Ends every wait on `word`. */
void xg_os_wake(const uint32_t *word);

/*
 * A lock that is held while its holder waits. All zero is free; the library gives each its place, the port
 * uses the members as it likes. The usual bodies are xg_lock_wait and xg_lock_release (lock.h).
 */
struct xg_lock {
    uint32_t word;
    void *port;
};

void xg_os_lock(struct xg_lock *lock);
void xg_os_unlock(struct xg_lock *lock);

XG_END_DECLS

#endif
