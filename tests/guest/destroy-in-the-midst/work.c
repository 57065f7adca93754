/* SPDX-License-Identifier: BSD-2-Clause */
/* The works. Answers do not matter: the domain's end comes in any of these calls. */
#include "work.h"
#include "grant.h"

#include <xen/memory.h>
#include <xen/sched.h>

#define CALLS 24

union meeting_page meeting __attribute__((aligned(PAGE_SIZE)));
uint32_t work_seed;
volatile uint64_t granted[GRANTS][PAGE_SIZE / sizeof(uint64_t)] __attribute__((aligned(PAGE_SIZE)));

static volatile uint64_t windows[VCPUS][512] __attribute__((aligned(PAGE_SIZE)));
static volatile uint64_t tables[VCPUS][512] __attribute__((aligned(PAGE_SIZE)));
static volatile uint64_t spare[VCPUS][512] __attribute__((aligned(PAGE_SIZE)));

void offer_grants(domid_t to)
{
    for (unsigned int i = 0; i < GRANTS; i++) {
        grant_v1[FIRST_REF + i].domid = to;
        grant_v1[FIRST_REF + i].frame = (uint32_t)mfn_of(granted[i]);
        __atomic_store_n(&grant_v1[FIRST_REF + i].flags, GTF_permit_access, __ATOMIC_SEQ_CST);
    }
}

static void map_and_unmap(uint32_t round)
{
    volatile uint64_t *window = windows[vcpu_id()];
    uint32_t flags = round % 3 == 0 ? GNTMAP_host_map
                     : round % 3 == 1 ? GNTMAP_device_map
                                      : GNTMAP_host_map | GNTMAP_device_map;
    struct gnttab_map_grant_ref op = {
        .host_addr = (unsigned long)window, .flags = flags, .ref = FIRST_REF + round % GRANTS};

    if (grant_map(&op) != GNTST_okay) {
        return;
    }
    if (flags & GNTMAP_host_map) {
        window[vcpu_id()] = round;
    }
    grant_unmap(flags & GNTMAP_host_map ? op.host_addr : 0, flags & GNTMAP_device_map ? op.dev_bus_addr : 0,
                op.handle);
}

static void copy(uint32_t round)
{
    struct gnttab_copy op[4];

    for (unsigned int i = 0; i < ARRAY_SIZE(op); i++) {
        op[i] = (struct gnttab_copy){.len = 1500, .flags = GNTCOPY_source_gref};
        op[i].source.u.ref = FIRST_REF + (round + i) % GRANTS;
        op[i].dest.u.gmfn = mfn_of(spare[vcpu_id()]);
        op[i].dest.domid = DOMID_SELF;
    }
    hypercall_grant_table_op(GNTTABOP_copy, op, ARRAY_SIZE(op));
}

static void channels(uint32_t round)
{
    struct evtchn_alloc_unbound alloc = {.dom = DOMID_SELF};
    struct evtchn_send send = {meeting.is.port};
    struct evtchn_close close;

    hypercall_event_channel_op(EVTCHNOP_send, &send);
    if (round % 4 == 0 && hypercall_event_channel_op(EVTCHNOP_alloc_unbound, &alloc) == 0) {
        close.port = alloc.port;
        hypercall_event_channel_op(EVTCHNOP_close, &close);
    }
}

static void timers(uint32_t round)
{
    struct vcpu_set_singleshot_timer single = {.timeout_abs_ns = time_ns() + 20000};
    struct sched_poll poll = {.timeout = time_ns() + 30000};

    hypercall_set_timer_op(time_ns() + 10000);
    hypercall_vcpu_op(VCPUOP_set_singleshot_timer, vcpu_id(), &single);
    if (round % 2 == 0) {
        hypercall_sched_op(SCHEDOP_poll, &poll);
    } else {
        hypercall_sched_op(SCHEDOP_yield, NULL);
    }
}

static void pins(uint32_t round)
{
    volatile uint64_t *table = tables[vcpu_id()];

    (void)round;
    page_protect(table);
    if (page_pin(table, 1) == 0) {
        (void)page_update(&table[1], PTE_MAKE(mfn_of(granted), PTE_RO));
        page_unpin(table);
    }
    page_unprotect(table);
}

static void memory(uint32_t round)
{
    volatile uint64_t *page = spare[vcpu_id()];
    xen_pfn_t frame = PTE_MFN(*page_entry(page, 1)), old = frame;
    struct xen_memory_reservation op = {.nr_extents = 1, .domid = DOMID_SELF};

    (void)round;
    set_xen_guest_handle_raw(op.extent_start, &frame);
    page_unmap(page);
    if (hypercall_memory_op(XENMEM_decrease_reservation, &op) != 1) {
        frame = old;
    } else {
        frame = 0;
        hypercall_memory_op(XENMEM_populate_physmap, &op);
    }
    hypercall_update_va_mapping((unsigned long)page, PTE_MAKE(frame, PTE_RW), UVMF_INVLPG | UVMF_ALL);
}

/* The last vCPU goes down and up by the others, or by itself: then another has to bring it up. */
static void vcpus(uint32_t round)
{
    hypercall_vcpu_op(round % 2 ? VCPUOP_up : VCPUOP_down, VCPUS - 1, NULL);
}

static void versions(uint32_t round)
{
    struct gnttab_setup_table setup = {.dom = DOMID_SELF, .nr_frames = 1 + round % 4};
    struct gnttab_set_version version = {1 + round % 2};
    uint64_t frames[4];

    set_xen_guest_handle_raw(setup.frame_list, frames);
    hypercall_grant_table_op(GNTTABOP_setup_table, &setup, 1);
    hypercall_grant_table_op(GNTTABOP_set_version, &version, 1);
}

static void multicalls(uint32_t round)
{
    struct multicall_entry calls[CALLS];
    struct sched_poll poll = {.timeout = 1};

    for (unsigned int i = 0; i < CALLS; i++) {
        calls[i] = (struct multicall_entry){.op = __HYPERVISOR_update_va_mapping};
        calls[i].args[0] = (unsigned long)spare[vcpu_id()];
        calls[i].args[1] = PTE_MAKE(mfn_of(spare[vcpu_id()]), i % 2 ? PTE_RO : PTE_RW);
        calls[i].args[2] = UVMF_TLB_FLUSH | UVMF_ALL;
    }
    calls[round % CALLS] = (struct multicall_entry){.op = __HYPERVISOR_sched_op};
    calls[round % CALLS].args[0] = SCHEDOP_poll;
    calls[round % CALLS].args[1] = HYPERCALL_POINTER(&poll);
    hypercall_multicall(calls, CALLS);
}

static void (*const works[])(uint32_t) = {map_and_unmap, copy,  channels, timers,    pins,
                                          memory,        vcpus, versions, multicalls};

static void work_on(void)
{
    unsigned int vcpu = vcpu_id();

    for (uint32_t round = 0;; round++) {
        works[(work_seed + vcpu * (1 + work_seed / ARRAY_SIZE(works))) % ARRAY_SIZE(works)](round);
        meeting.is.rounds[vcpu]++;
    }
}

void work(void)
{
    struct evtchn_alloc_unbound alloc = {.dom = DOMID_SELF, .remote_dom = 0};

    grant_initialise(1);
    offer_grants(0);
    REQUIRE(hypercall_event_channel_op(EVTCHNOP_alloc_unbound, &alloc) == 0);
    meeting.is.port = alloc.port;
    for (unsigned int i = 1; i < VCPUS; i++) {
        REQUIRE(vcpu_launch(i, work_on) == 0);
    }
    meeting.is.ready = 1;
    work_on();
}
