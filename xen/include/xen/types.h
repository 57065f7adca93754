/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The types that everything uses: fixed-width integers and the frame numbers and addresses that must not mix.
 *
 * mfn_t  machine frame number: a frame of the machine's memory.
 * gfn_t  guest frame number: what a guest names; for a PV guest it is an MFN (its own or a foreign one).
 * pfn_t  pseudo-physical frame number: index in a PV guest's own p2m list.
 */
#ifndef XEN_TYPES_H
#define XEN_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <xen/compiler.h>

typedef uint64_t paddr_t; /* machine address in bytes */
typedef int64_t s_time_t; /* system time in nanoseconds since boot */

typedef struct {
    uint64_t n;
} mfn_t;
typedef struct {
    uint64_t n;
} gfn_t;
typedef struct {
    uint64_t n;
} pfn_t;

#define INVALID_MFN ((mfn_t){~0ull})

static always_inline mfn_t mfn(uint64_t n)
{
    return (mfn_t){n};
}
static always_inline gfn_t gfn(uint64_t n)
{
    return (gfn_t){n};
}
static always_inline pfn_t pfn(uint64_t n)
{
    return (pfn_t){n};
}
static always_inline bool mfn_eq(mfn_t a, mfn_t b)
{
    return a.n == b.n;
}
static always_inline mfn_t mfn_add(mfn_t a, uint64_t k)
{
    return (mfn_t){a.n + k};
}

#ifndef PAGE_SHIFT
#define PAGE_SHIFT 12
#define PAGE_SIZE  (1ul << PAGE_SHIFT)
#define PAGE_MASK  (~(PAGE_SIZE - 1))
#endif

static always_inline paddr_t mfn_to_paddr(mfn_t m)
{
    return m.n << PAGE_SHIFT;
}
static always_inline mfn_t paddr_to_mfn(paddr_t a)
{
    return (mfn_t){a >> PAGE_SHIFT};
}

#define PFN_UP(x)   (((x) + PAGE_SIZE - 1) >> PAGE_SHIFT)
#define PFN_DOWN(x) ((x) >> PAGE_SHIFT)

#define min(a, b)                          \
    ({                                     \
        __typeof__(a) min_a_ = (a);        \
        __typeof__(b) min_b_ = (b);        \
        min_a_ < min_b_ ? min_a_ : min_b_; \
    })
#define max(a, b)                          \
    ({                                     \
        __typeof__(a) max_a_ = (a);        \
        __typeof__(b) max_b_ = (b);        \
        max_a_ > max_b_ ? max_a_ : max_b_; \
    })
#define ROUND_UP(x, n)   (((x) + (n)-1) & ~((__typeof__(x))(n)-1))
#define ROUND_DOWN(x, n) ((x) & ~((__typeof__(x))(n)-1))

#endif
