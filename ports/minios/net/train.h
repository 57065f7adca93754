/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Consecutive TCP segments of one connection, put together as one frame that the backend (or the card behind
 * it) cuts up again. lwIP makes segments one by one; what it sends under one hold of its lock is held back
 * for as long. Pages are referred to, not copied; the first segment's headers are those of the whole.
 */
#ifndef NET_TRAIN_H
#define NET_TRAIN_H

#include <stdbool.h>
#include <stdint.h>

#include <lwip/pbuf.h>
#include <xenguest/net.h>

#define TRAIN_SEGMENTS 16

struct train {
    struct pbuf *pbufs[TRAIN_SEGMENTS]; /* held */
    unsigned int nr;
    struct xg_net_fragment fragments[XG_NET_PAGES];
    unsigned int nr_fragments, nr_pages;
    uint32_t bytes, next_sequence;
    uint16_t header_bytes, segment_bytes; /* of the first; no later one has more data */
    bool last;                            /* a shorter one, or one that is pushed: nothing may follow */
};

/* Begins with a frame, or appends it. False, nothing changed: it is no such segment, or does not follow. */
bool train_begin(struct train *train, struct pbuf *frame);
bool train_append(struct train *train, struct pbuf *frame);
/* Before it is sent: makes the headers those of the whole. */
void train_close(struct train *train);

#endif
