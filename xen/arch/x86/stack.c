/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The stacks of the CPUs and the unmapped pages below them. An overflow faults; the processor cannot push
 * that fault's frame either, and raises a double fault, which has a stack of its own (SDM vol. 3, 6.15,
 * interrupt 8). Its last words are fatal.c's.
 */
#include <xen/log.h>
#include <xen/mm.h>
#include <xen/param.h>
#include <xen/smp.h>
#include <asm/arch.h>
#include <asm/flushtlb.h>
#include <asm/mm_boot.h>
#include <asm/page.h>
#include <asm/stack.h>

#define STACK_PAGES (STACK_SIZE / PAGE_SIZE)
#define NO_CPU      ~0u

extern char boot_stack[];

static unsigned int opt_overflow = NO_CPU;
PARAM_UINT("overflow_stack", opt_overflow);

static bool is_guard(unsigned int page)
{
    return STACK_GUARD_PAGES >> page & 1;
}

/* Frames of guard pages stay unused: a block is made once a CPU. */
void *stack_create(unsigned int cpu)
{
    unsigned long va = STACKS_VIRT_START + (unsigned long)cpu * STACK_SIZE;
    char *memory = hypervisor_pages_alloc(STACK_ORDER);

    if (!memory)
        return NULL;
    for (unsigned int i = 0; i < STACK_PAGES; i++)
        if (!is_guard(i) &&
            map_hypervisor_pages(va + i * PAGE_SIZE, virt_to_mfn(memory + i * PAGE_SIZE), 1, PTE_HV_DATA))
            return NULL;
    return (void *)va;
}

void stack_guard_first(void)
{
    for (unsigned int i = 0; i < STACK_PAGES; i++) {
        unsigned long va = (unsigned long)boot_stack + i * PAGE_SIZE;

        if (!is_guard(i))
            continue;
        if (map_hypervisor_pages(va, INVALID_MFN, 1, 0))
            BUG();
        flush_tlb_one_local(va);
    }
}

static unsigned long this_block(void)
{
    return (unsigned long)cpu_info() & ~(STACK_SIZE - 1ul);
}

bool stack_contains(unsigned long address)
{
    return address - this_block() < STACK_SIZE &&
           !is_guard((unsigned int)((address - this_block()) / PAGE_SIZE));
}

const char *stack_below_which(unsigned long address)
{
    static const char *const names[] = {"double faults'", "NMIs'", "machine checks'", "debug exceptions'",
                                        "main"};
    unsigned long page = (address - this_block()) / PAGE_SIZE;

    return address - this_block() < STACK_SIZE && is_guard((unsigned int)page) ? names[page / 2] : NULL;
}

/* Each call keeps a part of the stack for good, and none is the last. */
static noinline unsigned long use_up(unsigned long depth)
{
    volatile unsigned long room[32];

    room[depth % 32] = depth;
    return depth ? use_up(depth + 1) + room[depth % 32] : 0;
}

static void overflow(void *unused)
{
    printk("The stack of CPU %u is used up, as overflow_stack= asked\n", arch_this_cpu());
    (void)use_up(1);
}

void stack_overflow_if_asked(void)
{
    if (opt_overflow < MAX_CPUS)
        smp_call(cpumask_of(opt_overflow), overflow, NULL, true);
}
