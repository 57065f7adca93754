/* SPDX-License-Identifier: BSD-2-Clause */
/* A card of the network: libxenguest's frontend below, a netif of lwIP's above. */
#ifndef NET_CARD_H
#define NET_CARD_H

#include <lwip/netif.h>
#include <lwip/pbuf.h>
#include <xenguest/net.h>
#include "train.h"

#define CARD_BUFFERS 512
#define CARD_SENDS   512
#define CARD_QUEUES  2 /* frames are sent on the first and arrive on all that the backend has */

struct card;

/* A page that frames arrive in, and the pbuf that hands it to lwIP. */
struct card_buffer {
    struct pbuf_custom pbuf; /* first */
    struct xg_net_buffer buffer;
    struct card *card;
    bool lent; /* lwIP has it */
};

/* A frame on its way out. */
struct card_send {
    struct xg_net_packet packet;
    struct card *card;
    struct pbuf *pbufs[TRAIN_SEGMENTS];
    unsigned int nr_pbufs;
    struct card_send *next;
};

struct card {
    struct xg_net net;
    struct netif netif;
    uint32_t id;
    bool attached;  /* under the network's lock */
    bool has_netif; /* it was connected once */
    bool unsent;    /* the backend is to be told */
    struct card_buffer *buffers;
    struct card_send *sends, *free_sends;
    struct train train; /* held back until the lock is given up */
    uint64_t nr_no_room, nr_copied, nr_trains, nr_trains_received;
};

/* For the bus's thread, under its lock: takes the device up, or gives it up when it is gone. Errno of Xen's.
 */
int card_attach(struct card *card, uint32_t id);
void card_detach(struct card *card);

/* Under the network's lock. */

/* Takes what has arrived, follows the link. Returns how much there was. */
unsigned int card_poll(struct card *card);
/* What the backend has taken is lwIP's again: it does not send twice what it does not hold alone. */
void card_take_back(struct card *card);
/* Tells the backend of all that was sent. */
void card_kick(struct card *card);
/* Of network.c: the netif is there for the first time and connected. */
void network_card_ready(struct card *card);

#endif
