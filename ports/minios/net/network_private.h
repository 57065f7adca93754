/* SPDX-License-Identifier: BSD-2-Clause */
/* For the command that shows the cards. */
#ifndef NET_NETWORK_PRIVATE_H
#define NET_NETWORK_PRIVATE_H

#include <minios/network.h>
#include "card.h"

extern struct card network_cards[NETWORK_CARDS];

#endif
