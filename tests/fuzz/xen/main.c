/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The fuzzer's entry: an input is a sequence of steps, each by one vCPU of one domain: a hypercall, or
 * something that happens to it. The oracles look after each step; at the end all domains are destroyed, and
 * nothing may be left.
 */
#include <stdio.h>
#include <xen/event_channel.h>
#include <xen/hypercall.h>
#include <xen/page_ref.h>
#include <xen/sched.h>
#include <asm/pv.h>
#include <asm/pv_mm.h>
#include <fake/fake.h>
#include "input.h"
#include "world.h"

#define STEPS_MAX 200

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The guest writes to memory that it may write to. */
static void step_store(struct input *in)
{
    uint64_t n = input_frame(in);
    unsigned int slot = input_slot(in);
    uint64_t value = input_entry(in);
    struct page_info *pg = mfn_to_page(mfn(n));

    if (!mfn_valid(mfn(n)) || pg->owner != current->domain || (pg->count_info & PGC_HYPERVISOR))
        return;
    if ((pg->type_info & PGT_TYPE_MASK) == PGT_WRITABLE && (pg->type_info & PGT_COUNT_MASK))
        ((uint64_t *)mfn_to_virt(mfn(n)))[slot] = value;
}

static void step_time(struct input *in)
{
    struct vcpu *v = current;

    fake_advance(fake_now + (s_time_t)input_byte(in) * MICROSECONDS(100));
    fake_as(v);
}

static void step_virq(struct input *in)
{
    uint8_t virq = input_byte(in) % NR_VIRQS;

    if (virq_is_global(virq))
        send_guest_global_virq(current->domain, virq);
    else
        send_guest_vcpu_virq(current, virq);
}

/* The processor looks at a descriptor of the LDT. */
static void step_ldt(struct input *in)
{
    (void)pv_map_ldt_page(current, (uint64_t)input_byte(in) << 11);
}

static void step_touch(struct input *in)
{
    unsigned int nr = 1 + input_byte(in) % 16;

    while (nr--)
        tlb_touch(current, input_address(in));
}

static void step_mode(struct input *in)
{
    if (!mfn_eq(current->arch.guest_table_user, INVALID_MFN))
        current->arch.flags ^= VCPUF_KERNEL_MODE;
}

/* What the emulation of a write to an L1 table does, with the right idea of what stands there or a wrong one.
 */
static void step_emulated_write(struct input *in)
{
    uint64_t n = input_frame(in), slot = input_slot(in), value = input_entry(in);
    struct page_info *pg = mfn_to_page(mfn(n));
    pte_t *entry = (pte_t *)mfn_to_virt(mfn(n)) + slot, expected, found;

    if (!mfn_valid(mfn(n)) || (pg->type_info & PGT_TYPE_MASK) != PGT_L1 ||
        page_get_and_type(pg, current->domain, PGT_L1))
        return;
    expected = (pte_t){input_byte(in) < 0xc0 ? entry->v : input_entry(in)};
    (void)!l1_entry_exchange(entry, expected, (pte_t){value}, current->domain, &found);
    page_put_and_type(pg);
}

/* Some steps of a domain's end, and others go on in between. */
static void step_kill(struct input *in)
{
    unsigned int i = 1 + input_byte(in) % (NR_DOMAINS - 1), steps = 1 + input_byte(in) % 32;

    while (steps-- && !world_kill_step(i))
        ;
}

static void step_call(struct input *in)
{
    struct call c = input_call(in);

    (void)world_hypercall(c.nr, c.args);
}

static const struct {
    void (*run)(struct input *in);
    const char *name;
} happenings[] = {{step_store, "a store"},
                  {step_time, "time"},
                  {step_virq, "a VIRQ"},
                  {step_ldt, "an LDT access"},
                  {step_emulated_write, "an emulated write"},
                  {step_mode, "a change of mode"},
                  {step_touch, "a walk"},
                  {step_kill, "a kill"}};

static void step(struct input *in, unsigned int nr)
{
    uint8_t who = input_byte(in), what = input_byte(in);
    unsigned int i = (who & 3) % NR_DOMAINS;
    const char *name = "a hypercall";

    in->domain = i;
    if (!world.d[i] || world.d[i]->is_dying)
        return;
    input_memory_reset();
    fake_on_cpu(who >> 2 & 1);
    fake_as(world.d[i]->vcpu[who >> 2 & 1]);
    world.abandon = (who & 0x38) == 0x38;
    world_preempt(who & 0x08);
    if (what < 0xc0) {
        step_call(in);
    } else {
        happenings[what % ARRAY_SIZE(happenings)].run(in);
        name = happenings[what % ARRAY_SIZE(happenings)].name;
    }
    world_preempt(false);
    oracle_check(name);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    world_boot();
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input in = {data, size, 0};
    bool preempt_end = size & 1;

    world_begin();
    oracle_check("the beginning");
    for (unsigned int nr = 0; in.size && nr < STEPS_MAX; nr++)
        step(&in, nr);
    fake_on_cpu(0);
    world_end(preempt_end);
    fake_console_text();
    return 0;
}
