/* SPDX-License-Identifier: BSD-2-Clause */
/* The suites of this program, one a file. */
#ifndef MINIOS_UNIT_SUITES_H
#define MINIOS_UNIT_SUITES_H

#include <check.h>

Suite *line_edit_suite(void);
Suite *page_alloc_suite(void);
Suite *ext2_suite(void);

#endif
