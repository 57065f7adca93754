/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * vm_assist: which types a 64-bit guest may switch, and the errnos of the rest.
 *
 * xen.h: types 0 to 5 and 32. A 64-bit guest may set those that mean nothing to it as well. Types without a
 * meaning are -EINVAL, unknown commands -ENOSYS, in this order of checks.
 *
 * What goes wrong: type 32 (strict M2P) is shifted into a 32-bit mask; a type above 63 indexes out of the
 * word.
 */
#include "guest.h"

const char test_title[] = "vm_assist: types and commands";

void test_main(void)
{
    static const unsigned int known[] = {
        VMASST_TYPE_4gb_segments,     VMASST_TYPE_4gb_segments_notify, VMASST_TYPE_writable_pagetables,
        VMASST_TYPE_pae_extended_cr3, VMASST_TYPE_architectural_iopl,  VMASST_TYPE_runstate_update_flag,
        VMASST_TYPE_m2p_strict,
    };
    static const unsigned int unknown[] = {6, 7, 31, 33, 63, 64, 96, ~0u};
    unsigned int i;

    for (i = 0; i < ARRAY_SIZE(known); i++) {
        CHECK_RC(hypercall_vm_assist(VMASST_CMD_enable, known[i]), 0);
        CHECK_RC(hypercall_vm_assist(VMASST_CMD_enable, known[i]), 0);
        CHECK_RC(hypercall_vm_assist(VMASST_CMD_disable, known[i]), 0);
    }
    for (i = 0; i < ARRAY_SIZE(unknown); i++) {
        CHECK_RC(hypercall_vm_assist(VMASST_CMD_enable, unknown[i]), -XEN_EINVAL);
        CHECK_RC(hypercall_vm_assist(VMASST_CMD_disable, unknown[i]), -XEN_EINVAL);
    }
    CHECK_RC(hypercall_vm_assist(2, VMASST_TYPE_writable_pagetables), -XEN_ENOSYS);
    CHECK_RC(hypercall_vm_assist(2, 31), -XEN_EINVAL);
    test_success();
}
