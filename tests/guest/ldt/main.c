/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * MMUEXT_SET_LDT: descriptor pages at a virtual address, looked at only when the processor uses one.
 *
 * xen.h: linear address (page aligned) and number of entries, at most 8192. Pages become descriptor pages at
 * the first use of a selector in them, by a fault that the guest does not see; a page that cannot become one
 * (mapped writable, not mapped) gives the guest a page fault in its LDT, at the linear address of the
 * descriptor. A new SET_LDT, with 0 entries too, lets the old pages go. LAR and LSL ask without loading.
 *
 * What goes wrong: pages stay descriptor pages for ever, and the guest cannot reuse them; the fault shows the
 * hypervisor's address; a page whose contents are not allowed is mapped all the same.
 */
#include "guest.h"

const char test_title[] = "the LDT and its lazy mapping";

#define DATA_DPL3 0x00cff3000000ffffull
#define DATA_BYTE 0x004ff3123456789aull
#define CALL_GATE 0x0000ec0000000000ull
#define TSS       0x000089000000ffffull

#define SELECTOR(entry) ((uint16_t)((entry) << 3 | 7))

static uint64_t ldt[3][512] __attribute__((aligned(PAGE_SIZE)));

static long set_ldt(const void *address, unsigned int entries)
{
    struct mmuext_op op = {
        .cmd = MMUEXT_SET_LDT, .arg1.linear_addr = (unsigned long)address, .arg2.nr_ents = entries};

    return hypercall_mmuext_op(&op, 1, NULL, DOMID_SELF);
}

static int load_es(uint16_t selector)
{
    return TRAP_TRY("movl %0, %%eax; movl %%eax, %%es", "r"((uint32_t)selector));
}

static bool lar(uint16_t selector, uint32_t *rights)
{
    bool ok;

    asm volatile("lar %w2, %0" : "=r"(*rights), "=@ccz"(ok) : "r"(selector));
    return ok;
}

static bool lsl(uint16_t selector, uint32_t *limit)
{
    bool ok;

    asm volatile("lsl %w2, %0" : "=r"(*limit), "=@ccz"(ok) : "r"(selector));
    return ok;
}

static void refusals(void)
{
    CHECK_RC(set_ldt((char *)ldt + 8, 512), -XEN_EINVAL);
    CHECK_RC(set_ldt(ldt, 8193), -XEN_EINVAL);
    CHECK_RC(set_ldt((void *)(1ul << 47), 512), -XEN_EINVAL);
    CHECK_RC(set_ldt((void *)HYPERVISOR_VIRT_START, 512), -XEN_EINVAL);
    CHECK_EQUAL(load_es(SELECTOR(1)), 13);
    CHECK_EQUAL(trap_last.frame.error_code, SELECTOR(1) & ~3);
}

/* All pages are fit when first used. */
static void lazily(void)
{
    uint32_t value;

    CHECK_RC(set_ldt(ldt, 1025), 0);
    CHECK_EQUAL(load_es(SELECTOR(1)), -1);
    CHECK_EQUAL(load_es(SELECTOR(513)), -1);
    CHECK_EQUAL(load_es(SELECTOR(2)), 13);
    CHECK_EQUAL(trap_last.frame.error_code, SELECTOR(2) & ~3);
    CHECK_EQUAL(load_es(SELECTOR(1025)), 13);
    CHECK(lar(SELECTOR(3), &value) && (value & 0xff00) == 0xf300);
    CHECK(lsl(SELECTOR(3), &value) && value == 0xf789a);
    CHECK(!lar(SELECTOR(2), &value));
    CHECK(!lar(SELECTOR(1026), &value));
    CHECK_RC(page_unprotect(ldt[0]), -XEN_EBUSY);
    CHECK_RC(page_unprotect(ldt[1]), -XEN_EBUSY);
    CHECK_EQUAL(load_es(0), -1);
    CHECK_RC(set_ldt(NULL, 0), 0);
    CHECK_RC(page_unprotect(ldt[0]), 0);
    CHECK_EQUAL(load_es(SELECTOR(1)), 13);
}

/* Page 0 is mapped writable, page 1 holds a system descriptor, page 2 goes away. */
static void unfit(void)
{
    CHECK_RC(set_ldt(ldt, 1536), 0);
    CHECK_EQUAL(load_es(SELECTOR(1)), 14);
    CHECK_EQUAL(trap_last.cr2, (uint64_t)&ldt[0][1]);
    CHECK_RC(page_unprotect(ldt[1]), 0);
    ldt[1][5] = TSS;
    CHECK_RC(page_protect(ldt[1]), 0);
    CHECK_EQUAL(load_es(SELECTOR(513)), 14);
    CHECK_EQUAL(trap_last.cr2, (uint64_t)&ldt[1][1]);
    CHECK_RC(page_unmap(ldt[2]), 0);
    CHECK_EQUAL(load_es(SELECTOR(1025)), 14);
    CHECK_EQUAL(trap_last.cr2, (uint64_t)&ldt[2][1]);
    CHECK_RC(page_protect(ldt[0]), 0);
    CHECK_EQUAL(load_es(SELECTOR(1)), -1);
}

void test_main(void)
{
    ldt[0][1] = ldt[1][1] = ldt[2][1] = DATA_DPL3;
    ldt[0][3] = DATA_BYTE;
    ldt[0][4] = CALL_GATE;
    refusals();
    CHECK_RC(page_protect(ldt[0]), 0);
    CHECK_RC(page_protect(ldt[1]), 0);
    CHECK_RC(page_protect(ldt[2]), 0);
    lazily();
    unfit();
    test_success();
}
