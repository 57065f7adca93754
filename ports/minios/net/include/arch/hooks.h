/* SPDX-License-Identifier: BSD-2-Clause */
/* Where lwIP asks Mini-OS: by which card, and where a connection begins. */
#ifndef ARCH_HOOKS_H
#define ARCH_HOOKS_H

#include <arch/random.h>
#include <lwip/ip4_addr.h>

struct netif;

/* The card, of the destination's network or the default one, that lwIP passes over for want of a link. */
struct netif *network_route(const ip4_addr_t *destination);

#endif
