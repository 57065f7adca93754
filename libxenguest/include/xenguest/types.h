/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The vocabulary of every other header: integer types, frame numbers and addresses that the compiler
 * keeps apart, domain numbers, and the attributes of declarations. Nothing of the Xen headers is in
 * here: a kernel that has its own copy of them can include any header of the library but <xenguest/abi.h>.
 */
#ifndef XENGUEST_TYPES_H
#define XENGUEST_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Every declaration of the library stands between these two. Hidden visibility makes the compiler
 * address a symbol relative to the instruction: the archive links at any address, in any code model.
 */
#ifdef __cplusplus
#define XG_BEGIN_DECLS                                                                                       \
    extern "C" {                                                                                             \
    _Pragma("GCC visibility push(hidden)")
#define XG_END_DECLS                                                                                         \
    _Pragma("GCC visibility pop")                                                                            \
    }
#else
#define XG_BEGIN_DECLS _Pragma("GCC visibility push(hidden)")
#define XG_END_DECLS   _Pragma("GCC visibility pop")
#endif

#ifndef __must_check
#define __must_check __attribute__((__warn_unused_result__))
#endif
#define XG_NORETURN         __attribute__((__noreturn__))
#define XG_PRINTF(fmt, arg) __attribute__((__format__(__printf__, fmt, arg)))

#define XG_PAGE_SHIFT 12
#define XG_PAGE_SIZE  4096ul

/*
 * Four numbers that are easily taken for one another, so that each has a type:
 *   pfn    the kernel's own numbering of its memory: 0 … nr_pages - 1, dense
 *   mfn    a frame of the machine; what a PV page-table entry holds
 *   gfn    what a domain calls a frame when it names it to Xen or to another domain (grants, vcpu_info):
 *          the mfn for a PV guest, the pfn for an HVM or PVH guest
 *   maddr  a byte address in the machine: mfn * 4096 + offset
 */
typedef struct {
    uint64_t n;
} xg_pfn_t;
typedef struct {
    uint64_t n;
} xg_mfn_t;
typedef struct {
    uint64_t n;
} xg_gfn_t;
typedef struct {
    uint64_t n;
} xg_maddr_t;

static inline xg_pfn_t xg_pfn(uint64_t n)
{
    xg_pfn_t pfn = {n};
    return pfn;
}

static inline xg_mfn_t xg_mfn(uint64_t n)
{
    xg_mfn_t mfn = {n};
    return mfn;
}

static inline xg_gfn_t xg_gfn(uint64_t n)
{
    xg_gfn_t gfn = {n};
    return gfn;
}

static inline xg_maddr_t xg_maddr(uint64_t n)
{
    xg_maddr_t maddr = {n};
    return maddr;
}

/* The machine address of byte `offset` (below 4096) of a frame. */
static inline xg_maddr_t xg_mfn_to_maddr(xg_mfn_t mfn, uint64_t offset)
{
    return xg_maddr((mfn.n << XG_PAGE_SHIFT) + offset);
}

static inline xg_mfn_t xg_maddr_to_mfn(xg_maddr_t maddr)
{
    return xg_mfn(maddr.n >> XG_PAGE_SHIFT);
}

/* How a PV guest names one of its frames to Xen and to other domains. */
static inline xg_gfn_t xg_mfn_to_gfn(xg_mfn_t mfn)
{
    return xg_gfn(mfn.n);
}

/* No frame. Xen's own mark in p2m and M2P. */
#define XG_INVALID_MFN (xg_mfn(~0ull))
#define XG_INVALID_PFN (xg_pfn(~0ull))

static inline bool xg_mfn_valid(xg_mfn_t mfn)
{
    return mfn.n != ~0ull;
}

typedef uint16_t xg_domid_t;
#define XG_DOMID_SELF ((xg_domid_t)0x7ff0)
#define XG_DOMID_IO   ((xg_domid_t)0x7ff1)

/* A local event-channel port; 0 is never a valid one. */
typedef uint32_t xg_evtchn_t;

/* The structures of the ABI, which <xenguest/abi.h> completes for who asks. */
struct start_info;
struct shared_info;
struct vcpu_info;
struct vcpu_time_info;

#endif
