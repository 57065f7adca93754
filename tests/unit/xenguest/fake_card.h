/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A network backend of the tests' own: connects when the frontend says Connected, as Linux's does, takes
 * frames off the transmit rings, delivers frames, answers on the control ring; written with the macros of
 * <xen/io/ring.h>. On request it lies.
 */
#ifndef FAKE_CARD_H
#define FAKE_CARD_H

#include <xenguest/net.h>
#include "fake_store.h"

#define FAKE_CARD_FRONT  "device/vif/0"
#define FAKE_CARD_BACK   "/local/domain/0/backend/vif/1/0"
#define FAKE_CARD_FRAMES 300

enum fake_card_lie {
    CARD_HONEST,
    CARD_SILENT, /* answers nothing */
    CARD_ERROR,  /* no lie: it could not send */
    CARD_STATUS, /* a status that does not exist */

    CARD_SENT_ID,    /* a number that no request has */
    CARD_SENT_SLOT,  /* the number of another one */
    CARD_SENT_TWICE, /* answers the same request two times */
    CARD_SENT_NULL,  /* the answer to an extra that was none */
    CARD_SENT_INDEX, /* more answers than requests */
    CARD_SENT_BACK,  /* takes answers back */
    CARD_SENT_HOLDS, /* answers, and keeps the data mapped */

    CARD_GOT_ID,        /* another number than the place's */
    CARD_GOT_OFFSET,    /* beyond the page */
    CARD_GOT_LONG,      /* more than what is left of the page */
    CARD_GOT_INDEX,     /* more frames than buffers */
    CARD_GOT_HOLDS,     /* a frame whose page it still writes to */
    CARD_GOT_ENDLESS,   /* a frame of more and more pages */
    CARD_GOT_FLAG,      /* a flag that was not negotiated */
    CARD_GOT_EXTRA,     /* an extra of no known type */
    CARD_GOT_MULTICAST, /* an extra that only a frontend sends */
    CARD_GOT_GSO_TYPE,
    CARD_GOT_GSO_SIZE,
    CARD_GOT_GSO_TWICE,
    CARD_GOT_LATE_EXTRA, /* extras after the second page */
    CARD_GOT_HASH,       /* a hash without hashing */
    NR_CARD_LIES,

    CARD_CONTROL_ID,
    CARD_CONTROL_TYPE,
    CARD_CONTROL_INDEX,
};

struct fake_frame {
    char data[65536];
    uint32_t bytes;
    uint16_t flags; /* of the first request or answer */
    uint16_t gso_bytes;
    uint8_t gso_type;
    unsigned int nr_pages; /* requests or answers with data */
    unsigned int queue;
    bool hashed;
};

struct fake_card {
    enum fake_card_lie lie;
    bool stays; /* does not follow to Closing and Closed */
    bool mapped;
    unsigned int nr_queues;
    bool split;
    struct fake_frame *sent; /* FAKE_CARD_FRAMES of them, around and around */
    unsigned int nr_sent;
    struct fake_frame *waiting; /* to be delivered */
    unsigned int nr_waiting, nr_delivered;
    unsigned int page_bytes; /* put into each page of a frame that is delivered; 0: all of it */
    unsigned int offset;     /* where in the page */
    bool fails;              /* delivers an error in place of the frame */
    uint8_t multicast[8][6];
    unsigned int nr_multicast;
    xg_evtchn_t ports[XG_NET_QUEUES][2];
    unsigned int nr_notified[2]; /* of sent and received */
    /* What was asked on the control ring. */
    uint32_t algorithm, types, nr_mapping, mapping[64], key_bytes;
    uint32_t known_types;
    uint8_t key[64];
    unsigned int nr_controls;
};

extern struct fake_card fake_card;

/* The nodes of a card whose backend is at InitWait, and the hooks. After fake_store_reset. */
void fake_card_plug(void);
void fake_card_feature(const char *name, const char *value);
/* Serves what there is. True: something was done. Includes the store. */
bool fake_card_run(void);
/* Has a frame delivered at the next run. */
struct fake_frame *fake_card_deliver(const void *data, uint32_t bytes, unsigned int queue);
/* Maps what the nodes say and is Connected at once: as if the rings were empty, it writes its first answer,
 * of what was sent or received, where the first one of all was. */
void fake_card_begin_anew(bool received);
/* Lets go of what it holds. */
void fake_card_let_go(void);

#endif
