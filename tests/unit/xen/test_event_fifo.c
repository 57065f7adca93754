/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Event channels in the FIFO layout, beside a consumer of the test's own: each call and errno, what is queued
 * where, a guest that writes anything into its words, and real threads that send, take, mask and move ports.
 * No event may be lost by a guest that keeps to the rules; a guest that does not gets no further than its own
 * memory.
 */
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include "suites.h"
#include <fake/fake.h>
#include <xen/event_channel.h>
#include <xen/mm.h>
#include <xen/xmalloc.h>

#define BIT(n)       (1u << (n))
#define WORDS_A_PAGE (PAGE_SIZE / sizeof(event_word_t))
#define CONTROL_AT   2048 /* of each vCPU's page */

static struct domain *d1, *d2;
static struct page_info *words_page, *control_page[2];
static event_word_t *words;
static struct evtchn_fifo_control_block *control[2];
/* The consumer's: where its queues go on, and which have something. */
static evtchn_port_t next[2][EVTCHN_FIFO_MAX_QUEUES];
static uint32_t ready[2];

static long op(int cmd, void *arg)
{
    return do_event_channel_op(cmd, VA(arg));
}

static long init_control(struct page_info *pg, unsigned int offset, unsigned int vcpu)
{
    struct evtchn_init_control c = {.control_gfn = page_to_mfn(pg).n, .offset = offset, .vcpu = vcpu};
    long rc = op(EVTCHNOP_init_control, &c);

    if (!rc)
        ck_assert_uint_eq(c.link_bits, EVTCHN_FIFO_LINK_BITS);
    return rc;
}

static long expand(struct page_info *pg)
{
    struct evtchn_expand_array a = {.array_gfn = page_to_mfn(pg).n};

    return op(EVTCHNOP_expand_array, &a);
}

static long set_priority(evtchn_port_t port, unsigned int priority)
{
    struct evtchn_set_priority p = {.port = port, .priority = priority};

    return op(EVTCHNOP_set_priority, &p);
}

static long send(evtchn_port_t port)
{
    struct evtchn_send s = {.port = port};

    return op(EVTCHNOP_send, &s);
}

static long reset(void)
{
    struct evtchn_reset r = {.dom = DOMID_SELF};

    return op(EVTCHNOP_reset, &r);
}

static evtchn_port_t ipi(unsigned int vcpu)
{
    struct evtchn_bind_ipi i = {.vcpu = vcpu};

    ck_assert_int_eq(op(EVTCHNOP_bind_ipi, &i), 0);
    return i.port;
}

static void close_port(evtchn_port_t port)
{
    struct evtchn_close c = {.port = port};

    ck_assert_int_eq(op(EVTCHNOP_close, &c), 0);
}

static void boot(void)
{
    fake_boot(2, 4096);
    d1 = fake_domain(1, 2, 16);
    d2 = fake_domain(2, 1, 16);
    words_page = domain_pages_alloc(d1, 0, 0, true);
    words = page_to_virt(words_page);
    for (unsigned int i = 0; i < 2; i++) {
        control_page[i] = domain_pages_alloc(d1, 0, 0, true);
        control[i] = (void *)((char *)page_to_virt(control_page[i]) + CONTROL_AT);
    }
    fake_as(d1->vcpu[0]);
}

static void boot_fifo(void)
{
    boot();
    for (unsigned int i = 0; i < 2; i++)
        ck_assert_int_eq(init_control(control_page[i], CONTROL_AT, i), 0);
    ck_assert_int_eq(expand(words_page), 0);
}

/* --- The consumer --- */

static evtchn_port_t unlink_port(evtchn_port_t port)
{
    event_word_t word = __atomic_load_n(&words[port], __ATOMIC_SEQ_CST);

    ck_assert_msg(word & BIT(EVTCHN_FIFO_LINKED), "port %u is in a queue and not linked", port);
    while (!__atomic_compare_exchange_n(&words[port], &word,
                                        word & ~(BIT(EVTCHN_FIFO_LINKED) | EVTCHN_FIFO_LINK_MASK), false,
                                        __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST))
        ;
    return word & EVTCHN_FIFO_LINK_MASK;
}

static evtchn_port_t take(unsigned int vcpu)
{
    __atomic_store_n(&d1->vcpu[vcpu]->info->evtchn_upcall_pending, 0, __ATOMIC_SEQ_CST);
    for (;;) {
        unsigned int q;
        evtchn_port_t port;

        ready[vcpu] |= __atomic_exchange_n(&control[vcpu]->ready, 0, __ATOMIC_SEQ_CST);
        if (!ready[vcpu])
            return 0;
        q = (unsigned int)__builtin_ctz(ready[vcpu]);
        port = next[vcpu][q];
        if (!port)
            port = __atomic_load_n(&control[vcpu]->head[q], __ATOMIC_SEQ_CST);
        next[vcpu][q] = unlink_port(port);
        if (!next[vcpu][q])
            ready[vcpu] &= ~BIT(q);
        if ((__atomic_load_n(&words[port], __ATOMIC_SEQ_CST) &
             (BIT(EVTCHN_FIFO_PENDING) | BIT(EVTCHN_FIFO_MASKED))) == BIT(EVTCHN_FIFO_PENDING)) {
            __atomic_fetch_and(&words[port], ~BIT(EVTCHN_FIFO_PENDING), __ATOMIC_SEQ_CST);
            return port;
        }
    }
}

static void mask(evtchn_port_t port)
{
    __atomic_fetch_or(&words[port], BIT(EVTCHN_FIFO_MASKED), __ATOMIC_SEQ_CST);
}

static void unmask(evtchn_port_t port)
{
    struct evtchn_unmask u = {.port = port};

    ck_assert_int_eq(op(EVTCHNOP_unmask, &u), 0);
}

/* --- Calls --- */

START_TEST(what_is_refused_changes_nothing)
{
    struct page_info *foreign;

    boot();
    foreign = domain_pages_alloc(d2, 0, 0, true);
    ck_assert_int_eq(expand(words_page), -XEN_EOPNOTSUPP);
    ck_assert_int_eq(init_control(control_page[0], 0, 2), -XEN_ENOENT);
    ck_assert_int_eq(init_control(control_page[0], 4, 0), -XEN_EINVAL);
    ck_assert_int_eq(init_control(control_page[0], PAGE_SIZE - 64, 0), -XEN_EINVAL);
    ck_assert_int_eq(init_control(foreign, 0, 0), -XEN_EINVAL);
    ck_assert_str_eq(fake_last_refusal(d1)->rule, "evtchn.fifo-frame");
    ck_assert(!d1->uses_fifo && !d1->event_fifo);
    ck_assert_uint_eq(control_page[0]->type_info & PGT_COUNT_MASK, 0);
    ck_assert_int_eq(set_priority(ipi(0), 3), -XEN_ENOSYS);
}
END_TEST

START_TEST(frames_are_held_until_the_reset)
{
    boot_fifo();
    ck_assert_int_eq(init_control(control_page[0], 0, 0), -XEN_EINVAL);
    ck_assert_uint_eq(control_page[0]->type_info & PGT_COUNT_MASK, 1);
    ck_assert_uint_eq(words_page->type_info & PGT_COUNT_MASK, 1);
    ck_assert_int_eq(page_get_type(words_page, d1, PGT_L1), -XEN_EBUSY);
    ck_assert_int_eq(reset(), 0);
    ck_assert_uint_eq(control_page[0]->type_info & PGT_COUNT_MASK, 0);
    ck_assert_uint_eq(control_page[1]->count_info & PGC_COUNT_MASK, 1);
    ck_assert_uint_eq(words_page->count_info & PGC_COUNT_MASK, 1);
    /* And again. */
    ck_assert_int_eq(init_control(control_page[0], 0, 0), 0);
    ck_assert_int_eq(expand(words_page), 0);
    ck_assert_uint_eq(words_page->type_info & PGT_COUNT_MASK, 1);
}
END_TEST

START_TEST(a_domain_that_dies_gives_everything_back)
{
    size_t bytes;
    uint64_t pages;
    struct page_info *pg, *block;
    struct domain *d;

    for (int round = 0; round < 2; round++) {
        if (round == 0)
            boot();
        bytes = xmalloc_used_bytes();
        pages = page_alloc_free_pages();
        d = fake_domain(9, 1, 16);
        pg = domain_pages_alloc(d, 0, 0, true);
        block = domain_pages_alloc(d, 0, 0, true);
        fake_as(d->vcpu[0]);
        ck_assert_int_eq(init_control(block, 0, 0), 0);
        ck_assert_int_eq(expand(pg), 0);
        for (unsigned int i = 1; i < 5000; i++)
            ck_assert_uint_eq(ipi(0), i);
        fake_as(d1->vcpu[0]);
        while (domain_kill(d) == -XEN_ERESTART)
            fake_run_softirqs();
        domain_put(d);
        fake_run_softirqs();
        if (round) { /* the first may leave caches of the allocator behind */
            ck_assert_uint_eq(xmalloc_used_bytes(), bytes);
            ck_assert_uint_eq(page_alloc_free_pages(), pages);
        }
    }
}
END_TEST

START_TEST(the_array_grows_to_all_ports)
{
    boot_fifo();
    for (unsigned int i = 1; i < EVTCHN_FIFO_NR_CHANNELS / WORDS_A_PAGE; i++)
        ck_assert_int_eq(expand(words_page), 0);
    ck_assert_int_eq(expand(words_page), -XEN_ENOSPC);
    for (unsigned int i = 1; i < EVTCHN_FIFO_NR_CHANNELS; i++)
        ck_assert_uint_eq(ipi(0), i);
    ck_assert_int_eq(op(EVTCHNOP_bind_ipi, &(struct evtchn_bind_ipi){.vcpu = 0}), -XEN_ENOSPC);
    ck_assert_int_eq(send(EVTCHN_FIFO_NR_CHANNELS - 1), 0);
    ck_assert_uint_eq(control[0]->head[7], EVTCHN_FIFO_NR_CHANNELS - 1);
    close_port(70000);
    ck_assert_uint_eq(ipi(0), 70000);
    ck_assert_int_eq(reset(), 0);
    ck_assert_uint_eq(ipi(0), 1);
    ck_assert_int_eq(send(EVTCHN_2L_NR_CHANNELS), -XEN_EINVAL);
    ck_assert(!evtchn_port_is_pending(d1, 70000));
}
END_TEST

/* Who ends an interrupt has looked up its port before, without a lock. */
START_TEST(a_port_of_an_interrupt_may_be_gone_when_it_is_unmasked)
{
    struct evtchn_bind_pirq b = {.pirq = 1};

    boot_fifo();
    for (unsigned int i = 1; i <= EVTCHN_2L_NR_CHANNELS; i++)
        ck_assert_uint_eq(ipi(0), i);
    ck_assert_int_eq(op(EVTCHNOP_bind_pirq, &b), 0);
    ck_assert_uint_gt(b.port, EVTCHN_2L_NR_CHANNELS);
    ck_assert_int_eq(reset(), 0);
    evtchn_unmask_pirq(d1, b.port);
    ck_assert(!d1->uses_fifo);
}
END_TEST

START_TEST(a_domain_keeps_to_its_limit)
{
    boot();
    evtchn_set_limit(d1, 1023);
    ck_assert_int_eq(init_control(control_page[0], 0, 0), 0);
    for (unsigned int i = 1; i < 1024; i++)
        ck_assert_uint_eq(ipi(0), i);
    ck_assert_int_eq(op(EVTCHNOP_bind_ipi, &(struct evtchn_bind_ipi){.vcpu = 0}), -XEN_ENOSPC);
    ck_assert_int_eq(reset(), 0);
    evtchn_set_limit(d1, 9);
    for (unsigned int i = 1; i < 10; i++)
        ck_assert_uint_eq(ipi(0), i);
    ck_assert_int_eq(op(EVTCHNOP_bind_ipi, &(struct evtchn_bind_ipi){.vcpu = 0}), -XEN_ENOSPC);
}
END_TEST

/* --- Queues --- */

START_TEST(events_come_in_order_and_once)
{
    evtchn_port_t a, b, c;

    boot_fifo();
    a = ipi(0);
    b = ipi(0);
    c = ipi(0);
    send(b);
    ck_assert_uint_eq(d1->vcpu[0]->info->evtchn_upcall_pending, 1);
    d1->vcpu[0]->info->evtchn_upcall_pending = 0;
    send(c);
    send(b);
    send(a);
    ck_assert_uint_eq(d1->vcpu[0]->info->evtchn_upcall_pending, 0);
    ck_assert_uint_eq(take(0), b);
    send(b);
    ck_assert_uint_eq(take(0), c);
    ck_assert_uint_eq(take(0), a);
    ck_assert_uint_eq(take(0), b);
    ck_assert_uint_eq(take(0), 0);
    ck_assert_uint_eq(d1->shared_info->evtchn_pending[0], 0);
}
END_TEST

START_TEST(what_came_before_its_word_is_owed)
{
    evtchn_port_t a;

    boot();
    a = ipi(0);
    send(a);
    ck_assert_int_eq(init_control(control_page[0], CONTROL_AT, 0), 0);
    ck_assert(!evtchn_port_is_pending(d1, a));
    ck_assert_int_eq(expand(words_page), 0);
    ck_assert_uint_eq(take(0), a);
    ck_assert_uint_eq(take(0), 0);
}
END_TEST

START_TEST(a_port_that_waits_is_not_given_out)
{
    evtchn_port_t a, b;

    boot_fifo();
    a = ipi(0);
    send(a);
    close_port(a);
    b = ipi(0);
    ck_assert_uint_ne(a, b);
    ck_assert_uint_eq(take(0), 0);
    ck_assert_uint_eq(ipi(0), a);
}
END_TEST

START_TEST(a_queue_that_loses_its_tail_begins_anew)
{
    evtchn_port_t a, b;

    boot_fifo();
    a = ipi(0);
    b = ipi(0);
    send(a);
    ck_assert_int_eq(set_priority(a, 2), 0);
    ck_assert_uint_eq(take(0), a);
    send(a);
    ck_assert_uint_eq(control[0]->ready, BIT(2));
    send(b);
    ck_assert_uint_eq(control[0]->ready, BIT(2) | BIT(7));
    ck_assert_uint_eq(words[a] & EVTCHN_FIFO_LINK_MASK, 0);
    ck_assert_uint_eq(take(0), a);
    ck_assert_uint_eq(take(0), b);
}
END_TEST

START_TEST(masked_ports_wait)
{
    evtchn_port_t a;

    boot_fifo();
    a = ipi(0);
    mask(a);
    send(a);
    ck_assert(evtchn_port_is_pending(d1, a) && evtchn_port_is_masked(d1, a));
    ck_assert_uint_eq(control[0]->ready, 0);
    unmask(a);
    ck_assert_uint_eq(take(0), a);
}
END_TEST

/* --- Threads --- */

enum { PORTS = 5, SENDS = 20000 };
static evtchn_port_t near_port[PORTS], far_port[PORTS];
static unsigned int work[PORTS], handled[PORTS];
static bool senders_done, moves;

/* Ports of d1 whose other ends are d2's. */
static void connect(void)
{
    for (unsigned int i = 0; i < PORTS; i++) {
        struct evtchn_alloc_unbound a = {.dom = DOMID_SELF, .remote_dom = 2};
        struct evtchn_bind_interdomain b = {.remote_dom = 1};

        fake_as(d1->vcpu[0]);
        ck_assert_int_eq(op(EVTCHNOP_alloc_unbound, &a), 0);
        fake_as(d2->vcpu[0]);
        b.remote_port = near_port[i] = a.port;
        ck_assert_int_eq(op(EVTCHNOP_bind_interdomain, &b), 0);
        far_port[i] = b.local_port;
    }
    fake_as(d1->vcpu[0]);
}

static void *sender(void *unused)
{
    fake_cpu = 1;
    fake_as(d2->vcpu[0]);
    for (unsigned int i = 0; i < SENDS; i++) {
        __atomic_fetch_add(&work[i % PORTS], 1, __ATOMIC_SEQ_CST);
        (void)!send(far_port[i % PORTS]);
    }
    __atomic_store_n(&senders_done, true, __ATOMIC_SEQ_CST);
    return NULL;
}

static void handle(unsigned int vcpu)
{
    evtchn_port_t port;

    if (!__atomic_load_n(&d1->vcpu[vcpu]->info->evtchn_upcall_pending, __ATOMIC_SEQ_CST))
        return;
    while ((port = take(vcpu)) != 0)
        for (unsigned int i = 0; i < PORTS; i++)
            if (near_port[i] == port)
                handled[i] = __atomic_load_n(&work[i], __ATOMIC_SEQ_CST);
}

static void disturb(unsigned int turn)
{
    struct evtchn_bind_vcpu b = {.port = near_port[turn % PORTS], .vcpu = turn / PORTS % 2};

    mask(near_port[turn % PORTS]);
    if (moves) {
        (void)!set_priority(b.port, turn % EVTCHN_FIFO_MAX_QUEUES);
        (void)!op(EVTCHNOP_bind_vcpu, &b);
    }
    unmask(near_port[turn % PORTS]);
}

static void run(void)
{
    pthread_t thread;

    connect();
    pthread_create(&thread, NULL, sender, NULL);
    fake_as(d1->vcpu[0]);
    for (unsigned int turn = 0; !__atomic_load_n(&senders_done, __ATOMIC_SEQ_CST); turn++) {
        handle(0);
        handle(1);
        disturb(turn);
        sched_yield();
    }
    pthread_join(thread, NULL);
    /* Only an upcall makes it look: if the last event got lost, this is where it shows. */
    handle(0);
    handle(1);
    for (unsigned int i = 0; i < PORTS; i++)
        ck_assert_uint_eq(handled[i], SENDS / PORTS);
}

START_TEST(masking_and_sending_lose_nothing)
{
    boot_fifo();
    run();
}
END_TEST

START_TEST(moving_and_sending_lose_nothing)
{
    moves = true;
    boot_fifo();
    run();
}
END_TEST

/* Anything at all in words and control blocks; the page behind them says whether anybody else's memory was
 * written. */
START_TEST(a_guest_that_scribbles_harms_itself_alone)
{
    struct page_info *foreign;
    const unsigned char *behind;
    pthread_t thread;
    unsigned int seed = 1;

    moves = true;
    boot_fifo();
    foreign = domain_pages_alloc(d2, 0, 0, true);
    behind = page_to_virt(foreign);
    connect();
    pthread_create(&thread, NULL, sender, NULL);
    fake_as(d1->vcpu[0]);
    for (unsigned int turn = 0; !__atomic_load_n(&senders_done, __ATOMIC_SEQ_CST); turn++) {
        for (unsigned int i = 0; i < 64; i++)
            __atomic_store_n(&words[rand_r(&seed) % 16], (event_word_t)rand_r(&seed) << 1, __ATOMIC_SEQ_CST);
        for (unsigned int i = 0; i < 16; i++)
            __atomic_store_n(&control[i % 2]->head[i], (uint32_t)rand_r(&seed), __ATOMIC_SEQ_CST);
        __atomic_store_n(&control[turn % 2]->ready, (uint32_t)rand_r(&seed), __ATOMIC_SEQ_CST);
        disturb(turn);
    }
    pthread_join(thread, NULL);
    for (unsigned int i = 0; i < PAGE_SIZE; i++)
        ck_assert_uint_eq(behind[i], 0);
    /* After a reset it is as good as new. */
    fake_as(d1->vcpu[0]);
    ck_assert_int_eq(reset(), 0);
    for (unsigned int i = 0; i < WORDS_A_PAGE; i++)
        words[i] = 0;
    ck_assert_int_eq(init_control(control_page[0], 0, 0), 0);
    ck_assert_int_eq(expand(words_page), 0);
    control[0] = page_to_virt(control_page[0]);
    ck_assert_int_eq(send(ipi(0)), 0);
    ck_assert_uint_eq(take(0), 1);
}
END_TEST

static bool resetter_done;

static void *resetter(void *unused)
{
    fake_cpu = 1;
    fake_as(d1->vcpu[1]);
    for (unsigned int i = 0; i < 100; i++) {
        (void)!init_control(control_page[1], CONTROL_AT, 1);
        (void)!expand(words_page);
        (void)!reset();
    }
    __atomic_store_n(&resetter_done, true, __ATOMIC_SEQ_CST);
    return NULL;
}

/* One vCPU goes to FIFO and back while the other binds, sends, unmasks and asks. */
START_TEST(the_layout_may_change_under_use)
{
    pthread_t thread;

    boot();
    pthread_create(&thread, NULL, resetter, NULL);
    while (!__atomic_load_n(&resetter_done, __ATOMIC_SEQ_CST)) {
        struct evtchn_bind_ipi i = {.vcpu = 1};
        struct evtchn_unmask u;

        if (op(EVTCHNOP_bind_ipi, &i))
            continue;
        u.port = i.port;
        (void)!send(i.port);
        (void)!op(EVTCHNOP_unmask, &u);
        (void)!evtchn_port_is_pending(d1, i.port);
        (void)!set_priority(i.port, 3);
        (void)!op(EVTCHNOP_close, &(struct evtchn_close){.port = i.port});
    }
    pthread_join(thread, NULL);
    ck_assert_int_eq(reset(), 0);
    ck_assert_uint_eq(words_page->count_info & PGC_COUNT_MASK, 1);
    ck_assert_uint_eq(control_page[1]->count_info & PGC_COUNT_MASK, 1);
}
END_TEST

TCase *event_fifo_tests(void)
{
    TCase *t = tcase_create("event channels, FIFO");

    tcase_add_test(t, what_is_refused_changes_nothing);
    tcase_add_test(t, frames_are_held_until_the_reset);
    tcase_add_test(t, a_domain_that_dies_gives_everything_back);
    tcase_add_test(t, the_array_grows_to_all_ports);
    tcase_add_test(t, a_port_of_an_interrupt_may_be_gone_when_it_is_unmasked);
    tcase_add_test(t, a_domain_keeps_to_its_limit);
    tcase_add_test(t, events_come_in_order_and_once);
    tcase_add_test(t, what_came_before_its_word_is_owed);
    tcase_add_test(t, a_port_that_waits_is_not_given_out);
    tcase_add_test(t, a_queue_that_loses_its_tail_begins_anew);
    tcase_add_test(t, masked_ports_wait);
    tcase_add_test(t, masking_and_sending_lose_nothing);
    tcase_add_test(t, moving_and_sending_lose_nothing);
    tcase_add_test(t, a_guest_that_scribbles_harms_itself_alone);
    tcase_add_test(t, the_layout_may_change_under_use);
    return t;
}
