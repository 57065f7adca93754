/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * GDT, TSS and IDT. Descriptors that guests bring are pv/descriptor.c's. (Intel SDM vol. 3, 3.4.5, 7.7,
 * 7.14.)
 */
#include <xen/errno.h>
#include <xen/mm.h>
#include <xen/percpu.h>
#include <asm/desc.h>
#include <asm/processor.h>
#include <asm/pv.h>

#define DESC_CODE64_HV 0x00af9b000000ffffull
#define DESC_DATA_HV   0x00cf93000000ffffull
#define DESC_CODE32    0x00cffb000000ffffull
#define DESC_DATA      0x00cff3000000ffffull
#define DESC_CODE64    0x00affb000000ffffull
#define DESC_TYPE_TSS  9ull
#define DESC_TYPE_LDT  2ull
#define DESC_PRESENT   (1ull << 47)
#define GATE_INTERRUPT 14ull
#define NR_VECTORS     256
#define VECTOR_INT80   0x80
#define SLOT(selector) (((selector)-GDT_RESERVED_BASE) / 8)

/*
 * Offset of the I/O bitmap: the one byte behind the bitmap's end that the processor asks for follows; PV I/O
 * is emulated.
 */
struct tss {
    uint32_t reserved0;
    uint64_t rsp[3];
    uint64_t reserved1;
    uint64_t ist[7];
    uint64_t reserved2;
    uint16_t reserved3, io_bitmap;
} __packed;
BUILD_BUG_ON(sizeof(struct tss) != 104);

struct table_register {
    uint16_t limit;
    uint64_t base;
} __packed;

struct gate {
    uint64_t low, high;
};

extern char boot_stack[];

static uint64_t boot_gdt[GDT_ENTRIES_OURS] __section(".bss.page_aligned") __aligned(4096);
static uint64_t *gdt_of[MAX_CPUS] = {boot_gdt};
static void *stack_of[MAX_CPUS] = {boot_stack};
static struct gate idt[NR_VECTORS] __aligned(4096);
static DEFINE_PER_CPU(struct tss, tss);

mfn_t cpu_gdt_mfn(unsigned int cpu)
{
    return virt_to_mfn(gdt_of[cpu]);
}

void gdt_load(unsigned long base)
{
    struct table_register gdtr = {GDT_LIMIT, base};

    __asm__ __volatile__("lgdt %0" : : "m"(gdtr));
}

void gdt_load_idle(void)
{
    gdt_load((unsigned long)gdt_of[arch_this_cpu()] - GDT_RESERVED_BASE);
}

/* A system descriptor takes two entries. */
static void set_system_descriptor(uint64_t *d, unsigned long base, uint64_t limit, uint64_t type)
{
    d[1] = base >> 32;
    d[0] = (limit & 0xffff) | (base & 0xffffff) << 16 | type << 40 | DESC_PRESENT |
           (limit >> 16 & 0xf) << 48 | (base >> 24 & 0xff) << 56;
}

void ldt_load(unsigned long base, unsigned int nr_entries)
{
    uint16_t selector = 0;

    if (nr_entries) {
        set_system_descriptor(&gdt_of[arch_this_cpu()][SLOT(SEL_LDT)], base, nr_entries * 8ul - 1,
                              DESC_TYPE_LDT);
        selector = SEL_LDT;
    }
    __asm__ __volatile__("lldt %0" : : "r"(selector) : "memory");
}

int desc_alloc_cpu(unsigned int cpu, void *stack)
{
    gdt_of[cpu] = hypervisor_pages_alloc(0);
    stack_of[cpu] = stack;
    return gdt_of[cpu] ? 0 : -XEN_ENOMEM;
}

static void tss_init(struct tss *tss, char *stack)
{
    tss->rsp[0] = (unsigned long)&cpu_info()->guest_regs.es;
    for (unsigned int i = 0; i < IST_STACKS; i++)
        tss->ist[i] = (unsigned long)stack + (2 * i + 2) * PAGE_SIZE;
    tss->io_bitmap = sizeof(*tss);
}

/* Far return into our own code segment; the data segments are not used in 64-bit mode. */
static void load_own_selectors(void)
{
    __asm__ __volatile__("pushq %0\n\t"
                         "leaq 1f(%%rip), %%rax\n\t"
                         "pushq %%rax\n\t"
                         "lretq\n"
                         "1:\n\t"
                         "mov %1, %%ss\n\t"
                         "xor %%eax, %%eax\n\t"
                         "mov %%eax, %%ds\n\t"
                         "mov %%eax, %%es"
                         :
                         : "i"(SEL_HV_CS), "r"(0)
                         : "rax", "memory");
}

void desc_init_cpu(void)
{
    unsigned int cpu = arch_this_cpu();
    uint64_t *gdt = gdt_of[cpu];
    struct table_register idtr = {sizeof(idt) - 1, (unsigned long)idt};

    gdt[SLOT(SEL_HV_CS)] = DESC_CODE64_HV;
    gdt[SLOT(SEL_HV_DS)] = DESC_DATA_HV;
    gdt[SLOT(SEL_USER_CS32)] = DESC_CODE32;
    gdt[SLOT(SEL_USER_DS)] = DESC_DATA;
    gdt[SLOT(SEL_USER_CS)] = DESC_CODE64;
    tss_init(&this_cpu(tss), stack_of[cpu]);
    set_system_descriptor(&gdt[SLOT(SEL_TSS)], (unsigned long)&this_cpu(tss), sizeof(struct tss) - 1,
                          DESC_TYPE_TSS);
    gdt_load_idle();
    load_own_selectors();
    __asm__ __volatile__("ltr %0" : : "r"((uint16_t)SEL_TSS) : "memory");
    ldt_load(0, 0);
    __asm__ __volatile__("lidt %0" : : "m"(idtr));
}

static unsigned int ist_of(unsigned int vector)
{
    switch (vector) {
    case X86_EXC_DF:
        return IST_DF;
    case X86_EXC_NMI:
        return IST_NMI;
    case X86_EXC_MC:
        return IST_MC;
    case X86_EXC_DB:
        return IST_DB;
    default:
        return 0;
    }
}

void __init idt_init(void)
{
    for (unsigned int vector = 0; vector < NR_VECTORS; vector++) {
        unsigned long entry = trap_entry_points[vector];
        bool from_guest = vector == X86_EXC_BP || vector == X86_EXC_OF || vector == VECTOR_INT80;

        idt[vector].low = (entry & 0xffff) | (uint64_t)SEL_HV_CS << 16 | (uint64_t)ist_of(vector) << 32 |
                          GATE_INTERRUPT << 40 | (from_guest ? 3ull << 45 : 0) | DESC_PRESENT |
                          (entry >> 16 & 0xffff) << 48;
        idt[vector].high = entry >> 32;
    }
}
