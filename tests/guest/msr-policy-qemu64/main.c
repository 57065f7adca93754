/* SPDX-License-Identifier: BSD-2-Clause */
/* The machine registers of a kernel (test msr-policy) on a processor without XSAVE, RDTSCP and much else. */
#include "../msr-policy/main.c"
