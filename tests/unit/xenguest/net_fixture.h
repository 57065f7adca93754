/* SPDX-License-Identifier: BSD-2-Clause */
/* A domain with a card, for the tests of the network frontend: what they all begin and end with. */
#ifndef NET_FIXTURE_H
#define NET_FIXTURE_H

#include <xenguest/net.h>
#include "device_fixture.h"
#include "fake_card.h"

#define NET_BUFFERS 24

extern struct xg_net net;
extern struct xg_net_config net_config;
extern struct xg_net_buffer net_buffers[NET_BUFFERS];
extern unsigned int net_nr_buffers; /* that are given; 12 unless changed after net_begin */
/* The frames that arrived last, copied; their buffers are given back at once unless net_keep is set. */
extern struct fake_frame net_got[4];
extern unsigned int net_nr_got;
extern struct xg_net_buffer *net_kept;
extern bool net_keep;

/* A card that is ready to be attached; polled, all offloads. */
void net_begin(void);
void net_attach(void);
void net_detach(void);
void net_all_given_back(void);
/* Runs the backend, the card and the bus until nothing happens any more. */
void net_run(void);
/* Submits one fragment of a frame and returns the verdict of submit. */
int net_submit(struct xg_net_packet *packet, const struct xg_net_fragment *fragments, unsigned int nr);
/* What a backend that can all of it says. */
void net_offer_all(void);
const struct fake_frame *net_last_sent(void);
const struct fake_frame *net_last_got(void);
/* Has a frame delivered, and looks that it comes whole, in so many pages. */
void net_receive(uint32_t bytes, unsigned int nr_pages);
/* `bytes` bytes, all different from their neighbours. */
void net_fill(void *to, uint32_t bytes, unsigned int seed);

#endif
