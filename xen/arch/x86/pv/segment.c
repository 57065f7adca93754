/* SPDX-License-Identifier: BSD-2-Clause */
/* HYPERVISOR_set_segment_base and stack_switch: what a kernel changes when it switches threads. Hot paths. */
#include <asm/extable.h>
#include <asm/processor.h>
#include <xen/refusal.h>
#include "calls.h"
#include "segment.h"

long do_stack_switch(uint64_t ss, uint64_t sp)
{
    struct vcpu *v = current;

    v->arch.kernel_ss = selector_fixed((uint16_t)ss);
    v->arch.kernel_sp = sp;
    return 0;
}

/*
 * GS of the guest's users waits in the shadow while its kernel runs: swapped in for the load, and out again.
 */
static void load_user_gs(unsigned int selector)
{
    unsigned long flags = arch_irq_save();

    __asm__ __volatile__("swapgs" ::: "memory");
    load_gs(selector);
    __asm__ __volatile__("swapgs" ::: "memory");
    arch_irq_restore(flags);
}

long do_set_segment_base(unsigned int which, uint64_t base)
{
    static const uint32_t msrs[] = {[SEGBASE_FS] = MSR_FS_BASE,
                                    [SEGBASE_GS_USER] = MSR_SHADOW_GS_BASE,
                                    [SEGBASE_GS_KERNEL] = MSR_GS_BASE};

    if (which == SEGBASE_GS_USER_SEL) {
        load_user_gs((unsigned int)base & 0xffff);
        return 0;
    }
    if (unlikely(which >= ARRAY_SIZE(msrs)))
        return refuse(-XEN_EINVAL, "segment-base.which", "there is no segment base %u", which);
    if (unlikely(!address_canonical(base)))
        return refuse(-XEN_EINVAL, "segment-base.address", "base %#lx is not canonical", (unsigned long)base);
    wrmsr(msrs[which], base);
    return 0;
}
