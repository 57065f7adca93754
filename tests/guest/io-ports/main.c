/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Domain 0 reaches I/O ports once its virtual I/O privilege level allows it; ports that nobody may touch
 * float.
 *
 * physdev.h: PHYSDEVOP_set_iopl sets the level. The guest kernel counts as ring 1: with level 0 IN and OUT
 * are #GP, with 1 they are emulated. A permitted port is accessed, one that the hypervisor keeps to itself
 * reads all ones and swallows writes. The level is not in rflags, and POPF cannot change it. -EINVAL for a
 * level above 3.
 *
 * What goes wrong: the level is applied to the real rflags and lets user mode reach the ports as well; a read
 * of a floating port leaves the upper half of eax; string instructions are not emulated.
 */
#include "guest.h"

#include <xen/physdev.h>

const char test_title[] = "I/O ports and the virtual IOPL";

static long set_iopl(uint32_t level)
{
    struct physdev_set_iopl op = {.iopl = level};

    return hypercall_physdev_op(PHYSDEVOP_set_iopl, &op);
}

static void user_in(void)
{
    asm volatile("movw $0x70, %%dx; inb %%dx, %%al; syscall" ::: "rax", "rcx", "rdx", "r11");
}

void test_main(void)
{
    uint64_t rax = 0x1122334455667788;
    uint8_t cmos[2], bytes[4] = {0};
    void *to = bytes;
    unsigned long count = 4;

    CHECK_EQUAL(TRAP_TRY("inb $0x70, %%al"), 13);
    CHECK_EQUAL(trap_last.frame.error_code, 0);
    CHECK_EQUAL(TRAP_TRY("outb %%al, $0x80"), 13);

    CHECK_RC(set_iopl(4), -XEN_EINVAL);
    CHECK_RC(set_iopl(1), 0);
    CHECK_EQUAL(read_rflags() & RFLAGS_IOPL, 0);

    /* The clock's status register B: 24-hour mode and such, never all ones. */
    asm volatile("movb $0x0b, %%al; outb %%al, $0x70; inb $0x71, %%al" : "=a"(cmos[0]));
    asm volatile("movb $0x0b, %%al; outb %%al, $0x70; inb $0x71, %%al" : "=a"(cmos[1]));
    CHECK_EQUAL(cmos[0], cmos[1]);
    CHECK(cmos[0] != 0xff);

    /* The interrupt controller's mask and the hypervisor's serial port are not for guests. */
    asm volatile("inb $0x21, %%al" : "+a"(rax));
    CHECK_EQUAL(rax, 0x11223344556677ff);
    asm volatile("movw $0x3f8, %%dx; inl %%dx, %%eax" : "+a"(rax)::"rdx");
    CHECK_EQUAL(rax, 0xffffffff);
    asm volatile("movw $0x3f9, %%dx; outb %%al, %%dx" ::"a"(0) : "rdx");
    asm volatile("rep insb" : "+D"(to), "+c"(count) : "d"(0x21) : "memory");
    CHECK_EQUAL(count, 0);
    CHECK(to == bytes + 4 && bytes[0] == 0xff && bytes[3] == 0xff);

    user_initialise();
    user_run(user_in);
    CHECK_EQUAL(trap_last.frame.vector, 13);
    CHECK_RC(set_iopl(3), 0);
    user_run(user_in);
    CHECK_EQUAL(trap_last.frame.vector, VECTOR_SYSCALL);
    CHECK_RC(set_iopl(0), 0);
    CHECK_EQUAL(TRAP_TRY("inb $0x70, %%al"), 13);
    test_success();
}
