/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * platform_op: its version, what it does not know, and what it tells of firmware, symbols and registers.
 *
 * platform.h: a request has a command and an interface version, and -EACCES is all that a wrong version gets,
 * before the command is looked at. Firmware items end with -ESRCH; without EFI its calls are -ENOSYS. What
 * Domain 0 governs only when told to (frequency, idle times) is -ENOSYS.
 *
 * Stock Xen surprises: the errno of a resource operation is in the first entry that was not done, and the CPU
 * is looked at only when something was; a bad symbol number is -ERANGE, one behind the last an empty name.
 * Not asserted: disks and the monitor's EDID, which stock Xen asks the BIOS for in real mode.
 *
 * What goes wrong: a version that is not checked; a list of firmware items without an end, which Linux walks.
 */
#include "guest.h"
#include "platform.h"

#include <xen/platform.h>

const char test_title[] = "platform_op: versions, microcode, firmware, symbols, registers";

#define UNREADABLE 0x1000ul

static struct xen_platform_op op;

static long issue(uint32_t command)
{
    return hypercall_platform_op(&op, command);
}

static void versions(void)
{
    static const uint8_t unknown[] = {0, 16, 18, 30, 34, 36, 38, 40, 47, 64, 69};

    op.cmd = XENPF_get_cpuinfo;
    op.interface_version = XENPF_INTERFACE_VERSION - 1;
    CHECK_RC(hypercall(__HYPERVISOR_platform_op, HYPERCALL_POINTER(&op), 0, 0, 0, 0), -XEN_EACCES);
    op.cmd = 99;
    CHECK_RC(hypercall(__HYPERVISOR_platform_op, HYPERCALL_POINTER(&op), 0, 0, 0, 0), -XEN_EACCES);
    CHECK_RC(hypercall(__HYPERVISOR_platform_op, UNREADABLE, 0, 0, 0, 0), -XEN_EFAULT);
    for (unsigned int i = 0; i < ARRAY_SIZE(unknown); i++) {
        CHECK_RC(issue(unknown[i]), -XEN_ENOSYS);
    }
    CHECK_RC(issue(XENPF_change_freq), -XEN_ENOSYS);
    CHECK_RC(issue(XENPF_getidletime), -XEN_ENOSYS);
    for (uint32_t i = 0; i < 5; i++) {
        op.u.platform_quirk.quirk_id = i;
        CHECK_RC(issue(XENPF_platform_quirk), i >= 1 && i <= 3 ? 0 : -XEN_EINVAL);
    }
}

/* Nothing loads microcode on this machine: whatever it is, it is refused before it is looked at. */
static void microcode(void)
{
    static char image[64];
    const unsigned long places[] = {HYPERCALL_POINTER(image), UNREADABLE, HYPERVISOR_VIRT_START};

    for (unsigned int i = 0; i < ARRAY_SIZE(places); i++) {
        set_xen_guest_handle_raw(op.u.microcode.data, (void *)places[i]);
        op.u.microcode.length = sizeof(image);
        CHECK_RC(issue(XENPF_microcode_update), -XEN_EINVAL);
    }
    op.u.microcode.length = 0;
    CHECK_RC(issue(XENPF_microcode_update), -XEN_EINVAL);
}

static long firmware(uint32_t type, uint32_t index)
{
    memset(&op, 0, sizeof(op));
    op.u.firmware_info.type = type;
    op.u.firmware_info.index = index;
    return issue(XENPF_firmware_info);
}

static void firmwares(void)
{
    for (uint32_t call = 0; call < 13; call++) {
        op.u.efi_runtime_call.function = call;
        CHECK_RC(issue(XENPF_efi_runtime_call), -XEN_ENOSYS);
    }
    CHECK_RC(firmware(0, 0), -XEN_EINVAL);
    CHECK_RC(firmware(XEN_FW_DISK_INFO, 0), -XEN_ESRCH);
    CHECK_RC(firmware(XEN_FW_DISK_MBR_SIGNATURE, 0), -XEN_ESRCH);
    CHECK_RC(firmware(XEN_FW_VBEDDC_INFO, 1), -XEN_ESRCH);
    CHECK_RC(firmware(XEN_FW_EFI_INFO, 0), -XEN_ENOSYS);
    op.u.firmware_info.u.kbd_shift_flags = 0x5a;
    CHECK_RC(firmware(XEN_FW_KBD_SHIFT_FLAGS, 0), 0);
    CHECK_EQUAL(op.u.firmware_info.u.kbd_shift_flags, 0);
    CHECK_RC(firmware(XEN_FW_KBD_SHIFT_FLAGS, 1), -XEN_ESRCH);
    CHECK_RC(firmware(6, 0), -XEN_EINVAL);
}

static char name[64];

static long symbol(uint32_t number, uint32_t room, void *where)
{
    memset(&op, 0, sizeof(op));
    op.u.symdata.symnum = number;
    op.u.symdata.namelen = room;
    op.u.symdata.name.p = where;
    return issue(XENPF_get_symbol);
}

static void symbols(void)
{
    uint64_t first;
    uint32_t number;

    CHECK_RC(symbol(0, sizeof(name), name), 0);
    first = op.u.symdata.address;
    CHECK_EQUAL(op.u.symdata.symnum, 1);
    CHECK(op.u.symdata.namelen > 1 && name[op.u.symdata.namelen - 1] == 0 && name[0]);
    CHECK(first >= HYPERVISOR_VIRT_START && first < HYPERVISOR_VIRT_END);
    name[3] = '#';
    CHECK_RC(symbol(1, 3, name), 0);
    CHECK_EQUAL(name[3], '#');
    CHECK(op.u.symdata.namelen > 3 && op.u.symdata.address >= first);
    CHECK_RC(symbol(1, 0, NULL), 0);
    CHECK_RC(symbol(1, sizeof(name), (void *)UNREADABLE), -XEN_EFAULT);
    CHECK_RC(symbol(10000000, sizeof(name), name), -XEN_ERANGE);
    for (number = 2; symbol(number, sizeof(name), name) == 0 && op.u.symdata.symnum != number;) {
        number = op.u.symdata.symnum;
    }
    CHECK_EQUAL(op.u.symdata.symnum, number);
    CHECK_EQUAL(op.u.symdata.namelen, 1);
    CHECK_RC(symbol(number + 1, sizeof(name), name), -XEN_ERANGE);
}

static xenpf_resource_entry_t entries[4];

static long resources(uint32_t count, uint32_t cpu)
{
    memset(&op, 0, sizeof(op));
    op.u.resource_op.nr_entries = count;
    op.u.resource_op.cpu = cpu;
    op.u.resource_op.entries.p = entries;
    return issue(XENPF_resource_op);
}

static int one_error(uint32_t command, uint32_t reserved, uint64_t index)
{
    entries[0] = (xenpf_resource_entry_t){.u.cmd = command, .rsvd = reserved, .idx = index};
    CHECK_RC(resources(1, 0), 0);
    return entries[0].u.ret;
}

static void registers(void)
{
    CHECK_RC(resources(0, 9999), 0);
    CHECK_RC(resources(4, 0), -XEN_EINVAL);
    CHECK_RC(one_error(0, 0, 0x1b), -XEN_EPERM);
    CHECK_RC(one_error(1, 0, 0x10), -XEN_EPERM);
    CHECK_RC(one_error(5, 0, 0x10), -XEN_EOPNOTSUPP);
    CHECK_RC(one_error(0, 1, 0x10), -XEN_EINVAL);
    CHECK_RC(one_error(0, 0, 1ul << 32 | 0x10), -XEN_EINVAL);
    entries[0] = entries[1] = (xenpf_resource_entry_t){.idx = 0x10};
    CHECK_RC(resources(2, 0), 2);
    CHECK(entries[0].val && entries[0].val <= entries[1].val);
    CHECK_RC(resources(1, 9999), -XEN_ENODEV);
    entries[1].idx = 0x1b;
    CHECK_RC(resources(2, 0), 1);
    CHECK_RC(entries[1].u.ret, -XEN_EPERM);
    entries[0].idx = 0x1b;
    entries[0].u.cmd = 0;
    CHECK_RC(resources(1, 9999), 0);
    memset(&op, 0, sizeof(op));
    op.u.resource_op.nr_entries = 1;
    op.u.resource_op.entries.p = (void *)UNREADABLE;
    CHECK_RC(issue(XENPF_resource_op), -XEN_EFAULT);
}

void test_main(void)
{
    versions();
    microcode();
    firmwares();
    symbols();
    registers();
    test_success();
}
