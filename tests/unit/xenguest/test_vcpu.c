/* SPDX-License-Identifier: BSD-2-Clause */
/* Further vCPUs: the context that Xen is given, counting them, the shared-info page, and runstate against a
 * writer. */
#include <pthread.h>
#include <string.h>
#include <xenguest/errno.h>
#include <xenguest/shared.h>
#include <xenguest/trap.h>
#include <xenguest/vcpu.h>
#include "fake_xen.h"
#include "private.h"
#include "suites.h"

static char buffer[XG_VCPU_CONTEXT_BYTES] __attribute__((__aligned__(XG_VCPU_CONTEXT_ALIGN)));
static char stack[4096] __attribute__((__aligned__(16)));

static void entry(void *arg)
{
}

static struct xg_vcpu_start start_of(void)
{
    struct xg_vcpu_start start = {
        .entry = entry,
        .arg = stack,
        .stack_top = (uint64_t)(uintptr_t)stack + sizeof(stack),
        .gs_base = 0x1234000,
        .page_tables = {0x123456789},
    };

    return start;
}

START_TEST(context)
{
    struct xg_vcpu_start start = start_of();
    const struct vcpu_guest_context *c = &fake.context;

    memset(buffer, 0xff, sizeof(buffer));
    ck_assert_int_eq(xg_vcpu_initialise(1, &start, true, buffer), 0);
    ck_assert_uint_eq(c->user_regs.rip, (uint64_t)(uintptr_t)entry);
    ck_assert_uint_eq(c->user_regs.rdi, (uint64_t)(uintptr_t)stack);
    ck_assert_uint_eq(c->user_regs.rsp % 16, 8);
    ck_assert_uint_eq(*(uint64_t *)c->user_regs.rsp, 0);
    ck_assert_uint_eq(c->user_regs.cs, FLAT_KERNEL_CS);
    ck_assert_uint_eq(c->kernel_sp, start.stack_top);
    ck_assert_uint_eq(c->gs_base_kernel, 0x1234000);
    ck_assert_uint_eq(xen_cr3_to_pfn(c->ctrlreg[3]), 0x123456789);
    ck_assert_uint_eq(c->gdt_ents, 0);
    ck_assert(c->flags & VGCF_in_kernel);
    ck_assert_uint_eq(c->trap_ctxt[14].address, xg_arch_trap_entry(14));
    ck_assert_uint_eq(c->trap_ctxt[0x80].address, xg_arch_trap_entry(0x80));
    ck_assert_uint_eq(c->trap_ctxt[200].address, 0);
    ck_assert_uint_eq(c->event_callback_eip, xg_arch_trap_entry(XG_TRAP_EVENT));
}
END_TEST

START_TEST(context_without_traps)
{
    struct xg_vcpu_start start = start_of();

    ck_assert_int_eq(xg_vcpu_initialise(1, &start, false, buffer), 0);
    ck_assert_uint_eq(fake.context.trap_ctxt[14].address, 0);
    ck_assert_uint_eq(fake.context.event_callback_eip, 0);
    fake_refuse(__HYPERVISOR_vcpu_op, -XEN_EEXIST, 0);
    ck_assert_int_eq(xg_vcpu_initialise(1, &start, false, buffer), -XG_EEXIST);
}
END_TEST

START_TEST(up_down_and_count)
{
    ck_assert_uint_eq(xg_vcpu_count(64), FAKE_VCPUS);
    ck_assert_uint_eq(xg_vcpu_count(2), 2);
    ck_assert_int_eq(xg_vcpu_is_up(1), 0);
    ck_assert_int_eq(xg_vcpu_up(1), 0);
    ck_assert_int_eq(xg_vcpu_is_up(1), 1);
    ck_assert_int_eq(xg_vcpu_down(1), 0);
    ck_assert_int_eq(xg_vcpu_up(FAKE_VCPUS), -XG_ENOENT);
    ck_assert_int_eq(xg_vcpu_is_up(8191), -XG_ENOENT);
}
END_TEST

static void sees_where(const struct fake_call *call)
{
    const struct vcpu_register_vcpu_info *where = (const struct vcpu_register_vcpu_info *)call->a[2];

    ck_assert_uint_eq(call->a[0], VCPUOP_register_vcpu_info);
    ck_assert_uint_eq(call->a[1], 2);
    ck_assert_uint_eq(where->mfn, 0x777);
    ck_assert_uint_eq(where->offset, 64);
}

START_TEST(vcpu_info_is_registered)
{
    fake.on_call = sees_where;
    ck_assert_int_eq(xg_vcpu_register_info(2, xg_gfn(0x777), 64), 0);
    ck_assert_uint_eq(fake_count(__HYPERVISOR_vcpu_op), 1);
    fake_refuse(__HYPERVISOR_vcpu_op, -XEN_EINVAL, 0);
    ck_assert_int_eq(xg_vcpu_register_info(2, xg_gfn(0x777), 64), -XG_EINVAL);
}
END_TEST

START_TEST(shared_info_is_mapped_over_the_page)
{
    struct xg_boot boot = {.shared_info = {0xabc000}};
    struct shared_info *shared = NULL;

    ck_assert_int_eq(xg_shared_map(&boot, &fake.shared, &shared), 0);
    ck_assert_ptr_eq(shared, &fake.shared);
    ck_assert_uint_eq(fake_last(__HYPERVISOR_update_va_mapping)->a[1] & 0x000ffffffffff000ull, 0xabc000);
    ck_assert_ptr_eq(xg_shared_vcpu_info(shared, 31), &shared->vcpu_info[31]);
    ck_assert_ptr_null(xg_shared_vcpu_info(shared, 32));
    shared = NULL;
    fake_refuse(__HYPERVISOR_update_va_mapping, -XEN_EINVAL, 0);
    ck_assert_int_eq(xg_shared_map(&boot, &fake.shared, &shared), -XG_EINVAL);
    ck_assert_ptr_null(shared);
}
END_TEST

static struct xg_runstate_area area;
static int stop;

/* time[0] is always twice state_entry_time. */
static void *update_runstate(void *arg)
{
    struct vcpu_runstate_info *info = (struct vcpu_runstate_info *)area.storage;
    uint64_t n;

    for (n = 1; !__atomic_load_n(&stop, __ATOMIC_RELAXED); n++) {
        __atomic_store_n(&info->state_entry_time, n | XEN_RUNSTATE_UPDATE, __ATOMIC_SEQ_CST);
        __atomic_store_n(&info->time[0], 2 * n, __ATOMIC_SEQ_CST);
        __atomic_store_n(&info->state_entry_time, n, __ATOMIC_SEQ_CST);
    }
    return NULL;
}

START_TEST(runstate_is_read_whole)
{
    struct xg_runstate state;
    pthread_t writer;
    unsigned int i;

    ck_assert_int_eq(xg_runstate_register(0, &area), 0);
    pthread_create(&writer, NULL, update_runstate, NULL);
    for (i = 0; i < 100000; i++)
        if (!xg_runstate_read(&area, &state))
            ck_assert_uint_eq(state.spent_ns[0], 2 * state.entered_ns);
    __atomic_store_n(&stop, 1, __ATOMIC_RELAXED);
    pthread_join(writer, NULL);
}
END_TEST

START_TEST(runstate_that_never_settles)
{
    struct xg_runstate state;

    ((struct vcpu_runstate_info *)area.storage)->state_entry_time = XEN_RUNSTATE_UPDATE;
    ck_assert_int_eq(xg_runstate_read(&area, &state), -XG_EAGAIN);
}
END_TEST

TCase *vcpu_tests(void)
{
    TCase *tests = tcase_create("vcpu");

    tcase_add_test(tests, context);
    tcase_add_test(tests, context_without_traps);
    tcase_add_test(tests, up_down_and_count);
    tcase_add_test(tests, vcpu_info_is_registered);
    tcase_add_test(tests, shared_info_is_mapped_over_the_page);
    tcase_add_test(tests, runstate_is_read_whole);
    tcase_add_test(tests, runstate_that_never_settles);
    return tests;
}
