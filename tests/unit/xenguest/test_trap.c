/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The virtual IDT: what Xen is told, which handler runs, and which way back is taken. The entry stubs
 * themselves run only as a guest.
 */
#include <string.h>
#include <xenguest/errno.h>
#include <xenguest/shared.h>
#include <xenguest/trap.h>
#include "fake_xen.h"
#include "suites.h"
#include "private.h"
#include "trap_private.h"

static struct xg_traps traps;
static unsigned int nr_calls, nr_leaves;

static void note_call(struct xg_frame *frame, void *arg)
{
    nr_calls++;
    if (arg)
        *(uint64_t *)arg = frame->vector;
}

static void note_leave(struct xg_frame *frame, void *arg)
{
    nr_leaves++;
}

static void set_up(void)
{
    xg_traps_init(&traps);
    ck_assert_int_eq(xg_traps_install(&traps), 0);
}

static struct xg_frame frame_of(uint64_t vector)
{
    struct xg_frame frame = {
        .vector = vector, .cs = FLAT_KERNEL_CS & ~3, .ss = FLAT_KERNEL_SS, .rflags = XG_RFLAGS_IF};

    return frame;
}

START_TEST(table_is_complete)
{
    unsigned int i, last = 0;

    set_up();
    ck_assert_uint_eq(fake.nr_traps, XG_TRAP_TABLE);
    for (i = 0; i < fake.nr_traps; i++) {
        const struct trap_info *entry = &fake.traps[i];
        bool from_user = entry->vector == 3 || entry->vector == 4 || entry->vector == 0x80;
        bool masking = entry->vector == 2 || entry->vector == 14 || entry->vector == 18;

        ck_assert(i == 0 || entry->vector > last);
        last = entry->vector;
        ck_assert_uint_eq(entry->address, xg_arch_trap_entry(entry->vector));
        ck_assert_uint_eq(entry->cs, FLAT_KERNEL_CS);
        ck_assert_uint_eq(TI_GET_DPL(entry), from_user ? 3 : 0);
        ck_assert_uint_eq(TI_GET_IF(entry) != 0, masking);
    }
}
END_TEST

START_TEST(callbacks_are_registered)
{
    set_up();
    ck_assert_uint_eq(fake.callbacks[CALLBACKTYPE_event].address, xg_arch_trap_entry(XG_TRAP_EVENT));
    ck_assert_uint_eq(fake.callbacks[CALLBACKTYPE_failsafe].address, xg_arch_trap_entry(XG_TRAP_FAILSAFE));
    ck_assert_uint_eq(fake.callbacks[CALLBACKTYPE_failsafe].flags, CALLBACKF_mask_events);
    ck_assert_uint_eq(fake.callbacks[CALLBACKTYPE_syscall].address, xg_arch_trap_entry(XG_TRAP_SYSCALL));
    ck_assert_uint_eq(fake.callbacks[CALLBACKTYPE_nmi].address, xg_arch_trap_entry(XG_TRAP_NMI));
}
END_TEST

START_TEST(refused_registration_is_reported)
{
    xg_traps_init(&traps);
    fake_refuse(__HYPERVISOR_set_trap_table, -XEN_EINVAL, 0);
    ck_assert_int_eq(xg_traps_install(&traps), -XG_EINVAL);
    fake_refuse(__HYPERVISOR_callback_op, -XEN_ENOSYS, 0);
    ck_assert_int_eq(xg_traps_install(&traps), -XG_ENOSYS);
}
END_TEST

START_TEST(handlers_by_vector)
{
    const unsigned int vectors[] = {
        0, 14, 31, XG_TRAP_INT80, XG_TRAP_EVENT, XG_TRAP_FAILSAFE, XG_TRAP_SYSCALL};
    unsigned int i;

    set_up();
    for (i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++) {
        struct xg_frame frame = frame_of(vectors[i]);
        uint64_t got = ~0ull;

        ck_assert_int_eq(xg_traps_handle(&traps, vectors[i], note_call, &got), 0);
        xg_trap_dispatch(&frame);
        ck_assert_uint_eq(got, vectors[i]);
    }
    ck_assert_int_eq(xg_traps_handle(&traps, 32, note_call, NULL), -XG_EINVAL);
    ck_assert_int_eq(xg_traps_handle(&traps, XG_TRAP_SEGMENTS, note_call, NULL), -XG_EINVAL);
}
END_TEST

START_TEST(rest_goes_to_one_handler)
{
    struct xg_frame frame = frame_of(XG_TRAP_PROTECTION);
    uint64_t got = 0;

    set_up();
    xg_traps_handle_rest(&traps, note_call, &got);
    xg_trap_dispatch(&frame);
    ck_assert_uint_eq(got, XG_TRAP_PROTECTION);
}
END_TEST

START_TEST(unhandled_trap_panics)
{
    struct xg_frame frame = frame_of(XG_TRAP_INVALID_OPCODE);

    set_up();
    fake.panic = "trap";
    xg_trap_dispatch(&frame);
}
END_TEST

START_TEST(leave_hook_is_for_events)
{
    struct xg_frame event = frame_of(XG_TRAP_EVENT), other = frame_of(XG_TRAP_BREAKPOINT);

    set_up();
    xg_traps_handle_rest(&traps, note_call, NULL);
    xg_traps_on_leave(&traps, note_leave, NULL);
    ck_assert(!xg_trap_dispatch(&event));
    ck_assert_uint_eq(nr_leaves, 1);
    xg_trap_dispatch(&other);
    ck_assert_uint_eq(nr_leaves, 1);
}
END_TEST

/* Xen could not reload data segments and put NUL there: the context goes on, no handler is asked. */
START_TEST(failsafe_recovers_from_segments)
{
    struct xg_frame frame = frame_of(XG_TRAP_SEGMENTS);

    set_up();
    ck_assert(!xg_trap_dispatch(&frame));
    ck_assert_uint_eq(traps.nr_failsafe_segments, 1);
}
END_TEST

static bool native(struct xg_frame *frame)
{
    return xg_trap_native_return(frame, frame->vector, XG_RFLAGS_IF);
}

START_TEST(native_return_only_where_nothing_changes)
{
    struct xg_frame frame = frame_of(XG_TRAP_BREAKPOINT);

    ck_assert(native(&frame));
    ck_assert_uint_eq(frame.cs, FLAT_KERNEL_CS);
    ck_assert_uint_eq(frame.ss, FLAT_KERNEL_SS);
    frame = frame_of(XG_TRAP_BREAKPOINT);
    frame.cs |= 3;
    ck_assert_msg(!native(&frame), "user mode needs the hypercall");
    frame = frame_of(XG_TRAP_BREAKPOINT);
    frame.rflags = 0;
    ck_assert_msg(!native(&frame), "the handler changed the event mask");
    frame = frame_of(XG_TRAP_BREAKPOINT);
    frame.ss = 0;
    ck_assert_msg(!native(&frame), "IRET to privilege 3 with a NUL stack segment faults");
    frame = frame_of(XG_TRAP_NMI);
    ck_assert(!native(&frame));
    frame = frame_of(XG_TRAP_MACHINE_CHECK);
    ck_assert(!native(&frame));
    frame = frame_of(XG_TRAP_EVENT);
    ck_assert(!native(&frame));
}
END_TEST

START_TEST(native_return_of_a_page_fault_opens_the_mask)
{
    struct vcpu_info *info = &fake.shared.vcpu_info[0];
    struct xg_frame frame = frame_of(XG_TRAP_PAGE_FAULT);

    info->evtchn_upcall_mask = 1;
    ck_assert(native(&frame));
    ck_assert(!xg_upcall_masked(info));
    info->evtchn_upcall_mask = 1;
    frame = frame_of(XG_TRAP_PAGE_FAULT);
    frame.rflags = 0;
    ck_assert(xg_trap_native_return(&frame, XG_TRAP_PAGE_FAULT, 0));
    ck_assert_msg(xg_upcall_masked(info), "the interrupted code had events masked");
}
END_TEST

static unsigned int nr_forced;

static void note_forced(const struct fake_call *call)
{
    nr_forced += call->number == __HYPERVISOR_xen_version;
}

START_TEST(unmasking_forces_delivery)
{
    struct vcpu_info *info = &fake.shared.vcpu_info[0];
    unsigned long outer, inner;

    fake.on_call = note_forced;
    info->evtchn_upcall_mask = 0;
    outer = xg_upcall_save(info);
    inner = xg_upcall_save(info);
    ck_assert(xg_upcall_masked(info));
    info->evtchn_upcall_pending = 1;
    xg_upcall_restore(info, inner);
    ck_assert_uint_eq(nr_forced, 0);
    ck_assert(xg_upcall_masked(info));
    xg_upcall_restore(info, outer);
    ck_assert_uint_eq(nr_forced, 1);
    ck_assert(!xg_upcall_masked(info));
    info->evtchn_upcall_pending = 0;
    xg_upcall_restore(info, XG_UPCALL_ENABLED);
    ck_assert_uint_eq(nr_forced, 1);
}
END_TEST

static char printed[2048];

static void print_to(const char *text, size_t length, void *arg)
{
    strncat(printed, text, length);
}

START_TEST(frame_is_printed)
{
    struct xg_frame frame = frame_of(XG_TRAP_PAGE_FAULT);

    frame.rip = 0xffffffff80001234;
    frame.r15 = 0x15;
    xg_frame_print(&frame, print_to, NULL);
    ck_assert_ptr_nonnull(
        strstr(printed, "page fault (vector 14, error code 0x0) in kernel mode, events enabled\n"));
    ck_assert_ptr_nonnull(strstr(printed, "rip ffffffff80001234"));
    ck_assert_ptr_nonnull(strstr(printed, "r15 0000000000000015\n"));
    ck_assert_str_eq(xg_trap_name(9), "vector");
}
END_TEST

static unsigned int nr_visited;

static void visit(uint64_t address, void *arg)
{
    ck_assert_uint_eq(address, 0x1000 + nr_visited++);
}

START_TEST(stack_walk_stays_within_the_stack)
{
    uint64_t stack[16] = {0};
    uint64_t low = (uint64_t)(uintptr_t)stack, high = low + sizeof(stack);

    stack[0] = low + 32;
    stack[1] = 0x1000;
    stack[4] = low + 64;
    stack[5] = 0x1001;
    stack[8] = low + 32; /* backwards */
    stack[9] = 0x1002;
    xg_stack_walk(low, low, high, 10, visit, NULL);
    ck_assert_uint_eq(nr_visited, 3);
    nr_visited = 0;
    stack[4] = high - 8; /* half outside */
    xg_stack_walk(low, low, high, 10, visit, NULL);
    ck_assert_uint_eq(nr_visited, 2);
    nr_visited = 0;
    xg_stack_walk(low, low, high, 1, visit, NULL);
    ck_assert_uint_eq(nr_visited, 1);
    nr_visited = 0;
    xg_stack_walk(low + 1, low, high, 10, visit, NULL);
    xg_stack_walk(0, low, high, 10, visit, NULL);
    xg_stack_walk(~0ull, low, high, 10, visit, NULL);
    ck_assert_uint_eq(nr_visited, 0);
}
END_TEST

TCase *trap_tests(void)
{
    TCase *tests = tcase_create("trap");

    tcase_add_test(tests, table_is_complete);
    tcase_add_test(tests, callbacks_are_registered);
    tcase_add_test(tests, refused_registration_is_reported);
    tcase_add_test(tests, handlers_by_vector);
    tcase_add_test(tests, rest_goes_to_one_handler);
    tcase_add_exit_test(tests, unhandled_trap_panics, 99);
    tcase_add_test(tests, leave_hook_is_for_events);
    tcase_add_test(tests, failsafe_recovers_from_segments);
    tcase_add_test(tests, native_return_only_where_nothing_changes);
    tcase_add_test(tests, native_return_of_a_page_fault_opens_the_mask);
    tcase_add_test(tests, unmasking_forces_delivery);
    tcase_add_test(tests, frame_is_printed);
    tcase_add_test(tests, stack_walk_stays_within_the_stack);
    return tests;
}
