/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The test cases, one file an object under test; main.c runs them. Each test has a process of its own and
 * boots the fake machine itself.
 */
#ifndef SUITES_H
#define SUITES_H

#include <check.h>

TCase *console_tests(void);
TCase *cpu_hotplug_tests(void);
TCase *domain_tests(void);
TCase *domctl_tests(void);
TCase *event_tests(void);
TCase *event_race_tests(void);
TCase *event_fifo_tests(void);
TCase *grant_table_tests(void);
TCase *grant_use_tests(void);
TCase *interleaving_tests(void);
TCase *memory_exchange_tests(void);
TCase *memory_op_tests(void);
TCase *multicall_tests(void);
TCase *page_alloc_tests(void);
TCase *page_offline_tests(void);
TCase *param_tests(void);
TCase *pool_tests(void);
TCase *range_set_tests(void);
TCase *refusal_tests(void);
TCase *sched_tests(void);
TCase *string_tests(void);
TCase *timer_tests(void);
TCase *vcpu_op_tests(void);
TCase *version_tests(void);
TCase *xmalloc_tests(void);

#endif
