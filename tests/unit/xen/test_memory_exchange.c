/* SPDX-License-Identifier: BSD-2-Clause */
/* XENMEM_exchange and claims: nothing is lost, whatever fails. */
#include "suites.h"
#include <fake/fake.h>
#include <xen/arch.h>
#include <xen/hypercall.h>
#include <xen/memory.h>
#include <xen/mm.h>
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
    tcase_add_test(t, a_claim_keeps_pages_for_its_domain);
    return t;
}
