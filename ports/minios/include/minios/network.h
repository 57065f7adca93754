/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The network of Mini-OS: lwIP over the cards that the toolstack plugs in. After network_start, programs use
 * the sockets of <lwip/sockets.h>, whose descriptors the C library's read, write and close take, too.
 */
#ifndef MINIOS_NETWORK_H
#define MINIOS_NETWORK_H

#include <stdbool.h>
#include <stdint.h>

#define NETWORK_CARDS 2

/* Without an address the cards ask for one by DHCP. In network byte order. */
struct network_config {
    uint32_t address, netmask, gateway;
};

/* Takes up the cards that are there and those that come. 0, or an errno of Xen's negated, having said why. */
int network_start(const struct network_config *config);
bool network_started(void);

/* lwIP's own lock: its functions other than those of sockets are called under it. Recursive. */
void network_lock(void);
void network_unlock(void);

/* Waits until a card has an address. False: not within so many seconds. */
bool network_wait(unsigned int seconds);

#endif
