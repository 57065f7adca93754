/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The command bench: TSC cycles an operation that crosses into the hypervisor, averaged over many rounds on
 * this vCPU with events masked. Under `qemu -icount shift=0` a cycle is an instruction and the figures
 * repeat.
 */
#include "shell.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <minios/address_space.h>
#include <minios/cpu.h>
#include <minios/events.h>
#include <minios/page_alloc.h>
#include <minios/scheduler.h>
#include <minios/thread.h>
#include <minios/trap.h>
#include <xenguest/abi.h>
#include <xenguest/errno.h>
#include <xenguest/hypercall.h>
#include <xenguest/mmu.h>
#include <xenguest/os.h>
#include <xenguest/sched.h>
#include <xenguest/shared.h>
#include <xenguest/timer.h>

#define DEFAULT_ROUNDS 500
#define NR_CALLS       32
#define NR_UPDATES     32
#define TABLE_ENTRIES  512

/* What the rows work on; made before the first and unmade after the last. */
static struct {
    char *page;      /* mapped in the dynamic area */
    xg_pte_t entry;  /* its level-1 entry … */
    uint64_t where;  /* … that one's machine address … */
    volatile uint64_t *slot; /* … and where its table is mapped, read-only */
    uint64_t *table; /* a page that becomes a level-1 table and back */
    xg_mfn_t table_mfn;
    xg_evtchn_t port; /* notifies this vCPU */
    unsigned long nr_received;
} bench;

static uint64_t read_tsc(void)
{
    uint32_t low, high;

    __asm__ volatile("lfence; rdtsc" : "=a"(low), "=d"(high) : : "memory");
    return (uint64_t)high << 32 | low;
}

/* ---- Operations: 0, or a negative errno ---- */

static long null_hypercall(void)
{
    return hypercall_xen_version(XENVER_version, NULL) > 0 ? 0 : -XG_ENOSYS;
}

static long multicall(void)
{
    struct multicall_entry calls[NR_CALLS];

    for (unsigned int i = 0; i < NR_CALLS; i++) {
        calls[i].op = __HYPERVISOR_xen_version;
        calls[i].args[0] = XENVER_version;
        calls[i].args[1] = 0;
    }
    return hypercall_multicall(calls, NR_CALLS);
}

static long yield(void)
{
    return hypercall_sched_op(SCHEDOP_yield, NULL);
}

static long disarm_timer(void)
{
    return hypercall_set_timer_op(0);
}

static long bounce_opcode(void)
{
    uint64_t result;

    __asm__ volatile("1: ud2\n2:\n" TRAP_FIXUP("1b", "2b") : "=a"(result) : : "memory");
    return 0;
}

static long bounce_page_fault(void)
{
    uint64_t result;

    __asm__ volatile("1: movb (%%rcx), %%dl\n2:\n" TRAP_FIXUP("1b", "2b")
                     : "=a"(result)
                     : "c"(0)
                     : "rdx", "memory");
    return 0;
}

/*
 * An instruction that the hypervisor emulates, with %eax and %ecx as given; -XG_ENOSYS when it comes back as
 * a fault.
 */
#define EMULATED(instruction, eax, ecx)                                                                      \
    ({                                                                                                       \
        uint64_t a_ = (eax), c_ = (ecx), trapped_ = 0;                                                       \
        __asm__ volatile("1: " instruction "\njmp 3f\n2: mov $1, %%esi\n3:\n" TRAP_FIXUP("1b", "2b")         \
                         : "+a"(a_), "+c"(c_), "+S"(trapped_)                                                \
                         :                                                                                   \
                         : "rbx", "rdx", "memory");                                                          \
        trapped_ ? -XG_ENOSYS : 0l;                                                                          \
    })

static long read_cr0(void)
{
    return EMULATED("mov %%cr0, %%rdx", 0, 0);
}

static long read_msr(void)
{
    return EMULATED("rdmsr", 0, 0xc0000080);
}

static long forced_cpuid(void)
{
    return EMULATED(".byte 0x0f, 0x0b, 0x78, 0x65, 0x6e; cpuid", 0x40000000, 0);
}

static long update(unsigned int nr)
{
    struct mmu_update updates[NR_UPDATES];
    unsigned int done;

    for (unsigned int i = 0; i < nr; i++) {
        updates[i].ptr = bench.where | MMU_NORMAL_PT_UPDATE;
        /* Alternates the access rights, so that each is a change. */
        updates[i].val = bench.entry ^ (i % 2 ? XG_PTE_WRITE : 0);
    }
    return hypercall_mmu_update(updates, nr, &done, DOMID_SELF);
}

static long update_one(void)
{
    return update(1);
}

static long update_many(void)
{
    return update(NR_UPDATES);
}

static long update_va_mapping(void)
{
    return hypercall_update_va_mapping((uint64_t)bench.page, bench.entry, UVMF_INVLPG);
}

/* The hypervisor does the store; the entry stays as it is. */
static long write_table(void)
{
    *bench.slot = bench.entry;
    return 0;
}

static long invlpg(void)
{
    struct mmuext_op op = {.cmd = MMUEXT_INVLPG_LOCAL};

    op.arg1.linear_addr = (uint64_t)bench.page;
    return hypercall_mmuext_op(&op, 1, NULL, DOMID_SELF);
}

static long pin_and_unpin(void)
{
    int rc = xg_mmu_pin(bench.table_mfn, 1);

    return rc ? rc : xg_mmu_unpin(bench.table_mfn);
}

static long send_masked(void)
{
    int rc = xg_event_send(bench.port);

    xg_event_clear(&events, bench.port);
    return rc;
}

static long send_and_receive(void)
{
    return xg_event_send(bench.port);
}

static void receive(xg_evtchn_t port, struct xg_frame *frame, void *unused)
{
    bench.nr_received++;
}

/* ---- Measuring ---- */

static void report(const char *name, long (*operation)(void), unsigned int rounds, unsigned int parts,
                   bool masked)
{
    unsigned long saved = masked ? xg_os_events_save() : 0;
    long rc = operation();
    uint64_t start = read_tsc(), spent;

    for (unsigned int i = 0; i < rounds && rc == 0; i++)
        rc = operation();
    spent = read_tsc() - start;
    if (masked)
        xg_os_events_restore(saved);
    if (rc)
        printf("%s: errno %ld\n", name, -rc);
    else
        printf("%s: %" PRIu64 "\n", name, spent / rounds / parts);
}

/*
 * The page is mapped read-only in the linear map, as a table must be; its entries map frames of the image's
 * start.
 */
static bool make_table(unsigned int nr_entries)
{
    for (unsigned int i = 0; i < TABLE_ENTRIES; i++)
        bench.table[i] = i < nr_entries ? xg_pte(bench.table_mfn, XG_PTE_READONLY) : 0;
    return address_space_protect(bench.table, 1, XG_PTE_READONLY) == 0;
}

static void report_pin(const char *name, unsigned int nr_entries, unsigned int rounds)
{
    if (!make_table(nr_entries))
        printf("%s: no table\n", name);
    else
        report(name, pin_and_unpin, rounds / 10 + 1, 1, true);
    if (address_space_protect(bench.table, 1, XG_PTE_DATA))
        printf("%s: the table cannot be written again\n", name);
}

static void report_all(unsigned int rounds)
{
    report("null hypercall", null_hypercall, rounds, 1, true);
    report("multicall of 32 nulls, each", multicall, rounds, NR_CALLS, true);
    report("SCHEDOP_yield", yield, rounds, 1, true);
    report("set_timer_op (disarm)", disarm_timer, rounds, 1, true);
    report("#UD bounced to the guest and IRET hypercall", bounce_opcode, rounds, 1, true);
    report("#PF bounced and IRET", bounce_page_fault, rounds, 1, true);
    report("emulated mov %cr0, r", read_cr0, rounds, 1, true);
    report("emulated rdmsr (EFER)", read_msr, rounds, 1, true);
    report("forced-emulation cpuid", forced_cpuid, rounds, 1, true);
    report("mmu_update, 1 entry", update_one, rounds, 1, true);
    report("mmu_update, 32 entries, each", update_many, rounds, NR_UPDATES, true);
    report("update_va_mapping + invlpg", update_va_mapping, rounds, 1, true);
    report("emulated write to a page table", write_table, rounds, 1, true);
    report("MMUEXT_INVLPG_LOCAL", invlpg, rounds, 1, true);
    report_pin("pin + unpin an empty L1", 0, rounds);
    report_pin("pin + unpin an L1 of 512 entries", TABLE_ENTRIES, rounds);
    xg_event_mask(&events, bench.port);
    report("EVTCHNOP_send to self, masked", send_masked, rounds, 1, true);
    if (xg_event_unmask(&events, bench.port))
        printf("the event channel cannot be unmasked\n");
    report("send to self, upcall, IRET", send_and_receive, rounds, 1, false);
}

static bool prepare(void)
{
    struct xg_walk walk;

    bench.page = address_space_reserve(1);
    bench.table = page_alloc();
    if (!bench.page || !bench.table || address_space_map_new(bench.page, 1) ||
        xg_mmu_walk(address_space_root(), (uint64_t)bench.page, &walk) ||
        xg_event_bind_ipi(&events, this_cpu()->id, receive, NULL, &bench.port))
        return false;
    bench.entry = walk.entry & ~XG_PTE_XEN;
    bench.where = walk.where.n;
    bench.slot = (uint64_t *)address_space_mfn_address((xg_mfn_t){bench.where / PAGE_SIZE}) +
                 bench.where % PAGE_SIZE / sizeof(uint64_t);
    bench.table_mfn = address_space_lookup(bench.table);
    event_name(bench.port, "bench", this_cpu()->id);
    return true;
}

static void clean_up(void)
{
    if (xg_event_close(&events, bench.port))
        printf("the event channel cannot be closed\n");
    event_name(bench.port, NULL, 0);
    page_free(bench.table);
    address_space_unmap_free(bench.page, 1);
    address_space_release(bench.page, 1);
    /* The scheduler believes that its timer is armed: let it find out. */
    scheduler_timer_expired();
    thread_yield();
}

void command_bench(int argc, char **argv)
{
    uint64_t rounds = DEFAULT_ROUNDS;

    if (argc > 1 && !shell_number("bench", argv[1], 1, 1000000, &rounds))
        return;
    if (!prepare()) {
        printf("bench: no memory\n");
        return;
    }
    report_all((unsigned int)rounds);
    clean_up();
}
