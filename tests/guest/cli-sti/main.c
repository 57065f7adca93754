/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * CLI and STI of a guest kernel with virtual IOPL 1 do nothing; without it they are #GP.
 *
 * A PV guest masks events by the byte in vcpu_info, never by IF. Linux still executes thousands of CLIs on
 * its early paths after it set its IOPL to 1: they must be swallowed, and neither instruction may touch the
 * event mask or the real interrupt flag.
 *
 * What goes wrong: CLI sets the event mask ("it looks right") and the guest, which never executes the
 * matching STI, gets no event again; rip is not advanced; CLI is passed through to the processor, which stops
 * all interrupts.
 */
#include "guest.h"

#include <xen/physdev.h>

const char test_title[] = "CLI and STI are swallowed";

void test_main(void)
{
    struct physdev_set_iopl op = {.iopl = 1};

    CHECK_EQUAL(TRAP_TRY("cli"), 13);
    CHECK_EQUAL(trap_last.frame.error_code, 0);
    CHECK_EQUAL(TRAP_TRY("sti"), 13);

    CHECK_RC(hypercall_physdev_op(PHYSDEVOP_set_iopl, &op), 0);
    event_disable();
    CHECK_EQUAL(TRAP_TRY("sti"), -1);
    CHECK_EQUAL(shared_info.vcpu_info[0].evtchn_upcall_mask, 1);
    CHECK_EQUAL(read_rflags() & RFLAGS_IF, RFLAGS_IF);
    event_enable();
    CHECK_EQUAL(TRAP_TRY("cli"), -1);
    CHECK_EQUAL(shared_info.vcpu_info[0].evtchn_upcall_mask, 0);
    CHECK_EQUAL(read_rflags() & RFLAGS_IF, RFLAGS_IF);
    event_disable();

    op.iopl = 0;
    CHECK_RC(hypercall_physdev_op(PHYSDEVOP_set_iopl, &op), 0);
    CHECK_EQUAL(TRAP_TRY("cli"), 13);
    test_success();
}
