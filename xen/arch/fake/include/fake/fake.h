/* SPDX-License-Identifier: BSD-2-Clause */
/* What tests ask of the fake machine. Each test begins in a fresh process with fake_boot. */
#ifndef FAKE_FAKE_H
#define FAKE_FAKE_H

#include <setjmp.h>
#include <xen/domain.h>

/* RAM of nr_pages and nr_cpus CPUs with their idle vCPUs; this thread is CPU 0. */
void fake_boot(unsigned int nr_cpus, unsigned int nr_pages);
/* RAM alone, nothing of it in the allocator: for the allocator's own tests. */
void fake_ram_create(unsigned int nr_pages);
/*
 * A domain with so many vCPUs, up and runnable but for what its pause count says; max_pages as given; vCPU 0
 * has a context.
 */
struct domain *fake_domain(domid_t id, unsigned int nr_vcpus, uint64_t max_pages);
/* This thread is that CPU and runs what the CPU runs. */
void fake_on_cpu(unsigned int cpu);
/* A hypercall as v: v becomes current without being scheduled. */
void fake_as(struct vcpu *v);

/* --- Time and softirqs --- */
extern s_time_t fake_now;
extern s_time_t fake_deadline[]; /* of each CPU's one-shot timer; 0: none */
/* Called, if set, when a CPU's timer is programmed: to let something happen in the middle of what does it. */
extern void (*fake_on_timer_program)(void);
extern unsigned int fake_ipis[]; /* event checks that each CPU got */
/* Runs every CPU's pending softirqs, as often as there are any. */
void fake_run_softirqs(void);
/* Time passes to `until`; the timers in between fire at their time, and what they raise runs. */
void fake_advance(s_time_t until);
struct vcpu *fake_running_on(unsigned int cpu);

/* Called, if set, when a domain has given up all and is about to be freed. */
extern void (*fake_on_domain_destroy)(struct domain *d);

/* --- Physical interrupts --- */
#define FAKE_PIRQS 4
struct fake_pirq {
    struct domain *domain;
    evtchn_port_t port; /* 0: not bound */
    unsigned int vcpu;
};
extern struct fake_pirq fake_pirq[FAKE_PIRQS];

/* --- Guest memory --- */
/* Addresses in [start, end) fault from now on; 0 to 4095 always do. */
void fake_fault_range(const void *start, const void *end);
/* Guest memory is [start, end) alone, everything else faults; without this call it is all of the program's.
 */
void fake_guest_range(const void *start, const void *end);
/* Called, if set, before guest memory is read: to let something happen in the middle of what reads. */
extern void (*fake_on_guest_read)(uint64_t va);
#define VA(p) ((uint64_t)(uintptr_t)(p))

/* --- Console, end --- */
/* What was printed since the last call, terminated. */
const char *fake_console_text(void);
/* The most characters, CRs among them, that went out without interrupts in between. */
extern unsigned int fake_console_longest;
enum fake_end { FAKE_GOES_ON, FAKE_POWER_OFF, FAKE_REBOOT, FAKE_HALT };
extern jmp_buf fake_end_buffer;
extern bool fake_end_caught;
/* Returns FAKE_GOES_ON, and a second time if the machine ends: how. */
#define fake_catch_end() (fake_end_caught = true, (enum fake_end)setjmp(fake_end_buffer))

/* How often arch_grant_flush was called. */
extern unsigned int fake_grant_flushes;

/* --- Hypercalls --- */
/* What hypercall_continue recorded; nr_args 0: nothing. */
struct fake_continuation {
    unsigned int nr, nr_args;
    uint64_t args[6];
};
extern struct fake_continuation fake_continuation;
#define FAKE_CONTINUED (-9999)
/* The last refusal of d; NULL: none. */
const struct refusal *fake_last_refusal(const struct domain *d);

#endif
