/* SPDX-License-Identifier: BSD-2-Clause */
/* Records what comes in through the trap table and the callbacks, and decides where it goes on. */
#include "guest.h"

struct trap_record trap_last;
uint64_t trap_resume;
bool trap_continue;
uint64_t failsafe_selectors[4];

void trap_dispatch(struct trap_frame *frame);
void user_leave(void) __attribute__((noreturn));
void user_enter(uint64_t rip, uint64_t rsp);

/* So many exceptions without a trap_forget between them are one that comes again and again. */
#define ENDLESS_TRAPS 100000

static char user_stack[STACK_SIZE] __attribute__((aligned(16)));
static uint64_t user_table[512] __attribute__((aligned(PAGE_SIZE)));
static uint64_t user_table_mfn;

static void unexpected(const struct trap_frame *frame)
{
    test_error(
        "unexpected vector %lu error 0x%lx at 0x%lx, cs 0x%lx rflags 0x%lx rsp 0x%lx ss 0x%lx cr2 0x%lx",
        frame->vector, frame->error_code, frame->rip, frame->cs, frame->rflags, frame->rsp, frame->ss,
        shared_info.vcpu_info[0].arch.cr2);
    test_finish();
}

void trap_dispatch(struct trap_frame *frame)
{
    if (frame->vector == VECTOR_EVENT) {
        event_upcall(frame);
        return;
    }
    trap_last.count++;
    trap_last.frame = *frame;
    trap_last.cr2 = shared_info.vcpu_info[0].arch.cr2;
    trap_last.mask = shared_info.vcpu_info[0].evtchn_upcall_mask;
    trap_last.frame_end = (uint64_t)(frame + 1);
    if ((frame->cs & 3) == 3) {
        shared_info.vcpu_info[0].evtchn_upcall_mask = 1;
        user_leave();
    }
    /* A single step is one. */
    frame->rflags &= ~RFLAGS_TF;
    if (trap_resume) {
        frame->rip = trap_resume;
        frame->cs = FLAT_KERNEL_CS & ~3u; /* they may be what made the exception */
        frame->ss = FLAT_KERNEL_SS;
        trap_resume = 0;
    } else if (!trap_continue || trap_last.count > ENDLESS_TRAPS) {
        unexpected(frame);
    }
}

void trap_forget(void)
{
    memset(&trap_last, 0, sizeof(trap_last));
    memset(failsafe_selectors, 0, sizeof(failsafe_selectors));
}

long trap_register(uint8_t vector, uint8_t flags)
{
    struct trap_info traps[2] = {
        {.vector = vector, .flags = flags, .cs = FLAT_KERNEL_CS, .address = TRAP_STUB(vector)},
    };

    return hypercall_set_trap_table(traps);
}

void trap_initialise(void)
{
    static struct trap_info traps[33];
    unsigned int vector;

    for (vector = 0; vector < 32; vector++) {
        traps[vector].vector = (uint8_t)vector;
        traps[vector].cs = FLAT_KERNEL_CS;
        traps[vector].flags = vector == 3 || vector == 4 ? 3 : 0;
        traps[vector].address = TRAP_STUB(vector);
    }
    REQUIRE(hypercall_set_trap_table(traps) == 0);
    REQUIRE(hypercall_set_callbacks(event_entry, failsafe_entry, syscall_entry) == 0);
}

int trap_try_read(const volatile void *address)
{
    return TRAP_TRY("movq (%0), %%rax", "r"(address));
}

int trap_try_write(volatile void *address, uint64_t value)
{
    return TRAP_TRY("movq %1, (%0)", "r"(address), "r"(value));
}

void user_initialise(void)
{
    const uint64_t *kernel_table = (const uint64_t *)start_info->pt_base;
    unsigned int slot = (unsigned int)(((unsigned long)user_table >> 39) & 511);
    struct mmuext_op base = {.cmd = MMUEXT_NEW_USER_BASEPTR};

    user_table[slot] = kernel_table[slot];
    REQUIRE(page_protect(user_table) == 0);
    base.arg1.mfn = user_table_mfn = mfn_of(user_table);
    REQUIRE(page_pin(user_table, 4) == 0);
    REQUIRE(hypercall_mmuext_op(&base, 1, NULL, DOMID_SELF) == 0);
    REQUIRE(hypercall_stack_switch(FLAT_KERNEL_SS, (unsigned long)user_trap_stack + STACK_SIZE) == 0);
}

uint64_t user_base_mfn(void)
{
    return user_table_mfn;
}

void user_run(void (*function)(void))
{
    trap_forget();
    user_enter((uint64_t)function, (uint64_t)user_stack + STACK_SIZE - 8);
}
