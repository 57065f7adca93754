/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A suspension from the side of the hypervisor and the toolstack: what they find when the domain sleeps, and
 * what becomes of rings, grants, ports, watches and requests when it goes on, in the same domain or in
 * another one where none of them is valid any more.
 */
#include <stdlib.h>
#include <string.h>
#include <xenguest/errno.h>
#include <xenguest/suspend.h>
#include <xenguest/vcpu.h>
#include "block_fixture.h"
#include "net_fixture.h"
#include "suites.h"

#define NEW_PORT 9

static struct xg_boot boot;
static struct xg_p2m p2m;
static struct xg_p2m_tree tree;
static struct xg_clock clock_;
static struct xg_control control;
static struct xg_suspend suspend;
static struct start_info *info;
static unsigned int nr_frames_changed;
static bool cancels, other_disk;
static void (*plug_again)(void);

static void frames_changed(void *arg)
{
    ck_assert_ptr_eq(arg, &suspend);
    nr_frames_changed++;
}

/* What the toolstack sees of a domain that sleeps, and makes of it. */
static void toolstack(const struct fake_call *call)
{
    struct sched_shutdown *shutdown = (void *)call->a[1];
    uint64_t *top;

    if (call->number != __HYPERVISOR_sched_op || call->a[0] != SCHEDOP_shutdown)
        return;
    ck_assert_uint_eq(shutdown->reason, SHUTDOWN_suspend);
    ck_assert_uint_eq(call->a[2], xg_os_address_to_mfn(info).n);
    ck_assert_uint_lt(info->store_mfn, FAKE_FRAMES);
    ck_assert_uint_lt(info->console.domU.mfn, FAKE_FRAMES);
    ck_assert_uint_eq(fake.shared.arch.max_pfn, FAKE_FRAMES);
    top = fake_page(xg_mfn(fake.shared.arch.pfn_to_mfn_frame_list_list));
    ck_assert_ptr_eq(fake_page(xg_mfn(*(uint64_t *)fake_page(xg_mfn(top[0])))), p2m.list);
    if (cancels)
        return;
    memset(fake.ports, 0, sizeof(fake.ports));
    memset(fake.grant_memory, 0, sizeof(fake.grant_memory));
    memset(fake.shared.evtchn_pending, 0xff, sizeof(fake.shared.evtchn_pending));
    fake.shared.arch.pfn_to_mfn_frame_list_list = 0;
    fake.next_port = NEW_PORT + 1;
    fake.ports[NEW_PORT].open = true;
    info->store_mfn = fake_mfn((unsigned int)info->store_mfn).n;
    info->console.domU.mfn = fake_mfn((unsigned int)info->console.domU.mfn).n;
    info->store_evtchn = NEW_PORT;
    fake.tsc = 500;
    fake_store_restart();
    fake_store_remove("control/feature-suspend");
    plug_again();
}

static void plug_disk(void)
{
    enum fake_lie lie = fake_disk.lie == LIE_SILENT ? LIE_NONE : fake_disk.lie;

    fake_disk_plug();
    fake_disk.lie = lie;
    if (other_disk)
        fake_disk_feature("info", "4"); /* VDISK_READONLY */
}

/* A domain as xl knows one; the tests' objects for the rest. */
static void begin_suspend(void)
{
    info = xg_os_page_alloc();
    fake_start_info(info);
    info->store_mfn = fake_store.boot.store_mfn.n;
    info->store_evtchn = fake_store.boot.store_port;
    info->console.domU.mfn = xg_os_address_to_mfn(xg_os_page_alloc()).n;
    ck_assert_int_eq(xg_boot_read(&boot, info), 0);
    xg_p2m_init(&p2m, &boot);
    xg_p2m_set_list(&p2m, memcpy(xg_os_page_alloc(), fake.p2m, sizeof(fake.p2m)), FAKE_FRAMES);
    /* The page has room for 512 entries. */
    ck_assert_int_eq(xg_p2m_publish(&p2m, &tree, &fake.shared), 0);
    fake.shared.vcpu_info[0].time.tsc_to_system_mul = 0x80000000;
    fake.shared.vcpu_info[0].time.tsc_shift = 1;
    fake.tsc = 1000000;
    memset(&clock_, 0, sizeof(clock_));
    ck_assert_uint_eq(xg_clock_now_ns(&clock_, &fake.shared.vcpu_info[0]), 1000000);
    suspend = (struct xg_suspend){.start_info = info,
                                  .boot = &boot,
                                  .shared_page = &fake.shared,
                                  .p2m = &p2m,
                                  .tree = &tree,
                                  .events = &device.events,
                                  .clock = &clock_,
                                  .grants = &device.grants,
                                  .store = &device.store,
                                  .bus = &device.bus,
                                  .frames_changed = frames_changed,
                                  .arg = &suspend};
    fake.on_call = toolstack;
    device.free_pages = fake_free_pages();
}

static void begin(void)
{
    block_begin();
    plug_again = plug_disk;
    begin_suspend();
    ck_assert_int_eq(xg_control_init(&control, &device.store), 0);
    suspend.control = &control;
}

static void sleep_and_wake(void)
{
    ck_assert_int_eq(xg_suspend_begin(&suspend), 0);
    ck_assert_int_eq(xg_suspend(&suspend), 0);
    ck_assert_uint_eq(suspend.cancelled, cancels);
    ck_assert_int_eq(xg_suspend_finish(&suspend), 0);
}

#define NR_REQUESTS 4

static struct xg_block_request requests[NR_REQUESTS];
static struct xg_block_segment segments[NR_REQUESTS][16];

static void submit(unsigned int n, enum xg_block_operation operation, uint64_t sector, unsigned int nr)
{
    unsigned int i;

    for (i = 0; i < nr; i++) {
        segments[n][i] = (struct xg_block_segment){.page = device_page(), .bytes = 4096};
        memset(segments[n][i].page, 'A' + (int)n, 4096);
    }
    requests[n] = (struct xg_block_request){
        .operation = operation, .sector = sector, .segments = segments[n], .nr_segments = nr};
    ck_assert_int_eq(xg_block_submit(&block, &requests[n], false), 0);
}

/* In flight, unanswered: two writes of the same place, a long one, a read. */
static void submit_all(void)
{
    submit(0, XG_BLOCK_WRITE, 8, 1);
    submit(1, XG_BLOCK_WRITE, 8, 1);
    submit(2, XG_BLOCK_WRITE, 64, 12);
    submit(3, XG_BLOCK_READ, 256, 1);
}

/* Silent, and whatever it may have written is not there. Ordinary grants, or pages that stay granted. */
START_TEST(a_disk_does_again_what_was_in_flight)
{
    unsigned int i;

    begin();
    cancels = false;
    block_config.persistent = _i;
    fake_disk_feature("feature-max-indirect-segments", "32");
    fake_disk_feature("feature-persistent", "1");
    block_attach();
    fake_disk.lie = LIE_SILENT;
    submit_all();
    fake_disk_run();
    sleep_and_wake();
    ck_assert(!block.connected);
    for (i = 0; i < NR_REQUESTS; i++)
        ck_assert(!requests[i].finished);
    ck_assert_int_eq(xg_block_submit(&block, &requests[0], false), -XG_EAGAIN);
    memset(fake_disk.data, 'z', sizeof(fake_disk.data));
    fake_disk_feature("feature-max-indirect-segments", "32");
    block_run();
    ck_assert(block.connected);
    for (i = 0; i < NR_REQUESTS; i++) {
        ck_assert(requests[i].finished);
        ck_assert_int_eq(requests[i].status, 0);
    }
    ck_assert_int_eq(fake_disk.data[8 * 512], 'B');
    ck_assert_int_eq(fake_disk.data[(64 + 12 * 8) * 512 - 1], 'C');
    ck_assert_int_eq(((char *)segments[3][0].page)[4095], 'z');
    block_detach();
}
END_TEST

START_TEST(nothing_changes_when_it_is_cancelled)
{
    unsigned int i;

    begin();
    fake_disk_feature("feature-max-indirect-segments", "32");
    block_attach();
    cancels = true;
    fake_refuse(__HYPERVISOR_sched_op, 1, 0);
    submit_all();
    sleep_and_wake();
    ck_assert(block.connected);
    ck_assert_uint_eq(nr_frames_changed, 0);
    ck_assert_uint_eq(info->store_mfn, fake_store.boot.store_mfn.n);
    /* An event of a watch that came meanwhile is not lost. */
    block_run();
    for (i = 0; i < NR_REQUESTS; i++)
        ck_assert(requests[i].finished && !requests[i].status);
    block_detach();
}
END_TEST

START_TEST(an_errno_of_xen_is_a_cancellation)
{
    begin();
    block_attach();
    cancels = true;
    fake_refuse(__HYPERVISOR_sched_op, -XEN_EPERM, 0);
    ck_assert_int_eq(xg_suspend_begin(&suspend), 0);
    ck_assert_int_eq(xg_suspend(&suspend), -XG_EPERM);
    ck_assert(suspend.cancelled);
    ck_assert_int_eq(xg_suspend_finish(&suspend), 0);
    block_run();
    ck_assert(block.connected);
    block_detach();
}
END_TEST

/* The disk is read-only there: the writes end with that. */
START_TEST(requests_that_the_new_disk_refuses_end)
{
    begin();
    cancels = false;
    block_attach();
    fake_disk.lie = LIE_SILENT;
    other_disk = true;
    submit(0, XG_BLOCK_WRITE, 8, 1);
    sleep_and_wake();
    block_run();
    other_disk = false;
    ck_assert(requests[0].finished);
    ck_assert_int_eq(requests[0].status, -XG_EROFS);
    block_detach();
}
END_TEST

static void plug_nothing(void)
{
    fake_disk.mapped = false;
    fake_store_remove(FAKE_DISK_FRONT);
    fake_store_remove("device");
}

/* It was not given to the restored domain, or is taken away before it has connected. */
START_TEST(requests_of_a_disk_that_is_not_there_end)
{
    begin();
    cancels = false;
    block_attach();
    fake_disk.lie = LIE_SILENT;
    fake_disk_feature("feature-max-indirect-segments", "32");
    submit(0, XG_BLOCK_WRITE, 8, 1);
    plug_again = _i ? plug_nothing : plug_disk;
    sleep_and_wake();
    if (!_i)
        plug_nothing();
    device_settle();
    ck_assert(block.device.unplugged);
    ck_assert(requests[0].finished);
    ck_assert_int_eq(requests[0].status, -XG_EAGAIN);
    block_detach();
}
END_TEST

/* Numbers of ports and references that are given anew meanwhile are not touched by those who had them before.
 */
START_TEST(nobody_ends_what_is_not_his_any_more)
{
    xg_grant_ref_t ref;
    xg_evtchn_t port;

    begin();
    cancels = false;
    block_attach();
    ck_assert_int_eq(xg_suspend_begin(&suspend), 0);
    ck_assert_int_eq(xg_suspend(&suspend), 0);
    ck_assert_int_eq(xg_grant_access(&device.grants, 0, xg_gfn(0x500), false, &ref), -XG_ENOSPC);
    fake.next_port = 1;
    /* Up to the number that the disk had. */
    do {
        ck_assert_int_eq(xg_event_bind_ipi(&device.events, 0, (xg_event_fn *)abort, NULL, &port), 0);
        device.open_ports++;
    } while (port < FAKE_STORE_PORT + 2);
    fake.next_port = NEW_PORT + 1;
    ck_assert_int_eq(xg_suspend_finish(&suspend), 0);
    for (port = 1; port <= FAKE_STORE_PORT + 2; port++)
        ck_assert(fake.ports[port].open && device.events.handlers[port].function);
    ck_assert_uint_eq(device.grants.nr_free, device.free_grants);
    block_run();
    ck_assert(block.connected);
    block_detach();
}
END_TEST

START_TEST(the_store_is_told_anew)
{
    begin();
    cancels = false;
    block_attach();
    sleep_and_wake();
    ck_assert_uint_eq(device.store.port, NEW_PORT);
    ck_assert_uint_eq(boot.store_port, NEW_PORT);
    ck_assert(device.events.handlers[NEW_PORT].function);
    ck_assert_str_eq(fake_store_get("control/feature-suspend"), "1");
    /* The bus, the disk's backend, shutdown, sysrq, target. */
    ck_assert_uint_eq(fake_store.nr_watches, 5);
    ck_assert_uint_eq(nr_frames_changed, 1);
    ck_assert_uint_ne(fake.shared.arch.pfn_to_mfn_frame_list_list, 0);
    ck_assert(!xg_event_pending(&device.events, 77));
    ck_assert(xg_event_masked(&device.events, 77));
    block_run();
    block_detach();
}
END_TEST

/* Twice, as a domain does that is moved to and fro. */
START_TEST(again_and_again)
{
    unsigned int i;

    begin();
    cancels = false;
    block_attach();
    for (i = 0; i < 5; i++) {
        sleep_and_wake();
        block_run();
        ck_assert(block.connected);
    }
    ck_assert_uint_eq(suspend.nr_suspends, 5);
    block_detach();
}
END_TEST

START_TEST(the_clock_goes_on)
{
    struct vcpu_info *vcpu = &fake.shared.vcpu_info[0];

    begin();
    cancels = false;
    block_attach();
    fake.tsc = 2000000;
    ck_assert_uint_eq(xg_clock_now_ns(&clock_, vcpu), 2000000);
    ck_assert_uint_eq(xg_clock_to_system_ns(&clock_, 2500000), 2500000);
    sleep_and_wake();
    ck_assert_uint_eq(xg_clock_vcpu_ns(vcpu), 500);
    ck_assert_uint_eq(xg_clock_now_ns(&clock_, vcpu), 2000000);
    fake.tsc = 10500;
    ck_assert_uint_eq(xg_clock_now_ns(&clock_, vcpu), 2010000);
    ck_assert_uint_eq(xg_clock_to_system_ns(&clock_, 2010000), 10500);
    /* Long over, before that host was: a timer that fires at once, not none. */
    ck_assert_uint_eq(xg_clock_to_system_ns(&clock_, 1000000), 1);
    ck_assert_uint_eq(xg_clock_to_system_ns(&clock_, 0), 0);
    block_run();
    block_detach();
}
END_TEST

static struct xg_net_packet packets[3];

START_TEST(a_card_loses_what_was_on_its_way)
{
    unsigned int i;

    net_begin();
    begin_suspend();
    cancels = false;
    plug_again = fake_card_plug;
    net_attach();
    fake_card.lie = CARD_SILENT;
    for (i = 0; i < 3; i++) {
        const struct xg_net_fragment fragment = {.data = device_page(), .bytes = 60};

        ck_assert_int_eq(net_submit(&packets[i], &fragment, 1), 0);
    }
    fake_card_run();
    sleep_and_wake();
    for (i = 0; i < 3; i++) {
        ck_assert(packets[i].finished);
        ck_assert_int_eq(packets[i].status, -XG_EAGAIN);
    }
    net_run();
    ck_assert(net.connected);
    net_fill(packets, 60, 1);
    fake_card_deliver(packets, 60, 0);
    net_nr_got = 0;
    net_run();
    ck_assert_uint_eq(net_nr_got, 1);
    net_detach();
}
END_TEST

static int no_function(struct xg_bus_device *vbd)
{
    return 0;
}

static int no_write(struct xg_bus_device *vbd, xg_store_tx_t tx)
{
    return 0;
}

static unsigned int nr_stops;

static void count_stop(struct xg_bus_device *vbd)
{
    nr_stops++;
}

/* It would close ports that are others' by now. */
START_TEST(a_frontend_that_cannot_forget_breaks)
{
    static struct xg_bus_device broken;
    static struct xg_bus_frontend frontend = {.prepare = no_function,
                                              .write = no_write,
                                              .connect = no_function,
                                              .stop = count_stop,
                                              .release = no_function};
    unsigned int i;

    begin();
    cancels = false;
    ck_assert_int_eq(xg_bus_attach(&device.bus, &broken, "vbd", 51712, &frontend), 0);
    fake_store_changed = NULL;
    for (i = 0; i < 5; i++)
        ck_assert_int_eq(xg_bus_run(&device.bus, NULL), 0);
    ck_assert(broken.started);
    sleep_and_wake();
    ck_assert_int_eq(broken.error, -XG_EOPNOTSUPP);
    ck_assert_uint_eq(nr_stops, 0);
}
END_TEST

START_TEST(parking)
{
    static char context[XG_VCPU_CONTEXT_BYTES] __attribute__((__aligned__(XG_VCPU_CONTEXT_ALIGN)));
    struct xg_vcpu_park park;

    ck_assert_int_eq(xg_vcpu_up(2), 0);
    ck_assert(!xg_vcpu_parked(2));
    xg_vcpu_park(2, &park);
    ck_assert(xg_vcpu_parked(2));
    ck_assert_int_eq(xg_vcpu_unpark(2, &park, false, 0, xg_mfn(0), context), 0);
    ck_assert(!xg_vcpu_parked(2));
    ck_assert_uint_eq(fake.context.user_regs.rsp, 0);
    xg_vcpu_park(2, &park);
    ck_assert_int_eq(xg_vcpu_unpark(2, &park, true, 77, xg_mfn(0x501), context), 0);
    ck_assert(!xg_vcpu_parked(2));
    ck_assert_uint_eq(fake.context.user_regs.rdi, FAKE_STACK_POINTER);
    ck_assert_uint_le(fake.context.user_regs.rsp, FAKE_STACK_POINTER);
    ck_assert_uint_eq(fake.context.gs_base_kernel, 77);
    ck_assert_uint_eq(xen_cr3_to_pfn(fake.context.ctrlreg[3]), 0x501);
    fake_refuse(__HYPERVISOR_vcpu_op, -XEN_EINVAL, 0);
    ck_assert_int_eq(xg_vcpu_unpark(2, &park, true, 77, xg_mfn(0x501), context), -XG_EINVAL);
}
END_TEST

START_TEST(no_page_for_the_tree)
{
    static struct xg_p2m_tree another;

    begin();
    fake.out_of_pages = true;
    ck_assert_int_eq(xg_p2m_publish(&p2m, &another, &fake.shared), -XG_ENOMEM);
    fake.out_of_pages = false;
    ck_assert_int_eq(xg_p2m_publish(&p2m, &another, &fake.shared), 0);
}
END_TEST

TCase *suspend_tests(void)
{
    TCase *tests = tcase_create("suspend");

    tcase_add_loop_test(tests, a_disk_does_again_what_was_in_flight, 0, 2);
    tcase_add_test(tests, nothing_changes_when_it_is_cancelled);
    tcase_add_test(tests, an_errno_of_xen_is_a_cancellation);
    tcase_add_test(tests, requests_that_the_new_disk_refuses_end);
    tcase_add_loop_test(tests, requests_of_a_disk_that_is_not_there_end, 0, 2);
    tcase_add_test(tests, nobody_ends_what_is_not_his_any_more);
    tcase_add_test(tests, the_store_is_told_anew);
    tcase_add_test(tests, again_and_again);
    tcase_add_test(tests, the_clock_goes_on);
    tcase_add_test(tests, a_card_loses_what_was_on_its_way);
    tcase_add_test(tests, a_frontend_that_cannot_forget_breaks);
    tcase_add_test(tests, parking);
    tcase_add_test(tests, no_page_for_the_tree);
    return tests;
}
