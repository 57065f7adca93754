/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Exercise: the simplest kernel. No library: notes by which the domain builder takes the file for a kernel,
 * an entry, and two hypercalls, one that prints and one that ends. It is entered in 64-bit mode with paging
 * on, on a stack of its own, %rsi pointing to the start-info page.
 */
#include <stdint.h>
#include <xen/sched.h>
#include <xen/xen.h>
#include <xenguest/elfnote.h>

XG_NOTES_STANDARD("simplest", "1", 0xffffffff80000000);

__asm__(".globl _start\n"
        "_start:\n"
        "mov %rsi, %rdi\n"
        "call simplest_main\n");

static long hypercall(unsigned long number, unsigned long a1, unsigned long a2, unsigned long a3)
{
    long result;

    __asm__ volatile("syscall"
                     : "=a"(result), "+D"(a1), "+S"(a2), "+d"(a3)
                     : "a"(number)
                     : "rcx", "r11", "memory");
    return result;
}

static void print(const char *text)
{
    unsigned long length = 0;

    while (text[length])
        length++;
    hypercall(__HYPERVISOR_console_io, CONSOLEIO_write, length, (unsigned long)text);
}

void simplest_main(const struct start_info *info);

void simplest_main(const struct start_info *info)
{
    struct sched_shutdown shutdown = {.reason = SHUTDOWN_reboot};

    print("exercise simplest: hello from ");
    print(info->magic);
    print("\n");
    for (;;)
        hypercall(__HYPERVISOR_sched_op, SCHEDOP_shutdown, (unsigned long)&shutdown, 0);
}
