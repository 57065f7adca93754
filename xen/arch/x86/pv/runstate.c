/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The copies of a vCPU's runstate and time in the guest's memory, refreshed when the vCPU goes on a CPU. The
 * addresses are the kernel's: user mode's tables need not have them.
 */
#include <xen/arch.h>
#include <xen/guest_access.h>
#include <xen/sched.h>
#include <public/vcpu.h>
#include <asm/pv.h>

/*
 * The guest sees the flag in the time's top byte while the record is not consistent
 * (VMASST_TYPE_runstate_update_flag).
 */
static bool mark_update(uint64_t va, uint64_t *time)
{
    *time |= XEN_RUNSTATE_UPDATE;
    return !copy_to_guest(va + 7, (char *)time + 7, 1);
}

static void runstate_write(struct vcpu *v)
{
    struct vcpu_runstate_info info;
    uint64_t va = v->runstate_guest_va,
             time_va = guest_field(va, struct vcpu_runstate_info, state_entry_time);
    bool flag = v->domain->vm_assist & (1ul << VMASST_TYPE_runstate_update_flag);

    if (!va)
        return;
    /*
     * As it was at the switch, so that the times add up to state_entry_time; it is current's, nobody else
     * changes it.
     */
    info = v->runstate;
    if (flag && !mark_update(time_va, &info.state_entry_time))
        return;
    /* Guests see stores of one CPU in order: the flag, the record, no flag. */
    barrier();
    (void)!copy_to_guest(va, &info, sizeof(info));
    if (!flag)
        return;
    /* Also after a record that could not be written whole: the flag is not to stay. */
    barrier();
    info.state_entry_time &= ~XEN_RUNSTATE_UPDATE;
    if (copy_to_guest(time_va + 7, (char *)&info.state_entry_time + 7, 1))
        return;
}

/* Only the tables change, for the length of a copy; the mode that the guest is in does not. */
static void use_other_tables(struct vcpu *v)
{
    v->arch.flags ^= VCPUF_KERNEL_MODE;
    pv_load_cr3(v);
}

void arch_vcpu_update_areas(struct vcpu *v)
{
    bool user;

    if (v != current)
        return;
    user = !(v->arch.flags & VCPUF_KERNEL_MODE);
    if (user)
        use_other_tables(v);
    runstate_write(v);
    vcpu_update_time_area(v);
    if (user)
        use_other_tables(v);
}
