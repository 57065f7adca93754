/* SPDX-License-Identifier: BSD-2-Clause */
/* Trap handlers, and the table of prepared-for traps that the linker collects. */
#include <minios/trap.h>

#include <minios/cpu.h>
#include <minios/heap.h>
#include <minios/panic.h>
#include <minios/scheduler.h>
#include <xenguest/trap.h>

#define ERROR_PRESENT 1 /* page fault: the page is mapped, the access was not allowed */

/* Of the linker script. */
extern const struct trap_fixup fixups_start[], fixups_end[];

static bool apply_fixup(struct xg_frame *frame)
{
    for (const struct trap_fixup *fixup = fixups_start; fixup < fixups_end; fixup++) {
        if (fixup->trapping == frame->rip) {
            frame->rip = fixup->resume;
            frame->rax = frame->error_code << 32 | frame->vector;
            return true;
        }
    }
    return false;
}

static void handle_page_fault(struct xg_frame *frame, void *unused)
{
    uint64_t address = xg_trap_fault_address(this_cpu()->info);

    if (!(frame->error_code & ERROR_PRESENT) && heap_fault(address))
        return;
    if (!apply_fixup(frame))
        panic_at(frame, "page fault at 0x%016llx", (unsigned long long)address);
}

static void handle_trap(struct xg_frame *frame, void *unused)
{
    if (!apply_fixup(frame))
        panic_at(frame, "%s", xg_trap_name((unsigned int)frame->vector));
}

static void leave_upcall(struct xg_frame *frame, void *unused)
{
    this_cpu()->upcalls++;
    scheduler_preempt();
}

void traps_init(struct xg_traps *traps)
{
    xg_traps_init(traps);
    xg_traps_handle_rest(traps, handle_trap, NULL);
    xg_traps_on_leave(traps, leave_upcall, NULL);
    if (xg_traps_handle(traps, XG_TRAP_PAGE_FAULT, handle_page_fault, NULL) || xg_traps_install(traps))
        panic("the trap table was refused");
}
