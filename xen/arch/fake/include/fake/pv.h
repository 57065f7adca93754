/* SPDX-License-Identifier: BSD-2-Clause */
/* What programs that link arch/x86/pv's page-type rules ask of arch/fake/pv. */
#ifndef FAKE_PV_H
#define FAKE_PV_H

#include <xen/types.h>

#define FAKE_TLBS         2 /* CPUs */
#define FAKE_WINDOWS      8 /* vCPUs: each has its arch.window_slot */
#define FAKE_WINDOW_PAGES 64

/* TLB flushes of any kind but single pages, so far. */
extern uint64_t fake_flushes;
/* The flush clock when this CPU's TLB was last flushed. */
extern uint64_t fake_flushed_at[FAKE_TLBS];
/* The frame that a vCPU's window of descriptor tables shows at this page of it, or INVALID_MFN. */
mfn_t fake_window_frame(unsigned int slot, unsigned int page);
void fake_windows_reset(void);

#endif
