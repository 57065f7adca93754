/* SPDX-License-Identifier: BSD-2-Clause */
/* Memory given back to Xen and taken again: pages of the linear map that have no frame meanwhile. */
#ifndef MINIOS_BALLOON_H
#define MINIOS_BALLOON_H

#include <stdint.h>

#define BALLOON_PAGES 32768 /* that can be away at a time */

/*
 * Goes as far as it can towards `nr_pages` of memory in all and returns how many there are then: fewer free
 * pages than that, or Xen gives none. For one thread.
 */
uint64_t balloon_set(uint64_t nr_pages);

#endif
