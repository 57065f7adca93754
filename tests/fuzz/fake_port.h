/* SPDX-License-Identifier: BSD-2-Clause */
/* What the targets see of fake_port.c. */
#ifndef FAKE_PORT_H
#define FAKE_PORT_H

#include <stdbool.h>
#include <stdint.h>

extern bool (*fuzz_on_wait)(void); /* true: the peer has done something */
extern uint64_t fuzz_now_ns;
extern unsigned int fuzz_nr_pages; /* that the library has not given back */

#endif
