/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Makes one hostile call from the values. Left out is only what by its contract ends the domain, stops a vCPU
 * for good or ends the machine, for it is no misbehaviour of a hypervisor to do what it is told by Domain 0:
 *
 * - sched_op: shutdown in its forms, block (nobody would wake this vCPU), the watchdog, polls without a time;
 * - iret: its frame decides where this code goes on (escape-iret-frames has it), and multicall's entries
 * leave it out too;
 * - vcpu_op on vCPUs 0 and 1, up of any: what runs there is this test, or would be garbage that takes the
 * domain down;
 * - changes of the tables that map this code: slot 511 of the top-level table; a base without that slot;
 * copies of such tables, which would map all of this test's memory for the calls;
 * - event channels: closing or resetting the other vCPU's timer, and turning the domain to the FIFO layout;
 * - kexec, machine-check injection, Domain 0's power over the machine in physdev_op and platform_op, whose
 * commands reboot it or write to its interrupt controllers; the old forms of event_channel_op and physdev_op,
 * whose command lies in memory. platform_op, sysctl and domctl are called with interface versions that no
 * hypervisor has.
 */
#include "hostile.h"

#include <xen/grant_table.h>
#include <xen/memory.h>
#include <xen/physdev.h>
#include <xen/sched.h>

/* Arguments are made here; no handle leads back into it, so that calls write only to the arena. */
static union {
    uint64_t word[BUFFER_WORDS];
    uint32_t half[BUFFER_WORDS * 2];
    struct xen_memory_reservation reservation;
    struct xen_memory_exchange exchange;
    struct mmu_update updates[BUFFER_WORDS / 2];
    struct mmuext_op operations[BUFFER_WORDS / 4];
    struct multicall_entry calls[BUFFER_WORDS / 8];
} buffer __attribute__((aligned(PAGE_SIZE)));

static const volatile uint64_t *top_table(void)
{
    return (const volatile uint64_t *)start_info->pt_base;
}

static uint64_t home_entry(unsigned int n)
{
    return *page_entry(arena[n], 1);
}

static bool home_is(unsigned int n, uint64_t bits)
{
    uint64_t entry = home_entry(n);

    return (entry & bits) == bits && PTE_MFN(entry) == arena_mfn[n];
}

/* Whether this code would still be there with that frame as the page-table base. */
static bool base_is_bearable(uint64_t mfn)
{
    unsigned int n;

    for (n = 0; n < ARENA_PAGES; n++) {
        if (arena_mfn[n] == mfn) {
            return home_is(n, PTE_PRESENT) && (arena[n][511] & PTE_PRESENT) &&
                   PTE_MFN(arena[n][511]) == PTE_MFN(top_table()[511]);
        }
    }
    return mfn == mfn_of((void *)start_info->pt_base) ||
           mfn > 0x200000; /* the one in use; no memory at all */
}

/*
 * Where an entry is to be written: a slot of the arena, of the window's tables, of the top-level table but
 * the last.
 */
static uint64_t entry_place(void)
{
    switch (value_below(8)) {
    case 0:
        return maddr_of(&top_table()[value_below(511)]);
    case 1:
    case 2:
        return window_table[value_below(3)] + value_below(512) * 8;
    case 3:
        return value_below(2) ? value_random() | 1ul << 51 : value_below(0x100000);
    default:
        return arena_mfn[value_below(ARENA_PAGES)] << PAGE_SHIFT | value_below(512) * 8;
    }
}

static void make_mmu_update(struct call *call)
{
    unsigned int count = value_below(4) ? 1 : 1 + (unsigned int)value_below(20), i;

    for (i = 0; i < count; i++) {
        struct mmu_update *update = &buffer.updates[i];

        update->ptr = entry_place() | (value_below(4) ? 0 : value_below(4));
        update->val = value_entry();
        if ((update->ptr & 3) == MMU_MACHPHYS_UPDATE) {
            update->ptr = arena_mfn[value_below(ARENA_PAGES)] << PAGE_SHIFT | MMU_MACHPHYS_UPDATE;
        }
    }
    call->argument[1] = value_below(64) ? count : count | value_any();
    call->argument[2] = value_below(2) ? 0 : value_target();
    call->argument[3] = value_below(4) ? DOMID_SELF : value_domid() | (uint64_t)value_domid() << 16;
    if (call->argument[1] > BUFFER_WORDS / 2) {
        call->argument[0] = value_target(); /* a long list must not run on behind the buffer */
    }
}

/* False: an operation among them would take this code away. */
static bool make_mmuext_op(struct call *call)
{
    unsigned int count = value_below(4) ? 1 : 1 + (unsigned int)value_below(8), i;

    for (i = 0; i < count; i++) {
        struct mmuext_op *op = &buffer.operations[i];

        op->cmd = (unsigned int)value_below(value_below(8) ? 21 : 64);
        op->arg1.mfn = value_below(8) ? value_frame() : value_below(2) ? value_table() : value_any();
        op->arg2.src_mfn = value_below(2) ? value_any() : value_frame();
        if (op->cmd == MMUEXT_SET_LDT) {
            op->arg1.mfn = value_target() & -PAGE_SIZE;
        } else if (op->cmd == MMUEXT_COPY_PAGE) {
            op->arg2.src_mfn = value_below(4) ? arena_mfn[value_below(ARENA_PAGES)] : value_foreign();
        }
        /* Another operation of the list could still change the table. */
        if (op->cmd == MMUEXT_NEW_BASEPTR && (count > 1 || !base_is_bearable(op->arg1.mfn))) {
            return false;
        }
    }
    /* What stands in the arena is no list that was looked at. */
    call->argument[0] = value_below(8) ? (uint64_t)&buffer : value_bad_address();
    call->argument[1] = count;
    call->argument[2] = value_below(2) ? 0 : value_target();
    call->argument[3] = value_below(4) ? DOMID_SELF : value_domid();
    return true;
}

static void make_update_va(struct call *call)
{
    unsigned int n = (unsigned int)value_below(ARENA_PAGES);

    call->argument[0] = value_below(2) ? (uint64_t)arena[n] : value_target();
    call->argument[1] =
        value_below(2) ? value_entry() : PTE_MAKE(arena_mfn[n], value_below(3) ? PTE_RO : PTE_RW);
    call->argument[2] = value_below(4) ? value_below(12) : value_any();
    if ((call->argument[2] & UVMF_FLUSHTYPE_MASK) && (call->argument[2] & ~7ul)) {
        call->argument[2] = (call->argument[2] & 7) | value_target();
    }
}

/* gives: the frames named are given back; more than one each would reach the pages behind the arena. */
static void make_reservation(struct xen_memory_reservation *r, bool gives)
{
    unsigned int n = (unsigned int)value_below(ARENA_PAGES);

    r->nr_extents = value_below(16) ? value_below(5) : value_any();
    r->extent_order = value_below(8) ? 0 : (unsigned int)value_any();
    r->mem_flags = value_below(4) ? 0 : (unsigned int)value_any();
    r->domid = value_domid();
    set_xen_guest_handle_raw(r->extent_start, (xen_pfn_t *)value_target());
    if (value_below(2) && home_is(n, PTE_PRESENT | PTE_WRITABLE)) {
        arena[n][0] = value_below(4) ? value_frame() : value_table();
        arena[n][1] = arena_mfn[value_below(ARENA_PAGES)];
        set_xen_guest_handle_raw(r->extent_start, arena[n]);
    }
    if (gives && r->extent_order < 13) {
        r->extent_order = 0;
    }
    /* Not all the machine's memory at once. */
    if (r->extent_order > 3 && r->extent_order < 32) {
        r->nr_extents = 1;
    }
}

static void make_memory_op(struct call *call)
{
    static const unsigned char commands[] = {0,  0,  1,  1,  2,  3,  4,  5,  6,  6,  7,  9, 10,
                                             11, 11, 11, 12, 15, 16, 17, 23, 24, 25, 27, 28};

    call->argument[0] = value_below(16) ? commands[value_below(sizeof(commands))] : value_any();
    switch (call->argument[0] & 63) {
    case XENMEM_exchange:
        make_reservation(&buffer.exchange.in, true);
        make_reservation(&buffer.exchange.out, false);
        buffer.exchange.nr_exchanged = value_below(4) ? 0 : value_any();
        break;
    case XENMEM_increase_reservation:
    case XENMEM_decrease_reservation:
    case XENMEM_populate_physmap:
        make_reservation(&buffer.reservation, (call->argument[0] & 63) == XENMEM_decrease_reservation);
        break;
    }
    call->argument[1] = (uint64_t)&buffer;
}

static void make_words(unsigned int count)
{
    unsigned int i;

    for (i = 0; i < count; i++) {
        if (value_below(2)) {
            buffer.word[i] = value_any();
        } else {
            buffer.half[2 * i] = (uint32_t)value_any();
            buffer.half[2 * i + 1] = value_domid();
        }
    }
}

/* The argument of most calls: the buffer, or an address that is bad or where anything may stand. */
static uint64_t argument_pointer(void)
{
    return value_below(8) ? (uint64_t)&buffer : value_address();
}

static void make_sched_op(struct call *call)
{
    static const unsigned char commands[] = {SCHEDOP_yield, SCHEDOP_poll, SCHEDOP_pin_override, 8, 9, 100};
    struct sched_poll *poll = (void *)&buffer;

    call->argument[0] = commands[value_below(sizeof(commands))];
    if (call->argument[0] == SCHEDOP_poll) {
        set_xen_guest_handle_raw(poll->ports, (evtchn_port_t *)value_target());
        poll->nr_ports = (unsigned int)(value_below(2) ? value_below(3) : value_any());
        poll->timeout = value_below(2) ? 1 : time_ns() + value_below(100000);
    }
}

static bool make_event_op(struct call *call)
{
    unsigned int i;

    call->argument[0] = value_below(16);
    if (call->argument[0] == EVTCHNOP_reset || call->argument[0] == EVTCHNOP_init_control) {
        return false;
    }
    for (i = 0; i < 8; i++) {
        uint32_t port = (uint32_t)(value_below(4) ? value_below(12) : value_any());

        buffer.half[i] = port == timer_port ? ~port : port;
    }
    if (value_below(2)) {
        buffer.half[0] = DOMID_SELF;
    }
    call->argument[1] = value_below(8) ? (uint64_t)&buffer : WINDOW + (1ul << 40);
    return true;
}

static bool make_vcpu_op(struct call *call)
{
    static const uint32_t ids[] = {2, 3, 4, 31, 32, 64, 4096, 8191, 8192, 0x80000000, ~0u};

    call->argument[0] = value_below(16);
    call->argument[1] = ids[value_below(ARRAY_SIZE(ids))];
    if (call->argument[0] == VCPUOP_register_runstate_memory_area) {
        buffer.word[0] = value_target();
        call->argument[1] = VCPU_HOSTILE;
    }
    if (call->argument[0] == VCPUOP_register_vcpu_info) {
        buffer.word[0] = value_frame();
        buffer.word[1] = value_below(2) * value_below(4096);
    }
    return call->argument[0] != VCPUOP_up;
}

static void make_physdev_op(struct call *call)
{
    static const unsigned char commands[] = {
        PHYSDEVOP_irq_status_query, PHYSDEVOP_set_iopl, PHYSDEVOP_set_iobitmap, PHYSDEVOP_eoi, 40, 200};

    call->argument[0] = commands[value_below(sizeof(commands))];
}

static void make_console_io(struct call *call)
{
    call->argument[0] = value_below(4);
    call->argument[1] = value_below(4) ? value_below(256) : value_any();
    /* What it can read it would print, however long. */
    call->argument[2] = call->argument[0] == CONSOLEIO_write ? WINDOW + (1ul << 40) : value_target();
}

/* Those without a maker of their own; some more often than others. */
static const unsigned char other_numbers[] = {
    __HYPERVISOR_set_trap_table, __HYPERVISOR_set_gdt, __HYPERVISOR_set_gdt,
    __HYPERVISOR_stack_switch, __HYPERVISOR_set_callbacks, __HYPERVISOR_fpu_taskswitch,
    __HYPERVISOR_platform_op, __HYPERVISOR_set_debugreg, __HYPERVISOR_get_debugreg,
    __HYPERVISOR_update_descriptor, __HYPERVISOR_update_descriptor, __HYPERVISOR_set_timer_op,
    __HYPERVISOR_xen_version, __HYPERVISOR_vm_assist, __HYPERVISOR_update_va_mapping_otherdomain,
    __HYPERVISOR_set_segment_base, __HYPERVISOR_xsm_op, __HYPERVISOR_nmi_op,
    __HYPERVISOR_callback_op, __HYPERVISOR_hvm_op, __HYPERVISOR_sysctl, __HYPERVISOR_domctl,
    __HYPERVISOR_tmem_op, __HYPERVISOR_argo_op, __HYPERVISOR_xenpmu_op, __HYPERVISOR_dm_op,
    __HYPERVISOR_grant_table_op, __HYPERVISOR_grant_table_op, __HYPERVISOR_event_channel_op_compat,
    __HYPERVISOR_physdev_op_compat, 11, 43, 47, 57, 63,
};

static void make_descriptor_call(struct call *call)
{
    if (call->number == __HYPERVISOR_update_descriptor) {
        call->argument[0] = arena_mfn[value_below(ARENA_PAGES)] << PAGE_SHIFT | value_below(4096);
        call->argument[1] = value_random();
        return;
    }
    for (unsigned int i = 0; i < 14; i++)
        buffer.word[i] = value_frame();
    call->argument[0] = (uint64_t)&buffer;
    call->argument[1] = value_below(7170);
}

/* Arguments nearer to what the call expects than any numbers are. */
static void make_likely(struct call *call)
{
    switch (call->number) {
    case __HYPERVISOR_grant_table_op:
        call->argument[0] = value_below(16);
        call->argument[1] = argument_pointer();
        call->argument[2] = value_below(8);
        break;
    case __HYPERVISOR_set_gdt:
    case __HYPERVISOR_update_descriptor:
        make_descriptor_call(call);
        break;
    case __HYPERVISOR_update_va_mapping_otherdomain:
        make_update_va(call);
        call->argument[3] = value_domid();
        break;
    case __HYPERVISOR_set_debugreg:
    case __HYPERVISOR_get_debugreg:
        call->argument[0] = value_below(9);
        call->argument[1] = value_target();
        break;
    case __HYPERVISOR_event_channel_op_compat:
    case __HYPERVISOR_physdev_op_compat:
        call->argument[0] = WINDOW + (1ul << 40);
        break;
    case __HYPERVISOR_platform_op:
    case __HYPERVISOR_sysctl:
    case __HYPERVISOR_domctl:
        buffer.half[1] = ~0u;
        call->argument[0] = (uint64_t)&buffer;
        break;
    }
}

static void make_other(struct call *call)
{
    call->number = value_below(16) ? other_numbers[value_below(sizeof(other_numbers))]
                                   : 64 + value_random() % 0xffffffff00;
    for (unsigned int i = 0; i < 5; i++)
        call->argument[i] = value_below(4) == 0 ? argument_pointer() : value_any();
    make_likely(call);
}

static bool make_single(struct call *call)
{
    static const unsigned char numbers[] = {
        __HYPERVISOR_mmu_update,
        __HYPERVISOR_mmu_update,
        __HYPERVISOR_mmuext_op,
        __HYPERVISOR_mmuext_op,
        __HYPERVISOR_update_va_mapping,
        __HYPERVISOR_update_va_mapping,
        __HYPERVISOR_memory_op,
        __HYPERVISOR_sched_op,
        __HYPERVISOR_event_channel_op,
        __HYPERVISOR_vcpu_op,
        __HYPERVISOR_physdev_op,
        __HYPERVISOR_console_io,
        255,
        255,
        255,
    };
    unsigned int i;

    make_words(16);
    call->number = numbers[value_below(sizeof(numbers))];
    for (i = 0; i < 5; i++) {
        call->argument[i] = argument_pointer();
    }
    switch (call->number) {
    case __HYPERVISOR_mmu_update:
        make_mmu_update(call);
        return true;
    case __HYPERVISOR_mmuext_op:
        return make_mmuext_op(call);
    case __HYPERVISOR_update_va_mapping:
        make_update_va(call);
        return true;
    case __HYPERVISOR_memory_op:
        make_memory_op(call);
        return true;
    case __HYPERVISOR_sched_op:
        make_sched_op(call);
        return true;
    case __HYPERVISOR_event_channel_op:
        return make_event_op(call);
    case __HYPERVISOR_vcpu_op:
        return make_vcpu_op(call);
    case __HYPERVISOR_physdev_op:
        make_physdev_op(call);
        return true;
    case __HYPERVISOR_console_io:
        make_console_io(call);
        return true;
    default:
        make_other(call);
        return true;
    }
}

/*
 * Its entries share the buffer: what the last of them stored is the argument of all. They are of one kind,
 * and of those calls whose lists must not be read as another command's there is one only.
 */
static bool make_multicall(struct call *call)
{
    static struct multicall_entry list[8];
    unsigned int count = 1 + (unsigned int)value_below(8), i, j;
    uint64_t kind = 0;

    for (i = 0; i < count; i++) {
        struct call one;

        do {
            if (!make_single(&one)) {
                return false;
            }
        } while (kind && one.number != kind);
        kind = one.number;
        if (kind == __HYPERVISOR_memory_op || kind == __HYPERVISOR_mmuext_op) {
            count = 1;
        }
        list[i].op = one.number;
        for (j = 0; j < 5; j++) {
            list[i].args[j] = one.argument[j];
        }
    }
    call->number = __HYPERVISOR_multicall;
    call->argument[0] = value_below(8) ? (uint64_t)list : value_target();
    call->argument[1] = call->argument[0] == (uint64_t)list ? count : value_below(4);
    return true;
}

bool call_make(struct call *call)
{
    return value_below(16) ? make_single(call) : make_multicall(call);
}

/* A page of the arena as a table that could be valid, for pins and entries to come. */
static void prepare_table(unsigned int n)
{
    unsigned int i;

    memset(arena[n], 0, PAGE_SIZE);
    for (i = (unsigned int)value_below(8); i; i--) {
        arena[n][value_below(512)] =
            PTE_MAKE(arena_mfn[value_below(ARENA_PAGES)], value_below(2) ? PTE_RO : PTE_TABLE);
    }
    if (value_below(2)) {
        arena[n][511] = top_table()[511];
    }
    hypercall_update_va_mapping((uint64_t)arena[n], PTE_MAKE(arena_mfn[n], PTE_RO), UVMF_INVLPG | UVMF_ALL);
}

/* A page whose frame is lost gets another one, as long as the domain may have more. */
static void renew_page(unsigned int n)
{
    static unsigned int renewals;
    xen_pfn_t frame = pfn_of(arena[n]);
    struct xen_memory_reservation op = {.nr_extents = 1, .domid = DOMID_SELF};

    set_xen_guest_handle(op.extent_start, &frame);
    if (renewals < 4000 && hypercall_memory_op(XENMEM_populate_physmap, &op) == 1) {
        renewals++;
        arena_mfn[n] = frame;
        hypercall_update_va_mapping((uint64_t)arena[n], PTE_MAKE(frame, PTE_RW), UVMF_INVLPG | UVMF_ALL);
    }
}

static void repair_page(unsigned int n)
{
    struct mmuext_op op = {.cmd = MMUEXT_UNPIN_TABLE, .arg1.mfn = arena_mfn[n]};

    if (home_is(n, PTE_PRESENT | PTE_WRITABLE)) {
        if (value_below(2)) {
            prepare_table(n);
        }
        return;
    }
    hypercall_mmuext_op(&op, 1, NULL, DOMID_SELF);
    if (hypercall_update_va_mapping((uint64_t)arena[n], PTE_MAKE(arena_mfn[n], PTE_RW),
                                    UVMF_INVLPG | UVMF_ALL) &&
        hypercall_update_va_mapping((uint64_t)arena[n], PTE_MAKE(arena_mfn[n], PTE_RO),
                                    UVMF_INVLPG | UVMF_ALL)) {
        renew_page(n);
    }
}

void call_repair(const struct call *call)
{
    struct mmuext_op base = {.cmd = MMUEXT_NEW_BASEPTR, .arg1.mfn = mfn_of((void *)start_info->pt_base)};

    switch (call->number) {
    case __HYPERVISOR_multicall:
    case __HYPERVISOR_mmuext_op:
        REQUIRE(hypercall_mmuext_op(&base, 1, NULL, DOMID_SELF) == 0);
        if (call->number == __HYPERVISOR_mmuext_op) {
            break;
        }
        /* fall through */
    case __HYPERVISOR_set_trap_table:
    case __HYPERVISOR_set_callbacks:
    case __HYPERVISOR_callback_op:
    case __HYPERVISOR_nmi_op:
        trap_initialise();
        break;
    }
    if (value_below(4) == 0) {
        repair_page((unsigned int)value_below(ARENA_PAGES));
    }
}
