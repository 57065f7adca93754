/* SPDX-License-Identifier: BSD-2-Clause */
/* Numbers that the network cannot guess easily (net/random.c). */
#ifndef ARCH_RANDOM_H
#define ARCH_RANDOM_H

#include <stdint.h>

uint32_t network_random(void);

#endif
