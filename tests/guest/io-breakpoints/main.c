/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A breakpoint on an I/O port hits when the guest's port access is emulated.
 *
 * Type 2 in register 7 needs CR4.DE (processor manuals, debug registers), else -EPERM; with CR4.DE registers
 * 4 and 5 do not exist. The trap comes behind the access, for every element of a string, with its bit in
 * register 6; a breakpoint covers as many ports as its length says. Nothing stands in the processor's own
 * registers: the hypervisor's accesses would trip over it.
 *
 * What goes wrong: the type is taken for a data breakpoint; it is accepted and never hits; a REP is broken
 * off at its first element.
 */
#include "guest.h"

#include <xen/physdev.h>

const char test_title[] = "breakpoints on I/O ports";

#define CR4_DE      (1ul << 3)
#define DR6_INITIAL 0xffff0ff0ul
#define IO_BYTE     (1ul | 2ul << 16)
#define IO_WORD     (IO_BYTE | 1ul << 18)

static void write_cr4(uint64_t value)
{
    asm volatile("movq %0, %%cr4" ::"r"(value));
}

static void refusals(void)
{
    write_cr4(0);
    CHECK_RC(hypercall_set_debugreg(7, IO_BYTE), -XEN_EPERM);
    write_cr4(CR4_DE);
    CHECK_EQUAL(read_cr4() & CR4_DE, CR4_DE);
    CHECK_RC(hypercall_get_debugreg(4), -XEN_ENODEV);
    CHECK_RC(hypercall_set_debugreg(5, 0), -XEN_ENODEV);
    CHECK_EQUAL(TRAP_TRY("movq %%db4, %%rax", "r"(0)), 6);
}

static void bytes(void)
{
    CHECK_RC(hypercall_set_debugreg(0, 0x80), 0);
    CHECK_RC(hypercall_set_debugreg(7, IO_BYTE), 0);
    CHECK_RC(hypercall_get_debugreg(7), 0x400 | IO_BYTE);
    CHECK_EQUAL(TRAP_TRY("770: outb %%al, $0x80; nop", "r"(0)), 1);
    CHECK_RC(hypercall_get_debugreg(6), DR6_INITIAL | 1);
    CHECK_EQUAL(TRAP_TRY("inb $0x80, %%al", "r"(0)), 1);
    CHECK_EQUAL(TRAP_TRY("inb $0x81, %%al", "r"(0)), -1);
    CHECK_EQUAL(TRAP_TRY("outl %%eax, $0x7d", "r"(0)), 1);
    CHECK_EQUAL(TRAP_TRY("outl %%eax, $0x7c", "r"(0)), -1);
}

static void words_and_strings(void)
{
    uint8_t buffer[4];
    void *to = buffer;
    unsigned long count = 3;

    CHECK_RC(hypercall_set_debugreg(0, 0x84), 0);
    CHECK_RC(hypercall_set_debugreg(7, IO_WORD), 0);
    CHECK_EQUAL(TRAP_TRY("inb $0x83, %%al", "r"(0)), -1);
    CHECK_EQUAL(TRAP_TRY("inb $0x85, %%al", "r"(0)), 1);
    CHECK_EQUAL(TRAP_TRY("inb $0x86, %%al", "r"(0)), -1);
    trap_forget();
    trap_continue = true;
    asm volatile("rep insb" : "+D"(to), "+c"(count) : "d"(0x84) : "memory");
    trap_continue = false;
    CHECK_EQUAL(count, 0);
    CHECK(to == buffer + 3);
    CHECK_EQUAL(trap_last.count, 3);
}

void test_main(void)
{
    struct physdev_set_iopl op = {.iopl = 1};

    CHECK_RC(hypercall_physdev_op(PHYSDEVOP_set_iopl, &op), 0);
    refusals();
    bytes();
    words_and_strings();
    CHECK_RC(hypercall_set_debugreg(6, DR6_INITIAL), 0);
    CHECK_RC(hypercall_set_debugreg(7, 0), 0);
    CHECK_EQUAL(TRAP_TRY("inb $0x84, %%al", "r"(0)), -1);
    CHECK_RC(hypercall_get_debugreg(6), DR6_INITIAL);
    test_success();
}
