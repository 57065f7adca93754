/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A kernel with a HYPERCALL_PAGE note finds that page filled: slot n, 32 bytes each, makes hypercall n.
 *
 * xen-x86_64.h: hypercall n is a call of hypercall_page + 32 n, with arguments and result as for the
 * instruction. The iret slot is special: it is jumped to with the iret frame from the flags word up on the
 * stack, pushes rcx, r11 and rax itself and builds no return path. Slots of numbers without a meaning answer
 * -ENOSYS, as the instruction does.
 *
 * What goes wrong: the page is filled before the image is copied over it; slots clobber registers that the
 * ABI keeps; the iret slot is an ordinary one, whose "ret" then runs with a destroyed frame; a page is
 * written at frame 0 when there is no note.
 */
#include "guest.h"

const char test_title[] = "the hypercall page of the note is filled";

extern char hypercall_page[];

/* A call through a slot with rbx, rbp and r9 marked: they must survive. */
static long call_slot(unsigned int number, unsigned long a1, unsigned long a2)
{
    unsigned long rbx = 0x1111222233334444, result;
    register unsigned long r9 asm("r9") = 0x5555666677778888;

    asm volatile("call *%[slot]"
                 : "=a"(result), "+D"(a1), "+S"(a2), "+b"(rbx), "+r"(r9)
                 : [slot] "r"((unsigned long)hypercall_page + 32 * number)
                 : "rcx", "rdx", "r8", "r10", "r11", "memory");
    CHECK_EQUAL(rbx, 0x1111222233334444);
    CHECK_EQUAL(r9, 0x5555666677778888);
    return (long)result;
}

/* Goes through the iret slot to the next instruction, with rax, rcx and r11 in their registers. */
static unsigned long iret_slot(unsigned long rax)
{
    unsigned long rcx, r11;

    asm volatile("movq %%rsp, %%rcx\n\t"
                 "pushq %[ss]\n\t"
                 "pushq %%rcx\n\t"
                 "pushq $0x202\n\t"
                 "pushq %[cs]\n\t"
                 "pushq $1f\n\t"
                 "pushq $0\n\t"
                 "movq $0x3333, %%rcx\n\t"
                 "movq $0x4444, %%r11\n\t"
                 "jmp *%[slot]\n"
                 "1:\tmovq %%r11, %[r11]"
                 : "+a"(rax), "=&c"(rcx), [r11] "=r"(r11)
                 : [ss] "i"(FLAT_KERNEL_SS), [cs] "i"(FLAT_KERNEL_CS & ~3),
                   [slot] "r"((unsigned long)hypercall_page + 32 * __HYPERVISOR_iret)
                 : "r11", "memory");
    CHECK_EQUAL(rcx, 0x3333);
    CHECK_EQUAL(r11, 0x4444);
    return rax;
}

void test_main(void)
{
    unsigned int i;

    CHECK_RC(call_slot(__HYPERVISOR_xen_version, 0, 0), 4 << 16 | 17);
    CHECK_RC(call_slot(__HYPERVISOR_vm_assist, VMASST_CMD_enable, 31), -XEN_EINVAL);
    CHECK_RC(call_slot(11, 0, 0), -XEN_ENOSYS);
    CHECK_RC(call_slot(63, 0, 0), -XEN_ENOSYS);
    event_disable();
    CHECK_EQUAL(iret_slot(0xabcdef), 0xabcdef);
    event_disable();

    /* No more than the hypercalls' slots are there, but all slots hold some code. */
    for (i = 0; i < PAGE_SIZE / 32; i++) {
        if (hypercall_page[32 * i] == 0 && hypercall_page[32 * i + 1] == 0) {
            test_failure("slot %u is empty", i);
            break;
        }
    }
    test_success();
}
