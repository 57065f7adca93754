/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * kexec_op where no memory is set aside for a crash kernel.
 *
 * kexec.h: ranges of the machine's memory, images loaded, unloaded, asked for and started. Without
 * crashkernel= the crash area is empty, a crash image is -EADDRNOTAVAIL, and CPUs have no notes; the CPU of a
 * note must be there all the same (-ERANGE). To start what is not loaded is -ENOENT, to unload it is fine.
 * Stock Xen answers 0 to commands that it does not know, without looking at the argument; and after an odd
 * number of unloads it says that an image is loaded, which is not asserted.
 *
 * What goes wrong: kexec-tools read -ENOSYS as "no hypervisor", and load natively.
 */
#include "guest.h"

#include <xen/kexec.h>

const char test_title[] = "kexec_op without a crash kernel";

static long issue(unsigned long command, const void *argument)
{
    return hypercall(__HYPERVISOR_kexec_op, command, HYPERCALL_POINTER(argument), 0, 0, 0);
}

static xen_kexec_range_t range;

static long range_of(int which, int number)
{
    memset(&range, 0x5a, sizeof(range));
    range.range = which;
    range.nr = number;
    return issue(KEXEC_CMD_kexec_get_range, &range);
}

static void ranges(void)
{
    CHECK_RC(range_of(KEXEC_RANGE_MA_CRASH, 0), 0);
    CHECK_EQUAL(range.size | range.start, 0);
    CHECK_RC(range_of(KEXEC_RANGE_MA_XEN, 0), 0);
    CHECK(range.size > 0x10000 && range.start);
    CHECK_RC(range_of(KEXEC_RANGE_MA_CPU, 0), -XEN_EINVAL);
    CHECK_RC(range_of(KEXEC_RANGE_MA_CPU, 300), -XEN_ERANGE);
    CHECK_RC(range_of(KEXEC_RANGE_MA_CPU, -1), -XEN_ERANGE);
    CHECK_RC(range_of(KEXEC_RANGE_MA_XENHEAP, 0), -XEN_EINVAL);
    CHECK_RC(range_of(KEXEC_RANGE_MA_BOOT_PARAM, 0), -XEN_EINVAL);
    CHECK_RC(range_of(KEXEC_RANGE_MA_EFI_MEMMAP, 0), -XEN_EINVAL);
    CHECK_RC(range_of(7, 0), -XEN_EINVAL);
}

void test_main(void)
{
    static xen_kexec_load_v1_t old;
    static xen_kexec_load_t load = {.arch = 62};
    xen_kexec_exec_t exec = {0};
    unsigned long command;

    ranges();
    for (command = 0; command <= KEXEC_CMD_kexec_status; command++) {
        CHECK_RC(issue(command, (void *)0x1000), -XEN_EFAULT);
    }
    CHECK_RC(issue(7, (void *)0x1000), 0);
    CHECK_RC(issue(77, &exec), 0);

    for (exec.type = KEXEC_TYPE_DEFAULT; exec.type <= KEXEC_TYPE_CRASH; exec.type++) {
        xen_kexec_unload_t unload = {.type = (uint8_t)exec.type};

        CHECK_RC(issue(KEXEC_CMD_kexec, &exec), -XEN_ENOENT);
        CHECK_RC(issue(KEXEC_CMD_kexec_status, &unload), 0);
        CHECK_RC(issue(KEXEC_CMD_kexec_unload, &unload), 0);
        old.type = exec.type;
        CHECK_RC(issue(KEXEC_CMD_kexec_load_v1, &old), -XEN_EINVAL);
        CHECK_RC(issue(KEXEC_CMD_kexec_unload_v1, &old), 0);
    }
    CHECK_RC(issue(KEXEC_CMD_kexec, &exec), -XEN_EINVAL);
    old.type = load.type = 2;
    CHECK_RC(issue(KEXEC_CMD_kexec_unload, &load), -XEN_EINVAL);
    CHECK_RC(issue(KEXEC_CMD_kexec_status, &load), -XEN_EINVAL);
    CHECK_RC(issue(KEXEC_CMD_kexec_unload_v1, &old), -XEN_EINVAL);
    CHECK_RC(issue(KEXEC_CMD_kexec_load, &load), -XEN_EINVAL);
    load.type = KEXEC_TYPE_CRASH;
    CHECK_RC(issue(KEXEC_CMD_kexec_load, &load), -XEN_EADDRNOTAVAIL);
    load.nr_segments = 17;
    CHECK_RC(issue(KEXEC_CMD_kexec_load, &load), -XEN_EINVAL);
    test_success();
}
