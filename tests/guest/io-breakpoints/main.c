#include "guest.h"
#include <xen/physdev.h>
const char test_title[] = "iobp dump";
static int seq;
static void w4(uint64_t v) { asm volatile("movq %0, %%cr4" ::"r"(v)); }
#define P(x) printk("%d: %s = %lx\n", ++seq, #x, (unsigned long)(x))
void test_main(void)
{
    struct physdev_set_iopl op = {.iopl = 1};
    hypercall_physdev_op(PHYSDEVOP_set_iopl, &op);
    P(read_cr4());
    w4(0); P(read_cr4());
    P(hypercall_set_debugreg(0, 0x80));
    P(hypercall_set_debugreg(7, 0x20001));
    w4(8); P(read_cr4());
    P(hypercall_set_debugreg(7, 0x20001));
    P(hypercall_get_debugreg(7));
    P(hypercall_set_debugreg(4, 0)); P(hypercall_get_debugreg(4));
    P(hypercall_set_debugreg(5, 0)); P(hypercall_get_debugreg(5));
    P(TRAP_TRY("movq %%db4, %%rax", "r"(0)));
    P(TRAP_TRY("outb %%al, $0x80", "r"(0))); P(trap_last.frame.error_code);
    P(hypercall_get_debugreg(6));
    P(TRAP_TRY("inb $0x80, %%al", "r"(0)));
    P(TRAP_TRY("inb $0x81, %%al", "r"(0)));
    P(TRAP_TRY("outl %%eax, $0x7d", "r"(0)));
    P(TRAP_TRY("outl %%eax, $0x7c", "r"(0)));
    P(hypercall_set_debugreg(6, 0)); P(hypercall_get_debugreg(6));
    P(hypercall_set_debugreg(0, 0x84)); P(hypercall_set_debugreg(7, 0x60001));
    P(TRAP_TRY("inb $0x83, %%al", "r"(0))); P(TRAP_TRY("inb $0x84, %%al", "r"(0))); P(TRAP_TRY("inb $0x85, %%al", "r"(0))); P(TRAP_TRY("inb $0x86, %%al", "r"(0)));
    P(TRAP_TRY("movw $0x84, %%dx; outsb", "S"(&seq), "d"(0)));
    { unsigned long c = 3; void *to = &op; trap_forget(); trap_continue = true; asm volatile("rep insb" : "+D"(to), "+c"(c) : "d"(0x84) : "memory"); trap_continue = false; P(c); P(trap_last.count); P(trap_last.frame.rcx); }
    P(hypercall_get_debugreg(6));
    P(hypercall_set_debugreg(6, 0xffffffff)); P(hypercall_get_debugreg(6));
    P(hypercall_set_debugreg(6, 0x1ffffffff));
    P(hypercall_set_debugreg(7, 0x100000000));
    P(hypercall_set_debugreg(7, 0xffff0fff & ~(1u<<13)));  P(hypercall_get_debugreg(7));
    P(hypercall_set_debugreg(7, 0)); P(hypercall_get_debugreg(7));
    w4(0); P(hypercall_get_debugreg(4)); P(TRAP_TRY("movq %%db4, %%rax", "r"(0))); P(TRAP_TRY("movq %%db5, %%rax", "r"(0)));
    P(TRAP_TRY("movq %%db6, %%rax", "r"(0)));
    P(TRAP_TRY("movq $0x2000, %%rax; movq %%rax, %%db7", "r"(0)));
    P(TRAP_TRY("movq %0, %%rax; movq %%rax, %%db6", "r"(0x100000000)));
    P(TRAP_TRY("movq %0, %%rax; movq %%rax, %%db0", "r"(1ul << 63)));
    /* single step */
    P(hypercall_set_debugreg(6, 0xffff0ff0));
    P(TRAP_TRY("pushfq; orl $0x100, (%%rsp); popfq; nop; nop", "r"(0))); P(hypercall_get_debugreg(6));
    P(hypercall_set_debugreg(6, 0xffff0ff0));
    P(TRAP_TRY("pushfq; orl $0x100, (%%rsp); popfq; outb %%al, $0x90; nop", "r"(0))); P(hypercall_get_debugreg(6));
    P(hypercall_set_debugreg(6, 0xffff0ff0));
    P(TRAP_TRY("int1; nop" , "r"(0))); P(hypercall_get_debugreg(6));
    /* instruction breakpoint at */
    P(TRAP_TRY("movq $770f, %%rax; movq %%rax, %%db1; movq $0x404, %%rax; movq %%rax, %%db7; 770: nop", "r"(0))); P(hypercall_get_debugreg(6));
    P(hypercall_set_debugreg(7, 0));
    /* cr4/tsc */
    w4(4); P(read_cr4());
    P(TRAP_TRY("pushq %%rdx; rdtsc; popq %%rdx", "r"(0))); P(TRAP_TRY("pushq %%rdx; pushq %%rcx; rdtscp; popq %%rcx; popq %%rdx", "r"(0)));
    w4(~0ul & 0xffffffff); P(read_cr4()); P(TRAP_TRY("rdpmc", "c"(0)));
    w4(0);
    P(read_cr0()); P(TRAP_TRY("smsw %%rax", "r"(0)));  P(TRAP_TRY("sgdt (%%rsp)", "r"(0)));  P(TRAP_TRY("str %%ax", "r"(0)));  P(TRAP_TRY("sldt %%ax", "r"(0)));
    P(TRAP_TRY("clac", "r"(0)));
    P(TRAP_TRY("movq $0x80050033, %%rax; movq %%rax, %%cr0", "r"(0)));P(TRAP_TRY("movq $1, %%rax; movq %%rax, %%cr8", "r"(0)));P(TRAP_TRY("movq %%cr8, %%rax", "r"(0)));
    P(TRAP_TRY("lmsw %%ax", "r"(0)));
    P(TRAP_TRY("invd", "r"(0)));P(TRAP_TRY("wbinvd", "r"(0))); P(TRAP_TRY("hlt", "r"(0))); P(TRAP_TRY("swapgs", "r"(0)));P(TRAP_TRY("invlpg (%%rax)", "r"(0)));
    { uint32_t a, b, c, d; a = 0; asm volatile("cpuid":"+a"(a),"=b"(b),"=c"(c),"=d"(d)); P(a); P(b); a=1; asm volatile("cpuid":"+a"(a),"=b"(b),"=c"(c),"=d"(d)); P(c); P(d);a=0x40000000; asm volatile("cpuid":"+a"(a),"=b"(b),"=c"(c),"=d"(d)); P(a); P(b); }
    test_success();
}
