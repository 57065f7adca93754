/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A bare multiboot image that reads the TSC, prints it on the serial port and resets the machine: the share
 * of the start that is the firmware's and the loader's, not the hypervisor's.
 */
#include <stdint.h>

#define MULTIBOOT_MAGIC 0x1badb002u
#define COM1            0x3f8
#define COM1_STATUS     (COM1 + 5)
#define TRANSMIT_EMPTY  0x20
#define KEYBOARD        0x64
#define PULSE_RESET     0xfe

void entry(void);
void report(uint32_t low, uint32_t high);

static const struct {
    uint32_t magic, flags, checksum;
} multiboot __attribute__((section(".multiboot"), used)) = {MULTIBOOT_MAGIC, 0, 0u - MULTIBOOT_MAGIC};

static uint8_t stack[4096] __attribute__((used));

__asm__(".section .text.entry, \"ax\"\n"
        ".globl entry\n"
        "entry:\n"
        "    rdtsc\n"
        "    mov $stack + 4096, %esp\n"
        "    push %edx\n"
        "    push %eax\n"
        "    call report\n"
        ".text\n");

static void out(uint16_t port, uint8_t value)
{
    __asm__ volatile("outb %0, %1" : : "a"(value), "Nd"(port));
}

static uint8_t in(uint16_t port)
{
    uint8_t value;

    __asm__ volatile("inb %1, %0" : "=a"(value) : "Nd"(port));
    return value;
}

static void put_char(char c)
{
    while (!(in(COM1_STATUS)&TRANSMIT_EMPTY))
        ;
    out(COM1, (uint8_t)c);
}

static void put_hex(uint32_t value)
{
    for (int shift = 28; shift >= 0; shift -= 4)
        put_char("0123456789abcdef"[value >> shift & 15]);
}

void report(uint32_t low, uint32_t high)
{
    for (const char *c = "firmware RDTSC: 0x"; *c; c++)
        put_char(*c);
    put_hex(high);
    put_hex(low);
    put_char('\n');
    for (;;)
        out(KEYBOARD, PULSE_RESET);
}
