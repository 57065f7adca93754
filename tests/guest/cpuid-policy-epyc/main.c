/* SPDX-License-Identifier: BSD-2-Clause */
/* The test cpuid-policy on another processor (file args). */
#include "../cpuid-policy/main.c"
