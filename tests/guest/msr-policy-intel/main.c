/* SPDX-License-Identifier: BSD-2-Clause */
/* The test msr-policy on an Intel processor (file args). */
#include "../msr-policy/main.c"
