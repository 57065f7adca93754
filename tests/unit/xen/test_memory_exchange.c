/* SPDX-License-Identifier: BSD-2-Clause */
/* XENMEM_exchange and claims: nothing is lost, whatever fails. */
#include "suites.h"
#include <fake/fake.h>
#include <xen/arch.h>
#include <xen/hypercall.h>
#include <xen/memory.h>
#include <xen/mm.h>
#include <xen/percpu.h>
#include <xen/softirq.h>
#include <xen/string.h>
#include <xen/timer.h>

static struct domain *d;
static xen_pfn_t in[64], out[64];
static struct xen_memory_exchange op;

static void boot(void)
{
    struct xen_memory_reservation r = {.nr_extents = 64, .domid = DOMID_SELF};

    fake_boot(1, 4096);
    d = fake_domain(1, 1, 80);
    fake_as(d->vcpu[0]);
    r.extent_start.p = in;
    ck_assert_int_eq(do_memory_op(XENMEM_increase_reservation, VA(&r)), 64);
    for (unsigned int i = 0; i < 64; i++) {
        arch_m2p_set(mfn(in[i]), i);
        out[i] = 0x800 + i;
    }
}

static long exchange(unsigned long nr_in, unsigned int in_order, unsigned long nr_out, unsigned int out_order)
{
    op = (struct xen_memory_exchange){
        .in = {.nr_extents = nr_in, .extent_order = in_order, .domid = DOMID_SELF},
        .out = {.nr_extents = nr_out, .extent_order = out_order, .domid = DOMID_SELF}};
    op.in.extent_start.p = in;
    op.out.extent_start.p = out;
    return do_memory_op(XENMEM_exchange, VA(&op));
}

START_TEST(small_frames_for_large_and_back)
{
    uint64_t free_pages;

    boot();
    free_pages = page_alloc_free_pages();
    ck_assert_int_eq(exchange(64, 0, 8, 3), 0);
    ck_assert_uint_eq(op.nr_exchanged, 64);
    for (unsigned int i = 0; i < 8; i++) {
        ck_assert_uint_eq(out[i] % 8, 0);
        ck_assert_uint_eq(arch_m2p_get(mfn(out[i] + 7)), 0x800 + i + 7);
        ck_assert_ptr_eq(mfn_to_page(mfn(out[i] + 7))->owner, d);
    }
    memcpy(in, out, sizeof(in));
    ck_assert_int_eq(exchange(8, 3, 64, 0), 0);
    ck_assert_uint_eq(op.nr_exchanged, 8);
    ck_assert_uint_eq(d->tot_pages, 64);
    ck_assert_uint_eq(page_alloc_free_pages(), free_pages);
}
END_TEST

START_TEST(a_frame_in_use_stops_it_and_its_chunk_stays)
{
    boot();
    ck_assert(page_get(mfn_to_page(mfn(in[13])), d));
    ck_assert_int_eq(exchange(64, 0, 8, 3), -XEN_EINVAL);
    ck_assert_uint_eq(op.nr_exchanged, 8);
    ck_assert_str_eq(fake_last_refusal(d)->rule, "memory.exchange.frame");
    for (unsigned int i = 8; i < 64; i++) {
        ck_assert_ptr_eq(mfn_to_page(mfn(in[i]))->owner, d);
        ck_assert_uint_eq(arch_m2p_get(mfn(in[i])), i);
    }
    ck_assert_uint_eq(d->tot_pages, 64);
    page_put(mfn_to_page(mfn(in[13])));
    /* A frame named twice is gone when it is named again. */
    in[9] = in[8];
    op.in.extent_start.p = &in[8];
    op.out.extent_start.p = out;
    op.nr_exchanged = 0;
    op.in.nr_extents = 8;
    op.out.nr_extents = 1;
    ck_assert_int_eq(do_memory_op(XENMEM_exchange, VA(&op)), -XEN_EINVAL);
    ck_assert_uint_eq(d->tot_pages, 64);
}
END_TEST

START_TEST(lists_that_cannot_be_used_take_nothing)
{
    boot();
    fake_fault_range(&out[1], &out[2]);
    ck_assert_int_eq(exchange(16, 0, 2, 3), -XEN_EFAULT);
    ck_assert_uint_eq(op.nr_exchanged, 8);
    ck_assert_ptr_eq(mfn_to_page(mfn(in[8]))->owner, d);
    fake_fault_range(&in[10], &in[11]);
    ck_assert_int_eq(exchange(16, 0, 2, 3), -XEN_EINVAL); /* the first eight are gone */
    ck_assert_uint_eq(d->tot_pages, 64);
}
END_TEST

START_TEST(numbers_that_do_not_fit)
{
    boot();
    ck_assert_int_eq(exchange(8, 0, 2, 3), -XEN_EINVAL);
    ck_assert_int_eq(exchange(1ul << 63, 1, 1ul << 63, 1), -XEN_EINVAL);
    ck_assert_int_eq(exchange(1, 10, 1, 10), -XEN_EPERM);
    ck_assert_int_eq(do_memory_op(XENMEM_exchange, 8), -XEN_EFAULT);
    (void)fake_domain(2, 1, 16);
    op.in.domid = op.out.domid = 2;
    op.in.nr_extents = op.out.nr_extents = 1;
    op.in.extent_order = op.out.extent_order = 0;
    ck_assert_int_eq(do_memory_op(XENMEM_exchange, VA(&op)), -XEN_EPERM);
}
END_TEST

START_TEST(it_gives_way_between_chunks)
{
    boot();
    timer_interrupt();
    ck_assert_int_eq(exchange(64, 0, 8, 3), FAKE_CONTINUED);
    ck_assert_uint_eq(op.nr_exchanged, 8);
    fake_run_softirqs();
    ck_assert_int_eq(do_memory_op(fake_continuation.args[0], VA(&op)), 0);
    ck_assert_uint_eq(op.nr_exchanged, 64);
}
END_TEST

/* --- Chunks of Domain 0 that are too large to be done at once --- */
#define LARGE_ORDER 10
#define LARGE       (1u << LARGE_ORDER)

static xen_pfn_t large_in[LARGE], large_out[LARGE];
static uint64_t free_before;

/* Something else is always to be done. */
static void boot_large(void)
{
    struct xen_memory_reservation r = {.nr_extents = LARGE, .domid = DOMID_SELF};

    fake_boot(1, 8192);
    d = fake_domain(0, 1, LARGE);
    fake_as(d->vcpu[0]);
    r.extent_start.p = large_in;
    ck_assert_int_eq(do_memory_op(XENMEM_increase_reservation, VA(&r)), LARGE);
    for (unsigned int i = 0; i < LARGE; i++) {
        arch_m2p_set(mfn(large_in[i]), i);
        large_out[i] = 0x4000 + i;
    }
    free_before = page_alloc_free_pages();
    this_cpu(softirq_pending) = 1ul << SOFTIRQ_SCHEDULE;
}

static void ask_large(unsigned int in_order, unsigned int out_order)
{
    op = (struct xen_memory_exchange){
        .in = {.nr_extents = LARGE >> in_order, .extent_order = in_order, .domid = DOMID_SELF},
        .out = {.nr_extents = LARGE >> out_order, .extent_order = out_order, .domid = DOMID_SELF}};
    op.in.extent_start.p = large_in;
    op.out.extent_start.p = large_out;
}

/* At most so many calls, as the guest makes them; how many there were. */
static unsigned int call_at_most(unsigned int nr, long *rc)
{
    unsigned int calls = 0;

    do {
        *rc = do_memory_op(XENMEM_exchange, VA(&op));
        calls++;
    } while (*rc == FAKE_CONTINUED && calls < nr);
    return calls;
}

static void all_is_there(void)
{
    ck_assert_ptr_null(d->vcpu[0]->exchange);
    ck_assert_uint_eq(d->tot_pages, LARGE);
    ck_assert_uint_eq(page_alloc_free_pages(), free_before);
}

START_TEST(a_large_chunk_gives_way_at_each_frame)
{
    long rc;

    boot_large();
    ask_large(0, LARGE_ORDER);
    /* One step for the output list and its extent, then each frame three times: taken, freed, given. */
    ck_assert_uint_ge(call_at_most(~0u, &rc), 3 * LARGE);
    ck_assert_int_eq(rc, 0);
    ck_assert_uint_eq(op.nr_exchanged, LARGE);
    all_is_there();
    for (unsigned int i = 0; i < LARGE; i++) {
        ck_assert_ptr_eq(mfn_to_page(mfn(large_out[0] + i))->owner, d);
        ck_assert_uint_eq(arch_m2p_get(mfn(large_out[0] + i)), 0x4000 + i);
    }
    large_in[0] = large_out[0];
    ask_large(LARGE_ORDER, 0);
    ck_assert_uint_ge(call_at_most(~0u, &rc), 5 * LARGE);
    ck_assert_int_eq(rc, 0);
    all_is_there();
    for (unsigned int i = 0; i < LARGE; i++)
        ck_assert_ptr_eq(mfn_to_page(mfn(large_out[i]))->owner, d);
}
END_TEST

START_TEST(a_large_chunk_that_is_refused_gives_way_too)
{
    long rc;

    boot_large();
    ck_assert(page_get(mfn_to_page(mfn(large_in[LARGE - 1])), d));
    ask_large(0, LARGE_ORDER);
    ck_assert_uint_ge(call_at_most(~0u, &rc), 2 * LARGE);
    ck_assert_int_eq(rc, -XEN_EINVAL);
    ck_assert_uint_eq(op.nr_exchanged, 0);
    all_is_there();
    for (unsigned int i = 0; i < LARGE; i++)
        ck_assert_uint_eq(arch_m2p_get(mfn(large_in[i])), i);
    page_put(mfn_to_page(mfn(large_in[LARGE - 1])));
}
END_TEST

/* Calls: in each phase, and at the borders. */
#define ENDS_AFTER 1, 2, 3, 500, LARGE + 1, LARGE + 2, LARGE + 3, 2 * LARGE, 3 * LARGE
#define NR_ENDS    9

/* The caller comes back with another call: the first one's chunk is ended before. */
START_TEST(an_abandoned_chunk_is_ended_wherever_it_was)
{
    static const unsigned int after[] = {ENDS_AFTER};
    long rc;

    boot_large();
    ask_large(0, LARGE_ORDER);
    (void)call_at_most(after[_i], &rc);
    ck_assert_int_eq(rc, FAKE_CONTINUED);
    ck_assert_ptr_nonnull(d->vcpu[0]->exchange);
    op.out.mem_flags = XENMEMF_address_bits(13);
    (void)call_at_most(~0u, &rc);
    ck_assert_int_eq(rc, -XEN_ENOMEM);
    all_is_there();
}
END_TEST

START_TEST(the_end_of_its_domain_ends_a_chunk)
{
    long rc;

    boot_large();
    ask_large(0, LARGE_ORDER);
    (void)call_at_most(2 * LARGE, &rc);
    d->is_dying = true;
    while (memory_exchange_end(d->vcpu[0]))
        ;
    ck_assert_ptr_null(d->vcpu[0]->exchange);
    /* What it had not got yet is nobody's. */
    ck_assert_uint_lt(d->tot_pages, LARGE);
    ck_assert_uint_eq(page_alloc_free_pages(), free_before + LARGE - d->tot_pages);
}
END_TEST

static long claim(domid_t id, unsigned long nr)
{
    struct xen_memory_reservation r = {.nr_extents = nr, .domid = id};

    return do_memory_op(XENMEM_claim_pages, VA(&r));
}

START_TEST(a_claim_keeps_pages_for_its_domain)
{
    struct domain *d0, *other;
    uint64_t free_pages;

    boot();
    ck_assert_int_eq(claim(1, 70), -XEN_EPERM);
    d0 = fake_domain(0, 1, 16);
    other = fake_domain(2, 1, 1ul << 20);
    fake_as(d0->vcpu[0]);
    ck_assert_int_eq(claim(1, 64), -XEN_EINVAL);
    ck_assert_int_eq(claim(1, 81), -XEN_EINVAL);
    free_pages = page_alloc_free_pages();
    ck_assert_int_eq(claim(2, free_pages + 1), -XEN_ENOMEM);
    ck_assert_int_eq(claim(2, free_pages), 0);
    ck_assert_int_eq(claim(1, 70), -XEN_ENOMEM);
    ck_assert_ptr_null(domain_pages_alloc(d, 0, 0, false));
    ck_assert_ptr_null(page_alloc(0, 0));
    ck_assert_ptr_nonnull(domain_pages_alloc(other, 3, 0, false));
    ck_assert_uint_eq(other->claimed_pages, free_pages - 8);
    ck_assert_int_eq(claim(2, 0), 0);
    ck_assert_ptr_nonnull(domain_pages_alloc(d, 0, 0, false));
}
END_TEST

TCase *memory_exchange_tests(void)
{
    TCase *t = tcase_create("memory_exchange");

    tcase_add_test(t, small_frames_for_large_and_back);
    tcase_add_test(t, a_frame_in_use_stops_it_and_its_chunk_stays);
    tcase_add_test(t, lists_that_cannot_be_used_take_nothing);
    tcase_add_test(t, numbers_that_do_not_fit);
    tcase_add_test(t, it_gives_way_between_chunks);
    tcase_add_test(t, a_large_chunk_gives_way_at_each_frame);
    tcase_add_test(t, a_large_chunk_that_is_refused_gives_way_too);
    tcase_add_loop_test(t, an_abandoned_chunk_is_ended_wherever_it_was, 0, NR_ENDS);
    tcase_add_test(t, the_end_of_its_domain_ends_a_chunk);
    tcase_add_test(t, a_claim_keeps_pages_for_its_domain);
    return t;
}
