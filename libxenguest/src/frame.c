/* SPDX-License-Identifier: BSD-2-Clause */
/* Showing what a trap interrupted: names of vectors, registers, and the chain of frame pointers. */
#include <xenguest/trap.h>
#include "private.h"

struct name {
    uint16_t vector;
    char text[26];
};

/* Text inside, not pointers to it: pointers would be relocations that nobody applies. */
static const struct name names[] = {
    {XG_TRAP_DIVIDE_ERROR, "divide error"},
    {XG_TRAP_DEBUG, "debug"},
    {XG_TRAP_NMI, "NMI"},
    {XG_TRAP_BREAKPOINT, "breakpoint"},
    {XG_TRAP_OVERFLOW, "overflow"},
    {XG_TRAP_BOUNDS, "bounds"},
    {XG_TRAP_INVALID_OPCODE, "invalid opcode"},
    {XG_TRAP_NO_DEVICE, "no FPU"},
    {XG_TRAP_DOUBLE_FAULT, "double fault"},
    {XG_TRAP_INVALID_TSS, "invalid TSS"},
    {XG_TRAP_NO_SEGMENT, "segment not present"},
    {XG_TRAP_STACK, "stack segment"},
    {XG_TRAP_PROTECTION, "general protection"},
    {XG_TRAP_PAGE_FAULT, "page fault"},
    {XG_TRAP_FPU, "FPU error"},
    {XG_TRAP_ALIGNMENT, "alignment check"},
    {XG_TRAP_MACHINE_CHECK, "machine check"},
    {XG_TRAP_SIMD, "SIMD error"},
    {XG_TRAP_INT80, "software interrupt"},
    {XG_TRAP_EVENT, "event"},
    {XG_TRAP_FAILSAFE, "failsafe: IRET faulted"},
    {XG_TRAP_SYSCALL, "system call"},
};

const char *xg_trap_name(unsigned int vector)
{
    unsigned int i;

    for (i = 0; i < XG_ARRAY_SIZE(names); i++)
        if (names[i].vector == vector)
            return names[i].text;
    return "vector";
}

void xg_frame_print(const struct xg_frame *f, xg_write_fn *write, void *arg)
{
    xg_format(write, arg, "%s (vector %lu, error code 0x%lx) in %s mode, events %s\n",
              xg_trap_name((unsigned int)f->vector), f->vector, f->error_code,
              xg_frame_from_user(f) ? "user" : "kernel", f->mask ? "masked" : "enabled");
    xg_format(write, arg, "rip %016lx  cs %04x  rflags %08lx\n", f->rip, f->cs, f->rflags);
    xg_format(write, arg, "rsp %016lx  ss %04x\n", f->rsp, f->ss);
    xg_format(write, arg, "rax %016lx  rbx %016lx  rcx %016lx\n", f->rax, f->rbx, f->rcx);
    xg_format(write, arg, "rdx %016lx  rsi %016lx  rdi %016lx\n", f->rdx, f->rsi, f->rdi);
    xg_format(write, arg, "rbp %016lx  r8  %016lx  r9  %016lx\n", f->rbp, f->r8, f->r9);
    xg_format(write, arg, "r10 %016lx  r11 %016lx  r12 %016lx\n", f->r10, f->r11, f->r12);
    xg_format(write, arg, "r13 %016lx  r14 %016lx  r15 %016lx\n", f->r13, f->r14, f->r15);
}

void xg_stack_walk(uint64_t rbp, uint64_t low, uint64_t high, unsigned int limit,
                   void (*visit)(uint64_t return_address, void *arg), void *arg)
{
    while (limit-- && rbp >= low && rbp < high && high - rbp >= 16 && !(rbp & 7)) {
        const uint64_t *pair = (const uint64_t *)(uintptr_t)rbp;

        if (!pair[1])
            break;
        visit(pair[1], arg);
        if (pair[0] <= rbp)
            break;
        rbp = pair[0];
    }
}
