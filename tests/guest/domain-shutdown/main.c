/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A domain shuts down for each reason, by itself, by Domain 0, by its watchdog, by a crash: what Domain 0 is
 * told.
 *
 * sched.h: SCHEDOP_shutdown with a reason; shutdown_code only notes one, which the shutdown that comes then
 * has, whatever its own is; remote_shutdown does it for another domain. domctl.h: getdomaininfo has the bit
 * and the reason in flags, all 16 bits of it set where there is none; resumedomain lets the domain go on
 * behind its call, or where it was. xen.h: VIRQ_DOM_EXC comes for each such change, and for a domain's end;
 * toolstacks do nothing else to learn of them.
 *
 * What goes wrong: the event comes before the state can be read; a second shutdown changes the reason; a
 * domain that was resumed keeps the old reason for the next time; a reason beyond those known is refused, or
 * not cut to eight bits; a domain shuts down another.
 */
#define __XEN_TOOLS__ 1
#include "guest.h"
#include "domain.h"
#include "domctl.h"

#include <xen/domctl.h>
#include <xen/sched.h>

const char test_title[] = "shutdowns of another domain";

enum { SHUT_DOWN, NOTE, WATCHDOG, CRASH, REMOTE, BAD_ARGUMENT };

static struct {
    volatile uint32_t asked, answered, what, reason, domain;
    volatile int32_t rc;
} shared __attribute__((aligned(PAGE_SIZE)));
static char shared_rest[PAGE_SIZE - sizeof(shared)] __attribute__((used));

static domid_t other;
static evtchn_port_t exceptions;

static long shutdown_remotely(uint32_t id, uint32_t reason)
{
    struct sched_remote_shutdown op = {.domain_id = (domid_t)id, .reason = reason};

    return hypercall_sched_op(SCHEDOP_remote_shutdown, &op);
}

/* --- The other domain --- */
static long act(void)
{
    struct sched_shutdown op = {.reason = shared.reason};
    struct sched_watchdog watchdog = {.id = 0, .timeout = 1};

    switch (shared.what) {
    case SHUT_DOWN:
        return hypercall_sched_op(SCHEDOP_shutdown, &op);
    case NOTE:
        return hypercall_sched_op(SCHEDOP_shutdown_code, &op);
    case WATCHDOG:
        return hypercall_sched_op(SCHEDOP_watchdog, &watchdog);
    case REMOTE:
        return shutdown_remotely(shared.domain, shared.reason);
    case BAD_ARGUMENT:
        return hypercall_sched_op(SCHEDOP_shutdown, (void *)0x1000);
    default:
        return hypercall_set_trap_table(NULL) + *(volatile int *)0x1000;
    }
}

static void actor(void)
{
    for (uint32_t done = 0;; done = shared.asked) {
        while (shared.asked == done) {
            hypercall_sched_op(SCHEDOP_yield, NULL);
        }
        shared.rc = (int32_t)act();
        shared.answered = shared.asked;
    }
}

/* --- This domain --- */
static struct xen_domctl op;

static long domctl(uint32_t command)
{
    return hypercall_domctl(&op, other, command);
}

static uint32_t flags(void)
{
    REQUIRE(domctl(XEN_DOMCTL_getdomaininfo) == 0 && op.domain == other);
    return op.u.getdomaininfo.flags;
}

static void ask(uint32_t what, uint32_t reason)
{
    event_clear(exceptions);
    shared.what = what;
    shared.reason = reason;
    shared.asked++;
}

static void check_answer(int32_t rc)
{
    domain_wait(&shared.answered, shared.asked);
    CHECK_EQUAL(shared.rc, rc);
}

static void wait_for_exception(void)
{
    uint64_t end = time_ns() + PATIENCE_NS;

    while (!event_pending(exceptions)) {
        REQUIRE(time_ns() < end);
        hypercall_sched_op(SCHEDOP_yield, NULL);
    }
    event_clear(exceptions);
}

/* Its vCPU, on another processor, may not have left it yet. */
static void wait_until_stopped(void)
{
    uint64_t end = time_ns() + PATIENCE_NS;

    while (flags() & XEN_DOMINF_running) {
        REQUIRE(time_ns() < end);
    }
}

/* It has shut down, for that reason. */
static void check_down(uint32_t reason)
{
    uint32_t now;

    wait_for_exception();
    now = flags();
    CHECK(now & XEN_DOMINF_shutdown);
    CHECK(!(now & XEN_DOMINF_dying));
    wait_until_stopped();
    CHECK_EQUAL(now >> XEN_DOMINF_shutdownshift & XEN_DOMINF_shutdownmask, reason);
}

static void resume(void)
{
    CHECK_RC(domctl(XEN_DOMCTL_resumedomain), 0);
    CHECK(!(flags() & XEN_DOMINF_shutdown));
    CHECK_EQUAL(flags() >> XEN_DOMINF_shutdownshift, 0xffff);
    CHECK(!event_pending(exceptions));
}

static void by_itself(void)
{
    for (uint32_t reason = 0; reason <= SHUTDOWN_MAX; reason++) {
        ask(SHUT_DOWN, reason);
        check_down(reason);
        CHECK(shared.answered != shared.asked);
        resume();
        check_answer(0);
    }
    ask(SHUT_DOWN, 77);
    check_down(77);
    resume();
    check_answer(0);
    ask(SHUT_DOWN, 0x101);
    check_down(1);
    resume();
    check_answer(0);
    ask(BAD_ARGUMENT, 0);
    check_answer(-XEN_EFAULT);
}

static void noted(void)
{
    ask(NOTE, SHUTDOWN_reboot);
    check_answer(0);
    CHECK(!(flags() & XEN_DOMINF_shutdown) && !event_pending(exceptions));
    CHECK_EQUAL(flags() >> XEN_DOMINF_shutdownshift, SHUTDOWN_reboot);
    ask(SHUT_DOWN, SHUTDOWN_poweroff);
    check_down(SHUTDOWN_reboot);
    resume();
    check_answer(0);
    ask(SHUT_DOWN, SHUTDOWN_poweroff);
    check_down(SHUTDOWN_poweroff);
    resume();
    check_answer(0);
}

static void remotely(void)
{
    ask(REMOTE, 0);
    check_answer(-XEN_EPERM);
    shared.domain = other;
    ask(REMOTE, 0);
    check_answer(-XEN_EPERM);
    shared.domain = other + 1u;
    ask(REMOTE, 0);
    check_answer(-XEN_ESRCH);
    CHECK_RC(shutdown_remotely(other + 1u, 0), -XEN_ESRCH);
    CHECK_RC(shutdown_remotely(DOMID_SELF, 0), -XEN_ESRCH);
    CHECK_RC(hypercall_sched_op(SCHEDOP_remote_shutdown, (void *)0x1000), -XEN_EFAULT);
    event_clear(exceptions);
    CHECK_RC(shutdown_remotely(other, SHUTDOWN_suspend), 0);
    check_down(SHUTDOWN_suspend);
    /* Once: neither told again nor for another reason. */
    CHECK_RC(shutdown_remotely(other, SHUTDOWN_crash), 0);
    CHECK_EQUAL(flags() >> XEN_DOMINF_shutdownshift & XEN_DOMINF_shutdownmask, SHUTDOWN_suspend);
    CHECK(!event_pending(exceptions));
    resume();
    ask(NOTE, SHUTDOWN_poweroff);
    check_answer(0);
    CHECK_RC(shutdown_remotely(other, SHUTDOWN_reboot), 0);
    check_down(SHUTDOWN_poweroff);
    resume();
}

void test_main(void)
{
    REQUIRE(event_bind_virq(VIRQ_DOM_EXC, 0, &exceptions) == 0);
    other = domain_create(actor);
    domain_share(&shared);
    domain_run(-1);
    CHECK(!(flags() & (XEN_DOMINF_shutdown | XEN_DOMINF_dying)));
    CHECK_EQUAL(flags() >> XEN_DOMINF_shutdownshift, 0xffff);
    by_itself();
    noted();
    remotely();
    ask(WATCHDOG, 0);
    check_answer(1);
    check_down(SHUTDOWN_watchdog);
    resume();
    ask(CRASH, 0);
    check_down(SHUTDOWN_crash);
    domain_destroy();
    wait_for_exception();
    CHECK(domain_is_gone(PATIENCE_NS));
    CHECK_RC(domctl(XEN_DOMCTL_resumedomain), -XEN_ESRCH);
    CHECK_RC(shutdown_remotely(other, 0), -XEN_ESRCH);
    test_success();
}
