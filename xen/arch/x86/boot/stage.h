/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The parts of the 32-bit stage, among themselves. It runs at its physical address, with paging and
 * interrupts off.
 */
#ifndef BOOT_STAGE_H
#define BOOT_STAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <asm/boot_info.h>

#define noreturn __attribute__((__noreturn__))

/*
 * report.c: prints "(XEN) Xenport: panic: SENTENCE" on COM1, waits, and reboots (with `noreboot` on the
 * command line: halts).
 */
noreturn void stage_panic(const char *sentence, const char *command_line);

/* multiboot.c: fills info from what the loader left; NULL, or the sentence that says what is wrong. */
const char *multiboot_read(uint32_t magic, uint32_t address, struct boot_info *info);

/* stage.c, called by head.S. Gives the address of the boot information; stage_l4 is ready to be loaded. */
struct boot_info *stage_main(uint32_t magic, uint32_t address);

static inline uint8_t inb(uint16_t port)
{
    uint8_t v;

    __asm__ __volatile__("inb %1, %0" : "=a"(v) : "Nd"(port));
    return v;
}
static inline void outb(uint16_t port, uint8_t v)
{
    __asm__ __volatile__("outb %0, %1" : : "a"(v), "Nd"(port));
}

#endif
