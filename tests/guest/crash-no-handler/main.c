/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An exception for which no handler is registered crashes the domain, and only the domain.
 *
 * There is nobody to give it to. The hypervisor says which domain and vCPU crashed, shows its registers, and
 * ends it; as Domain 0 is the domain, the machine restarts after that. This is the porter's most frequent
 * experience: the message is what he has.
 *
 * What goes wrong: the guest is entered at address 0; the exception is tried again and again; the hypervisor
 * takes it for its own fault and panics.
 */
#include "guest.h"

const char test_title[] = "an exception without a handler crashes the domain";

void test_main(void)
{
    CHECK_RC(hypercall_set_trap_table(NULL), 0);
    test_expect_crash("UD2 without a trap table");
    asm volatile("ud2");
}
