/* SPDX-License-Identifier: BSD-2-Clause */
/* What the kernels of the exercises share: where a frame is mapped, and a console that only prints. */
#ifndef EXERCISES_BY_HAND_H
#define EXERCISES_BY_HAND_H

#include <xenguest/abi.h>
#include <xenguest/boot.h>

#define VIRTUAL_BASE 0xffffffff80000000ull

extern struct xg_boot boot;
extern struct shared_info *shared;

/* Reads start-info, maps shared info; the domain ends where that fails. */
void by_hand_start(const void *start_info);
/* The address of a frame of the domain's own, by the table that Xen shows everybody. */
void *by_hand_address(unsigned long mfn);
/* Prints on the domain's console, waiting for room. */
void by_hand_print(const char *text);
/* Tells the other end of a port. */
void by_hand_notify(xg_evtchn_t port);

#endif
