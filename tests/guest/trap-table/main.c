/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * set_trap_table: what it merges, what it clears, what it refuses, and the flag that masks events.
 *
 * xen.h: the list ends at an entry whose address is 0; entries before it replace those of their vectors and
 * leave the rest, so that partial tables may be given many times; a NULL list clears all. Flag bit 2 makes
 * the event mask 1 on entry, and the saved mask in cs still tells what it was. Handlers must be canonical
 * addresses.
 *
 * What goes wrong: a partial list clears the rest; the terminator is applied as an entry for vector 0; a bad
 * entry in the middle undoes those before it (Xen keeps them); the mask is set before it is saved.
 */
#include "guest.h"

const char test_title[] = "set_trap_table: merging, refusals, the mask flag";

static long set(uint8_t vector, uint8_t flags, uint16_t cs, unsigned long address)
{
    struct trap_info traps[2] = {{.vector = vector, .flags = flags, .cs = cs, .address = address}};

    return hypercall_set_trap_table(traps);
}

static int raise_ud(void)
{
    return TRAP_TRY("ud2");
}

void test_main(void)
{
    struct trap_info two[3] = {
        {.vector = 6, .cs = FLAT_KERNEL_CS, .address = TRAP_STUB(77)},
        {.vector = 3, .cs = FLAT_KERNEL_CS, .address = 0x800000000000},
    };

    /* Another stub for one vector: the others stay. */
    CHECK_RC(set(6, 0, FLAT_KERNEL_CS, TRAP_STUB(66)), 0);
    CHECK_EQUAL(raise_ud(), 66);
    CHECK_EQUAL(trap_try_read((void *)0x1000), 14);

    CHECK_RC(set(6, 4, FLAT_KERNEL_CS, TRAP_STUB(6)), 0);
    event_enable();
    CHECK_EQUAL(raise_ud(), 6);
    CHECK_EQUAL(trap_last.mask, 1);
    CHECK_EQUAL(FRAME_MASK(&trap_last.frame), 0);
    CHECK_EQUAL(trap_last.frame.rflags & RFLAGS_IF, RFLAGS_IF);
    CHECK_EQUAL(shared_info.vcpu_info[0].evtchn_upcall_mask, 0);
    event_disable();

    CHECK_RC(hypercall_set_trap_table((void *)0x1000), -XEN_EFAULT);
    CHECK_RC(hypercall_set_trap_table((void *)0xffff830000000000), -XEN_EFAULT);
    CHECK_RC(set(6, 0, FLAT_KERNEL_CS, 0x800000000000), -XEN_EINVAL);
    CHECK_RC(set(6, 0, FLAT_KERNEL_CS, 0xffff7fffffffffff), -XEN_EINVAL);
    CHECK_EQUAL(raise_ud(), 6);
    CHECK_RC(hypercall_set_trap_table(two), -XEN_EINVAL);
    CHECK_EQUAL(raise_ud(), 77);

    /* Surprising: an address in the hypervisor's hole is canonical, and accepted. */
    CHECK_RC(set(200, 0, FLAT_KERNEL_CS, 0xffff830000000000), 0);

    /* Any code selector is accepted: it is made one of ring 3 or the flat one. */
    CHECK_RC(set(6, 0, FLAT_KERNEL_CS & ~3, TRAP_STUB(6)), 0);
    CHECK_EQUAL(raise_ud(), 6);

    CHECK_RC(hypercall_set_trap_table(NULL), 0);
    trap_initialise();
    CHECK_EQUAL(raise_ud(), 6);
    test_success();
}
