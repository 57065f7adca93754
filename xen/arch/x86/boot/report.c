/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The 32-bit stage's last words. Owns COM1 until the 64-bit image takes over; used only when the boot cannot
 * go on, because the machine lacks what long mode needs.
 */
#include "stage.h"

#define COM1           0x3f8
#define LSR_THR_EMPTY  0x20
#define PIT_HZ         1193182u
#define REBOOT_SECONDS 5

static void com1_init(void)
{
    outb(COM1 + 1, 0);
    outb(COM1 + 3, 0x80); /* divisor: 115200 */
    outb(COM1 + 0, 1);
    outb(COM1 + 1, 0);
    outb(COM1 + 3, 0x03); /* 8n1 */
    outb(COM1 + 2, 0x07);
    outb(COM1 + 4, 0x03);
}

static void com1_put(char c)
{
    for (unsigned int tries = 0; tries < 1000000 && !(inb(COM1 + 5) & LSR_THR_EMPTY); tries++)
        ;
    outb(COM1, (uint8_t)c);
}

static void com1_print(const char *s)
{
    for (; *s; s++) {
        if (*s == '\n')
            com1_put('\r');
        com1_put(*s);
    }
}

/* By the PIT's channel 2, in one-shot mode: its output (bit 5 of port 0x61) rises at the end. */
static void wait_50ms(void)
{
    uint16_t count = PIT_HZ / 20;

    outb(0x61, (inb(0x61) & ~2u) | 1u);
    outb(0x43, 0xb0);
    outb(0x42, (uint8_t)count);
    outb(0x42, (uint8_t)(count >> 8));
    for (unsigned int tries = 0; tries < 1000000 && !(inb(0x61) & 0x20); tries++)
        ;
}

/* Is the word among those of the line? */
static bool has_word(const char *line, const char *word)
{
    while (*line) {
        size_t i = 0;

        while (word[i] && line[i] == word[i])
            i++;
        if (!word[i] && (!line[i] || line[i] == ' '))
            return true;
        while (*line && *line++ != ' ')
            ;
    }
    return false;
}

noreturn void stage_panic(const char *sentence, const char *command_line)
{
    com1_init();
    com1_print("\n(XEN) Xenport: panic: ");
    com1_print(sentence);
    com1_print("\n");
    if (!has_word(command_line, "noreboot")) {
        com1_print("(XEN) Reboot in 5 seconds.\n");
        for (unsigned int i = 0; i < REBOOT_SECONDS * 20; i++)
            wait_50ms();
        outb(0x64, 0xfe);
    }
    for (;;)
        __asm__ __volatile__("cli; hlt");
}
