/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A Domain 0 whose very first instruction is RDTSC: what it prints is how long the machine, the firmware and
 * the hypervisor took until a guest ran. Under -icount the TSC counts instructions, so that the figure
 * repeats. It asks for nothing but console_io and shutdown, and uses no library: what is measured is the
 * hypervisor alone.
 */
#include <stdint.h>

#include <xen/xen.h>
#include <xen/elfnote.h>
#include <xen/sched.h>

#define NOTE(noun, number, value)                                                                            \
    static const struct {                                                                                    \
        uint32_t name_bytes, value_bytes, type;                                                              \
        char name[4];                                                                                        \
        __typeof__(value) desc;                                                                              \
    } __attribute__((packed)) note_##noun                                                                    \
        __attribute__((aligned(4), section(".note.xen"), used)) = {4, sizeof(value), number, "Xen", value}

void entry(void);
void report(uint64_t tsc);

NOTE(virt_base, XEN_ELFNOTE_VIRT_BASE, (uint64_t)0);
NOTE(paddr_offset, XEN_ELFNOTE_PADDR_OFFSET, (uint64_t)0);
NOTE(xen_version, XEN_ELFNOTE_XEN_VERSION, "xen-3.0");
NOTE(guest_os, XEN_ELFNOTE_GUEST_OS, "first_tsc");
NOTE(loader, XEN_ELFNOTE_LOADER, "generic");

__asm__(".section .text.entry, \"ax\"\n"
        ".globl entry\n"
        "entry:\n"
        "    rdtsc\n"
        "    shl $32, %rdx\n"
        "    lea (%rdx, %rax), %rdi\n"
        "    call report\n"
        ".text\n");

static long hypercall(unsigned long number, unsigned long a1, unsigned long a2, const void *a3)
{
    long result = (long)number;

    __asm__ volatile("syscall"
                     : "+a"(result), "+D"(a1), "+S"(a2), "+d"(a3)
                     :
                     : "rcx", "r8", "r9", "r10", "r11", "memory");
    return result;
}

void report(uint64_t tsc)
{
    struct sched_shutdown reboot = {.reason = SHUTDOWN_reboot};
    char line[] = "first RDTSC: 0x0000000000000000\n";

    for (char *digit = line + sizeof(line) - 3; tsc; digit--, tsc >>= 4)
        *digit = "0123456789abcdef"[tsc & 15];
    hypercall(__HYPERVISOR_console_io, CONSOLEIO_write, sizeof(line) - 1, line);
    for (;;)
        hypercall(__HYPERVISOR_sched_op, SCHEDOP_shutdown, (unsigned long)&reboot, 0);
}
