/* SPDX-License-Identifier: BSD-2-Clause */
/* What lwIP asks of the compiler and of the system around it. */
#ifndef ARCH_CC_H
#define ARCH_CC_H

#include <arch/random.h>
#include <minios/panic.h>
#include <limits.h>
#include <stdio.h>
#include <sys/types.h>

#define LWIP_PLATFORM_DIAG(message)   printf message
#define LWIP_PLATFORM_ASSERT(message) panic("lwIP: %s", message)
/* Else lwIP takes it that there is no ssize_t. */
#ifndef SSIZE_MAX
#define SSIZE_MAX LONG_MAX
#endif

#define LWIP_RAND() network_random()

#endif
