/* SPDX-License-Identifier: BSD-2-Clause */
/* HYPERVISOR_vcpu_op and the vCPU's timers. */
#include <stdlib.h>
#include "suites.h"
#include <fake/fake.h>
#include <xen/event_channel.h>
#include <xen/hypercall.h>
#include <xen/mm.h>
#include <xen/sched.h>

static int create(domid_t id, unsigned int nr_vcpus, struct domain **out)
{
    struct domain_config config = {.max_vcpus = nr_vcpus, .max_grant_frames = -1, .max_mapping_frames = -1};

    return domain_create(id, &config, out);
}

static struct domain *d;
static evtchn_port_t timer_port;

/* A domain of max vCPUs, of which two exist; vCPU 0 runs on CPU 0 and has VIRQ_TIMER bound. */
static void boot(void)
{
    struct evtchn_bind_virq b = {.virq = VIRQ_TIMER, .vcpu = 0};

    fake_boot(1, 4096);
    ck_assert_int_eq(create(1, 40, &d), 0);
    d->max_pages = 16;
    ck_assert_ptr_nonnull(vcpu_create(d, 0));
    ck_assert_ptr_nonnull(vcpu_create(d, 1));
    ck_assert_ptr_nonnull(vcpu_create(d, 39));
    d->vcpu[0]->is_initialised = true;
    vcpu_bring_up(d->vcpu[0]);
    domain_unpause(d);
    fake_run_softirqs();
    fake_on_cpu(0);
    ck_assert_int_eq(do_event_channel_op(EVTCHNOP_bind_virq, VA(&b)), 0);
    timer_port = b.port;
}

static long op(unsigned int cmd, unsigned int id, void *arg)
{
    return do_vcpu_op(cmd, id, VA(arg));
}

static bool timer_came(void)
{
    return test_and_clear_bit(timer_port, d->shared_info->evtchn_pending);
}

START_TEST(past_the_maximum_is_enoent_and_no_refusal)
{
    boot();
    ck_assert_int_eq(op(VCPUOP_is_up, 0, NULL), 1);
    ck_assert_int_eq(op(VCPUOP_is_up, 1, NULL), 0);
    ck_assert_int_eq(op(VCPUOP_is_up, 2, NULL), -XEN_ENOENT);
    ck_assert_int_eq(op(VCPUOP_is_up, 8191, NULL), -XEN_ENOENT);
    ck_assert_int_eq(op(VCPUOP_is_up, 0xffffffff, NULL), -XEN_ENOENT);
    ck_assert_uint_eq(d->refusals.count, 0);
}
END_TEST

START_TEST(a_vcpu_is_initialised_once_and_then_comes_up)
{
    struct vcpu_guest_context *ctx = calloc(1, sizeof(*ctx));

    boot();
    ck_assert_int_eq(op(VCPUOP_up, 1, NULL), -XEN_EINVAL);
    ck_assert_int_eq(do_vcpu_op(VCPUOP_initialise, 1, 0x10), -XEN_EFAULT);
    ctx->kernel_sp = 4711;
    ck_assert_int_eq(op(VCPUOP_initialise, 1, ctx), 0);
    ck_assert_uint_eq(d->vcpu[1]->arch.context->kernel_sp, 4711);
    ck_assert_int_eq(op(VCPUOP_initialise, 1, ctx), -XEN_EEXIST);
    ck_assert_int_eq(op(VCPUOP_initialise, 0, ctx), -XEN_EEXIST);
    /* Not before it has a vcpu_info. */
    ck_assert_int_eq(op(VCPUOP_initialise, 39, ctx), -XEN_EINVAL);
    ck_assert_int_eq(op(VCPUOP_up, 1, NULL), 0);
    ck_assert_int_eq(op(VCPUOP_is_up, 1, NULL), 1);
    fake_advance(fake_now + MILLISECONDS(50));
    ck_assert_uint_ge(d->vcpu[1]->arch.nr_switched_to, 1);
    ck_assert_int_eq(op(VCPUOP_down, 1, NULL), 0);
    fake_run_softirqs();
    ck_assert_int_eq(d->vcpu[1]->runstate.state, RUNSTATE_offline);
    free(ctx);
}
END_TEST

static long register_info(unsigned int id, uint64_t frame, uint32_t offset)
{
    struct vcpu_register_vcpu_info r = {.mfn = frame, .offset = offset};

    return op(VCPUOP_register_vcpu_info, id, &r);
}

START_TEST(a_vcpu_info_moves_with_its_contents)
{
    struct page_info *pg;
    vcpu_info_t *info;

    boot();
    pg = domain_pages_alloc(d, 0, 0, true);
    d->vcpu[0]->info->arch.cr2 = 4711;
    d->vcpu[0]->info->evtchn_upcall_mask = 1;
    ck_assert_int_eq(register_info(0, page_to_mfn(pg).n, PAGE_SIZE - 32), -XEN_ENXIO);
    ck_assert_int_eq(register_info(0, page_to_mfn(pg).n, 257), -XEN_ENXIO);
    ck_assert_int_eq(register_info(0, page_to_mfn(pg).n + 1, 0), -XEN_EINVAL);
    ck_assert_int_eq(register_info(0, 1ull << 40, 0), -XEN_EINVAL);
    ck_assert_int_eq(register_info(0, page_to_mfn(pg).n, 256), 0);
    info = (vcpu_info_t *)((char *)page_to_virt(pg) + 256);
    ck_assert_ptr_eq(d->vcpu[0]->info, info);
    ck_assert_uint_eq(info->arch.cr2, 4711);
    ck_assert_uint_eq(info->evtchn_upcall_pending, 1);
    ck_assert_uint_eq(info->evtchn_pending_sel, ~0ul);
    ck_assert_uint_eq(info->evtchn_upcall_mask, 1);
    ck_assert_int_eq(register_info(0, page_to_mfn(pg).n, 0), -XEN_EINVAL);
    /* It cannot become a page table while it is ours to write. */
    ck_assert_int_ne(page_get_and_type(pg, d, PGT_L1), 0);
    ck_assert_int_eq(register_info(39, page_to_mfn(pg).n, 512), 0);
    ck_assert_uint_eq(d->vcpu[39]->info->evtchn_upcall_mask, 1);
}
END_TEST

START_TEST(single_shots_fire_once_and_not_early)
{
    struct vcpu_set_singleshot_timer s = {.timeout_abs_ns = 0};

    boot();
    s.timeout_abs_ns = (uint64_t)fake_now + 1000;
    ck_assert_int_eq(op(VCPUOP_set_singleshot_timer, 0, &s), 0);
    fake_advance(fake_now + 999);
    ck_assert(!timer_came());
    fake_advance(fake_now + 1);
    ck_assert(timer_came());
    fake_advance(fake_now + SECONDS(1));
    ck_assert(!timer_came());
    /* Past: before the call returns, with either flag. */
    for (s.flags = 0; s.flags < 2; s.flags++) {
        s.timeout_abs_ns = (uint64_t)fake_now - 5;
        ck_assert_int_eq(op(VCPUOP_set_singleshot_timer, 0, &s), 0);
        ck_assert(timer_came());
    }
    s.timeout_abs_ns = (uint64_t)fake_now + 1000;
    ck_assert_int_eq(op(VCPUOP_set_singleshot_timer, 0, &s), 0);
    ck_assert_int_eq(op(VCPUOP_stop_singleshot_timer, 0, NULL), 0);
    fake_advance(fake_now + SECONDS(1));
    ck_assert(!timer_came());
    ck_assert_int_eq(op(VCPUOP_set_singleshot_timer, 1, &s), -XEN_EINVAL);
    ck_assert_int_eq(op(VCPUOP_stop_singleshot_timer, 1, NULL), -XEN_EINVAL);
}
END_TEST

START_TEST(set_timer_op_sets_and_disarms)
{
    boot();
    ck_assert_int_eq(do_set_timer_op(1), 0);
    ck_assert(timer_came());
    ck_assert_int_eq(do_set_timer_op(fake_now + 1000), 0);
    ck_assert_int_eq(do_set_timer_op(0), 0);
    fake_advance(fake_now + SECONDS(1));
    ck_assert(!timer_came());
    ck_assert_int_eq(do_set_timer_op(fake_now + 1000), 0);
    fake_advance(fake_now + 1000);
    ck_assert(timer_came());
}
END_TEST

START_TEST(periodic_timers_keep_their_period)
{
    struct vcpu_set_periodic_timer p = {.period_ns = 999999};
    unsigned int n = 0;

    boot();
    ck_assert_int_eq(op(VCPUOP_set_periodic_timer, 0, &p), -XEN_EINVAL);
    p.period_ns = 1ull << 60;
    ck_assert_int_eq(op(VCPUOP_set_periodic_timer, 0, &p), -XEN_EINVAL);
    p.period_ns = MILLISECONDS(10);
    ck_assert_int_eq(op(VCPUOP_set_periodic_timer, 0, &p), 0);
    for (unsigned int i = 0; i < 100; i++) {
        fake_advance(fake_now + MILLISECONDS(1));
        n += timer_came();
    }
    ck_assert_uint_eq(n, 10);
    ck_assert_int_eq(op(VCPUOP_stop_periodic_timer, 0, NULL), 0);
    fake_advance(fake_now + SECONDS(1));
    ck_assert(!timer_came());
}
END_TEST

START_TEST(a_periodic_timer_wakes_nobody_who_is_blocked_but_tells_on_return)
{
    struct vcpu_set_periodic_timer p = {.period_ns = MILLISECONDS(10)};

    boot();
    ck_assert_int_eq(op(VCPUOP_set_periodic_timer, 0, &p), 0);
    vcpu_pause_nosync(d->vcpu[0]);
    fake_advance(fake_now + MILLISECONDS(95));
    ck_assert(!timer_came());
    vcpu_unpause(d->vcpu[0]);
    fake_run_softirqs();
    ck_assert(timer_came());
}
END_TEST

START_TEST(runstates_are_told)
{
    struct vcpu_runstate_info info = {0}, area = {0};
    struct vcpu_register_runstate_memory_area reg = {.addr.v = &area};

    boot();
    ck_assert_int_eq(op(VCPUOP_get_runstate_info, 0, &info), 0);
    ck_assert_int_eq(info.state, RUNSTATE_running);
    ck_assert_int_eq(op(VCPUOP_get_runstate_info, 1, &info), 0);
    ck_assert_int_eq(info.state, RUNSTATE_offline);
    ck_assert_int_eq(do_vcpu_op(VCPUOP_get_runstate_info, 0, 0x10), -XEN_EFAULT);
    fake_advance(fake_now + 777);
    ck_assert_int_eq(op(VCPUOP_register_runstate_memory_area, 0, &reg), 0);
    ck_assert_int_eq(area.state, RUNSTATE_running);
    /* The area has what was true at the last switch, a question the present. */
    ck_assert_uint_eq(area.time[RUNSTATE_running], 0);
    ck_assert_int_eq(op(VCPUOP_get_runstate_info, 0, &info), 0);
    ck_assert_uint_eq(info.time[RUNSTATE_running], 777);
    reg.addr.p = 0xffff800000001000;
    ck_assert_int_eq(op(VCPUOP_register_runstate_memory_area, 0, &reg), -XEN_EFAULT);
    ck_assert_int_eq(op(99, 0, NULL), -XEN_ENOSYS);
}
END_TEST

START_TEST(the_time_page_has_an_even_version)
{
    struct vcpu_time_info *t;
    uint32_t version;

    boot();
    t = &d->vcpu[0]->info->time;
    version = t->version;
    ck_assert_uint_eq(version % 2, 0);
    ck_assert_uint_gt(version, 0);
    fake_now += 1234;
    vcpu_update_time(d->vcpu[0]);
    ck_assert_uint_eq(t->version, version + 2);
    ck_assert_uint_eq(t->system_time, (uint64_t)fake_now);
}
END_TEST

TCase *vcpu_op_tests(void)
{
    TCase *t = tcase_create("vcpu_op");

    tcase_add_test(t, past_the_maximum_is_enoent_and_no_refusal);
    tcase_add_test(t, a_vcpu_is_initialised_once_and_then_comes_up);
    tcase_add_test(t, a_vcpu_info_moves_with_its_contents);
    tcase_add_test(t, single_shots_fire_once_and_not_early);
    tcase_add_test(t, set_timer_op_sets_and_disarms);
    tcase_add_test(t, periodic_timers_keep_their_period);
    tcase_add_test(t, a_periodic_timer_wakes_nobody_who_is_blocked_but_tells_on_return);
    tcase_add_test(t, runstates_are_told);
    tcase_add_test(t, the_time_page_has_an_even_version);
    return t;
}
