/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * platform_op's memory types: variable MTRRs added, read and deleted.
 *
 * platform.h: add_memtype gives a range of frames a type and answers the register used; stock Xen answers
 * handle 0, and del_memtype refuses any other. A range is a power of two, and a multiple of it; an overlap
 * with another type is refused unless one of the two is uncached. What is inside a range of the same type
 * takes no further register, and is counted: only the last deletion frees it.
 *
 * What goes wrong: the mask of a range is that of another number of address bits than the processor has; CPUs
 * that differ; the registers that the firmware has set are overwritten.
 */
#include "guest.h"
#include "platform.h"

#include <xen/platform.h>

const char test_title[] = "memory types by range";

#define FIRST 0xe0000ul
enum { UC = 0, WC = 1, WT = 4, WP = 5, WB = 6 };

static struct xen_platform_op op;

static long issue(uint32_t command)
{
    return hypercall_platform_op(&op, command);
}

/* The register, or an errno. */
static long add(uint64_t mfn, uint64_t frames, uint32_t type)
{
    long rc;

    op.u.add_memtype = (struct xenpf_add_memtype){.mfn = mfn, .nr_mfns = frames, .type = type, .handle = 7};
    rc = issue(XENPF_add_memtype);
    if (!rc) {
        CHECK_EQUAL(op.u.add_memtype.handle, 0);
    }
    return rc ? rc : op.u.add_memtype.reg;
}

static long delete (long reg, uint32_t handle)
{
    op.u.del_memtype = (struct xenpf_del_memtype){.handle = handle, .reg = (uint32_t)reg};
    return issue(XENPF_del_memtype);
}

static void reads(long reg, uint64_t mfn, uint64_t frames, uint32_t type)
{
    op.u.read_memtype = (struct xenpf_read_memtype){.reg = (uint32_t)reg};
    CHECK_RC(issue(XENPF_read_memtype), 0);
    CHECK_EQUAL(op.u.read_memtype.mfn, mfn);
    CHECK_EQUAL(op.u.read_memtype.nr_mfns, frames);
    CHECK_EQUAL(op.u.read_memtype.type, type);
}

void test_main(void)
{
    long reg, uncached, low;

    op.u.read_memtype.reg = 99;
    CHECK_RC(issue(XENPF_read_memtype), -XEN_EINVAL);
    while (delete (0, 0) == 0) {
    }
    reads(0, 0, 0, 0);

    reg = add(FIRST, 0x100, WC);
    REQUIRE(reg == 0);
    reads(reg, FIRST, 0x100, WC);
    uncached = add(FIRST, 0x100, UC);
    REQUIRE(uncached == 1);
    reads(uncached, FIRST, 0x100, UC);
    low = add(0x10, 0x10, WC);
    REQUIRE(low == 2);

    CHECK_RC(add(FIRST, 0x100, 2), -XEN_EINVAL);
    CHECK_RC(add(FIRST, 0x100, 7), -XEN_EINVAL);
    CHECK_RC(add(FIRST, 0x100, 255), -XEN_EINVAL);
    CHECK_RC(add(FIRST, 0, WC), -XEN_EINVAL);
    CHECK_RC(add(FIRST + 1, 0x100, WC), -XEN_EINVAL);
    CHECK_RC(add(FIRST, 0x180, WC), -XEN_EINVAL);
    CHECK_RC(add(1ul << 44, 0x100, WC), -XEN_EINVAL);
    CHECK_RC(add(FIRST, 1, WT), -XEN_EINVAL);
    CHECK_RC(add(FIRST, 1, WB), -XEN_EINVAL);
    CHECK_RC(add(FIRST - 0x100, 0x200, WB), -XEN_EINVAL);

    CHECK_RC(add(0x14, 4, WC), low);
    CHECK_RC(delete (low, 1), -XEN_EINVAL);
    CHECK_RC(delete (99, 0), -XEN_EINVAL);
    CHECK_RC(delete (low, 0), 0);
    reads(low, 0x10, 0x10, WC);
    CHECK_RC(delete (low, 0), 0);
    reads(low, 0, 0, 0);
    CHECK_RC(delete (low, 0), -XEN_EINVAL);
    CHECK_RC(delete (uncached, 0), 0);
    CHECK_RC(delete (reg, 0), 0);
    test_success();
}
