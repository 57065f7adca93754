/* SPDX-License-Identifier: BSD-2-Clause */
/* The screen as the firmware left it, for the kernel that is going to use it. Boot only. */
#ifndef ASM_SCREEN_H
#define ASM_SCREEN_H

#include <xen/types.h>
#include <public/xen.h>

/*
 * Text mode 3 with its size, or all zero: no screen in that mode. Source: the BIOS data area (IBM PC AT
 * Technical Reference, "ROM BIOS data areas", 40:49 to 40:85).
 */
void screen_describe(dom0_vga_console_info_t *info);

#endif
