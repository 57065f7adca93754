/* SPDX-License-Identifier: BSD-2-Clause */
/* The same as in sched-credit2, with sched=rtds, which is SEDF here; Debian's Xen is built without RTDS. */
#include "../sched-credit2/main.c"
