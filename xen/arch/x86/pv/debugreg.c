/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The guest's debug registers: DR0-3, 6 and 7 are real while it runs and DR7 enables anything; breakpoints on
 * I/O ports, which the hypervisor's own accesses would trip, are kept apart (in place of DR5) for the
 * emulation.
 */
#include <asm/processor.h>
#include <xen/refusal.h>
#include "calls.h"
#include "entry.h"

#define DR6_RESERVED_ONE   0xffff0ff0ul
#define DR6_RESERVED_ZERO  (0xffffffff00001000ul)
#define DR7_RESERVED_ONE   0x400ul
#define DR7_RESERVED_ZERO  (0xffffffff0000d800ul)
#define DR7_GENERAL_DETECT (1ul << 13)
#define DR7_ACTIVE         0xfful
#define DR7_TYPE_SHIFT     16
#define DR7_TYPE_IO        2

static void write_address(unsigned int reg, uint64_t value)
{
    switch (reg) {
    case 0:
        write_dr0(value);
        break;
    case 1:
        write_dr1(value);
        break;
    case 2:
        write_dr2(value);
        break;
    case 3:
        write_dr3(value);
        break;
    }
}

static int set_address(struct vcpu *v, unsigned int reg, uint64_t value)
{
    if (!guest_address_ok(value))
        return refuse(-XEN_EPERM, "debugreg.address",
                      "breakpoint %#lx lies in the hypervisor or is not canonical", (unsigned long)value);
    v->arch.debugreg[reg] = value;
    if (v == current && v->arch.debugreg[7] & DR7_ACTIVE)
        write_address(reg, value);
    return 0;
}

/* Enable bits of the breakpoints on I/O ports; ~0: there is one, but CR4.DE is off. */
static uint64_t io_breakpoints(const struct vcpu *v, uint64_t dr7)
{
    uint64_t enable = 0;

    for (unsigned int i = 0; i < 4; i++) {
        if (((dr7 >> (DR7_TYPE_SHIFT + 4 * i)) & 3) != DR7_TYPE_IO)
            continue;
        if (!(v->arch.ctrlreg[4] & X86_CR4_DE))
            return ~0ull;
        enable |= dr7 & (3ull << (2 * i));
    }
    return enable;
}

/* Bytes that breakpoint i watches, by the two length bits above its type. */
static unsigned int breakpoint_width(uint64_t dr7, unsigned int i)
{
    static const uint8_t widths[] = {1, 2, 8, 4};

    return widths[(dr7 >> (DR7_TYPE_SHIFT + 2 + 4 * i)) & 3];
}

uint8_t debugreg_io_matches(const struct vcpu *v, unsigned int port, unsigned int bytes)
{
    uint8_t matches = 0;

    for (unsigned int i = 0; i < 4; i++) {
        unsigned long start = v->arch.debugreg[i];

        if (v->arch.debugreg[5] & (3ul << (2 * i)) && start < port + bytes &&
            start + breakpoint_width(v->arch.debugreg[7], i) > port)
            matches |= (uint8_t)(1u << i);
    }
    return matches;
}

static void load_all(const struct vcpu *v)
{
    for (unsigned int i = 0; i < 4; i++)
        write_address(i, v->arch.debugreg[i]);
    write_dr6(v->arch.debugreg[6]);
}

static int set_control(struct vcpu *v, uint64_t value)
{
    uint64_t io = 0;

    value = (value & ~DR7_RESERVED_ZERO) | DR7_RESERVED_ONE;
    if (value & DR7_GENERAL_DETECT)
        return refuse(-XEN_EPERM, "debugreg.general-detect",
                      "DR7 %#lx asks for traps at debug register accesses", (unsigned long)value);
    if (value & DR7_ACTIVE) {
        io = io_breakpoints(v, value);
        if (io == ~0ull)
            return refuse(-XEN_EPERM, "debugreg.io", "DR7 %#lx has a breakpoint on I/O, but CR4.DE is off",
                          (unsigned long)value);
    }
    v->arch.debugreg[5] = io;
    v->arch.debugreg[7] = value & ~io;
    if (v == current) {
        if (value & ~io & DR7_ACTIVE)
            load_all(v);
        write_dr7(value & ~io);
    }
    return 0;
}

int debugreg_set(struct vcpu *v, unsigned int reg, uint64_t value)
{
    if (reg < 4)
        return set_address(v, reg, value);
    if (reg > 7 || ((reg == 4 || reg == 5) && v->arch.ctrlreg[4] & X86_CR4_DE))
        return refuse(-XEN_ENODEV, "debugreg.number", "there is no debug register %u", reg);
    if (value >> 32)
        return refuse(-XEN_EINVAL, "debugreg.value", "%#lx for debug register %u: the upper half must be 0",
                      (unsigned long)value, reg);
    if (reg == 5 || reg == 7)
        return set_control(v, value);
    v->arch.debugreg[6] = (value & ~DR6_RESERVED_ZERO) | DR6_RESERVED_ONE;
    if (v == current)
        write_dr6(v->arch.debugreg[6]);
    return 0;
}

int debugreg_get(const struct vcpu *v, unsigned int reg, uint64_t *value)
{
    if (reg > 7 || ((reg == 4 || reg == 5) && v->arch.ctrlreg[4] & X86_CR4_DE))
        return -XEN_ENODEV;
    if (reg == 4 || reg == 5)
        reg += 2;
    *value = v->arch.debugreg[reg];
    if (reg == 7)
        *value |= v->arch.debugreg[5];
    return 0;
}

/* A guest clears what it has seen: bits only gather, but for the reserved ones, which mean the opposite. */
void debugreg_note_exception(struct vcpu *v)
{
    unsigned long dr6 = read_dr6();

    write_dr6(DR6_RESERVED_ONE);
    v->arch.debugreg[6] |= dr6 & ~DR6_RESERVED_ONE;
    v->arch.debugreg[6] &= dr6 | ~DR6_RESERVED_ONE;
}

long do_set_debugreg(int reg, uint64_t value)
{
    return debugreg_set(current, (unsigned int)reg, value);
}

long do_get_debugreg(int reg)
{
    uint64_t value;
    int rc = debugreg_get(current, (unsigned int)reg, &value);

    if (rc)
        return refuse(rc, "debugreg.number", "there is no debug register %d", reg);
    return (long)value;
}
