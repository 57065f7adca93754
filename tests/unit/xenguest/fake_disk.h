/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A block backend of the tests' own: connects by the rules of XenBus, follows grant references through the
 * table, serves a small disk, written with the macros of <xen/io/ring.h>. On request it lies.
 */
#ifndef FAKE_DISK_H
#define FAKE_DISK_H

#include <xenguest/block.h>
#include "fake_store.h"

#define FAKE_DISK_FRONT   "device/vbd/51712"
#define FAKE_DISK_BACK    "/local/domain/0/backend/vbd/1/51712"
#define FAKE_DISK_SECTORS 512 /* of 512 bytes */

enum fake_lie {
    LIE_NONE,
    LIE_SILENT, /* never answers */
    LIE_ID,     /* a number that no request has */
    LIE_TWICE,  /* answers the same request two times */
    LIE_OPERATION,
    LIE_STATUS,      /* a status that does not exist */
    LIE_INDEX,       /* claims more answers than there were requests */
    LIE_INDEX_BACK,  /* takes answers back */
    LIE_HOLDS,       /* answers, and keeps the data mapped */
    LIE_ERROR,       /* no lie: an I/O error */
    LIE_UNSUPPORTED, /* nor this */
    NR_LIES,
};

struct fake_disk {
    char data[FAKE_DISK_SECTORS * 512];
    enum fake_lie lie;
    bool stays;  /* does not follow to Closing and Closed */
    bool mapped; /* has the rings */
    unsigned int nr_rings;
    unsigned int order;
    bool keeps; /* persistent grants */
    unsigned int nr_requests, nr_flushes, nr_barriers, nr_discards, nr_indirect, nr_segments, nr_secure;
    xg_grant_ref_t ring_refs[4][8];
};

extern struct fake_disk fake_disk;

/* The nodes of a disk whose backend is at InitWait, and the hooks. After fake_store_reset. */
void fake_disk_plug(void);
void fake_disk_feature(const char *name, const char *value);
/* Serves what there is. True: something was done. Includes the store. */
bool fake_disk_run(void);
/* Lets go of what it holds. */
void fake_disk_let_go(void);
/* Takes up what the frontend's nodes say, from where the backend before it was on the rings, as stock Linux's
 * does. */
void fake_disk_take_up(void);
/* The same, but it believes the rings empty: it takes nothing from them, and writes its first answer, if it
 * `answers`, where the first one of all was. */
void fake_disk_begin_anew(bool answers);

#endif
