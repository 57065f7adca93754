/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A vCPU on paper: registers, code bytes, stack, callers, page-table walk of the last fault. For crashes and
 * the debug keys.
 */
#include <asm/processor.h>
#include <xen/arch.h>
#include <xen/guest_access.h>
#include <xen/log.h>
#include <xen/mm.h>
#include <xen/string.h>
#include "entry.h"
#include "guest_symbols.h"
#include "walk.h"

#define CODE_BYTES_BEFORE 8
#define CODE_BYTES        24
#define STACK_LINES       10
#define CALLERS_MAX       16

/*
 * Reads the vCPU's memory by its page tables, so that it works for one that does not run. False: not mapped.
 */
static bool peek(const struct vcpu *v, unsigned long va, void *out, size_t n)
{
    mfn_t m = guest_frame_at(v, va);

    if (!mfn_valid(m) || (va & ~PAGE_MASK) + n > PAGE_SIZE)
        return false;
    memcpy(out, (char *)mfn_to_virt(m) + (va & ~PAGE_MASK), n);
    return true;
}

/* Which function of the guest's kernel it is in, where we know. */
static void dump_symbol(const struct vcpu *v, unsigned long va)
{
    unsigned long offset;
    const char *name = guest_symbol_lookup(v->domain, va, &offset);

    if (name)
        printk(" (%s+%#lx)", name, offset);
}

static void dump_registers(const struct vcpu *v, const struct cpu_user_regs *r)
{
    printk("rip %04x:%016lx  rsp %04x:%016lx  rflags %08lx  %s mode, events %s\n", r->cs,
           (unsigned long)r->rip, r->ss, (unsigned long)r->rsp, (unsigned long)r->rflags,
           guest_kernel_mode(v) ? "kernel" : "user", v->info->evtchn_upcall_mask ? "masked" : "unmasked");
    printk("rax %016lx  rbx %016lx  rcx %016lx  rdx %016lx\n", (unsigned long)r->rax, (unsigned long)r->rbx,
           (unsigned long)r->rcx, (unsigned long)r->rdx);
    printk("rsi %016lx  rdi %016lx  rbp %016lx  r8  %016lx\n", (unsigned long)r->rsi, (unsigned long)r->rdi,
           (unsigned long)r->rbp, (unsigned long)r->r8);
    printk("r9  %016lx  r10 %016lx  r11 %016lx  r12 %016lx\n", (unsigned long)r->r9, (unsigned long)r->r10,
           (unsigned long)r->r11, (unsigned long)r->r12);
    printk("r13 %016lx  r14 %016lx  r15 %016lx  cr2 %016lx\n", (unsigned long)r->r13, (unsigned long)r->r14,
           (unsigned long)r->r15, v->arch.ctrlreg[2]);
    printk(
        "cr3 kernel %#lx, user %#lx; kernel stack %#lx\n", (unsigned long)mfn_to_paddr(v->arch.guest_table),
        mfn_eq(v->arch.guest_table_user, INVALID_MFN) ? 0ul
                                                      : (unsigned long)mfn_to_paddr(v->arch.guest_table_user),
        v->arch.kernel_sp);
}

static void dump_code(const struct vcpu *v, unsigned long rip)
{
    char line[4 * CODE_BYTES + 1];
    int at = 0;

    for (unsigned int i = 0; i < CODE_BYTES; i++) {
        unsigned long va = rip - CODE_BYTES_BEFORE + i;
        const char *form = i == CODE_BYTES_BEFORE ? "<%02x> " : "%02x ";
        uint8_t byte;

        if (peek(v, va, &byte, 1))
            at += xp_snprintf(line + at, sizeof(line) - (size_t)at, form, byte);
        else
            at += xp_snprintf(line + at, sizeof(line) - (size_t)at, "%s", "?? ");
    }
    printk("code: %s\n", line);
}

static void dump_stack(const struct vcpu *v, unsigned long rsp)
{
    const char *problem = guest_address_problem(v, rsp & ~7ul, false);

    printk("stack at %#lx:%s%s\n", rsp, problem[0] ? " not readable: " : "", problem);
    rsp &= ~7ul;
    for (unsigned int line = 0; line < STACK_LINES; line++, rsp += 32) {
        uint64_t w[4];
        unsigned int n = 0;

        while (n < 4 && peek(v, rsp + 8 * n, &w[n], 8))
            n++;
        if (n < 4)
            return;
        printk("  %016lx %016lx %016lx %016lx\n", (unsigned long)w[0], (unsigned long)w[1],
               (unsigned long)w[2], (unsigned long)w[3]);
    }
}

/*
 * The chain of frame pointers, of a guest built to have them: each must lead up the stack. Other code leaves
 * anything in rbp, and the chain ends at once.
 */
static void dump_callers(const struct vcpu *v, unsigned long rip, unsigned long rsp, unsigned long rbp)
{
    unsigned long frame[2], below = rsp;

    printk("called from (if rbp is a frame pointer): %#lx", rip);
    dump_symbol(v, rip);
    for (unsigned int i = 0; i < CALLERS_MAX; i++) {
        if (rbp % 8 || rbp < below || rbp - below > PAGE_SIZE * 16 || !peek(v, rbp, &frame[0], 8) ||
            !peek(v, rbp + 8, &frame[1], 8) || !frame[1])
            break;
        printk(" < %#lx", frame[1]);
        dump_symbol(v, frame[1]);
        below = rbp + 16;
        rbp = frame[0];
    }
    printk("\n");
}

static void dump_walk(const struct vcpu *v, unsigned long va)
{
    struct page_walk w = guest_walk(v, va);

    printk("page tables for %#lx:%s\n", va, guest_address_ok(va) ? "" : " not the guest's");
    if (!guest_address_ok(va))
        return;
    for (unsigned int level = 4; level; level--) {
        uint64_t e = w.entry[level - 1].v, frame = (e & PTE_ADDR) >> PAGE_SHIFT;

        printk("  L%u[%03x] = %016lx %s%s%s%s pfn %#lx\n", level, pt_index(va, level), (unsigned long)e,
               e & PTE_PRESENT ? "P" : "-", e & PTE_WRITE ? "W" : "-", e & PTE_USER ? "U" : "-",
               e & PTE_NX ? "-" : "X",
               e & PTE_PRESENT && mfn_valid(mfn(frame)) ? (unsigned long)arch_m2p_get(mfn(frame)) : ~0ul);
        if (w.stopped_at == level)
            return;
    }
}

void arch_vcpu_dump(struct vcpu *v)
{
    const struct cpu_user_regs *regs = v == current ? guest_regs() : &v->arch.user_regs;

    if (v->is_idle || mfn_eq(v->arch.guest_table, INVALID_MFN))
        return;
    printk("d%uv%u on CPU %u:\n", v->domain->id, v->id, v->cpu);
    dump_registers(v, regs);
    dump_code(v, regs->rip);
    dump_stack(v, regs->rsp);
    dump_callers(v, regs->rip, regs->rsp, regs->rbp);
    if (v->arch.ctrlreg[2])
        dump_walk(v, v->arch.ctrlreg[2]);
}
