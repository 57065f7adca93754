/* SPDX-License-Identifier: BSD-2-Clause */
/* What main.c shares: the boot information, and the shell that it starts. */
#ifndef MINIOS_BOOT_H
#define MINIOS_BOOT_H

#include <xenguest/boot.h>

extern struct xg_boot boot;
/* Where start-info and shared info are mapped. */
extern void *boot_start_info;
extern void *const boot_shared_page;

/* The shell: returns when it was told to end. */
void shell_main(void);

#endif
