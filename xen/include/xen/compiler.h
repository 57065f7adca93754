/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the compilers offer, under one name each. No state, no types. The Makefile includes it before anything
 * else.
 */
#ifndef XEN_COMPILER_H
#define XEN_COMPILER_H

/* One image, no shared libraries: nothing declared from here on is reached by way of a table of addresses. */
#ifndef XEN_HOSTED
#pragma GCC visibility push(hidden)
#endif

#define likely(x)        __builtin_expect(!!(x), 1)
#define unlikely(x)      __builtin_expect(!!(x), 0)
#define noreturn         __attribute__((__noreturn__))
#define noinline         __attribute__((__noinline__))
#define always_inline    inline __attribute__((__always_inline__))
#define __must_check     __attribute__((__warn_unused_result__))
#define __packed         __attribute__((__packed__))
#define __aligned(n)     __attribute__((__aligned__(n)))
#define __used           __attribute__((__used__))
#define __section(s)     __attribute__((__section__(s)))
#define __printf(f, a)   __attribute__((__format__(__printf__, f, a)))
/* Code and data that only the boot processor's start uses. */
#define __init           __section(".init.text")
#define __initdata       __section(".init.data")

#define barrier()        __asm__ __volatile__("" ::: "memory")
#define READ_ONCE(x)     (*(const volatile __typeof__(x) *)&(x))
#define WRITE_ONCE(x, v) (*(volatile __typeof__(x) *)&(x) = (v))

#define BUILD_BUG_ON(cond) _Static_assert(!(cond), #cond)
#define ARRAY_SIZE(a)      (sizeof(a) / sizeof((a)[0]))
#define container_of(ptr, type, member) ((type *)((char *)(ptr)-offsetof(type, member)))

#endif
