/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A hypervisor of the tests' own behind xg_hypercall, and the port functions over it. It keeps the rules of
 * the ABI that the library depends on – events, page types, grants, reservations – and on request breaks
 * them: it refuses, does less than it says, or lets something happen in the middle of a call. Everything that
 * a test may look at or set is in `fake`.
 */
#ifndef FAKE_XEN_H
#define FAKE_XEN_H

#include <xenguest/abi.h>
#include <xenguest/boot.h>
#include <xenguest/hypercall.h>
#include <xenguest/os.h>

#define FAKE_FRAMES   64    /* of the domain's memory */
#define FAKE_MFN_BASE 0x500 /* the lowest machine frame of it; pfn n is frame base + 63 - n */
#define FAKE_PORTS    256
#define FAKE_VCPUS    4
#define FAKE_CALLS    512

/* Where a parked vCPU's stack is said to be: as good a place as any. */
#define FAKE_STACK_POINTER ((uint64_t)(uintptr_t)(fake.memory[FAKE_FRAMES - 1] + 2048))

struct fake_call {
    unsigned int number;
    uint64_t a[5];
    long result;
};

struct fake_port {
    bool open;
    unsigned int vcpu;
    unsigned int nr_sent;
    /* In queues: */
    bool owed; /* it was pending before there was a word for it */
    unsigned int priority;
    xg_evtchn_t *last; /* the end of the queue where it was last */
};

struct fake_xen {
    struct shared_info shared __attribute__((__aligned__(4096)));
    unsigned char memory[FAKE_FRAMES][4096] __attribute__((__aligned__(4096)));
    unsigned char grant_memory[4][4096] __attribute__((__aligned__(4096)));
    uint64_t p2m[FAKE_FRAMES];
    uint64_t m2p[FAKE_MFN_BASE + FAKE_FRAMES];

    /* Page types: 0 none, 1-4 a page table of that level. A page is never a table and writable. */
    unsigned char type[FAKE_FRAMES];
    bool writable[FAKE_FRAMES];
    bool allocated[FAKE_FRAMES];
    unsigned int nr_frees;

    struct fake_port ports[FAKE_PORTS];
    unsigned int next_port;
    bool no_queues; /* this hypervisor has two levels only */
    struct evtchn_fifo_control_block *control[FAKE_VCPUS];
    event_word_t *words;
    unsigned int nr_words;
    xg_evtchn_t tails[FAKE_VCPUS][EVTCHN_FIFO_MAX_QUEUES];

    char output[8192]; /* what console_io was given */
    size_t output_length;
    const char *input;

    unsigned int grant_frames; /* the most that the domain may have */
    uint64_t reservation, reservation_limit;

    struct trap_info traps[64];
    unsigned int nr_traps;
    struct callback_register callbacks[8];
    struct vcpu_guest_context context;
    bool vcpu_up[FAKE_VCPUS];

    uint64_t tsc;
    struct fake_call calls[FAKE_CALLS];
    unsigned int nr_calls;
    bool in_call; /* this moment; only where one thread makes calls */

    /* Misbehaviour. */
    long refuse_result; /* what call refuse_number answers, once, after refuse_after items */
    unsigned int refuse_number;
    unsigned int refuse_after;
    bool refuse_armed;
    bool lie_done; /* mmu_update: claims all items, or the wrong count, with result 0 */
    unsigned int lie_done_value;
    long lie_console_read;                         /* console_io read: this many bytes, whatever was asked */
    void (*on_call)(const struct fake_call *call); /* before the call is carried out */
    void (*after_close)(void);                     /* the moment after an event channel was closed, once */
    bool out_of_pages;
    bool nothing_mapped; /* xg_os_frames_map and xg_os_mfn_to_address find nothing */
    const char *panic;   /* the function whose panic the test is for: nothing to be printed */

    /* Tier 3. With `threads`, waits are waits; without, a wait lets the peers act and else passes the time.
     */
    uint64_t now_ns;
    bool (*on_wait)(void); /* true: a peer has done something */
    unsigned int nr_waits;
    bool threads;
};

extern struct fake_xen fake;
/* The vCPU that this thread is. */
extern __thread unsigned int fake_vcpu;

/* Everything as at boot: events masked, all frames free and writable, the TSC 0. */
void fake_reset(void);
/* The next call of this number fails with `result`, having done `after` items of what it was given. */
void fake_refuse(unsigned int number, long result, unsigned int after);
/* How often a call was made since reset. */
unsigned int fake_count(unsigned int number);
const struct fake_call *fake_last(unsigned int number);

/* What Xen does when an event arrives, step by step as the ABI has it. Any thread. */
void fake_event_raise(xg_evtchn_t port);

/* With queues (fake_fifo.c), which Xen has gone over to when it has a control block. */
void fake_fifo_raise(xg_evtchn_t port);
void fake_fifo_unmask(xg_evtchn_t port);
void fake_fifo_clear(xg_evtchn_t port);
long fake_fifo_op(unsigned int command, void *argument);
/* What a port does: two pages of its own, and xg_events_fifo. */
struct xg_events;
int fake_go_over(struct xg_events *events);

/* The domain's memory: frame of a pfn, its page, and a start-info for it. */
xg_mfn_t fake_mfn(unsigned int pfn);
void *fake_page(xg_mfn_t mfn);
void fake_start_info(struct start_info *info);
/* How many pages xg_os_page_alloc has left. */
unsigned int fake_free_pages(void);
/* A page of the domain, as a page table of `level` that is mapped read-only. */
xg_mfn_t fake_table(unsigned int level);

/* The parts of the hypervisor. */
long fake_event_channel_op(unsigned int command, void *argument);
long fake_mmu_update(const struct mmu_update *updates, unsigned int nr, unsigned int *done, uint32_t domid);
long fake_update_va_mapping(uint64_t address, uint64_t entry);
long fake_memory_op(unsigned int command, void *argument);
long fake_grant_table_op(unsigned int command, void *argument);
/* When fake_refuse armed `number`: takes it and tells after how many items. */
bool fake_take_refusal(unsigned int number, unsigned int *after, long *result);

#endif
