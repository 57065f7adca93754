/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A look at the whole of memory, while no guest runs, for whether each frame's reference and type counts are
 * what page tables and all else that holds references come to. For tests and for people who suspect
 * something: it stops the guests for as long as it takes.
 */
#ifndef XEN_PAGE_CHECK_H
#define XEN_PAGE_CHECK_H

/* Debug key 'y', and with check_pages=MS on the command line every so many milliseconds. Once there is a
 * Domain 0. */
void page_checks_init(void);
/* The machine goes down: says how often was looked and what was found. Nothing without check_pages=. */
void page_checks_summary(void);

#endif
