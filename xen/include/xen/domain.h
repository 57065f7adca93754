/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Domains and their vCPUs: creation, reference counts, pause, shutdown, crash, destruction.
 *
 * A domain is found by id; whoever finds one holds a reference until domain_put. `current` is the vCPU that
 * runs on this CPU (the CPU's idle vCPU between guests); it needs no reference.
 */
#ifndef XEN_DOMAIN_H
#define XEN_DOMAIN_H

#include <xen/types.h>
#include <public/xen.h>
#include <public/vcpu.h>
#include <xen/bitops.h>
#include <xen/cpumask.h>
#include <xen/event_channel.h>
#include <xen/list.h>
#include <xen/range_set.h>
#include <xen/refusal.h>
#include <xen/spinlock.h>
#include <xen/timer.h>
#include <asm/arch.h>

#define DOMAIN_WATCHDOGS 2
#define MAX_VCPUS   512 /* of one domain; stock Xen's limit for PV is 8192 (HVM_MAX differs) */

struct exchange;
struct grant_table;
struct sched_vcpu;   /* the scheduler's own data */
struct sched_domain; /* likewise */
struct sched_instance;
struct vnuma;

/* Why a vCPU may not run, beside being blocked: bits of vcpu.pause_flags. */
#define VPF_BLOCKED   0 /* SCHEDOP_block, vcpu_op */
#define VPF_DOWN      1 /* not brought up yet, or VCPUOP_down */
#define VPF_RESET     2 /* vcpu_reset has begun: tables may be gone already */

struct vcpu {
    unsigned int id;
    unsigned int cpu; /* where it runs or ran last */
    struct domain *domain;

    vcpu_info_t *info; /* in shared_info, or where VCPUOP_register_vcpu_info put it */
    mfn_t info_mfn;    /* INVALID_MFN: in shared_info */

    unsigned long pause_flags; /* VPF_*, atomic */
    int pause_count;           /* atomic; > 0: does not run */
    bool is_running;           /* on a CPU, or its state there is not saved yet */
    bool is_initialised;       /* has a context */
    bool is_idle;

    /* Runstate: under the CPU's scheduler lock. */
    struct vcpu_runstate_info runstate;
    uint64_t runstate_guest_va; /* 0: none registered */
    uint64_t time_guest_va;     /* the second copy of the time record likewise */

    /* Timers of the guest. */
    s_time_t periodic_period_ns; /* 0: off */
    s_time_t periodic_last_ns;
    struct timer periodic_timer;
    struct timer singleshot_timer; /* also set_timer_op */
    struct timer poll_timer;

    /* Event channels. */
    evtchn_port_t virq_to_port[NR_VIRQS]; /* 0: not bound */
    spinlock_t virq_lock;
    int poll_port; /* SCHEDOP_poll: > 0 the one port, -1 several, 0 not polling */

    cpumask_t affinity;      /* where it may run */
    cpumask_t soft_affinity; /* where it would like to */
    cpumask_t affinity_unpinned; /* what SCHEDOP_pin_override goes back to; empty: not pinned */
    cpumask_t dirty_cpus; /* CPUs whose TLB or registers may hold this vCPU's state */
    struct sched_vcpu *sched;
    unsigned int wanted_by; /* the CPU, plus one, that would have run it while is_running was still set */
    s_time_t scheduled_at_ns;

    /* A multicall in progress and the argument being handled: for continuations and refusals. */
    struct {
        bool active;
        /* the entry has not simply ended: it was iret, or hypercall_continue has rewritten call */
        bool interrupted;
        multicall_entry_t call;
    } mc;
    /* The hypercall being handled: what a refusal names. */
    unsigned int hypercall_nr;
    struct exchange *exchange; /* memory_exchange.c: a call that gave way in the middle; or NULL */

    struct arch_vcpu arch;
};

struct domain {
    domid_t id;
    uint64_t serial; /* of all domains that there ever were: no two have the same */
    struct domain *next_in_bucket; /* domain.c */
    bool is_privileged;  /* may use the control interfaces: Domain 0 */
    bool is_hardware;    /* owns the machine's devices: Domain 0 */
    bool is_dying;
    bool is_shutting_down, is_shut_down;
    bool console_allowed; /* console_io: every domain, see docs/differences.md */
    uint8_t shutdown_code;
    bool has_shutdown_code; /* SCHEDOP_shutdown_code has latched one */
    spinlock_t shutdown_lock;
    spinlock_t watchdog_lock;
    struct timer watchdog[DOMAIN_WATCHDOGS]; /* SCHEDOP_watchdog */
    uint8_t watchdogs_in_use;                /* bits */
    int refcount; /* atomic */
    struct list_head all_domains;
    int pause_count; /* atomic; of the whole domain */
    int controller_pauses; /* of these, those by XEN_DOMCTL_pausedomain: under the domctl lock */
    bool has_started;      /* a toolstack has taken back all of its pauses once: under the domctl lock */
    bool is_dead;          /* has given up everything that it can */
    bool serves_store;
    bool is_debugged; /* a toolstack says that a debugger is attached: getdomaininfo tells */

    shared_info_t *shared_info; /* hypervisor page, shared with the domain */

    /* Memory: page_alloc_lock guards the list and the counts. */
    spinlock_t page_alloc_lock;
    uint32_t page_list; /* first frame of the list by page_info.next; 0: empty */
    struct page_info *relinquish_page; /* how far domain_kill has come with it; holds a reference */
    uint64_t claimed_pages; /* kept back for it: heap_lock */
    /* while one of the first and last is not 0 they hold a reference */
    uint64_t tot_pages, max_pages, xenheap_pages;

    /* Event channels: see event_channel.h. */
    spinlock_t event_lock;
    struct evtchn **evtchn_buckets;
    unsigned int nr_evtchns;  /* ports with a struct evtchn so far */
    unsigned int max_evtchns; /* limit of the layout and the domain */
    unsigned int nr_bound_evtchns; /* ports that are neither free nor port 0 */
    evtchn_port_t next_close; /* evtchn_close_all goes on here; 0: nobody closes them all */
    unsigned int evtchn_limit;      /* limit of the domain */
    evtchn_port_t suspend_port;     /* told instead of VIRQ_DOM_EXC when it has suspended; 0: none */
    evtchn_port_t evtchn_free_from; /* all lower ports are in use */
    bool uses_fifo;                 /* the FIFO layout */
    struct event_fifo *event_fifo;  /* NULL: has never used it */
    bool is_msr_relaxed;      /* MSRs unknown to us read as 0 and drop writes, in place of #GP */
    BITMAP_DECLARE(poll_mask, MAX_VCPUS); /* vCPUs in SCHEDOP_poll: vcpu_poll_begin, vcpu_poll_end */
    unsigned int nr_polling;              /* at least as many as there are bits */

    struct grant_table *grant_table;

    /*
     * Frames of device registers that it may map (mmio.c has what nobody may). Lock: only the heap's are
     * inside.
     */
    spinlock_t device_memory_lock;
    struct range_set device_memory;

    spinlock_t vnuma_lock;
    struct vnuma *vnuma; /* NULL: none set */

    uint64_t vm_assist;
    s_time_t time_offset_seconds;

    struct sched_instance *sched_instance; /* what schedules its vCPUs; NULL: nothing yet, or never */
    struct sched_domain *sched;

    spinlock_t vcpu_lock; /* a vCPU's taking of a context and of its vcpu_info, and its going up and down */
    struct vcpu **vcpu;
    unsigned int max_vcpus; /* length of vcpu[]; entries may be NULL */
    xen_domain_handle_t handle;

    struct refusal_log refusals;
    struct console_buffer *console_buffer;

    struct arch_domain arch;
};

extern struct domain *hardware_domain; /* Domain 0, or NULL while there is none */
extern struct domain *idle_domain;     /* owner of the idle vCPUs */
/* Owners of frames that belong to no guest: DOMID_XEN (M2P …) and DOMID_IO (MMIO). */
extern struct domain *dom_xen, *dom_io;

/* current is arch_current(): see asm/arch.h. */
#define current arch_current()

/* Special domains (idle, DOMID_XEN, DOMID_IO) and one idle vCPU for the boot CPU. */
void domains_init(void);

struct domain_config {
    unsigned int max_vcpus;
    bool privileged;                   /* Domain 0 */
    bool serves_store;                 /* the one that runs the store daemon: getdomaininfo tells */
    bool limit_event_ports;            /* else the ABI's limit is the only one */
    evtchn_port_t max_event_port;      /* the highest number */
    int max_grant_frames, max_mapping_frames; /* < 0: the default */
    xen_domain_handle_t handle;
    struct sched_instance *pool; /* of CPUs, where it runs: it has some. NULL: the machine's first */
};
/*
 * A new domain with no vCPU, no memory, and one pause count, the controller's. domid must be free. *out holds
 * the caller's reference. 0, -XEN_EEXIST, -XEN_ENOMEM, -XEN_EINVAL.
 */
int domain_create(domid_t domid, const struct domain_config *config, struct domain **out) __must_check;
/* The vCPU with this id: offline (VPF_DOWN), no context. NULL: no memory. */
struct vcpu *vcpu_create(struct domain *d, unsigned int id) __must_check;
struct vcpu *idle_vcpu_create(unsigned int cpu) __must_check;
/*
 * Takes a whole context (arch_vcpu_set_context); from then on v can be brought up, and with the first vCPU's
 * the domain has its wall clock. 0, -XEN_ERESTART or another -XEN_E*.
 */
int vcpu_set_context(struct vcpu *v, const struct vcpu_guest_context *ctx) __must_check;
/*
 * It is down and has no context, as after vcpu_create: XEN_DOMCTL_setvcpucontext without one. It does not
 * run, vcpu_lock is held. 0 or -XEN_ERESTART.
 */
int vcpu_reset(struct vcpu *v) __must_check;
/* Clears VPF_DOWN and wakes: VCPUOP_up, and the builder's vCPU 0. v must have a context. */
void vcpu_bring_up(struct vcpu *v);
/* Has it a vcpu_info: one of the 32 in shared_info, or a registered one? */
bool vcpu_has_info(const struct vcpu *v);

/* NULL when there is none or it is dying. */
struct domain *domain_get_by_id(domid_t domid);
/* Dying and dead ones too. */
struct domain *domain_get_any(domid_t domid);
/* This very one, dying and dead ones too; NULL: it is gone, whoever has its number now. */
struct domain *domain_get_by_serial(domid_t domid, uint64_t serial);
/* The domain with this number or the next higher one; dying ones too. */
struct domain *domain_get_from(domid_t domid);
/* domain_get_by_id, with DOMID_SELF understood. */
struct domain *domain_get_by_any_id(domid_t domid);
void domain_get(struct domain *d);
/* False: the last reference is gone already, and the domain with it as soon as it has left the list. */
bool domain_try_get(struct domain *d) __must_check;
void domain_put(struct domain *d);

/* Runs fn for every domain with the list locked against removal. */
void for_each_domain(void (*fn)(struct domain *d, void *data), void *data);
#define for_each_vcpu(d, v)                                                                        \
    for (unsigned int for_each_vcpu_i_ = 0; for_each_vcpu_i_ < (d)->max_vcpus; for_each_vcpu_i_++) \
        if (((v) = (d)->vcpu[for_each_vcpu_i_]) == NULL)                                           \
            continue;                                                                              \
        else

/* Nesting. _sync waits until the vCPUs are off their CPUs (not for current's own domain). */
void domain_pause_nosync(struct domain *d);
void domain_pause_sync(struct domain *d);
void domain_unpause(struct domain *d);
/*
 * A toolstack's pauses, which getdomaininfo tells of. False: there are as many as can be (the same number as on stock Xen), or there is
 * none to take back. The domctl lock is held, or d has not run yet.
 */
#define CONTROLLER_PAUSES_MAX 255
bool domain_controller_pause(struct domain *d);
bool domain_controller_unpause(struct domain *d);
void vcpu_pause_nosync(struct vcpu *v);
void vcpu_pause_sync(struct vcpu *v);
void vcpu_unpause(struct vcpu *v);

/*
 * The guest asked, or crashed: SHUTDOWN_*. For Domain 0 this ends in power-off, reboot, or (crash) dump and
 * reboot after a pause.
 */
void domain_shutdown(struct domain *d, uint8_t reason);
/*
 * The guest's state is unusable. Prints the sentence, registers, stack, page-table walk and last refusals,
 * and shuts the domain down with SHUTDOWN_crash. The vCPU does not return to the guest: the caller just
 * returns.
 */
void domain_crash(struct domain *d, const char *fmt, ...) __printf(2, 3);
/*
 * Releases everything; restartable: -XEN_ERESTART. One caller at a time. -XEN_EINVAL: the current domain, or
 * Domain 0.
 */
int domain_kill(struct domain *d) __must_check;

/* All vCPUs stopped in a shut-down domain go on: after a suspend that was cancelled. */
void domain_resume(struct domain *d);

/* Debug keys. */
void domains_dump(void);
void vcpu_dump_state(const struct vcpu *v);

/* --- For domain.c alone: vcpu.c's part of a domain's life --- */
void vcpu_destroy(struct vcpu *v);
/*
 * Gives back what a vCPU holds of the domain's memory outside its page tables. No port of the domain is open;
 * may be called again.
 */
void vcpu_relinquish(struct vcpu *v);

/* Writes the second copy of v's time record. v is current, and its kernel's page tables are in use. */
void vcpu_update_time_area(struct vcpu *v);
/*
 * Sets the system-time page of a vCPU's vcpu_info (when it goes on a CPU, after calibration) and the domain's
 * wall clock.
 */
void vcpu_update_time(struct vcpu *v);
/* The same unless the record says so already. Interrupts off. */
void vcpu_refresh_time(struct vcpu *v);
void domain_update_wallclock(struct domain *d);

#endif
