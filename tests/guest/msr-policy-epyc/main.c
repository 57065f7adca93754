/* SPDX-License-Identifier: BSD-2-Clause */
/* The machine registers of a kernel (test msr-policy) on a newer model of AMD's. */
#include "../msr-policy/main.c"
