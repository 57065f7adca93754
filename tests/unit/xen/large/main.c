/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Preemption in a domain of 64 GiB: one L4 with 64 L2 tables and 32768 L1 tables, all full, 16 Mi entries.
 * The tables are real; the frames that they map are few, so that the test needs 130 MiB. Something else is
 * always to be done, so that each call of the hypervisor gives way at its first look. Asked is that each call
 * comes further, does no more than the bound, and that nothing is left at the end.
 *
 * The unit is a basic block of the hypervisor's code, as the compiler counts them: about 5 instructions.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <xen/arch.h>
#include <xen/event_channel.h>
#include <xen/hypercall.h>
#include <xen/page_ref.h>
#include <xen/percpu.h>
#include <asm/pv.h>
#include <asm/pv_mm.h>
#include <fake/fake.h>
#include <fake/pv.h>

#define NR_L2        64u
#define NR_L1        (NR_L2 * PT_ENTRIES)
#define NR_PAGES     (64u << (30 - PAGE_SHIFT))
#define TABLES_ORDER 16 /* 2^16 frames are enough for the tables */
#define DATA_ORDER   6
#define NR_DATA      (1u << DATA_ORDER)
#define NR_CALLS_MIN (NR_L1 - NR_L2) /* after the last entry of a table nobody looks */

/*
 * The longest stretch is some L1 tables, each of 512 entries taken or given back, and the way there with the
 * empty slots of three tables on it. How many tables: one to go on with a validation or a teardown; two where
 * one takes the place of another; where the last entry of a tree is refused, that table there and back, one
 * in each of the three tables above it, whose teardown begins, and one at the end of the call.
 */
#define BLOCKS_OF_ENTRY  24u
#define BLOCKS_OF_WAY    (3 * PT_ENTRIES * 4 + 1000)
#define BOUND(nr_tables) ((nr_tables)*PT_ENTRIES * BLOCKS_OF_ENTRY + BLOCKS_OF_WAY)

void __sanitizer_cov_trace_pc(void);

static uint64_t blocks;
static struct domain *d;
static uint64_t first, data; /* frames: L4, L3, L2 tables, L1 tables; and what is mapped */

/* The compiler's call at each basic block. */
void __sanitizer_cov_trace_pc(void)
{
    blocks++;
}

struct measure {
    uint64_t calls, longest, sum;
};

/* As a guest does it: again until it is done. */
static long hypercall(unsigned int nr, const uint64_t args[5], struct measure *m)
{
    struct fake_continuation *c = &fake_continuation;
    long rc;

    *c = (struct fake_continuation){
        .nr = nr, .nr_args = 5, .args = {args[0], args[1], args[2], args[3], args[4]}};
    do {
        blocks = 0;
        rc = hypercall_table[c->nr](c->args[0], c->args[1], c->args[2], c->args[3], c->args[4]);
        m->calls++;
        m->sum += blocks;
        m->longest = max(m->longest, blocks);
        ck_assert_msg(m->calls < 8 * NR_L1, "no end after %lu calls", m->calls);
    } while (rc == FAKE_CONTINUED);
    return rc;
}

static long mmuext(unsigned int cmd, uint64_t frame, struct measure *m)
{
    mmuext_op_t op = {.cmd = cmd, .arg1.mfn = frame};

    return hypercall(__HYPERVISOR_mmuext_op, (uint64_t[5]){VA(&op), 1, 0, DOMID_SELF}, m);
}

static void report(const char *what, const struct measure *m, uint64_t bound)
{
    printf("  %-44s %7lu calls, longest %6lu blocks, mean %5lu, bound %6lu\n", what, m->calls, m->longest,
           m->sum / m->calls, bound);
    fflush(stdout);
    ck_assert_msg(m->longest <= bound, "%s: %lu blocks in one call, at most %lu are allowed", what,
                  m->longest, bound);
}

static pte_t *table(uint64_t n)
{
    return mfn_to_virt(mfn(n));
}

static uint64_t l1_frame(unsigned int i)
{
    return first + 2 + NR_L2 + i;
}

static uint64_t frames_for(unsigned int order)
{
    struct page_info *pg = domain_pages_alloc(d, order, 0, false);

    ck_assert_ptr_nonnull(pg);
    return page_to_mfn(pg).n;
}

static void fill_l1(uint64_t n)
{
    for (unsigned int i = 0; i < PT_ENTRIES; i++)
        table(n)[i] = pte_make(mfn(data + i % NR_DATA), PTE_PRESENT | PTE_WRITE | PTE_USER);
}

static void fill(void)
{
    table(first)[0] = pte_make(mfn(first + 1), PTE_PRESENT | PTE_WRITE | PTE_USER);
    for (unsigned int i = 0; i < NR_L2; i++)
        table(first + 1)[i] = pte_make(mfn(first + 2 + i), PTE_PRESENT | PTE_WRITE | PTE_USER);
    for (unsigned int i = 0; i < NR_L1; i++) {
        table(first + 2 + i / PT_ENTRIES)[i % PT_ENTRIES] =
            pte_make(mfn(l1_frame(i)), PTE_PRESENT | PTE_WRITE | PTE_USER);
        fill_l1(l1_frame(i));
    }
}

static void setup(void)
{
    fake_boot(1, NR_PAGES + 4096);
    fake_windows_reset();
    d = fake_domain(1, 1, NR_PAGES);
    d->vcpu[0]->dirty_cpus = cpumask_of(0);
    first = frames_for(TABLES_ORDER);
    data = frames_for(DATA_ORDER);
    fill();
    fake_as(d->vcpu[0]);
    this_cpu(softirq_pending) = 1ul << SOFTIRQ_SCHEDULE;
}

static uint64_t type_references(uint64_t n)
{
    return mfn_to_page(mfn(n))->type_info & PGT_COUNT_MASK;
}

static void nothing_is_typed(void)
{
    for (uint64_t n = first; n < l1_frame(NR_L1); n++)
        ck_assert_uint_eq(type_references(n), 0);
    for (uint64_t n = data; n < data + NR_DATA; n++)
        ck_assert_uint_eq(type_references(n), 0);
}

START_TEST(pin_and_unpin_give_way_at_each_table)
{
    struct measure m = {0};

    ck_assert_int_eq(mmuext(MMUEXT_PIN_L4_TABLE, first, &m), 0);
    report("pin of a full L4", &m, BOUND(1));
    ck_assert_uint_ge(m.calls, NR_CALLS_MIN);
    ck_assert_uint_eq(type_references(data), (uint64_t)NR_L1 * PT_ENTRIES / NR_DATA);
    m = (struct measure){0};
    ck_assert_int_eq(mmuext(MMUEXT_UNPIN_TABLE, first, &m), 0);
    report("unpin of a full L4", &m, BOUND(1));
    ck_assert_uint_ge(m.calls, NR_CALLS_MIN);
    nothing_is_typed();
}
END_TEST

/* The last entry of the last table is refused: 16 Mi entries are taken back. */
START_TEST(failed_pin_gives_way_too)
{
    struct measure m = {0};

    table(l1_frame(NR_L1 - 1))[PT_ENTRIES - 1] = pte_make(mfn(first), PTE_PRESENT | PTE_WRITE | PTE_USER);
    ck_assert_int_eq(mmuext(MMUEXT_PIN_L4_TABLE, first, &m), -XEN_EBUSY);
    report("pin that fails at its last entry", &m, BOUND(6));
    while (pv_finish_deferred(d->vcpu[0]))
        ;
    nothing_is_typed();
}
END_TEST

/*
 * A table with the last references of 512 frames: TLBs forget them all at once, and no frame is free before.
 */
START_TEST(teardown_that_frees_flushes_once)
{
    uint64_t mapped = frames_for(9), l1 = l1_frame(0), free_pages, flushes;
    struct measure m = {0};

    for (unsigned int i = 0; i < PT_ENTRIES; i++)
        table(l1)[i] = pte_make(mfn(mapped + i), PTE_PRESENT | PTE_WRITE | PTE_USER);
    ck_assert_int_eq(mmuext(MMUEXT_PIN_L1_TABLE, l1, &m), 0);
    free_pages = page_alloc_free_pages();
    for (unsigned int i = 0; i < PT_ENTRIES; i++)
        page_release_allocation(mfn_to_page(mfn(mapped + i)));
    ck_assert_uint_eq(page_alloc_free_pages(), free_pages);
    flushes = fake_flushes;
    ck_assert_int_eq(mmuext(MMUEXT_UNPIN_TABLE, l1, &m), 0);
    ck_assert_uint_eq(fake_flushes, flushes + 1);
    ck_assert_uint_eq(page_alloc_free_pages(), free_pages + PT_ENTRIES);
}
END_TEST

/* One request of a list may put one L1 table in the place of another. */
START_TEST(list_of_table_changes_gives_way)
{
    enum { COUNT = 64 };
    mmu_update_t list[COUNT];
    struct measure m = {0};

    for (unsigned int i = COUNT; i < NR_L1; i++)
        table(first + 2 + i / PT_ENTRIES)[i % PT_ENTRIES].v = 0;
    ck_assert_int_eq(mmuext(MMUEXT_PIN_L4_TABLE, first, &m), 0);
    for (unsigned int i = 0; i < COUNT; i++)
        list[i] = (mmu_update_t){(first + 2) << PAGE_SHIFT | i * 8ul,
                                 pte_make(mfn(l1_frame(COUNT + i)), PTE_PRESENT | PTE_WRITE | PTE_USER).v};
    m = (struct measure){0};
    ck_assert_int_eq(hypercall(__HYPERVISOR_mmu_update, (uint64_t[5]){VA(list), COUNT, 0, DOMID_SELF}, &m),
                     0);
    report("list of 64 L1 tables replaced", &m, BOUND(2));
    ck_assert_uint_ge(m.calls, COUNT);
    ck_assert_uint_eq(type_references(l1_frame(0)), 0);
    ck_assert_uint_eq(type_references(l1_frame(COUNT)), 1);
}
END_TEST

static void end_of(struct domain *dying, const char *what, uint64_t bound)
{
    struct measure m = {0};
    int rc;

    fake_as(idle_domain->vcpu[0]);
    do {
        blocks = 0;
        rc = domain_kill(dying);
        m.calls++;
        m.sum += blocks;
        m.longest = max(m.longest, blocks);
        ck_assert_msg(m.calls < 8 * NR_L1, "no end after %lu calls", m.calls);
    } while (rc == -XEN_ERESTART);
    ck_assert_int_eq(rc, 0);
    report(what, &m, bound);
    domain_put(dying);
}

static void nothing_is_left(void)
{
    for (uint64_t n = first; n < data + NR_DATA; n++)
        ck_assert_msg(!mfn_to_page(mfn(n))->owner, "frame %lu is left behind", n);
}

static void die(const char *what, uint64_t bound)
{
    end_of(d, what, bound);
    nothing_is_left();
}

START_TEST(domains_end_gives_way)
{
    struct measure m = {0};

    ck_assert_int_eq(mmuext(MMUEXT_PIN_L4_TABLE, first, &m), 0);
    die("end of the domain with its tables pinned", BOUND(1));
}
END_TEST

/* The guest never came back to its pin: half of the tree is a half-done table's. */
START_TEST(domains_end_takes_up_an_abandoned_pin)
{
    mmuext_op_t op = {.cmd = MMUEXT_PIN_L4_TABLE, .arg1.mfn = first};

    ck_assert_int_eq(hypercall_table[__HYPERVISOR_mmuext_op](VA(&op), 1, 0, DOMID_SELF, 0), FAKE_CONTINUED);
    for (unsigned int i = 0; i < NR_L1 / 2; i++)
        ck_assert_int_eq(hypercall_table[__HYPERVISOR_mmuext_op](VA(&op), 1, 0, DOMID_SELF, 0),
                         FAKE_CONTINUED);
    die("end of the domain amid a pin", BOUND(1));
}
END_TEST

/* All ports that a domain can have. */
START_TEST(domains_end_gives_way_between_ports)
{
    struct evtchn_alloc_unbound a = {.dom = DOMID_SELF, .remote_dom = DOMID_SELF};

    while (do_event_channel_op(EVTCHNOP_alloc_unbound, VA(&a)) == 0)
        ;
    ck_assert_uint_ge(d->nr_evtchns, 4096);
    die("end of the domain with all ports", BOUND(1));
}
END_TEST

/* Others hold half of its frames, which stay on its list: none is passed over twice. */
START_TEST(domains_end_looks_at_each_frame_once)
{
    enum { HELD = 1u << (TABLES_ORDER - 1) };

    for (uint64_t n = first; n < first + HELD; n++)
        ck_assert(page_get(mfn_to_page(mfn(n)), d));
    end_of(d, "end of the domain with 32768 frames held", BOUND(1));
    for (uint64_t n = first; n < first + HELD; n++)
        page_put(mfn_to_page(mfn(n)));
    nothing_is_left();
}
END_TEST

int main(void)
{
    Suite *s = suite_create("preemption in a domain of 64 GiB");
    TCase *c = tcase_create("large");
    SRunner *runner;
    int failed;

    tcase_add_checked_fixture(c, setup, NULL);
    tcase_add_test(c, pin_and_unpin_give_way_at_each_table);
    tcase_add_test(c, failed_pin_gives_way_too);
    tcase_add_test(c, teardown_that_frees_flushes_once);
    tcase_add_test(c, list_of_table_changes_gives_way);
    tcase_add_test(c, domains_end_gives_way);
    tcase_add_test(c, domains_end_takes_up_an_abandoned_pin);
    tcase_add_test(c, domains_end_gives_way_between_ports);
    tcase_add_test(c, domains_end_looks_at_each_frame_once);
    suite_add_tcase(s, c);
    runner = srunner_create(s);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
