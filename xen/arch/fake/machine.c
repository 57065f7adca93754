/* SPDX-License-Identifier: BSD-2-Clause */
/* The fake machine's console and its ways to end. */
#include <stdio.h>
#include <stdlib.h>
#include <xen/arch.h>
#include <xen/log.h>
#include <xen/string.h>
#include <xen/symbols.h>
#include <fake/fake.h>

jmp_buf fake_end_buffer;
bool fake_end_caught;
static char text[1 << 20];
static size_t length;
unsigned int fake_console_longest;

/* How many characters came without interrupts in between. */
static void count_piece(void)
{
    static unsigned long piece;
    static unsigned int n;

    n = piece == fake_irqs_restored ? n + 1 : 1;
    piece = fake_irqs_restored;
    fake_console_longest = max(fake_console_longest, n);
}

void arch_console_putc(char c)
{
    count_piece();
    if (length < sizeof(text) - 1 && c != '\r')
        text[length++] = c;
}

unsigned int arch_console_rate(void)
{
    return 11520;
}

int arch_console_getc(void)
{
    return -1;
}

const char *fake_console_text(void)
{
    text[length] = '\0';
    length = 0;
    return text;
}

static noreturn void end(enum fake_end how)
{
    if (!fake_end_caught) {
        fprintf(stderr, "the fake machine ended (%d):\n%s", how, fake_console_text());
        abort();
    }
    longjmp(fake_end_buffer, how);
}

noreturn void arch_power_off(void)
{
    end(FAKE_POWER_OFF);
}
noreturn void arch_reboot(void)
{
    end(FAKE_REBOOT);
}
noreturn void arch_halt(void)
{
    end(FAKE_HALT);
}
void arch_stack_trace(void)
{
    printk("the stack\n");
}
void arch_stop_others(void)
{
}

const char *symbol_lookup(unsigned long addr, unsigned long *offset)
{
    return NULL;
}
