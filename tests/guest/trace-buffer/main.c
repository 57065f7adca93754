/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Trace buffers, as xentrace uses them: XEN_SYSCTL_tbuf_op, and what stands in the buffers.
 *
 * trace.h, sysctl.h: a size is set once; get_info names the frame of t_info, which Domain 0 maps as
 * DOMID_XEN's, read-only; its lists name the frames of each CPU's buffer, which are writable: the reader
 * moves `cons`. Records are whole, do not go across the end (a record says so instead), and their cycles do
 * not go back. A run state's change names both states and the vCPU.
 *
 * CPU 1 is off line when the buffers are made, and comes back. On Xenport (cmdline each) it has a buffer all
 * the same, and its records are in it; on stock Xen it has none, and its offset is 0.
 *
 * What goes wrong: a record of garbage after the end of the buffer; lost records that nobody is told of; a
 * reader's nonsense in `cons` that makes the hypervisor write elsewhere.
 */
#define __XEN_TOOLS__ 1
#include "guest.h"
#include "sysctl.h"

#include <xen/sched.h>
#include <xen/sysctl.h>
#include <xen/trace.h>

const char test_title[] = "trace buffers";

#define PAGES  2
#define ROUNDS 40

static struct xen_sysctl op;
static uint8_t info_page[PAGE_SIZE] __attribute__((aligned(PAGE_SIZE)));
static uint8_t buffer[PAGES * PAGE_SIZE] __attribute__((aligned(PAGE_SIZE)));
static const uint32_t data_bytes = PAGES * PAGE_SIZE - sizeof(struct t_buf);

static evtchn_port_t quiet_port; /* masked; nothing ever comes */
static unsigned int nr_records, nr_run_states, nr_wraps, nr_lost;
static uint64_t last_cycles;

static long run(uint32_t cmd)
{
    op.u.tbuf_op.cmd = cmd;
    return hypercall_sysctl(&op, XEN_SYSCTL_tbuf_op);
}

static long plug(uint32_t operation)
{
    memset(&op, 0, sizeof(op));
    op.u.cpu_hotplug.op = operation;
    op.u.cpu_hotplug.cpu = 1;
    return hypercall_sysctl(&op, XEN_SYSCTL_cpu_hotplug);
}

static long set_size(uint32_t pages)
{
    memset(&op, 0, sizeof(op));
    op.u.tbuf_op.size = pages;
    return run(XEN_SYSCTL_TBUFOP_set_size);
}

static void set_events(uint32_t mask)
{
    memset(&op, 0, sizeof(op));
    op.u.tbuf_op.evt_mask = mask;
    CHECK_RC(run(XEN_SYSCTL_TBUFOP_set_evt_mask), 0);
}

static long map(const void *where, uint64_t frame, uint64_t bits)
{
    struct mmu_update update = {.ptr = maddr_of(page_entry(where, 1)), .val = PTE_MAKE(frame, bits)};
    long rc = hypercall_mmu_update(&update, 1, NULL, DOMID_XEN);

    (void)hypercall_update_va_mapping((unsigned long)where, PTE_MAKE(frame, bits), UVMF_INVLPG);
    return rc;
}

static void check_commands(void)
{
    memset(&op, 0, sizeof(op));
    CHECK_RC(run(XEN_SYSCTL_TBUFOP_get_info), 0);
    CHECK(op.u.tbuf_op.buffer_mfn == 0 && op.u.tbuf_op.evt_mask == TRC_ALL);
    CHECK_RC(run(XEN_SYSCTL_TBUFOP_enable), -XEN_EINVAL);
    CHECK_RC(run(XEN_SYSCTL_TBUFOP_disable), 0);
    CHECK_RC(run(6), -XEN_EINVAL);
    CHECK_RC(set_size(0), -XEN_EINVAL);
    CHECK_RC(set_size(2000000), -XEN_ENOMEM);
    /* Recording begins with the buffers. */
    set_events(TRC_SCHED_MIN);
    CHECK_RC(set_size(PAGES), 0);
    CHECK_RC(set_size(PAGES), -XEN_EBUSY);
    CHECK_RC(set_size(PAGES + 1), -XEN_EINVAL);
    memset(&op, 0, sizeof(op));
    set_xen_guest_handle_raw(op.u.tbuf_op.cpu_mask.bitmap, (uint8_t *)0x1000);
    op.u.tbuf_op.cpu_mask.nr_bits = 8;
    CHECK_RC(run(XEN_SYSCTL_TBUFOP_set_cpu_mask), -XEN_EFAULT);
}

static void map_buffer(unsigned int cpu)
{
    const struct t_info *info = (const void *)info_page;

    for (unsigned int i = 0; i < PAGES; i++) {
        REQUIRE(map(buffer + i * PAGE_SIZE, ((const uint32_t *)info)[info->mfn_offset[cpu] + i], PTE_RW) ==
                0);
    }
}

static void map_buffers(void)
{
    const struct t_info *info = (const void *)info_page;

    memset(&op, 0, sizeof(op));
    REQUIRE(run(XEN_SYSCTL_TBUFOP_get_info) == 0 && op.u.tbuf_op.buffer_mfn != 0 &&
            op.u.tbuf_op.size >= PAGE_SIZE);
    CHECK(map(info_page, op.u.tbuf_op.buffer_mfn, PTE_RW) != 0);
    REQUIRE(map(info_page, op.u.tbuf_op.buffer_mfn, PTE_RO) == 0);
    REQUIRE(info->tbuf_size == PAGES);
    map_buffer(0);
}

/* Something to record: the vCPU blocks until a time, whatever comes in between. */
static void block(void)
{
    struct sched_poll poll = {.nr_ports = 1, .timeout = time_ns() + 1000000};

    set_xen_guest_handle_raw(poll.ports, &quiet_port);
    CHECK_RC(hypercall_sched_op(SCHEDOP_poll, &poll), 0);
}

static void check_run_state(uint32_t event, uint32_t vcpu)
{
    unsigned int from = event >> 8 & 3, to = event >> 4 & 3;

    if (vcpu != 0) {
        return;
    }
    nr_run_states++;
    CHECK(from != to || from == RUNSTATE_blocked);
}

/* The bytes of the record at this place. */
static uint32_t check_record(uint32_t at)
{
    const uint32_t *words = (const void *)(buffer + sizeof(struct t_buf) + at);
    uint32_t event = TRC_HD_TO_EVENT(words[0]), extra = TRC_HD_EXTRA(words[0]);
    bool has_cycles = TRC_HD_INCLUDES_CYCLE_COUNT(words[0]);
    uint32_t size = (1 + (has_cycles ? 2 : 0) + extra) * 4;

    REQUIRE(size <= data_bytes - at);
    nr_records++;
    if (event == TRC_TRACE_WRAP_BUFFER) {
        CHECK_EQUAL(at + size, data_bytes);
        nr_wraps++;
        return size;
    }
    if (event == TRC_LOST_RECORDS) {
        nr_lost++;
        CHECK_EQUAL(extra, 4);
        return size;
    }
    REQUIRE(has_cycles);
    CHECK((words[1] | (uint64_t)words[2] << 32) >= last_cycles);
    last_cycles = words[1] | (uint64_t)words[2] << 32;
    CHECK_EQUAL(event & TRC_SCHED_MIN, TRC_SCHED_MIN);
    if ((event & ~0xff0u) == TRC_SCHED_RUNSTATE_CHANGE) {
        CHECK_EQUAL(extra, 1);
        check_run_state(event, words[3]);
    }
    return size;
}

/* Everything that is new. */
static void read_records(void)
{
    volatile struct t_buf *head = (void *)buffer;
    uint32_t produced = __atomic_load_n(&head->prod, __ATOMIC_ACQUIRE), consumed = head->cons;

    REQUIRE(produced < 2 * data_bytes);
    while (consumed != produced) {
        consumed = (consumed + check_record(consumed % data_bytes)) % (2 * data_bytes);
    }
    __atomic_store_n(&head->cons, consumed, __ATOMIC_RELEASE);
}

/* Nothing that is written there may hurt but the reader. */
static void check_nonsense(void)
{
    static const uint32_t nonsense[] = {1, 0x7fffffff, ~0u, 2 * PAGES * PAGE_SIZE, 3};
    volatile struct t_buf *head = (void *)buffer;
    uint32_t right = head->prod;

    for (unsigned int i = 0; i < ARRAY_SIZE(nonsense); i++) {
        head->cons = nonsense[i];
        head->prod = nonsense[i];
        block();
    }
    head->cons = head->prod = right;
}

static void pin(int cpu)
{
    struct sched_pin_override o = {.pcpu = cpu};

    CHECK_RC(hypercall_sched_op(SCHEDOP_pin_override, &o), 0);
}

static void check_other_cpu(void)
{
    const struct t_info *info = (const void *)info_page;
    bool each = strstr((const char *)start_info->cmd_line, "each") != NULL;

    CHECK_RC(plug(XEN_SYSCTL_CPU_HOTPLUG_ONLINE), 0);
    CHECK_EQUAL(info->mfn_offset[1] != 0, each);
    if (!each) {
        return;
    }
    map_buffer(1);
    last_cycles = 0;
    nr_run_states = 0;
    CHECK_RC(run(XEN_SYSCTL_TBUFOP_enable), 0);
    pin(1);
    block();
    pin(-1);
    CHECK_RC(run(XEN_SYSCTL_TBUFOP_disable), 0);
    read_records();
    CHECK(nr_run_states != 0);
}

void test_main(void)
{
    REQUIRE(event_bind_ipi(0, &quiet_port) == 0);
    CHECK_RC(plug(XEN_SYSCTL_CPU_HOTPLUG_OFFLINE), 0);
    check_commands();
    map_buffers();
    for (unsigned int i = 0; i < 6 * ROUNDS; i++) {
        block();
        read_records();
    }
    CHECK(nr_run_states >= 6 * ROUNDS && nr_lost == 0 && nr_wraps != 0);
    /* Nobody reads: as much as fits is kept, and how much was lost is said. */
    for (unsigned int i = 0; i < 8 * ROUNDS; i++) {
        block();
    }
    read_records();
    block();
    read_records();
    CHECK_EQUAL(nr_lost, 1);
    CHECK_RC(run(XEN_SYSCTL_TBUFOP_disable), 0);
    nr_records = 0;
    block();
    read_records();
    CHECK_EQUAL(nr_records, 0);
    CHECK_RC(run(XEN_SYSCTL_TBUFOP_enable), 0);
    check_nonsense();
    CHECK_RC(run(XEN_SYSCTL_TBUFOP_disable), 0);
    check_other_cpu();
    test_success();
}
