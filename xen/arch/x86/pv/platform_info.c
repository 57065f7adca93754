/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What HYPERVISOR_platform_op tells about firmware and hypervisor: keyboard flags, symbols, the registers
 * that tools may read.
 */
#include <xen/arch.h>
#include <xen/domain.h>
#include <xen/guest_access.h>
#include <xen/refusal.h>
#include <xen/string.h>
#include <xen/symbols.h>
#include <asm/processor.h>
#include "platform.h"

#define BIOS_KEYBOARD_FLAGS  0x417ul /* what INT 0x16, function 2 answers */
#define RESOURCE_ENTRIES_MAX 3

static long keyboard_flags(struct platform_request *r)
{
    uint8_t *flags = &r->op.u.firmware_info.u.kbd_shift_flags;

    *flags = *(const volatile uint8_t *)arch_direct_map(BIOS_KEYBOARD_FLAGS);
    return platform_give(r, flags, sizeof(*flags));
}

long platform_firmware_info(struct platform_request *r)
{
    const struct xenpf_firmware_info *info = &r->op.u.firmware_info;

    switch (info->type) {
    case XEN_FW_DISK_INFO:
    case XEN_FW_DISK_MBR_SIGNATURE:
    case XEN_FW_VBEDDC_INFO:
        break; /* the BIOS would have to be asked in real mode */
    case XEN_FW_EFI_INFO:
        return refuse(-XEN_ENOSYS, "platform.efi", "the machine was not started by EFI");
    case XEN_FW_KBD_SHIFT_FLAGS:
        if (!info->index)
            return keyboard_flags(r);
        break;
    default:
        return refuse(-XEN_EINVAL, "platform.firmware", "there is no firmware information of type %u",
                      info->type);
    }
    return refuse(-XEN_ESRCH, "platform.firmware-end", "there is no item %u of firmware information %u",
                  info->index, info->type);
}

long platform_get_symbol(struct platform_request *r)
{
    struct xenpf_symdata *s = &r->op.u.symdata;
    const char *name = "";
    unsigned long address = 0;
    uint32_t room = s->namelen;

    if (s->symnum > symbols_count())
        return refuse(-XEN_ERANGE, "platform.symbol", "symbol %u: there are %u", s->symnum, symbols_count());
    if (s->symnum < symbols_count())
        name = symbol_at(s->symnum++, &address);
    s->namelen = (uint32_t)strlen(name) + 1;
    s->address = address;
    s->type = *name ? 't' : 0;
    if (copy_to_guest(handle_va(s->name), name, min(room, s->namelen)))
        return refuse(-XEN_EFAULT, "platform.argument", "cannot write a name at %#lx",
                      (unsigned long)handle_va(s->name));
    return platform_give(r, s, sizeof(*s));
}

/* The time stamp counter, as system time, is what there is to read; nothing is to write. */
static int do_resource(xenpf_resource_entry_t *e)
{
    if (e->u.cmd > XEN_RESOURCE_OP_MSR_WRITE)
        return refuse(-XEN_EOPNOTSUPP, "platform.resource", "there is no resource operation %u", e->u.cmd);
    if (e->rsvd || e->idx >> 32)
        return refuse(-XEN_EINVAL, "platform.resource", "register %#lx with rsvd %#x does not exist",
                      (unsigned long)e->idx, e->rsvd);
    if (e->u.cmd != XEN_RESOURCE_OP_MSR_READ || e->idx != MSR_TSC)
        return refuse(-XEN_EPERM, "platform.resource-register", "register %#lx may not be %s",
                      (unsigned long)e->idx,
                      e->u.cmd == XEN_RESOURCE_OP_MSR_READ ? "read by tools" : "written by tools");
    e->val = (uint64_t)now_ns();
    return 0;
}

long platform_resource_op(const struct platform_request *r)
{
    const struct xenpf_resource_op *op = &r->op.u.resource_op;
    xenpf_resource_entry_t e[RESOURCE_ENTRIES_MAX];
    uint64_t va = handle_va(op->entries);
    uint32_t n = op->nr_entries, done = 0;
    int rc = 0;

    if (n > RESOURCE_ENTRIES_MAX)
        return refuse(-XEN_EINVAL, "platform.resource-count", "%u entries are more than %u", n,
                      RESOURCE_ENTRIES_MAX);
    if (!n)
        return 0;
    if (copy_from_guest(e, va, n * sizeof(e[0])))
        return refuse(-XEN_EFAULT, "platform.resource-list", "no readable list at %#lx", (unsigned long)va);
    while (done < n && !(rc = do_resource(&e[done])))
        done++;
    if (done && (op->cpu >= MAX_CPUS || !cpumask_test(cpu_online_map, op->cpu)))
        return refuse(-XEN_ENODEV, "platform.resource-cpu", "there is no CPU %u", op->cpu);
    if (rc)
        e[done].u.ret = rc;
    if (copy_to_guest(va, e, min(n, done + 1) * sizeof(e[0])))
        return refuse(-XEN_EFAULT, "platform.resource-list", "cannot write the list at %#lx",
                      (unsigned long)va);
    return done;
}
