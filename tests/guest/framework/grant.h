/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A domain's own grant table: its first frame mapped, and grants to itself, so that one domain is enough for
 * a test.
 */
#ifndef GUEST_GRANT_H
#define GUEST_GRANT_H

#include <stdint.h>
#include <xen/grant_table.h>
#include <xen/xen.h>

/*
 * Sets up nr frames, at most 64, and maps the first; ends the test when it cannot. grant_frames: all of their
 * numbers.
 */
void grant_initialise(unsigned int nr);
extern uint64_t grant_frames[64];
/* The first frame's entries, by either version. */
extern struct grant_entry_v1 *const grant_v1;
extern union grant_entry_v2 *const grant_v2;
/* The number of this domain, which its grants to itself name. */
domid_t grant_self(void);

/* One element each; the status, or 100 when the call itself failed. *op has the results. */
int grant_map(struct gnttab_map_grant_ref *op);
int grant_unmap(uint64_t host_addr, uint64_t dev_bus_addr, grant_handle_t handle);
/* Maps ref of this domain at an address; the handle, or ends the test. */
grant_handle_t grant_map_at(const volatile void *address, uint32_t flags, grant_ref_t ref);
/* A map that is to be refused with this status. */
void grant_map_refused(uint64_t host_addr, uint32_t flags, grant_ref_t ref, domid_t domid, int status);

#endif
