/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A time-stamp counter of its own: XEN_DOMCTL_settscinfo with mode 1 (xl's tsc_mode="always_emulate").
 *
 * RDTSC and RDTSCP of such a domain count with the frequency and from the moment that the toolstack gave,
 * whatever the processor counts; the time record scales this counter to system time; CPUID leaf 0x40000003
 * says all of it. gettscinfo tells the saver what has passed. Mode 2 is the processor's counter; with mode 0
 * it is emulated when the frequency is another. A domain cannot ask for its own.
 *
 * What goes wrong: the time record is still the processor's, so that the domain's clock runs wild; the
 * counter stands still or goes back; a restored domain's counter begins at 0.
 *
 * Both domains run on one processor: on a busy host stock Xen's clocks of two are apart by more than a tenth
 * of a second.
 */
#define __XEN_TOOLS__ 1
#include "guest.h"
#include "domain.h"
#include "domctl.h"

#include <xen/arch-x86/cpuid.h>
#include <xen/domctl.h>

const char test_title[] = "tsc_mode: a domain's own time-stamp counter";

#define LEAF        0x40000003
#define KHZ         1000000u
#define ELAPSED_NS  100000000ul /* less than the machine has run: stock Xen counts from 2^63 on otherwise */
#define INCARNATION 3           /* the next one's number is told */
#define LONGEST_NS  PATIENCE_NS
#define APART_NS    1000000ul

/* What the other domain saw. */
static struct {
    uint32_t done;
    uint64_t first, second, with_aux;
    uint32_t leaf[3][4];
    struct vcpu_time_info record;
} *seen;
static uint8_t page[PAGE_SIZE] __attribute__((aligned(PAGE_SIZE)));

static struct xen_domctl op;

static long run(uint32_t cmd, domid_t d)
{
    return hypercall_domctl(&op, d, cmd);
}

static uint64_t read_counter(void)
{
    uint32_t low, high;

    asm volatile("rdtsc" : "=a"(low), "=d"(high)::"memory");
    return (uint64_t)high << 32 | low;
}

static uint64_t read_counter_with_aux(void)
{
    uint32_t low, high, aux;

    asm volatile("rdtscp" : "=a"(low), "=d"(high), "=c"(aux)::"memory");
    return (uint64_t)high << 32 | low;
}

/* CPUID with the prefix that makes Xen answer. */
static void read_leaf(uint32_t subleaf, uint32_t *out)
{
    asm volatile(".byte 0x0f, 0x0b, 0x78, 0x65, 0x6e\n\tcpuid"
                 : "=a"(out[0]), "=b"(out[1]), "=c"(out[2]), "=d"(out[3])
                 : "a"(LEAF), "c"(subleaf));
}

/*
 * The record, whole, and the counter while it is in force: a busy host lets it be renewed between any two
 * instructions.
 */
static void look_at_clock(void)
{
    const volatile struct vcpu_time_info *time = &shared_info.vcpu_info[0].time;

    do {
        seen->record = *time;
        barrier();
        seen->first = read_counter();
        barrier();
    } while ((seen->record.version & 1) || seen->record.version != time->version);
}

static void look(void)
{
    look_at_clock();
    seen->second = read_counter();
    seen->with_aux = read_counter_with_aux();
    for (uint32_t i = 0; i < 3; i++) {
        read_leaf(i, seen->leaf[i]);
    }
    __atomic_store_n(&seen->done, 1, __ATOMIC_RELEASE);
    for (;;) {
    }
}

static long set(domid_t d, uint32_t mode, uint32_t khz)
{
    memset(&op, 0, sizeof(op));
    op.u.tsc_info.tsc_mode = mode;
    op.u.tsc_info.gtsc_khz = khz;
    op.u.tsc_info.elapsed_nsec = ELAPSED_NS;
    op.u.tsc_info.incarnation = INCARNATION;
    return run(XEN_DOMCTL_settscinfo, d);
}

static uint64_t elapsed(domid_t d)
{
    memset(&op, 0, sizeof(op));
    CHECK_RC(run(XEN_DOMCTL_gettscinfo, d), 0);
    return op.u.tsc_info.elapsed_nsec;
}

static void check_modes(domid_t d)
{
    CHECK_RC(set(d, 3, 0), -XEN_EINVAL);
    CHECK_RC(set(DOMID_SELF, 0, 0), -XEN_ESRCH);
    CHECK_RC(set(0, 0, 0), -XEN_EINVAL);
    CHECK_RC(run(XEN_DOMCTL_gettscinfo, 0), -XEN_EINVAL);
    CHECK_RC(set(d, 2, KHZ), 0);
    CHECK_EQUAL(elapsed(d), 0);
    CHECK(op.u.tsc_info.tsc_mode == 2 && op.u.tsc_info.gtsc_khz == 0 &&
          op.u.tsc_info.incarnation == INCARNATION + 1);
    CHECK_RC(set(d, 0, KHZ), 0);
    CHECK(elapsed(d) >= ELAPSED_NS && elapsed(d) < ELAPSED_NS + LONGEST_NS);
    CHECK(op.u.tsc_info.tsc_mode == 0 && op.u.tsc_info.gtsc_khz == KHZ);
    CHECK_RC(set(d, 1, 0), 0);
    CHECK(elapsed(d) >= ELAPSED_NS);
    CHECK(op.u.tsc_info.gtsc_khz != 0);
}

static uint64_t scaled(const struct vcpu_time_info *r, uint64_t ticks)
{
    ticks = r->tsc_shift < 0 ? ticks >> -r->tsc_shift : ticks << r->tsc_shift;
    return (uint64_t)((unsigned __int128)ticks * r->tsc_to_system_mul >> 32);
}

static void check_seen(uint64_t before, uint64_t after)
{
    uint64_t at_first =
        seen->record.system_time + scaled(&seen->record, seen->first - seen->record.tsc_timestamp);
    uint64_t second = scaled(&seen->record, 1000000000);

    printk("counter %lu, then %lu; system time of it %lu, of Domain 0 %lu to %lu\n", seen->first,
           seen->second, at_first, before, after);
    CHECK(seen->first >= ELAPSED_NS && seen->first < ELAPSED_NS + LONGEST_NS);
    CHECK(seen->second > seen->first && seen->with_aux > seen->second);
    CHECK(second >= 999999990 && second <= 1000000010);
    CHECK(at_first + APART_NS >= before && at_first <= after + APART_NS);
    CHECK_EQUAL(seen->leaf[0][0] & 1, 1);
    CHECK(seen->leaf[0][1] == 1 && seen->leaf[0][2] == KHZ && seen->leaf[0][3] == INCARNATION + 1);
    CHECK_EQUAL(seen->leaf[1][2], seen->record.tsc_to_system_mul);
    CHECK_EQUAL((int8_t)seen->leaf[1][3], seen->record.tsc_shift);
}

void test_main(void)
{
    uint64_t before;
    domid_t d;

    seen = (void *)page;
    d = domain_create(look);
    domain_share(page);
    check_modes(d);
    CHECK_RC(set(d, 1, KHZ), 0);
    before = time_ns();
    domain_run(0);
    domain_wait(&seen->done, 1);
    check_seen(before, time_ns());
    CHECK(elapsed(d) >= ELAPSED_NS && op.u.tsc_info.gtsc_khz == KHZ);
    domain_destroy();
    test_success();
}
