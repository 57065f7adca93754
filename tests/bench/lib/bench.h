/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Measuring: a row is an operation, done many times between two readings of the TSC, which counts
 * instructions under QEMU's -icount. What the loop itself takes, three to six instructions, is part of every
 * figure on every hypervisor.
 */
#ifndef BENCH_H
#define BENCH_H

#include "guest.h"

#define ROUNDS 400

/*
 * A NOP that plugin/events.c knows by its displacement: the counts of one row stand between two of them. The
 * n-th pair belongs to the n-th row that is printed.
 */
#define MARK() asm volatile(".byte 0x0f, 0x1f, 0x80; .long 0x4b52414d" ::: "memory")

static inline uint64_t row_begin(void)
{
    MARK();
    return read_tsc();
}

/* Prints the row: instructions an operation, of nr between start and now; or that one of them has failed (rc
 * is not 0). */
void row_end(const char *name, uint64_t start, unsigned long nr, long rc);
/* The same for what was timed elsewhere, and marked there. */
void row_report(const char *name, uint64_t spent, unsigned long nr, long rc);

/* `operation` is an expression that is 0 when it was done; `parts` how many operations the name means by it.
 */
#define ROW(name, rounds, parts, operation)                                                                  \
    do {                                                                                                     \
        long rc_ = (operation);                                                                              \
        uint64_t start_ = row_begin();                                                                       \
                                                                                                             \
        for (unsigned int round_ = 0; round_ < (rounds); round_++)                                           \
            rc_ |= (operation);                                                                              \
        row_end(name, start_, (unsigned long)(rounds) * (parts), rc_);                                       \
    } while (0)

/* The rows by what they cross for; each file's own. */
void bench_processor(void);
void bench_memory(void);
void bench_events(void);
void bench_users(void);
void bench_grants(void);
void bench_vcpus(void);

/* Makes the trap table's entry of a vector one of the handlers below. */
void bench_handle(uint8_t vector, const char *handler);

/* crossing.S: handlers that do as little as a kernel can. */
extern const char bench_skip_two[];   /* an exception without error code: goes on two bytes further */
extern const char bench_fault_skip[]; /* one with error code: the same */
extern const char bench_fault_map[];  /* page fault: maps bench_fresh_entry there and lets it be done again */
extern const char bench_upcall[];     /* event: takes and clears the port of bench_clear_port */
extern const char bench_syscall[];    /* system call of a user: goes straight back, as SYSRET would */

extern uint64_t bench_fresh_entry;
extern uint64_t bench_clear_port; /* all ones but the port's bit; ports below 64 */
extern volatile uint64_t bench_upcalls;

#endif
