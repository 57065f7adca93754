/* SPDX-License-Identifier: BSD-2-Clause */
/* Compiled anew when the version changes: see the Makefile. */
#include <asm/build_info.h>

const char xenport_version[] = XENPORT_VERSION;
