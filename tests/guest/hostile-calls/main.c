/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A guest that throws calls at the hypervisor as fast as it can gets answers, and nobody else feels it.
 *
 * vCPU 1 makes hypercalls with numbers, commands, structures and pointers drawn from a seed (values.c): pages
 * of its arena as page tables of every level, frames of others, addresses of the hypervisor, not canonical,
 * unmapped, read-only, at the end of a page. Among them are many that succeed, so that tables get validated,
 * taken down, exchanged and ballooned out in states that no ordinary kernel makes. What is left out, and why
 * it may be, stands at the head of calls.c. Between the calls it loads selectors out of whatever its LDT is
 * and touches addresses that are not its own.
 *
 * All the while vCPU 0 behaves: its timer is set again and again and must come, its memory must hold its
 * pattern, an entry of its own page tables can be changed, the version is the same. It speaks the verdict
 * when the calls are done.
 *
 * On Xenport the hypervisor stops both every two seconds and computes all reference and type counts anew from
 * the page tables and whatever else holds references (option check_pages=); at the end it has to have found
 * them right each time (file `expect`).
 *
 * What goes wrong: an argument is believed; a length overflows; a count goes up on a path that fails and is
 * never taken down; a page of tables is used after it was freed; the hypervisor reads or writes at an address
 * of its own because a guest said so. A refusal with the wrong errno is not found here; the tests of the
 * single calls have those.
 *
 * Command line: calls=N seed=N. The same seed repeats the calls, but the answers also depend on time.
 */
#include "hostile.h"

const char test_title[] = "hostile calls from one vCPU leave the other alone";

#define QUIET_PAGES 16
#define PERIOD_NS   5000000ul

uint64_t arena[ARENA_PAGES + 1][512] __attribute__((aligned(PAGE_SIZE)));
uint64_t arena_mfn[ARENA_PAGES];
uint64_t window_table[3];
volatile evtchn_port_t timer_port;

static uint64_t quiet[QUIET_PAGES][512] __attribute__((aligned(PAGE_SIZE)));
/*
 * The page that comes and goes. Between unmap and map nothing but the domain itself would hold its frame, and
 * whoever names it in that moment may give it back or pin it: the hostile vCPU is of the same kernel, and
 * lists that it finds in its arena do name it, after many calls. So a second address maps the frame writable
 * all the time, as the pages of the pattern are: what it then loses is no more than the right to be
 * allocated.
 */
static uint64_t swapped[512] __attribute__((aligned(PAGE_SIZE)));
static uint64_t swapped_held[512] __attribute__((aligned(PAGE_SIZE)));
static uint64_t nr_calls = 50000, seed = 1;
static volatile uint64_t calls_made, calls_accepted;
static volatile bool done;

static void load_selector(uint16_t selector)
{
    TRAP_TRY("movw %0, %%fs", "r"(selector));
    TRAP_TRY("movw %0, %%fs", "r"((uint16_t)0));
}

static void hostile(void)
{
    struct call call;

    while (calls_made < nr_calls) {
        long rc;

        if (!call_make(&call)) {
            continue;
        }
        rc = hypercall(call.number, call.argument[0], call.argument[1], call.argument[2], call.argument[3],
                       call.argument[4]);
        calls_made++;
        calls_accepted += rc >= 0;
        call_repair(&call);
        if (value_below(32) == 0) {
            load_selector((uint16_t)value_random());
            trap_try_read((void *)(value_target() & ~7ul));
        }
    }
    done = true;
    for (;;) {
        hypercall_vcpu_op(VCPUOP_down, VCPU_HOSTILE, NULL);
    }
}

static uint64_t pattern(unsigned int page, unsigned int word)
{
    return 0x5a5a00000000 + page * 512ul + word;
}

static bool quiet_intact(void)
{
    unsigned int page, word;

    for (page = 0; page < QUIET_PAGES; page++) {
        for (word = 0; word < 512; word++) {
            if (quiet[page][word] != pattern(page, word)) {
                test_failure("page %u word %u became 0x%lx", page, word, quiet[page][word]);
                return false;
            }
        }
    }
    return true;
}

/* One round of what a kernel does: wait for the timer, look at the memory, change a mapping. */
static bool behave(long version)
{
    unsigned int count = event_count[timer_port];
    uint64_t now = time_ns();

    CHECK_RC(hypercall_set_timer_op(now + PERIOD_NS), 0);
    /* When it comes is timer-op's to assert. */
    event_wait(timer_port, count + 1);
    CHECK_RC(page_unmap(swapped), 0);
    CHECK_RC(page_unprotect(swapped), 0);
    *(volatile uint64_t *)&swapped[3] = now;
    CHECK_EQUAL(*(volatile uint64_t *)&swapped_held[3], now);
    CHECK_RC(hypercall_xen_version(0, NULL), version);
    return quiet_intact();
}

static void prepare(void)
{
    unsigned int page, word;

    for (page = 0; page < QUIET_PAGES; page++) {
        for (word = 0; word < 512; word++) {
            quiet[page][word] = pattern(page, word);
        }
    }
    REQUIRE(hypercall_update_va_mapping((uint64_t)swapped_held, PTE_MAKE(mfn_of(swapped), PTE_RW),
                                        UVMF_INVLPG | UVMF_ALL) == 0);
    for (page = 0; page < ARENA_PAGES; page++) {
        arena_mfn[page] = mfn_of(arena[page]);
    }
    REQUIRE(page_unmap(arena[ARENA_PAGES]) == 0);
    page_make_window(WINDOW);
    for (page = 0; page < 3; page++) {
        window_table[page] = maddr_of(page_entry((void *)WINDOW, page + 1)) & -PAGE_SIZE;
    }
    nr_calls = option_number("calls=", nr_calls);
    seed = option_number("seed=", seed);
    values_seed(seed);
    values_initialise();
    trap_continue = true;
}

void test_main(void)
{
    long version = hypercall_xen_version(0, NULL);
    evtchn_port_t port;
    unsigned int rounds = 0;

    prepare();
    REQUIRE(event_bind_virq(VIRQ_TIMER, 0, &port) == 0);
    timer_port = port;
    REQUIRE(hypercall_vcpu_op(VCPUOP_stop_periodic_timer, 0, NULL) == 0);
    event_clear(port); /* a tick of before */
    event_unmask(port);
    event_enable();
    REQUIRE(vcpu_launch(VCPU_HOSTILE, hostile) == 0);
    while (!done && behave(version)) {
        rounds++;
    }
    CHECK(behave(version));
    printk("%lu calls with seed %lu, %lu accepted; the timer came %u times meanwhile\n", calls_made, seed,
           calls_accepted, rounds);
    CHECK(calls_accepted > nr_calls / 20);
    CHECK(rounds > 0);
    test_success();
}
