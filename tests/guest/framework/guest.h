/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What every test guest may use: a test includes this and defines test_title and test_main. What few need
 * (other domains, devices, grants, the calls of toolstacks) has headers of its own.
 */
#ifndef GUEST_GUEST_H
#define GUEST_GUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <xen/xen.h>
#include <xen/errno.h>

#include "layout.h"
#include "clock.h"
#include "console.h"
#include "event.h"
#include "hypercall.h"
#include "page.h"
#include "processor.h"
#include "report.h"
#include "string.h"
#include "trap.h"
#include "vcpu.h"

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

/* What the folder's main.c supplies: one line that says the fact, and the code that asserts it. */
extern const char test_title[];
void test_main(void);

/* The registers at the first instruction, before any was changed. */
struct entry_registers {
    uint64_t rax, rbx, rcx, rdx, rsi, rdi, rbp, rsp, rflags;
    uint16_t cs, ss, ds, es, fs, gs;
};
extern struct entry_registers entry_registers;

extern struct start_info *start_info;
/* The shared-info page, mapped before test_main. */
extern struct shared_info shared_info;

/* The decimal number behind `name` (as "rounds=") on the command line; otherwise when it is not there. */
uint64_t option_number(const char *name, uint64_t otherwise);

/* Virtual base of this image's layout (its link.lds). */
extern char guest_virt_base[];

#endif
