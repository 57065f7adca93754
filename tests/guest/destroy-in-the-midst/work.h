/* SPDX-License-Identifier: BSD-2-Clause */
/* What the domain that is destroyed does meanwhile, and what both domains know of each other. */
#ifndef WORK_H
#define WORK_H

#include "guest.h"

#define FIRST_REF 8
#define GRANTS    8
#define VCPUS     3

/* Shared by both. */
struct meeting {
    volatile uint32_t ready, rounds[VCPUS];
    volatile evtchn_port_t port; /* the worker's, for Domain 0 to bind */
};
extern union meeting_page {
    struct meeting is;
    char page[PAGE_SIZE];
} meeting;

/* Which works its vCPUs do: set before it is made. */
extern uint32_t work_seed;
/* Pages that each of the two domains grants to the other. */
extern volatile uint64_t granted[GRANTS][PAGE_SIZE / sizeof(uint64_t)];

/* The worker's first vCPU: offers its grants to Domain 0, starts the others, works for ever. */
void work(void);
/* Offers granted[] to a domain. */
void offer_grants(domid_t to);

#endif
