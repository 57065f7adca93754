/* SPDX-License-Identifier: BSD-2-Clause */
/* The same as in sched-weights, with two processors. */
#include "../sched-weights/main.c"
