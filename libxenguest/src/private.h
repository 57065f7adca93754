/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the library's own sources share: the Xen headers, byte loops (there is no libc to call), and the lock
 * that guards the few lists which several vCPUs change.
 */
#ifndef XENGUEST_PRIVATE_H
#define XENGUEST_PRIVATE_H

#include <xenguest/abi.h>
#include <xenguest/errno.h>
#include <xenguest/hypercall.h>
#include <xenguest/os.h>
#include <xenguest/types.h>

XG_BEGIN_DECLS

/* The processor, as far as it takes assembly: arch/x86/. */
uint64_t xg_arch_tsc(void);
void xg_arch_pause(void);
/*
 * Takes this vCPU down; what a C function preserves is on the stack, whose pointer goes to *stack_pointer
 * before. Returns when the vCPU comes up again, or begins anew in unpark with that pointer.
 */
void xg_arch_park(unsigned int vcpu, uint64_t *stack_pointer);
void xg_arch_unpark(void *stack_pointer);
/* Entry stub of `vector` (below 32, or one of enum xg_trap_vector); 0 for another. */
uint64_t xg_arch_trap_entry(unsigned int vector);

/*
 * Masks events, so that a handler on this vCPU cannot want the lock while its holder is interrupted. Held for
 * a few instructions only. Returns what xg_lock_put wants.
 */
unsigned long xg_lock_get(uint32_t *lock);

XG_END_DECLS

#define XG_ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

static inline void xg_bytes_zero(void *to, size_t nr)
{
    unsigned char *t = to;

    while (nr--)
        *t++ = 0;
}

static inline void xg_bytes_copy(void *to, const void *from, size_t nr)
{
    unsigned char *t = to;
    const unsigned char *f = from;

    while (nr--)
        *t++ = *f++;
}

static inline size_t xg_string_length(const char *text)
{
    size_t length = 0;

    while (text[length])
        length++;
    return length;
}

static inline bool xg_string_equal(const char *a, const char *b)
{
    for (; *a && *a == *b; a++)
        b++;
    return *a == *b;
}

static inline void xg_lock_put(uint32_t *lock, unsigned long saved)
{
    __atomic_store_n(lock, 0, __ATOMIC_RELEASE);
    xg_os_events_restore(saved);
}

#endif
