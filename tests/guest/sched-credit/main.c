/* SPDX-License-Identifier: BSD-2-Clause */
/* The same as in sched-credit2, with sched=credit. */
#include "../sched-credit2/main.c"
