/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which machine registers a Domain 0 kernel finds, what they read as, and which writes it may make in vain.
 *
 * There is no document: stock Xen was asked for each register that a kernel may look at, on an AMD and on an
 * Intel model (test msr-policy-intel). What is written to the machine-check status (0x17a) and, on Intel, to
 * the interrupt control of the banks that there are (0x280, 0x281) is found again by the writer, without any
 * other effect. A kernel probes many of them without a handler of its own at hand, so that a #GP more is a
 * kernel that does not boot. The values of registers that are read from the machine are not asserted.
 *
 * What goes wrong: a register of the other vendor answers; a write that did nothing says so by #GP in a path
 * that kernels take for granted (performance counters, power states); the real registers are handed through.
 */
#include "guest.h"

const char test_title[] = "the machine registers of a kernel";

/* What a write of 0, and of the value read with bit 0 changed, comes to. */
enum writes { NONE, ZERO, ALL };
enum who { ANY, AMD, INTEL };
#define MACHINE ~1ul /* whatever the machine has */
#define REFUSED ~2ul

static const struct {
    uint32_t first, last;
    enum who who;
    uint64_t value;
    enum writes writes;
} registers[] = {
    {0x0, 0x1, ANY, 0, NONE},
    {0x17, 0x17, INTEL, MACHINE, NONE},
    {0x1b, 0x1b, ANY, 0xfee00900, NONE},
    {0x34, 0x34, ANY, REFUSED, NONE},
    {0x3a, 0x3a, INTEL, 1, NONE},
    {0x79, 0x79, ANY, REFUSED, NONE},
    {0x8b, 0x8b, AMD, MACHINE, NONE},
    {0x8b, 0x8b, INTEL, MACHINE, ZERO},
    {0xc1, 0xc8, INTEL, 0, ALL},
    {0xce, 0xce, ANY, 0, NONE},
    {0xe7, 0xe8, ANY, REFUSED, ALL},
    {0x10a, 0x10a, INTEL, 0, NONE},
    {0x122, 0x123, ANY, REFUSED, NONE},
    {0x140, 0x140, ANY, 0, ZERO},
    {0x174, 0x176, ANY, REFUSED, NONE},
    {0x179, 0x179, AMD, 2, ALL},
    {0x179, 0x179, INTEL, 0x1000c02, ALL},
    {0x17a, 0x17b, ANY, 0, ALL},
    {0x186, 0x189, INTEL, 0, ALL},
    {0x198, 0x198, INTEL, 0, NONE},
    {0x199, 0x199, INTEL, 0, ALL},
    {0x19a, 0x19a, INTEL, REFUSED, ALL},
    {0x19c, 0x19c, INTEL, MACHINE, NONE},
    {0x1a0, 0x1a0, ANY, MACHINE, ALL},
    {0x1b0, 0x1b0, INTEL, REFUSED, ALL},
    {0x1d9, 0x1d9, ANY, REFUSED, NONE},
    {0x277, 0x277, ANY, 0x050100070406, NONE},
    {0x280, 0x29f, ANY, 0, ALL},
    {0x309, 0x30b, INTEL, 0, ALL},
    {0x345, 0x345, ANY, 0, NONE},
    {0x38d, 0x390, INTEL, 0, ALL},
    {0x400, 0x400, ANY, ~0ul, ALL},
    {0x401, 0x403, ANY, 0, ZERO},
    {0x404, 0x404, ANY, ~0ul, ALL},
    {0x405, 0x407, ANY, 0, ZERO},
    {0x408, 0x47f, ANY, 0, ALL},
    {0x480, 0x490, ANY, REFUSED, NONE},
    {0x6e0, 0x6e0, ANY, REFUSED, NONE},
    {0x802, 0x803, ANY, REFUSED, NONE},
    {0xda0, 0xda0, ANY, REFUSED, NONE},
    {0xc0000081, 0xc0000084, ANY, REFUSED, NONE},
    {0xc0000103, 0xc0000103, ANY, 0, ALL},
    {0xc0000104, 0xc0000104, ANY, REFUSED, NONE},
    {0xc0010000, 0xc0010007, AMD, 0, ALL},
    {0xc0010010, 0xc0010010, AMD, MACHINE, NONE},
    {0xc0010015, 0xc0010015, AMD, 0, ALL},
    {0xc0010016, 0xc001001a, AMD, MACHINE, NONE},
    {0xc001001d, 0xc001001d, AMD, MACHINE, NONE},
    {0xc001001f, 0xc001001f, ANY, 0, ALL},
    {0xc0010041, 0xc0010042, AMD, 0, ALL},
    {0xc0010055, 0xc0010060, ANY, REFUSED, NONE},
    {0xc0010061, 0xc001006b, AMD, 0, ALL},
    {0xc0010112, 0xc0010113, AMD, MACHINE, NONE},
    {0xc0010114, 0xc0010117, ANY, REFUSED, NONE},
    {0xc0010200, 0xc001020b, AMD, 0, ALL},
    {0xc001020c, 0xc001020c, ANY, REFUSED, NONE},
    {0xc0011029, 0xc0011029, AMD, 2, ALL},
};

static bool read_refused(uint32_t msr)
{
    return TRAP_TRY("rdmsr; movq %%rdx, %%rax", "c"(msr), "d"(0)) == 13;
}

static bool write_refused(uint32_t msr, uint64_t value)
{
    return TRAP_TRY("movl %0, %%eax; wrmsr", "r"((uint32_t)value), "c"(msr), "d"((uint32_t)(value >> 32))) ==
           13;
}

static enum who vendor;

static bool keeps(uint32_t msr)
{
    return msr == 0xc0000103 || msr == 0x17a || (vendor == INTEL && (msr == 0x280 || msr == 0x281));
}

static void check_one(uint32_t msr, uint64_t value, enum writes writes)
{
    uint64_t now = 0;
    bool ok = CHECK_EQUAL(read_refused(msr), value == REFUSED);

    if (value != REFUSED && ok) {
        now = read_msr(msr);
        ok &= value == MACHINE || CHECK_EQUAL(now, value);
    }
    ok &= CHECK_EQUAL(write_refused(msr, 0), writes == NONE);
    ok &= CHECK_EQUAL(write_refused(msr, now ^ 1), writes != ALL);
    if (value != MACHINE && writes == ALL && value != REFUSED) {
        ok &= CHECK_EQUAL(read_msr(msr), keeps(msr) ? value ^ 1 : value);
    }
    if (!ok) {
        printk("that was register %x\n", msr);
    }
}

/* TSC_AUX comes with RDTSCP. */
static bool is_missing(uint32_t msr)
{
    uint32_t a, b, c, d;

    cpuid_emulated(0x80000001, 0, &a, &b, &c, &d);
    return msr == 0xc0000103 && !(d & 1u << 27);
}

void test_main(void)
{
    uint32_t a, b, c, d, msr;
    unsigned int i;

    cpuid_emulated(0, 0, &a, &b, &c, &d);
    vendor = b == 0x756e6547 ? INTEL : AMD;
    for (i = 0; i < ARRAY_SIZE(registers); i++) {
        if (registers[i].who != ANY && registers[i].who != vendor) {
            continue;
        }
        for (msr = registers[i].first; msr <= registers[i].last; msr++) {
            if (is_missing(msr)) {
                check_one(msr, REFUSED, NONE);
            } else {
                check_one(msr, registers[i].value, registers[i].writes);
            }
        }
    }
    test_success();
}
