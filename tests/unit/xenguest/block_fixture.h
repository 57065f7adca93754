/* SPDX-License-Identifier: BSD-2-Clause */
/* A domain with a disk, for the tests of the block frontend: what they all begin and end with. */
#ifndef BLOCK_FIXTURE_H
#define BLOCK_FIXTURE_H

#include <xenguest/block.h>
#include "device_fixture.h"
#include "fake_disk.h"

extern struct xg_block block;
extern struct xg_block_config block_config;

/* A disk that is ready to be attached; polled. */
void block_begin(void);
void block_attach(void);
void block_detach(void);
/* Runs the bus, the disk and the frontend for as long as a backend needs to go and another one to come. */
void block_run(void);

#endif
