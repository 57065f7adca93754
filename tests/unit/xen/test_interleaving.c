/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Two CPUs at one object, the second stopped at a chosen place: where a lock that the test holds, or a hook
 * of the fake machine, lets something else happen first. Each was once a way out: what was looked at before
 * the wait was believed after it.
 */
#define __XEN_TOOLS__ 1
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include "suites.h"
#include <fake/fake.h>
#include <public/hypfs.h>
#include <public/sysctl.h>
#include <xen/arch.h>
#include <xen/ctl.h>
#include <xen/event_channel.h>
#include <xen/hypercall.h>
#include <xen/keyhandler.h>
#include <xen/page_check.h>
#include <xen/page_ref.h>
#include <xen/sched_policy.h>

enum { PORTS = 10, READS = 20000, TURNS = 1000 };

static struct domain *d0, *d1;
static struct page_info *page;
static evtchn_port_t port;
static int answer;

static void boot(void)
{
    fake_boot(2, 4096);
    d0 = fake_domain(0, 2, 64);
    d1 = fake_domain(1, 1, 64);
    fake_as(d0->vcpu[0]);
}

/* As a CPU of its own, until it waits for a lock that the test holds. */
static pthread_t start_and_wait(void *(*fn)(void *), const spinlock_t *lock)
{
    uint16_t tail = READ_ONCE(lock->tail);
    pthread_t thread;

    pthread_create(&thread, NULL, fn, NULL);
    while (__atomic_load_n(&lock->tail, __ATOMIC_ACQUIRE) == tail)
        sched_yield();
    return thread;
}

/* --- A frame that changes hands while it is stolen --- */
static void *steal(void *unused)
{
    fake_cpu = 1;
    fake_as(d0->vcpu[1]);
    answer = page_steal_counted(d0, page);
    return NULL;
}

/* What freeing it and giving it to d1 come to, d0's lock being held: its count is the same again. */
static void change_hands(void)
{
    ck_assert_uint_eq(page->count_info, PGC_ALLOCATED | 1);
    domain_page_list_remove(d0, page);
    d0->tot_pages--;
    page->count_info = 0;
    ck_assert(domain_pages_assign(d1, page, 1));
}

START_TEST(a_frame_that_became_anothers_is_not_stolen)
{
    pthread_t thread;
    uint64_t mine, theirs;

    boot();
    ck_assert_ptr_nonnull(domain_pages_alloc(d0, 0, 64, false));
    ck_assert_ptr_nonnull(domain_pages_alloc(d1, 0, 64, false));
    page = domain_pages_alloc(d0, 0, 64, false);
    mine = d0->tot_pages - 1;
    theirs = d1->tot_pages + 1;
    spin_lock(&d0->page_alloc_lock);
    thread = start_and_wait(steal, &d0->page_alloc_lock);
    change_hands();
    spin_unlock(&d0->page_alloc_lock);
    pthread_join(thread, NULL);
    ck_assert_int_eq(answer, -XEN_EBUSY);
    ck_assert_ptr_eq(page->owner, d1);
    ck_assert_uint_eq(page->count_info, PGC_ALLOCATED | 1);
    ck_assert_uint_eq(d1->page_list, page_to_mfn(page).n);
    ck_assert_uint_eq(d0->tot_pages, mine);
    ck_assert_uint_eq(d1->tot_pages, theirs);
}
END_TEST

/* --- A peer that ends while its channel is closed from here --- */
static bool freed, freed_with_lock_held;

static void look_at_lock(struct domain *d)
{
    freed = true;
    freed_with_lock_held = spin_is_locked(&d->event_lock);
}

static void *close_port(void *unused)
{
    fake_cpu = 1;
    fake_as(d0->vcpu[1]);
    answer = evtchn_close(d0, port);
    return NULL;
}

static evtchn_port_t offer(struct domain *d, domid_t to)
{
    struct evtchn_alloc_unbound a = {.dom = DOMID_SELF, .remote_dom = to};

    fake_as(d->vcpu[0]);
    ck_assert_int_eq(do_event_channel_op(EVTCHNOP_alloc_unbound, VA(&a)), 0);
    return a.port;
}

static void kill_completely(struct domain *d)
{
    while (domain_kill(d) == -XEN_ERESTART)
        ;
    ck_assert(d->is_dead);
}

/*
 * Who closes takes the lower address's lock first: only then is d0's given up, and the peer looked at again.
 */
START_TEST(a_peer_is_let_go_of_without_its_lock)
{
    struct domain *peer;
    struct evtchn *e;
    pthread_t thread;

    boot();
    peer = d1;
    if (peer > d0) {
        peer = d0;
        d0 = d1;
    }
    hardware_domain = NULL;
    port = offer(d0, peer->id);
    fake_as(d0->vcpu[0]);
    kill_completely(peer);
    ck_assert_int_eq(peer->refcount, 1); /* its maker's */
    fake_on_domain_destroy = look_at_lock;
    /* As the closing finds it, before the peer has closed its end. */
    e = evtchn_lookup(d0, port);
    e->state = ECS_INTERDOMAIN;
    e->u.interdomain.remote_domain = peer;
    spin_lock(&peer->event_lock);
    thread = start_and_wait(close_port, &peer->event_lock);
    /* The peer's end closes, and the last who else knew it lets go. */
    e->state = ECS_UNBOUND;
    e->u.unbound.remote_domid = peer->id;
    domain_put(peer);
    ck_assert(!freed);
    spin_unlock(&peer->event_lock);
    pthread_join(thread, NULL);
    ck_assert(freed);
    ck_assert(!freed_with_lock_held);
    ck_assert_int_eq(answer, 0);
    ck_assert_int_eq(evtchn_lookup(d0, port)->state, ECS_FREE);
    ck_assert(!spin_is_locked(&d0->event_lock));
}
END_TEST

/* --- A domain that dies while its ports are being reset --- */
static void *kill_domain(void *unused)
{
    fake_cpu = 1;
    fake_as(d0->vcpu[1]);
    do {
        answer = domain_kill(d1);
    } while (answer == -XEN_ERESTART);
    return NULL;
}

START_TEST(the_end_of_a_reset_is_not_the_end_of_a_killing)
{
    pthread_t thread;

    boot();
    for (unsigned int i = 0; i < PORTS; i++)
        offer(d1, 0);
    fake_as(d0->vcpu[0]);
    ck_assert(evtchn_close_begin(d1));
    /* The last step of the reset: it has the lock, saw a domain that lives, and says that nobody closes. */
    spin_lock(&d1->event_lock);
    thread = start_and_wait(kill_domain, &d1->event_lock);
    ck_assert(!d1->is_dying);
    d1->next_close = 0;
    spin_unlock(&d1->event_lock);
    pthread_join(thread, NULL);
    ck_assert_int_eq(answer, 0);
    ck_assert(d1->is_dead);
    ck_assert_uint_eq(d1->nr_bound_evtchns, 0);
}
END_TEST

/* --- A domain that dies while a CPU still leaves one of its vCPUs --- */
START_TEST(a_vcpu_stays_until_the_cpu_that_left_it_looks_no_more)
{
    struct sched_cpu *leaving;
    pthread_t thread;

    boot();
    leaving = sched_cpu_of(0);
    /* In the midst of a switch: what ran is in memory, and others may see so; but it is looked at yet. */
    __atomic_store_n(&leaving->is_switching, true, __ATOMIC_SEQ_CST);
    pthread_create(&thread, NULL, kill_domain, NULL);
    while (__atomic_load_n(&d1->pause_count, __ATOMIC_SEQ_CST) == 1)
        sched_yield();
    for (unsigned int i = 0; i < TURNS; i++)
        sched_yield();
    ck_assert(!__atomic_load_n(&d1->is_dying, __ATOMIC_SEQ_CST));
    __atomic_store_n(&leaving->is_switching, false, __ATOMIC_SEQ_CST);
    pthread_join(thread, NULL);
    ck_assert_int_eq(answer, 0);
    ck_assert(d1->is_dead);
}
END_TEST

/* --- A vcpu_info whose frame the guest has given up, and an event on its way to it --- */
static struct evtchn *connect_to_d1(void)
{
    struct evtchn_bind_interdomain b = {.remote_dom = 0, .remote_port = offer(d0, 1)};

    fake_as(d1->vcpu[0]);
    ck_assert_int_eq(do_event_channel_op(EVTCHNOP_bind_interdomain, VA(&b)), 0);
    return evtchn_lookup(d0, b.remote_port);
}

START_TEST(a_vcpu_info_stays_until_nobody_sends_to_it)
{
    struct vcpu_register_vcpu_info r = {.offset = 0};
    struct evtchn *e;
    pthread_t thread;

    boot();
    e = connect_to_d1();
    page = domain_pages_alloc(d1, 0, 64, false);
    r.mfn = page_to_mfn(page).n;
    ck_assert_int_eq(do_vcpu_op(VCPUOP_register_vcpu_info, 0, VA(&r)), 0);
    ck_assert(page_release_allocation(page));
    fake_as(d0->vcpu[0]);
    /* As one who sends, and knows where to by now. */
    spin_lock(&e->lock);
    thread = start_and_wait(kill_domain, &e->lock);
    ck_assert(d1->is_dying);
    ck_assert_ptr_eq(page->owner, d1);
    spin_unlock(&e->lock);
    pthread_join(thread, NULL);
    ck_assert(d1->is_dead);
    ck_assert_ptr_null(page->owner);
}
END_TEST

/* --- A port that is closed while the debug key tells of it --- */
static bool told;

static void *tell_of_ports(void *unused)
{
    fake_cpu = 1;
    event_channels_dump(d0);
    __atomic_store_n(&told, true, __ATOMIC_SEQ_CST);
    return NULL;
}

START_TEST(a_port_is_told_of_as_it_is_at_one_moment)
{
    struct evtchn *e;
    pthread_t thread;

    boot();
    e = connect_to_d1();
    spin_lock(&e->lock);
    pthread_create(&thread, NULL, tell_of_ports, NULL);
    while (READ_ONCE(e->lock.tail) == e->lock.head + 1 && !__atomic_load_n(&told, __ATOMIC_SEQ_CST))
        sched_yield();
    ck_assert(!told);
    /* The other end closes. */
    e->state = ECS_UNBOUND;
    e->u.unbound.remote_domid = 7;
    spin_unlock(&e->lock);
    pthread_join(thread, NULL);
    ck_assert_ptr_nonnull(strstr(fake_console_text(), "unbound vcpu0 pending=0 masked=0 for d7\n"));
}
END_TEST

/* --- A domain whose last reference is gone, and that waits to leave the list --- */
START_TEST(a_domain_on_its_way_out_is_not_brought_back)
{
    boot();
    page_checks_init();
    fake_on_domain_destroy = look_at_lock;
    d1->refcount = 0;
    keyhandler_run('y');
    fake_advance(fake_now + SECONDS(1));
    ck_assert_ptr_nonnull(strstr(fake_console_text(), "Page counts: consistent"));
    ck_assert(!freed);
    ck_assert_int_eq(d1->refcount, 0);
    ck_assert_int_eq(d1->pause_count, 1);
}
END_TEST

/* --- Two sysctls at once --- */
static struct xen_sysctl outer, inner;
static uint64_t map_va;
static unsigned int nr_inner;

static long call_sysctl(struct xen_sysctl *op, uint32_t cmd, uint32_t trace_cmd)
{
    op->cmd = cmd;
    op->interface_version = XEN_SYSCTL_INTERFACE_VERSION;
    op->u.tbuf_op.cmd = trace_cmd;
    return do_sysctl(VA(op));
}

static void other_vcpu_makes_buffers(uint64_t va)
{
    if (va != map_va)
        return;
    nr_inner++;
    fake_as(d0->vcpu[1]);
    inner.u.tbuf_op.size = 3;
    answer = (int)call_sysctl(&inner, XEN_SYSCTL_tbuf_op, XEN_SYSCTL_TBUFOP_set_size);
    fake_as(d0->vcpu[0]);
}

START_TEST(a_sysctl_waits_for_another)
{
    uint8_t map = 3;

    boot();
    map_va = VA(&map);
    outer.u.tbuf_op.cpu_mask.nr_bits = 8;
    outer.u.tbuf_op.cpu_mask.bitmap.p = &map;
    fake_on_guest_read = other_vcpu_makes_buffers;
    ck_assert_int_eq(call_sysctl(&outer, XEN_SYSCTL_tbuf_op, XEN_SYSCTL_TBUFOP_set_cpu_mask), 0);
    fake_on_guest_read = NULL;
    ck_assert_uint_eq(nr_inner, 1);
    /* Come again: nothing has been made. */
    ck_assert_int_eq(answer, FAKE_CONTINUED);
    ck_assert_uint_eq(fake_continuation.nr, __HYPERVISOR_sysctl);
    ck_assert_uint_eq(fake_continuation.args[0], VA(&inner));
    ck_assert_int_eq(call_sysctl(&outer, XEN_SYSCTL_tbuf_op, XEN_SYSCTL_TBUFOP_get_info), 0);
    ck_assert_uint_eq(outer.u.tbuf_op.size, 0);
    /* And now it is alone. */
    ck_assert_int_eq(do_sysctl(VA(&inner)), 0);
    ck_assert_int_eq(call_sysctl(&outer, XEN_SYSCTL_tbuf_op, XEN_SYSCTL_TBUFOP_get_info), 0);
    ck_assert_uint_gt(outer.u.tbuf_op.size, 0);
}
END_TEST

/* --- An entry of the hypervisor's file system that changes while it is read --- */
#define LEVELS "/params/loglvl"

static bool reader_done;

static long hypfs(unsigned int op, const char *path, void *buffer, size_t bytes)
{
    return do_hypfs_op(op, VA(path), strlen(path) + 1, VA(buffer), bytes);
}

static void *set_levels(void *unused)
{
    static char longer[] = "warning/all", shorter[] = "none/none";

    fake_cpu = 1;
    fake_as(d0->vcpu[1]);
    while (!__atomic_load_n(&reader_done, __ATOMIC_SEQ_CST)) {
        ck_assert_int_eq(hypfs(XEN_HYPFS_OP_write_contents, LEVELS, longer, sizeof(longer)), 0);
        ck_assert_int_eq(hypfs(XEN_HYPFS_OP_write_contents, LEVELS, shorter, sizeof(shorter)), 0);
    }
    return NULL;
}

START_TEST(a_text_is_as_long_as_it_is_described)
{
    struct {
        struct xen_hypfs_direntry entry;
        char text[256];
    } levels;
    pthread_t thread;

    boot();
    pthread_create(&thread, NULL, set_levels, NULL);
    for (unsigned int i = 0; i < READS; i++) {
        ck_assert_int_eq(hypfs(XEN_HYPFS_OP_read, LEVELS, &levels, sizeof(levels)), 0);
        ck_assert_uint_eq(levels.entry.content_len, strnlen(levels.text, sizeof(levels.text)) + 1);
    }
    __atomic_store_n(&reader_done, true, __ATOMIC_SEQ_CST);
    pthread_join(thread, NULL);
}
END_TEST

TCase *interleaving_tests(void)
{
    TCase *t = tcase_create("interleaving");

    tcase_add_test(t, a_frame_that_became_anothers_is_not_stolen);
    tcase_add_test(t, a_peer_is_let_go_of_without_its_lock);
    tcase_add_test(t, the_end_of_a_reset_is_not_the_end_of_a_killing);
    tcase_add_test(t, a_vcpu_stays_until_the_cpu_that_left_it_looks_no_more);
    tcase_add_test(t, a_vcpu_info_stays_until_nobody_sends_to_it);
    tcase_add_test(t, a_port_is_told_of_as_it_is_at_one_moment);
    tcase_add_test(t, a_domain_on_its_way_out_is_not_brought_back);
    tcase_add_test(t, a_sysctl_waits_for_another);
    tcase_add_test(t, a_text_is_as_long_as_it_is_described);
    return t;
}
