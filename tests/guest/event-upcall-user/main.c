/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An event that is due reaches the kernel out of user mode too, on the kernel's stack and page table.
 *
 * The upcall's frame is that of an exception without error code, cs with RPL 3. Going to user mode by iret
 * with IF set and an event pending delivers it before, or at, the first user instruction; a timer interrupts
 * user code that never calls.
 *
 * What goes wrong: the check on the way out is made for hypercalls only, and a user loop starves its kernel;
 * the upcall runs on the user's page table; the return to user mode loses registers.
 */
#include "guest.h"

const char test_title[] = "upcalls out of user mode";

static volatile unsigned int *timer_count;

static void user_wait(void)
{
    unsigned long turns;

    for (turns = 0; turns < 2000000000 && !*timer_count; turns++) {
        barrier();
    }
    asm volatile("movq $0x77, %%rbx; syscall" ::"a"(*timer_count) : "rbx", "rcx", "r11", "memory");
}

void test_main(void)
{
    evtchn_port_t ipi, timer;

    user_initialise();
    CHECK_RC(event_bind_ipi(0, &ipi), 0);
    hypercall_vcpu_op(VCPUOP_stop_periodic_timer, 0, NULL);
    CHECK_RC(event_bind_virq(VIRQ_TIMER, 0, &timer), 0);
    event_unmask_locally(ipi);
    event_unmask_locally(timer);
    timer_count = &event_count[timer];

    CHECK_RC(event_send(ipi), 0);
    CHECK_EQUAL(event_count[ipi], 0);
    CHECK_RC(hypercall_set_timer_op(time_ns() + 20000000), 0);
    user_run(user_wait);
    CHECK_EQUAL(trap_last.frame.vector, VECTOR_SYSCALL);
    CHECK_EQUAL(event_count[ipi], 1);
    CHECK_EQUAL(trap_last.frame.rax, 1);
    CHECK_EQUAL(trap_last.frame.rbx, 0x77);
    CHECK_EQUAL(event_upcall_mask_seen, 1);
    CHECK_EQUAL(event_count[timer], 1);
    test_success();
}
