/* SPDX-License-Identifier: BSD-2-Clause */
/* One suite for each service of the library; main.c runs them all. */
#ifndef SUITES_H
#define SUITES_H

#include <check.h>

TCase *boot_tests(void);
TCase *format_tests(void);
TCase *event_tests(void);
TCase *event_race_tests(void);
TCase *event_fifo_tests(void);
TCase *interleave_tests(void);
TCase *clock_tests(void);
TCase *mmu_tests(void);
TCase *map_tests(void);
TCase *p2m_tests(void);
TCase *grant_tests(void);
TCase *console_tests(void);
TCase *trap_tests(void);
TCase *vcpu_tests(void);
TCase *ring_tests(void);
TCase *store_tests(void);
TCase *store_hostile_tests(void);
TCase *bus_tests(void);
TCase *block_tests(void);
TCase *block_again_tests(void);
TCase *block_hostile_tests(void);
TCase *net_tests(void);
TCase *net_connect_tests(void);
TCase *net_control_tests(void);
TCase *net_events_tests(void);
TCase *net_hostile_tests(void);
TCase *net_checksum_tests(void);
TCase *control_tests(void);
TCase *suspend_tests(void);
TCase *channel_tests(void);
TCase *screen_tests(void);
TCase *input_tests(void);
TCase *p9_tests(void);
TCase *archive_tests(void);

#endif
