/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * No descriptor that a guest can install leads into the hypervisor or gives it more than ring 3.
 *
 * GDT and LDT pages are read by the processor in earnest. A code segment of DPL 0 needs a way in, but a
 * conforming one does not; a call gate with a selector of the hypervisor is such a way; an LDT or TSS
 * descriptor points the processor at tables of the guest's making; a gate of 64-bit mode has two halves, and
 * each half alone looks like something else. So system descriptors are refused when present, call gates end
 * in the guest's own segments, everything else becomes DPL 3. The check runs when a page becomes a descriptor
 * page and on each update, and the page cannot be written in between.
 *
 * Asserted: refusals of update_descriptor, of a page that holds such descriptors, of tables that reach into
 * the reserved entries, of LDTs at the hypervisor's addresses; DPL 0 code comes back with DPL 3; a far call
 * through the gates that are accepted does not raise the privilege; a selector of the hypervisor's own cannot
 * be loaded.
 */
#include "guest.h"

const char test_title[] = "descriptors: no gate and no segment into the hypervisor";

#define CODE_64             0x00af9b000000fffful /* present, DPL 0 */
#define CONFORMING          0x00af9f000000fffful
#define DATA                0x00cf93000000fffful
#define DPL_3               (3ul << 45)
#define SYSTEM(type, dpl)   (0x0000800000000000ul | (uint64_t)(type) << 40 | (uint64_t)(dpl) << 45 | 0x67)
#define GATE(selector, dpl) (0x00008c0000000000ul | (uint64_t)(dpl) << 45 | (uint64_t)(selector) << 16)

static uint64_t table[512] __attribute__((aligned(PAGE_SIZE)));

static long set(unsigned int index, uint64_t descriptor)
{
    return hypercall_update_descriptor(maddr_of(&table[index]), descriptor);
}

static void refused_values(void)
{
    unsigned int type, dpl;

    for (type = 1; type < 16; type++) {
        for (dpl = 0; dpl < 4; dpl += 3) {
            if (type != 12 && set(8, SYSTEM(type, dpl)) >= 0) {
                test_failure("a system descriptor of type %u and DPL %u was accepted", type, dpl);
            }
        }
    }
    /* The hypervisor's own code segments, with any RPL, in both numberings. */
    for (type = 0; type < 4; type++) {
        CHECK(set(8, GATE(0xe008 | type, 3)) < 0);
        CHECK(set(8, GATE(0xe040 | type, 0)) < 0);
        CHECK(set(8, GATE(0xfff8 & ~4u, type)) < 0);
    }
    CHECK_EQUAL(table[8], 0);
}

static void raised_to_ring_3(void)
{
    CHECK_RC(set(9, CODE_64), 0);
    CHECK_EQUAL(table[9] & DPL_3, DPL_3);
    CHECK_RC(set(10, CONFORMING), 0);
    CHECK_EQUAL(table[10] & DPL_3, DPL_3);
    CHECK_RC(set(11, DATA), 0);
    CHECK_EQUAL(table[11] & DPL_3, DPL_3);
}

static void page_with_bad_descriptor(uint64_t descriptor)
{
    static uint64_t bad[512] __attribute__((aligned(PAGE_SIZE)));
    uint64_t frame = mfn_of(bad);

    CHECK_RC(page_unprotect(bad), 0);
    bad[300] = descriptor;
    CHECK_RC(page_protect(bad), 0);
    CHECK(hypercall_set_gdt(&frame, 512) < 0);
}

static void ldt_addresses(void)
{
    static const uint64_t bases[] = {0xffff800000000000,
                                     0xffff830000000000,
                                     0xffff87fffffff000,
                                     0xffff7ffffffff000,
                                     0x0000800000000000,
                                     0xffff7fffffff0000,
                                     0x123};
    struct mmuext_op op = {.cmd = MMUEXT_SET_LDT};
    unsigned int i;

    for (i = 0; i < ARRAY_SIZE(bases); i++) {
        op.arg1.linear_addr = bases[i];
        op.arg2.nr_ents = 8192;
        CHECK(hypercall_mmuext_op(&op, 1, NULL, DOMID_SELF) < 0);
    }
    op.arg1.linear_addr = (unsigned long)table;
    op.arg2.nr_ents = 8193;
    CHECK(hypercall_mmuext_op(&op, 1, NULL, DOMID_SELF) < 0);
}

/* A far call (REX.W FF /3) by memory operand to a selector; the vector that it makes. As bytes: clang has no
 * name for it. */
static int far_call(uint16_t selector)
{
    static struct {
        uint64_t offset;
        uint16_t selector;
    } __attribute__((packed)) target;

    target.selector = selector;
    return TRAP_TRY(".byte 0x48, 0xff, 0x1b", "b"(&target));
}

void test_main(void)
{
    uint64_t frames[15];
    unsigned int i, selector;

    REQUIRE(page_protect(table) == 0);
    for (i = 0; i < ARRAY_SIZE(frames); i++) {
        frames[i] = mfn_of(table);
    }
    CHECK_RC(hypercall_set_gdt(frames, 7169), -XEN_EINVAL);
    REQUIRE(hypercall_set_gdt(frames, 512) == 0);
    refused_values();
    raised_to_ring_3();
    page_with_bad_descriptor(SYSTEM(9, 0));
    page_with_bad_descriptor(SYSTEM(2, 3));
    page_with_bad_descriptor(GATE(0xe008, 3));
    page_with_bad_descriptor(SYSTEM(14, 3));
    ldt_addresses();

    /* What is accepted: a gate to our own code. Whatever the call does, it does not come in ring 0. */
    if (set(12, GATE(0xe033, 3)) == 0) {
        CHECK_EQUAL(far_call(12 * 8 | 3), 13);
    }
    for (selector = 0xe008; selector <= 0xe0f8; selector += 8) {
        /* Two are code for guests: they would be called. */
        if ((selector | 3) != FLAT_KERNEL_CS && (selector | 3) != FLAT_RING3_CS32) {
            int vector = far_call((uint16_t)selector);

            if (vector != 13 && vector != 11) {
                test_failure("a far call to selector 0x%x makes vector %d", selector, vector);
            }
        }
    }
    CHECK_EQUAL(TRAP_TRY("ltr %w0", "r"(0xe040)), 13);
    CHECK_EQUAL(TRAP_TRY("lldt %w0", "r"(0xe040)), 13);
    test_success();
}
