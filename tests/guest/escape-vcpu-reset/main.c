/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A vCPU whose reset has begun does not run any more, also while the call that resets it gives way.
 *
 * domctl.h, XEN_DOMCTL_setvcpucontext: without a context the vCPU loses all that it has, its page tables too.
 * Their teardown is long and gives way to events of the caller; in between the target is paused by nobody,
 * unless its toolstack has done so.
 *
 * What goes wrong: the caller's event handler, or any other vCPU, runs while half of the target's page tables
 * are gone; the scheduler lets the target go on with a base that is no table any more, loaded into CR3.
 *
 * Here a second domain counts in a page that both see. Its tables name each other in all entries, so that
 * their teardown is long, and its base is unpinned, so that the reset begins it. A timer is set to other
 * moments of the call each time, and an event is pending already when the call is made (which stock Xen gives
 * way to, Xenport not), until an event has come three times in the midst: its frame shows that, whose
 * instruction is the call once more. The handler then sleeps, on the only CPU: the target could run, and does
 * not. After each reset it gets its context again.
 */
#define __XEN_TOOLS__ 1
#include "guest.h"
#include "domain.h"
#include "domctl.h"

#include <xen/domctl.h>
#include <xen/sched.h>

const char test_title[] = "a vCPU does not run in the middle of its reset";

#define WANTED   3
#define SLEEP_NS 3000000
#define LIMIT_NS (PATIENCE_NS / 2)

static struct {
    volatile uint32_t counted, refused;
} shared __attribute__((aligned(PAGE_SIZE)));
static char shared_rest[PAGE_SIZE - sizeof(shared)] __attribute__((used));

static domid_t other;
static struct vcpu_guest_context context;
static evtchn_port_t pending_port;
static unsigned int in_the_midst;

/* --- The other domain --- */
/*
 * The table of this level at the image's address gets its entry for the image in all places but the
 * hypervisor's.
 */
static void fill_table(unsigned int level)
{
    const volatile uint64_t *entry = page_entry(&shared, level);
    const volatile uint64_t *table = (const volatile uint64_t *)((unsigned long)entry & ~(PAGE_SIZE - 1ul));

    for (unsigned int i = 0; i < 512; i++) {
        if (!table[i] && !(level == 4 && i >= 256 && i < 272)) {
            shared.refused += page_update(&table[i], *entry) != 0;
        }
    }
}

static void count(void)
{
    for (unsigned int level = 2; level <= 4; level++) {
        fill_table(level);
    }
    for (;;) {
        shared.counted++;
    }
}

/* --- This domain --- */
static long vcpucontext(uint32_t command, struct vcpu_guest_context *ctx)
{
    static struct xen_domctl op;

    op.u.vcpucontext.vcpu = 0;
    set_xen_guest_handle_raw(op.u.vcpucontext.ctxt, ctx);
    return hypercall_domctl(&op, other, command);
}

/* As a table that is pinned it would outlive the reset. */
static void unpin_base(void)
{
    struct mmuext_op op = {.cmd = MMUEXT_UNPIN_TABLE};

    REQUIRE(vcpucontext(XEN_DOMCTL_getvcpucontext, &context) == 0);
    op.arg1.mfn = xen_cr3_to_pfn(context.ctrlreg[3]);
    REQUIRE(hypercall_mmuext_op(&op, 1, NULL, other) == 0);
}

static void sleep_ns(uint64_t duration_ns)
{
    struct sched_poll poll = {.timeout = time_ns() + duration_ns};

    hypercall_sched_op(SCHEDOP_poll, &poll);
}

/* Is the call about to be made again? An event before or after it says nothing. */
static bool is_given_way(const struct trap_frame *frame)
{
    const uint8_t *instruction = (const uint8_t *)frame->rip;

    return instruction[0] == 0x0f && instruction[1] == 0x05 && frame->rax == __HYPERVISOR_domctl;
}

static void look(const struct trap_frame *frame)
{
    uint32_t counted = shared.counted;

    if (!is_given_way(frame)) {
        return;
    }
    in_the_midst++;
    sleep_ns(SLEEP_NS);
    CHECK_EQUAL(shared.counted, counted);
}

/* Answers how long the call took. */
static uint64_t reset_with_timer(uint64_t delay_ns)
{
    uint64_t start;

    event_disable();
    REQUIRE(event_send(pending_port) == 0);
    event_in_upcall = look;
    start = time_ns();
    REQUIRE(hypercall_set_timer_op(delay_ns ? start + delay_ns : 0) == 0);
    /* No call that would take the event. */
    __atomic_store_n(&shared_info.vcpu_info[0].evtchn_upcall_mask, 0, __ATOMIC_SEQ_CST);
    CHECK_RC(vcpucontext(XEN_DOMCTL_setvcpucontext, NULL), 0);
    event_in_upcall = NULL;
    return time_ns() - start;
}

static void begin_again(void)
{
    uint32_t counted = shared.counted;

    REQUIRE(vcpucontext(XEN_DOMCTL_setvcpucontext, &context) == 0);
    while (shared.counted == counted) {
        sleep_ns(100000);
    }
}

static void check_it_stands_still(void)
{
    uint32_t counted = shared.counted;

    sleep_ns(SLEEP_NS);
    CHECK_EQUAL(shared.counted, counted);
}

static void begin(void)
{
    evtchn_port_t port;

    REQUIRE(event_bind_virq(VIRQ_TIMER, 0, &port) == 0);
    event_unmask_locally(port);
    REQUIRE(event_bind_ipi(0, &pending_port) == 0);
    event_unmask_locally(pending_port);
    other = domain_create(count);
    domain_share(&shared);
    domain_run(-1);
    while (!shared.counted) {
        sleep_ns(1000000);
    }
    REQUIRE(!shared.refused);
    unpin_base();
}

void test_main(void)
{
    uint64_t duration, end = time_ns() + LIMIT_NS;
    unsigned int rounds = 0;

    begin();
    duration = reset_with_timer(0);
    check_it_stands_still();
    while (in_the_midst < WANTED && time_ns() < end) {
        uint64_t took;

        begin_again();
        took = reset_with_timer(duration / 8 * (rounds++ % 40 + 1));
        duration = took < duration ? took : duration;
    }
    check_it_stands_still();
    printk("%u resets of %lu us, %u in the midst\n", rounds, duration / 1000, in_the_midst);
    REQUIRE(in_the_midst > 0);
    domain_destroy();
    CHECK(domain_is_gone(PATIENCE_NS));
    test_success();
}
