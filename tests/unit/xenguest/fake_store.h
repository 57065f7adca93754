/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A store of the tests' own at the other end of the ring, written from the protocol and not from the client:
 * nodes with values and permissions, transactions, watches. On request it lies.
 */
#ifndef FAKE_STORE_H
#define FAKE_STORE_H

#include <xenguest/xenstore.h>
#include "fake_xen.h"

#define FAKE_STORE_PORT  3
#define FAKE_STORE_NODES 512

struct fake_node {
    char path[128];
    char value[2048];
    size_t length;
    char permissions[64]; /* strings, the last one empty */
    bool present;
};

struct fake_store {
    struct xenstore_domain_interface *ring;
    struct xg_boot boot;
    struct fake_node nodes[FAKE_STORE_NODES];

    /* The next answers, misbehaving. */
    unsigned int nr_silent;    /* requests that are never answered */
    unsigned int nr_conflicts; /* commits that answer EAGAIN */
    unsigned int nr_held;      /* answers that are kept back until fake_store_release() */
    const char *error;         /* what the next request is answered with, as an error; once */
    void (*twist)(struct xsd_sockmsg *header, char *body); /* before an answer is sent */
    size_t directory_limit;                                /* longer directories only in parts */
    unsigned int nr_changes; /* so many parts later the directory changes its generation */
    bool deaf;               /* reads nothing */
    bool slow;               /* a few bytes a time, either way */
    unsigned int nr_requests;
    unsigned int nr_watches;
};

extern struct fake_store fake_store;

/* An empty store, its ring in a page of the domain, its event open. */
void fake_store_reset(void);
/* What another host's store knows of the domain that was restored there: no watches, no transactions. */
void fake_store_restart(void);
/* Acts once, as after an event. True: it read or wrote something. Fits fake.on_wait. */
bool fake_store_run(void);
/* Sends what was held back, the last first. */
void fake_store_release(void);

/* Changes from the other side; watches fire. */
void fake_store_set(const char *path, const char *value);
void fake_store_remove(const char *path);
/* NULL: there is no such node. */
const char *fake_store_get(const char *path);
/* The number in base, folder (with its slash, or empty) and name put together. 0: it is not there, which with
 * `must` fails. */
unsigned int fake_store_number(const char *base, const char *folder, const char *name, bool must);
/* A message of the test's own making. */
void fake_store_send(uint32_t type, uint32_t id, const void *body, size_t length);
/* Called after the guest has changed a node: another peer's watch. */
extern void (*fake_store_changed)(const char *path);

#endif
