/* SPDX-License-Identifier: BSD-2-Clause */
/* The suites of this program. */
#ifndef MACHINE_SUITES_H
#define MACHINE_SUITES_H

#include <check.h>

Suite *suite_vector(void);

#endif
