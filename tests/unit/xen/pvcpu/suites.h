/* SPDX-License-Identifier: BSD-2-Clause */
/* The suites of this program. */
#ifndef PVCPU_SUITES_H
#define PVCPU_SUITES_H

#include <check.h>

Suite *decode_suite(void);
Suite *descriptor_suite(void);

#endif
