/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Each of the four data selectors, when it can no longer be loaded, enters the failsafe callback.
 *
 * The way is that of the test failsafe-callback. The frame shows all four as the vCPU had them; afterwards
 * the bad one is NUL and the others are what they were, and so are the bases of FS and GS.
 *
 * What goes wrong: FS and GS are loaded by other code than DS and ES, on some processors by none when the
 * base can be written directly, and their faults are then the hypervisor's own; a NUL selector takes the base
 * along.
 */
#include "guest.h"

const char test_title[] = "the failsafe callback for each data selector";

#define BAD  (1 << 3 | 3)
#define GOOD (2 << 3 | 3)

static uint64_t gdt[512] __attribute__((aligned(PAGE_SIZE)));
static uint64_t cell;

static void load(unsigned int which, uint16_t selector)
{
    switch (which) {
    case 0:
        asm volatile("movw %w0, %%ds" ::"r"(selector));
        break;
    case 1:
        asm volatile("movw %w0, %%es" ::"r"(selector));
        break;
    case 2:
        asm volatile("movw %w0, %%fs" ::"r"(selector));
        break;
    case 3:
        asm volatile("movw %w0, %%gs" ::"r"(selector));
        break;
    }
}

static void read_all(uint16_t *selectors)
{
    asm volatile("movw %%ds, %0\n\tmovw %%es, %1\n\tmovw %%fs, %2\n\tmovw %%gs, %3"
                 : "=m"(selectors[0]), "=m"(selectors[1]), "=m"(selectors[2]), "=m"(selectors[3]));
}

static void one(unsigned int which)
{
    uint16_t selectors[4];
    unsigned int i;

    CHECK_RC(hypercall_update_descriptor(maddr_of(&gdt[1]), gdt[2]), 0);
    for (i = 0; i < 4; i++) {
        load(i, i == which ? BAD : GOOD);
    }
    CHECK_RC(hypercall_set_segment_base(SEGBASE_FS, (unsigned long)&cell), 0);
    CHECK_RC(hypercall_set_segment_base(SEGBASE_GS_KERNEL, (unsigned long)&cell + 4), 0);
    trap_forget();
    trap_continue = true;
    CHECK_RC(hypercall_update_descriptor(maddr_of(&gdt[1]), 0), 0);
    vcpu_let_count();
    trap_continue = false;

    CHECK_EQUAL(trap_last.count, 1);
    CHECK_EQUAL(trap_last.frame.vector, VECTOR_FAILSAFE);
    read_all(selectors);
    for (i = 0; i < 4; i++) {
        CHECK_EQUAL((uint16_t)failsafe_selectors[i], i == which ? BAD : GOOD);
        CHECK_EQUAL(selectors[i], i == which ? 0 : GOOD);
    }
    CHECK_EQUAL(read_msr(MSR_FS_BASE), &cell);
    CHECK_EQUAL(read_msr(MSR_GS_BASE), (unsigned long)&cell + 4);
}

void test_main(void)
{
    uint64_t frames[1] = {mfn_of(gdt)};
    unsigned int which;

    gdt[1] = gdt[2] = 0x00cff3000000ffffull;
    CHECK_EQUAL(page_protect(gdt), 0);
    CHECK_RC(hypercall_set_gdt(frames, 512), 0);
    REQUIRE(vcpu_launch(1, vcpu_count) == 0);
    for (which = 0; which < 4; which++) {
        one(which);
    }
    test_success();
}
