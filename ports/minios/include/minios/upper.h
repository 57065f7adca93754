/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The protocol of the worked example of docs/adding-a-device.md: a device that answers text in capital
 * letters. Shared by the frontend (apps/upper.c) and the backend (tests/system/device/backend.c): the one
 * file that both ends of a device have to agree on. Class in the store: "upper".
 *
 *   the backend writes    longest         how many bytes of text a request may have
 *   the frontend writes   ring-ref        grant reference of the ring's page
 *                         event-channel
 */
#ifndef MINIOS_UPPER_H
#define MINIOS_UPPER_H

#include <stdint.h>

#define UPPER_TEXT_BYTES 52

struct upper_request {
    uint32_t id; /* the frontend's choice */
    uint32_t nr_bytes;
    char text[UPPER_TEXT_BYTES];
};

struct upper_response {
    uint32_t id;      /* of the request */
    int32_t nr_bytes; /* or an errno, negated */
    char text[UPPER_TEXT_BYTES];
};

/* A slot of the ring of <xen/io/ring.h>. */
union upper_slot {
    struct upper_request request;
    struct upper_response response;
};

#endif
