/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Writes of a guest kernel to its L1 tables, which are mapped read-only: the faulting instruction is taken
 * apart, and what it would have written goes the way of every other entry (l1_entry.c). Anything that is no
 * such write, or is refused, stays the guest's page fault.
 */
#include <xen/domain.h>
#include <xen/guest_access.h>
#include <xen/page_ref.h>
#include <asm/processor.h>
#include <asm/pv.h>
#include <asm/pv_mm.h>
#include "decode.h"
#include "l1_entry.h"
#include "l1_lookup.h"

#define ARITHMETIC_FLAGS 0x8d5ul /* OF SF ZF AF PF CF */
#define RETRIES          64      /* only Accessed and Dirty, or another vCPU's write, can come in between */

enum operation {
    OP_MOV,
    OP_XCHG,
    OP_ADD,
    OP_OR,
    OP_AND,
    OP_SUB,
    OP_XOR,
    OP_BTS,
    OP_BTR,
    OP_BTC,
    OP_CMPXCHG,
    OP_XADD
};

struct table_write {
    struct insn in;
    enum operation op;
    unsigned int bytes;   /* of the operand */
    uint64_t source;      /* register or immediate */
    bool source_register; /* in.reg takes part: xchg and xadd write it back */
};

/* --- What the instruction is --- */
static bool classify_one_byte(struct table_write *w)
{
    static const enum operation group1[8] = {OP_ADD, OP_OR, OP_MOV, OP_MOV, OP_AND, OP_SUB, OP_XOR, OP_MOV};
    unsigned int opcode = w->in.opcode, extension = w->in.reg & 7;

    switch (opcode) {
    case 0x00 ... 0x3f: /* op r, r/m: the group's operations in a row */
        w->op = group1[opcode >> 3];
        w->source_register = true;
        return (opcode & 6) == 0 && w->op != OP_MOV;
    case 0x80:
    case 0x81:
    case 0x83:
        w->op = group1[extension];
        return w->op != OP_MOV;
    case 0x86:
    case 0x87:
        w->op = OP_XCHG;
        w->source_register = true;
        return true;
    case 0x88:
    case 0x89:
        w->op = OP_MOV;
        w->source_register = true;
        return true;
    case 0xc6:
    case 0xc7:
        w->op = OP_MOV;
        return extension == 0;
    default:
        return false;
    }
}

static bool classify_0f(struct table_write *w)
{
    w->source_register = true;
    switch (w->in.opcode) {
    case 0xab:
        w->op = OP_BTS;
        return true;
    case 0xb3:
        w->op = OP_BTR;
        return true;
    case 0xbb:
        w->op = OP_BTC;
        return true;
    case 0xba: /* bt (4) writes nothing */
        w->source_register = false;
        w->op = OP_BTS + (w->in.reg & 7) - 5;
        return (w->in.reg & 7) >= 5;
    case 0xb0:
    case 0xb1:
        w->op = OP_CMPXCHG;
        return true;
    case 0xc0:
    case 0xc1:
        w->op = OP_XADD;
        return true;
    case 0xc3:
        w->op = OP_MOV;
        return true;
    default:
        return false;
    }
}

static bool is_bit_operation(const struct table_write *w)
{
    return w->op >= OP_BTS && w->op <= OP_BTC;
}

/* Opcodes whose lowest bit is clear work on bytes; the bit operations and movnti have no such form. */
static unsigned int operand_bytes(const struct table_write *w)
{
    if (is_bit_operation(w) || (w->in.map == INSN_0F && w->in.opcode == 0xc3))
        return w->in.operand_bytes;
    return w->in.opcode & 1 ? w->in.operand_bytes : 1;
}

static bool code_is_64bit(uint16_t selector)
{
    uint32_t rights = 0;
    uint32_t cs = selector;

    __asm__("lar %1, %0" : "+r"(rights) : "r"(cs) : "cc");
    return rights & (1u << 21);
}

static bool fetch(struct table_write *w, const struct cpu_user_regs *regs)
{
    uint8_t bytes[INSN_MAX_BYTES];
    unsigned int got;

    if (!code_is_64bit(regs->cs))
        return false;
    got = (unsigned int)(sizeof(bytes) - arch_copy_from_guest(bytes, regs->rip, sizeof(bytes)));
    if (got < sizeof(bytes)) {
        /* The last bytes of a page: copies go by words, so count what is surely there. */
        got = (unsigned int)min(PAGE_SIZE - (regs->rip & ~PAGE_MASK), sizeof(bytes));
        if (arch_copy_from_guest(bytes, regs->rip, got))
            return false;
    }
    return insn_decode(&w->in, bytes, got, 64) == INSN_OK;
}

static uint64_t segment_base(const struct insn *in)
{
    if (in->segment == INSN_SEG_FS)
        return rdmsr(MSR_FS_BASE);
    if (in->segment == INSN_SEG_GS)
        return rdmsr(MSR_GS_BASE);
    return 0;
}

/* True: the instruction writes to va, within one entry, in a way that we know. */
static bool decode(struct table_write *w, struct cpu_user_regs *regs, unsigned long va)
{
    const struct insn *in = &w->in;

    w->source_register = false;
    if (!fetch(w, regs) || !in->memory || in->rep || in->repne)
        return false;
    if (!(in->map == INSN_ONE_BYTE ? classify_one_byte(w) : in->map == INSN_0F && classify_0f(w)))
        return false;
    w->bytes = operand_bytes(w);
    if ((va & (w->bytes - 1)) || insn_effective_address(in, regs, segment_base(in)) != va)
        return false;
    w->source = w->source_register ? insn_register_read(in, regs, in->reg, w->bytes) : in->immediate;
    /* A bit number in a register may reach beyond the operand: the address would be another. */
    return !is_bit_operation(w) || !w->source_register || w->source < w->bytes * 8;
}

/* --- What it computes --- */
/* The real instruction of the operand's width computes result and flags. */
#define COMPUTE_AS(insn, type)                                                                               \
    do {                                                                                                     \
        type x = (type)a;                                                                                    \
        __asm__(insn " %2, %0; pushf; pop %1" : "+r"(x), "=r"(flags) : "r"((type)b) : "cc");                 \
        result = x;                                                                                          \
    } while (0)
#define COMPUTE(insn)                                                                                        \
    do {                                                                                                     \
        if (bytes == 8)                                                                                      \
            COMPUTE_AS(insn, uint64_t);                                                                      \
        else if (bytes == 4)                                                                                 \
            COMPUTE_AS(insn, uint32_t);                                                                      \
        else if (bytes == 2)                                                                                 \
            COMPUTE_AS(insn, uint16_t);                                                                      \
        else                                                                                                 \
            COMPUTE_AS(insn, uint8_t);                                                                       \
    } while (0)

static uint64_t arithmetic(enum operation op, uint64_t a, uint64_t b, unsigned int bytes,
                           unsigned long *flags_out)
{
    uint64_t result;
    unsigned long flags;

    switch (op) {
    case OP_OR:
        COMPUTE("or");
        break;
    case OP_AND:
        COMPUTE("and");
        break;
    case OP_SUB:
        COMPUTE("sub");
        break;
    case OP_XOR:
        COMPUTE("xor");
        break;
    default: /* OP_ADD, OP_XADD */
        COMPUTE("add");
        break;
    }
    *flags_out = flags & ARITHMETIC_FLAGS;
    return result;
}

static uint64_t bit_operation(const struct table_write *w, uint64_t old, unsigned long *flags)
{
    uint64_t bit = 1ull << (w->source & (w->bytes * 8 - 1));

    *flags = (*flags & ~X86_EFLAGS_CF) | (old & bit ? X86_EFLAGS_CF : 0);
    return w->op == OP_BTS ? old | bit : w->op == OP_BTR ? old & ~bit : old ^ bit;
}

/*
 * The operand's new value; *flags the arithmetic flags before and after. False in *writes: a cmpxchg that did
 * not match.
 */
static uint64_t compute(const struct table_write *w, uint64_t old, uint64_t accumulator, unsigned long *flags,
                        bool *writes)
{
    *writes = true;
    switch (w->op) {
    case OP_MOV:
    case OP_XCHG:
        return w->source;
    case OP_BTS:
    case OP_BTR:
    case OP_BTC:
        return bit_operation(w, old, flags);
    case OP_CMPXCHG:
        *writes = !(arithmetic(OP_SUB, accumulator, old, w->bytes, flags));
        return w->source;
    default:
        return arithmetic(w->op, old, w->source, w->bytes, flags);
    }
}

/* --- Doing it --- */
static void write_registers(const struct table_write *w, struct cpu_user_regs *regs, uint64_t old, bool wrote)
{
    if (w->op == OP_XCHG || w->op == OP_XADD)
        insn_register_write(&w->in, regs, w->in.reg, w->bytes, old);
    else if (w->op == OP_CMPXCHG && !wrote)
        insn_register_write(&w->in, regs, 0, w->bytes, old);
}

static bool write_entry(const struct table_write *w, struct cpu_user_regs *regs, pte_t *slot,
                        unsigned int shift)
{
    uint64_t mask = w->bytes == 8 ? ~0ull : ((1ull << (w->bytes * 8)) - 1) << shift;
    uint64_t accumulator = insn_register_read(&w->in, regs, 0, w->bytes);
    pte_t entry = {READ_ONCE(slot->v)};

    for (unsigned int i = 0; i < RETRIES; i++) {
        unsigned long flags = regs->rflags & ARITHMETIC_FLAGS;
        uint64_t old = (entry.v & mask) >> shift, value;
        pte_t found = entry;
        bool writes;

        value = compute(w, old, accumulator, &flags, &writes);
        if (writes && l1_entry_exchange(slot, entry, (pte_t){(entry.v & ~mask) | (value << shift & mask)},
                                        current->domain, &found))
            return false;
        if (found.v == entry.v) {
            write_registers(w, regs, old, writes);
            regs->rflags = (regs->rflags & ~ARITHMETIC_FLAGS) | flags;
            return true;
        }
        entry = found;
    }
    return false;
}

/* --- The usual instructions, in few steps --- */
/* mov and xchg of a 64-bit register to memory that a register and perhaps a displacement name. */
struct simple_write {
    uint64_t *reg;
    unsigned int length;
    bool exchange;
};

static always_inline bool decode_simple(struct simple_write *w, struct cpu_user_regs *regs, unsigned long va)
{
    uint64_t code;
    uint8_t rex, opcode, modrm;
    int64_t displacement = 0;

    if (regs->cs != FLAT_KERNEL_CS64 || copy_from_guest(&code, regs->rip, sizeof(code)))
        return false;
    rex = (uint8_t)code;
    opcode = (uint8_t)(code >> 8);
    modrm = (uint8_t)(code >> 16);
    if ((rex & 0xf8) != 0x48 || (opcode != 0x87 && opcode != 0x89) || (modrm & 7) == 4)
        return false;
    w->length = 3;
    if (modrm < 0x40) {
        if ((modrm & 7) == 5) /* relative to rip */
            return false;
    } else if (modrm < 0x80) {
        displacement = (int8_t)(code >> 24);
        w->length = 4;
    } else if (modrm < 0xc0) {
        displacement = (int32_t)(code >> 24);
        w->length = 7;
    } else {
        return false;
    }
    w->reg = insn_register(regs, ((modrm >> 3) & 7) | (rex & 4) << 1);
    w->exchange = opcode == 0x87;
    return *insn_register(regs, (modrm & 7) | (rex & 1) << 3) + (uint64_t)displacement == va && !(va & 7);
}

static always_inline bool write_simple(const struct simple_write *w, struct cpu_user_regs *regs, pte_t *slot,
                                       struct domain *d)
{
    pte_t old;

    if (l1_entry_swap(slot, (pte_t){*w->reg}, d, d, &old))
        return false;
    if (w->exchange)
        *w->reg = old.v;
    regs->rip += w->length;
    return true;
}

static noinline bool write_any(struct cpu_user_regs *regs, pte_t *slot, unsigned long va)
{
    struct table_write w;

    if (!decode(&w, regs, va) || !write_entry(&w, regs, slot, (va & 7) * 8))
        return false;
    regs->rip += w.in.length;
    return true;
}

/*
 * The frame at va when it is an L1 table mapped read-only, with its type held; else NULL. Nothing on the way
 * there is held: should it change meanwhile, what is found is a table of the domain all the same.
 */
static always_inline struct page_info *get_target(struct domain *d, mfn_t base, unsigned long va)
{
    struct page_info *target;
    uint64_t table;
    pte_t e;

    if (!l1_lookup_table(base, va, &table))
        return NULL;
    e.v = l1_lookup_read(table, va, 1);
    target = mfn_to_page(pte_mfn(e));
    if ((e.v & (PTE_PRESENT | PTE_WRITE)) != PTE_PRESENT || pte_mfn(e).n >= max_page ||
        !page_get_inline(target, d))
        return NULL;
    if (likely(page_get_type_same(target, PGT_L1)))
        return target;
    page_put_inline(target);
    return NULL;
}

bool pv_emulate_table_write(struct cpu_user_regs *regs, unsigned long va)
{
    struct vcpu *v = current;
    struct domain *d = v->domain;
    struct simple_write w;
    struct page_info *target;
    pte_t *slot;
    bool done;

    target = get_target(d, v->arch.guest_table, va);
    if (!target)
        return false;
    slot = (pte_t *)page_to_virt(target) + (va & ~PAGE_MASK) / sizeof(pte_t);
    done = likely(decode_simple(&w, regs, va)) ? write_simple(&w, regs, slot, d) : write_any(regs, slot, va);
    if (unlikely(!page_put_type_simple(target)))
        page_put_type(target);
    page_put_inline(target);
    if (done) {
        regs->rflags &= ~X86_EFLAGS_RF;
        if (regs->rflags & X86_EFLAGS_TF)
            pv_inject_exception(X86_EXC_DB, 0);
    }
    return done;
}
