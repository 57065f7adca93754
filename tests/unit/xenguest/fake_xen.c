/* SPDX-License-Identifier: BSD-2-Clause */
/* The fake hypervisor's way in: the log of calls, refusals, and the calls that need no part of their own. */
#include "fake_xen.h"
#include <pthread.h>
#include <string.h>
#include "private.h"
#include "trap_private.h"

struct fake_xen fake;
__thread unsigned int fake_vcpu;

static pthread_mutex_t log_lock = PTHREAD_MUTEX_INITIALIZER;

void fake_reset(void)
{
    unsigned int i;

    memset(&fake, 0, sizeof(fake));
    fake_vcpu = 0;
    for (i = 0; i < FAKE_MFN_BASE; i++)
        fake.m2p[i] = ~0ull;
    for (i = 0; i < FAKE_FRAMES; i++) {
        fake.p2m[i] = fake_mfn(i).n;
        fake.m2p[fake_mfn(i).n] = i;
        fake.writable[i] = true;
    }
    for (i = 0; i < XEN_LEGACY_MAX_VCPUS; i++)
        fake.shared.vcpu_info[i].evtchn_upcall_mask = 1;
    fake.next_port = 1;
    fake.input = "";
    fake.grant_frames = 2;
    fake.reservation = FAKE_FRAMES;
    fake.reservation_limit = FAKE_FRAMES;
    fake.vcpu_up[0] = true;
}

void fake_refuse(unsigned int number, long result, unsigned int after)
{
    fake.refuse_number = number;
    fake.refuse_result = result;
    fake.refuse_after = after;
    fake.refuse_armed = true;
}

bool fake_take_refusal(unsigned int number, unsigned int *after, long *result)
{
    if (!fake.refuse_armed || fake.refuse_number != number)
        return false;
    fake.refuse_armed = false;
    *after = fake.refuse_after;
    *result = fake.refuse_result;
    return true;
}

unsigned int fake_count(unsigned int number)
{
    unsigned int i, nr = 0;

    for (i = 0; i < fake.nr_calls; i++)
        nr += fake.calls[i].number == number;
    return nr;
}

const struct fake_call *fake_last(unsigned int number)
{
    unsigned int i = fake.nr_calls;

    while (i--)
        if (fake.calls[i].number == number)
            return &fake.calls[i];
    return NULL;
}

static long console_io(unsigned int command, unsigned int nr, char *buffer)
{
    size_t available = strlen(fake.input);

    if (command == CONSOLEIO_write) {
        size_t room = sizeof(fake.output) - 1 - fake.output_length;

        memcpy(fake.output + fake.output_length, buffer, nr < room ? nr : room);
        fake.output_length += nr < room ? nr : room;
        return 0;
    }
    if (fake.lie_console_read)
        return fake.lie_console_read;
    nr = nr < available ? nr : (unsigned int)available;
    memcpy(buffer, fake.input, nr);
    fake.input += nr;
    return nr;
}

static long vcpu_op(unsigned int command, unsigned int vcpu, void *argument)
{
    if (vcpu >= FAKE_VCPUS)
        return -XEN_ENOENT;
    switch (command) {
    case VCPUOP_initialise:
        memcpy(&fake.context, argument, sizeof(fake.context));
        return 0;
    case VCPUOP_up:
    case VCPUOP_down:
        fake.vcpu_up[vcpu] = command == VCPUOP_up;
        return 0;
    case VCPUOP_is_up:
        return fake.vcpu_up[vcpu];
    default:
        return 0;
    }
}

static long set_trap_table(const struct trap_info *table)
{
    for (fake.nr_traps = 0; table[fake.nr_traps].address; fake.nr_traps++) {
        if (fake.nr_traps == 63)
            return -XEN_EINVAL;
        fake.traps[fake.nr_traps] = table[fake.nr_traps];
    }
    return 0;
}

static long callback_op(unsigned int command, const struct callback_register *callback)
{
    if (command != CALLBACKOP_register || callback->type >= 8)
        return -XEN_ENOSYS;
    fake.callbacks[callback->type] = *callback;
    return 0;
}

static long carry_out(const struct fake_call *c)
{
    unsigned int command = (unsigned int)c->a[0];

    switch (c->number) {
    case __HYPERVISOR_console_io:
        return console_io(command, (unsigned int)c->a[1], (char *)c->a[2]);
    case __HYPERVISOR_event_channel_op:
        return fake_event_channel_op(command, (void *)c->a[1]);
    case __HYPERVISOR_mmu_update:
        return fake_mmu_update((const struct mmu_update *)c->a[0], (unsigned int)c->a[1],
                               (unsigned int *)c->a[2], (uint32_t)c->a[3]);
    case __HYPERVISOR_update_va_mapping:
        return fake_update_va_mapping(c->a[0], c->a[1]);
    case __HYPERVISOR_memory_op:
        return fake_memory_op(command, (void *)c->a[1]);
    case __HYPERVISOR_grant_table_op:
        return fake_grant_table_op(command, (void *)c->a[1]);
    case __HYPERVISOR_vcpu_op:
        return vcpu_op(command, (unsigned int)c->a[1], (void *)c->a[2]);
    case __HYPERVISOR_set_trap_table:
        return set_trap_table((const struct trap_info *)c->a[0]);
    case __HYPERVISOR_callback_op:
        return callback_op(command, (const struct callback_register *)c->a[1]);
    case __HYPERVISOR_xen_version:
    case __HYPERVISOR_sched_op:
    case __HYPERVISOR_set_timer_op:
    case __HYPERVISOR_mmuext_op:
        return 0;
    default:
        return -XEN_ENOSYS;
    }
}

/* The number of items that the call itself counts: those parts ask for their refusal when they get to it. */
static bool counts_items(unsigned int number)
{
    return number == __HYPERVISOR_mmu_update || number == __HYPERVISOR_memory_op;
}

long xg_hypercall(uint64_t a1, uint64_t a2, uint64_t a3, uint64_t a4, uint64_t a5, unsigned int number)
{
    struct fake_call call = {.number = number, .a = {a1, a2, a3, a4, a5}};
    unsigned int after;

    fake.in_call = true;
    if (fake.on_call)
        fake.on_call(&call);
    if (counts_items(number) || !fake_take_refusal(number, &after, &call.result))
        call.result = carry_out(&call);
    if (fake.after_close && number == __HYPERVISOR_event_channel_op && a1 == EVTCHNOP_close) {
        void (*then)(void) = fake.after_close;

        fake.after_close = NULL;
        then();
    }
    pthread_mutex_lock(&log_lock);
    if (fake.nr_calls < FAKE_CALLS)
        fake.calls[fake.nr_calls++] = call;
    pthread_mutex_unlock(&log_lock);
    fake.in_call = false;
    return call.result;
}

uint64_t xg_arch_tsc(void)
{
    return __atomic_load_n(&fake.tsc, __ATOMIC_ACQUIRE);
}

void xg_arch_pause(void)
{
}

void xg_arch_park(unsigned int vcpu, uint64_t *stack_pointer)
{
    *stack_pointer = FAKE_STACK_POINTER;
    xg_hypercall(VCPUOP_down, vcpu, 0, 0, 0, __HYPERVISOR_vcpu_op);
}

void xg_arch_unpark(void *stack_pointer)
{
}

/* Recognisable, and never 0 for a vector that there is. */
uint64_t xg_arch_trap_entry(unsigned int vector)
{
    bool known =
        vector < 32 || vector == XG_TRAP_INT80 || (vector >= XG_TRAP_EVENT && vector <= XG_TRAP_SYSCALL);

    return known ? 0xffffffff80000000ull + vector * 32 : 0;
}
