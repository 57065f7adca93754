/* SPDX-License-Identifier: BSD-2-Clause */
/* What a backend does with the grants of the domain under test: maps them, by their rules, and lets go of
 * them. */
#ifndef FAKE_GRANT_H
#define FAKE_GRANT_H

#include <xenguest/grant.h>
#include "fake_xen.h"

/* The entry of a reference, whatever it says. */
struct grant_entry_v1 *fake_grant_entry(xg_grant_ref_t ref);
/* The page, in use from now on. It must have been granted, for writing where that is asked. */
char *fake_grant_map(xg_grant_ref_t ref, bool write);
/* It must still be granted. */
void fake_grant_unmap(xg_grant_ref_t ref);
/* Whatever they say. */
void fake_grants_unmap_all(void);

#endif
