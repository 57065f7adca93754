/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Event channels in the FIFO layout: a consumer that follows event_channel.h and no hypervisor's code. It
 * does not deliver upcalls; a test takes events itself, in the order in which they are queued.
 */
#ifndef GUEST_FIFO_H
#define GUEST_FIFO_H

#include <stdbool.h>
#include <stdint.h>

#include <xen/event_channel.h>

#define FIFO_PORTS 4096

/* The two calls; the answers are event_channel_op's. The control block of a vCPU must stay. */
long fifo_init_control(uint64_t frame, unsigned int offset, unsigned int vcpu, unsigned int *link_bits);
long fifo_expand_array(uint64_t frame);
long fifo_set_priority(evtchn_port_t port, unsigned int priority);

/* Control blocks for that many vCPUs and room for the words of FIFO_PORTS ports, ends the test if refused. */
void fifo_initialise(unsigned int nr_vcpus);
struct evtchn_fifo_control_block *fifo_control(unsigned int vcpu);
volatile event_word_t *fifo_word(evtchn_port_t port);

bool fifo_pending(evtchn_port_t port);
bool fifo_linked(evtchn_port_t port);
void fifo_mask(evtchn_port_t port);
/* Clears MASKED as a kernel does: by itself when the port is not pending, else by the hypercall. */
void fifo_unmask(evtchn_port_t port);
void fifo_clear_pending(evtchn_port_t port);

/*
 * Takes the next event of a vCPU, of the highest priority there is: unlinks it and clears its PENDING; 0 when
 * there is none. A port that was masked or not pending any more is unlinked and passed over. Clears
 * upcall_pending first.
 */
evtchn_port_t fifo_take(unsigned int vcpu);

#endif
