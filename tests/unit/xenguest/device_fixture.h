/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One device on a bus, for the tests of small frontends: a store with its nodes, and a backend that keeps the
 * rules of XenBus (unless it is told to stay) and leaves what it shares to the test.
 */
#ifndef DEVICE_FIXTURE_H
#define DEVICE_FIXTURE_H

#include <xenguest/grant.h>
#include <xenguest/xenbus.h>
#include "fake_store.h"

struct device_fixture {
    struct xg_store store;
    struct xg_bus bus;
    struct xg_grants grants;
    struct xg_events events;
    char front[64], back[96];
    bool stays;              /* does not follow the frontend's state */
    void (*connected)(void); /* before the backend says Connected: it maps what is shared */
    xg_evtchn_t port;        /* that the backend is bound to: open until it has closed */
    unsigned int free_pages, free_grants, open_ports;
};

extern struct device_fixture device;

/* A device of the class whose backend is at InitWait. */
void device_begin(const char *class, unsigned int id);
/* Nodes: the backend's are set, ours are read; NULL takes one away. A number that must be there. */
void device_set(const char *name, const char *value);
const char *device_node(const char *name);
unsigned long device_number(const char *name);
/* Lets everything happen that is going to. */
void device_settle(void);
/* The backend maps a page by grant, writable; all of them are let go again when it closes. */
void *device_map(xg_grant_ref_t ref);
/* The backend maps a frame by its number. */
void *device_frame(unsigned long frame);
void device_let_go(void);
/* The domain is saved and restored: ports, grants and the backend's mappings are void, the nodes are new. */
void device_restore(void);
/* A page of the test's own, which does not count as missing. */
void *device_page(void);
void device_all_given_back(void);

#endif
