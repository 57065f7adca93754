/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where SYSCALL and SYSENTER land. SYSCALL leaves RSP to its caller, and the hypervisor has no GS of its own
 * to find a stack by: each CPU has a few instructions of its own, with the address of its stack in them. They
 * are written through the direct map; the hypervisor's text itself is never writable.
 */
#include <xen/cpumask.h>
#include <xen/mm.h>
#include <xen/string.h>
#include <asm/cpu.h>
#include <asm/processor.h>
#include <asm/pv.h>

#define STUB_SIZE 64 /* SYSCALL from 64-bit code at 0, from compatibility mode at 32 */

void syscall_entry(void);
void syscall32_entry(void);
void sysenter_entry(void);

__asm__(".pushsection .text, \"ax\"\n"
        ".balign 64\n"
        "syscall_stubs: .fill 64 * 64, 1, 0xcc\n"
        ".popsection\n");
extern uint8_t syscall_stubs[MAX_CPUS][STUB_SIZE];
BUILD_BUG_ON(MAX_CPUS != 64);

/* movabs %rax, scratch; mov %rsp, %rax; movabs $stack, %rsp; jmp target */
static void write_stub(uint8_t *stub, const struct cpu_info *info, void (*target)(void))
{
    uint8_t *w = mfn_to_virt(virt_to_mfn(stub));
    uint64_t scratch = (uint64_t)&info->scratch, stack = (uint64_t)&info->guest_regs.es;
    int32_t distance = (int32_t)((long)target - (long)(stub + 28));

    w += (unsigned long)stub & ~PAGE_MASK;
    memcpy(w, "\x48\xa3", 2);
    memcpy(w + 2, &scratch, 8);
    memcpy(w + 10, "\x48\x89\xe0", 3);
    memcpy(w + 13, "\x48\xbc", 2);
    memcpy(w + 15, &stack, 8);
    w[23] = 0xe9;
    memcpy(w + 24, &distance, 4);
}

static void sysenter_init(const struct cpu_info *info)
{
    /* AMD's processors have no SYSENTER in long mode. */
    if (strcmp(cpu_features.vendor, "GenuineIntel") != 0 && strcmp(cpu_features.vendor, "CentaurHauls") != 0)
        return;
    wrmsr(MSR_SYSENTER_CS, SEL_HV_CS);
    wrmsr(MSR_SYSENTER_ESP, (uint64_t)&info->guest_regs.es);
    wrmsr(MSR_SYSENTER_EIP, (uint64_t)sysenter_entry);
}

void pv_cpu_init(void)
{
    const struct cpu_info *info = cpu_info();
    uint8_t *stub = syscall_stubs[info->cpu];

    write_stub(stub, info, syscall_entry);
    write_stub(stub + STUB_SIZE / 2, info, syscall32_entry);
    wrmsr(MSR_STAR, (uint64_t)SEL_USER_CS32 << 48 | (uint64_t)SEL_HV_CS << 32);
    wrmsr(MSR_LSTAR, (uint64_t)stub);
    wrmsr(MSR_CSTAR, (uint64_t)(stub + STUB_SIZE / 2));
    wrmsr(MSR_SYSCALL_MASK, X86_EFLAGS_AC | X86_EFLAGS_VM | X86_EFLAGS_RF | X86_EFLAGS_NT | X86_EFLAGS_DF |
                                X86_EFLAGS_IF | X86_EFLAGS_TF);
    wrmsr(MSR_EFER, rdmsr(MSR_EFER) | EFER_SCE);
    sysenter_init(info);
}
