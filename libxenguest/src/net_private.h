/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Between net.c (polling, waiting), net_send.c and net_receive.c (the rings), net_control.c (the control
 * ring) and net_connect.c (negotiation).
 */
#ifndef XENGUEST_NET_PRIVATE_H
#define XENGUEST_NET_PRIVATE_H

#include <xenguest/net.h>
#include "private.h"

XG_BEGIN_DECLS

#define XG_NET_HEAD_BYTES 16 /* for an Ethernet header */
#define XG_NET_NO_SLOT    0xffff
#define XG_NET_NO_REF     0u /* never a reference of ours: Xen keeps the first ones */

/* A page of a packet that the backend has: its number on the ring is the number of the slot. */
struct xg_net_slot {
    struct xg_net_packet *packet; /* NULL: free */
    xg_grant_ref_t ref;
    uint16_t next; /* free slot, or slot of the same packet while it is put onto the ring */
    bool answered; /* and the backend holds the page nevertheless */
};

/* Ends a grant. -XG_EBUSY: it is in use; call again. */
int xg_net_end_grant(struct xg_net *net, xg_grant_ref_t *ref);
/* No more requests, no more belief. What is in flight ends when the backend is closed. Any lock. */
void xg_net_lied(struct xg_net *net);
/* Ends waits on `activity`. */
void xg_net_signal(struct xg_net *net);

/* Under the send lock: takes the answers that are there; what has finished goes onto the list. */
void xg_net_take_sent(struct xg_net_queue *queue, struct xg_net_packet **finished);
/* Takes its own lock, as do the rest: the answers, and when to be notified of the next. Returns the list. */
struct xg_net_packet *xg_net_poll_sent(struct xg_net_queue *queue);
unsigned int xg_net_tell_sent(struct xg_net *net, struct xg_net_packet *finished);
/* Finishes, with `status`, what the backend cannot reach any more. False: it still holds something. */
bool xg_net_end_sending(struct xg_net_queue *queue, int status);
void xg_net_free_slots(struct xg_net_queue *queue);

/* Takes the frames that have arrived, posts new buffers and hands the frames over. Returns their number. */
unsigned int xg_net_poll_received(struct xg_net_queue *queue);
/* Posts buffers of the supply as far as they and the ring reach. */
void xg_net_refill(struct xg_net_queue *queue);
/* Takes the posted buffers back into the supply. False: the backend still holds some. */
bool xg_net_end_receiving(struct xg_net_queue *queue);

/* The control ring's part of the frontend's functions (xenbus.h). */
int xg_net_control_prepare(struct xg_net *net);
int xg_net_control_write(struct xg_net *net, xg_store_tx_t tx);
void xg_net_control_stop(struct xg_net *net);
int xg_net_control_release(struct xg_net *net);

void xg_net_on_event(xg_evtchn_t port, struct xg_frame *frame, void *queue);
void xg_net_on_send_event(xg_evtchn_t port, struct xg_frame *frame, void *queue);
void xg_net_on_receive_event(xg_evtchn_t port, struct xg_frame *frame, void *queue);

XG_END_DECLS

#endif
