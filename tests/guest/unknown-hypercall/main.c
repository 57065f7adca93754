/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A hypercall number that means nothing answers -ENOSYS and changes nothing.
 *
 * Guests probe: an old hypervisor must say no to a new call in this one way. The number is compared unsigned
 * and whole: a large one, a negative one and one with bits above the 32nd are all unknown. Numbers that once
 * had a meaning (11, 38) or are reserved for other architectures are among them.
 *
 * What goes wrong: the number indexes a table without a check; the check looks at 32 bits of rax only, so
 * that 2^32 + 17 is taken as xen_version; argument registers come back changed, although a guest may rely on
 * those that a failed call has no reason to touch (rdi to r9 are documented as clobbered only as far as there
 * are arguments).
 */
#include "guest.h"

const char test_title[] = "unknown hypercall numbers answer -ENOSYS";

void test_main(void)
{
    static const unsigned long numbers[] = {
        11,   43,        47,   55,         56,         63,
        64,   255,       1000, 0x7fffffff, 0xffffffff, 0x100000000 | __HYPERVISOR_xen_version,
        ~0ul, 1ul << 63,
    };
    unsigned long rbx = 0x1234567890abcdef, r9 = 0xfedcba0987654321, rdi = 5;
    long result;
    unsigned int i;

    for (i = 0; i < ARRAY_SIZE(numbers); i++) {
        result = hypercall(numbers[i], 0, 0, 0, 0, 0);
        if (result != -XEN_ENOSYS) {
            test_failure("number 0x%lx answers %ld", numbers[i], result);
        }
    }

    asm volatile("movq %2, %%r9\n\t"
                 "syscall\n\t"
                 "movq %%r9, %2"
                 : "=a"(result), "+b"(rbx), "+r"(r9), "+D"(rdi)
                 : "0"(63ul)
                 : "rcx", "r11", "r9", "memory");
    CHECK_RC(result, -XEN_ENOSYS);
    CHECK_EQUAL(rbx, 0x1234567890abcdef);
    CHECK_EQUAL(r9, 0xfedcba0987654321);
    CHECK_EQUAL(rdi, 5);
    test_success();
}
