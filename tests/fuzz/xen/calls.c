/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Hypercalls made of input bytes. Left out is only what would end the program: the machine's power, and cache
 * instructions that are the kernel's.
 */
#include <string.h>
#include <xen/types.h>
#include <public/event_channel.h>
#include <xen/grant_table.h>
#include <public/memory.h>
#include <public/sched.h>
#include <public/vcpu.h>
#include <xen/timer.h>
#include "input.h"
#include "world.h"

#define LIST_MAX 24

static uint32_t input_foreign(struct input *in)
{
    uint32_t low = input_domid(in);
    uint8_t b = input_byte(in);
    uint32_t tables = b < 0xe0 ? 0 : b % (NR_DOMAINS + 1);

    /*
     * The privileged domain may give frames away to others' tables: the oracle could not tell it from theft.
     */
    if (in->domain == 0 && tables > 1)
        low = tables - 1;
    return low | tables << 16;
}

static uint64_t done_pointer(struct input *in)
{
    static const uint32_t zero;
    uint8_t b = input_byte(in);

    return b < 0x80 ? 0 : input_place(in, &zero, sizeof(zero));
}

static struct call make_mmu_update(struct input *in)
{
    mmu_update_t list[LIST_MAX];
    unsigned int count = 1 + input_byte(in) % LIST_MAX;
    uint64_t m = 0;

    for (unsigned int i = 0; i < count; i++) {
        uint8_t b = input_byte(in);

        if (!i || b & 0x80)
            m = input_frame(in);
        list[i].ptr =
            m << PAGE_SHIFT | (uint64_t)input_slot(in) << 3 | ((b & 0x70) == 0x70 ? b & 7 : (b & 0x40) >> 5);
        list[i].val = input_entry(in);
    }
    return (struct call){
        __HYPERVISOR_mmu_update,
        {input_place(in, list, count * sizeof(list[0])), count, done_pointer(in), input_foreign(in)}};
}

static struct call make_one_update(struct input *in)
{
    mmu_update_t request = {input_frame(in) << PAGE_SHIFT | (uint64_t)input_slot(in) << 3, input_entry(in)};

    return (struct call){__HYPERVISOR_mmu_update,
                         {input_place(in, &request, sizeof(request)), 1, 0, DOMID_SELF}};
}

static struct call make_update_va(struct input *in)
{
    uint64_t va = input_address(in), entry = input_entry(in), flags = input_byte(in) % 8;

    return (struct call){__HYPERVISOR_update_va_mapping, {va, entry, flags}};
}

static struct call make_update_va_other(struct input *in)
{
    uint64_t va = input_address(in), entry = input_entry(in);

    return (struct call){__HYPERVISOR_update_va_mapping_otherdomain, {va, entry, 0, input_domid(in)}};
}

static mmuext_op_t make_ext(struct input *in)
{
    static const uint8_t often[] = {MMUEXT_PIN_L1_TABLE,    MMUEXT_PIN_L2_TABLE, MMUEXT_PIN_L3_TABLE,
                                    MMUEXT_PIN_L4_TABLE,    MMUEXT_UNPIN_TABLE,  MMUEXT_NEW_BASEPTR,
                                    MMUEXT_NEW_USER_BASEPTR};
    uint8_t b = input_byte(in);
    mmuext_op_t op = {.cmd = b < 0xc0 ? often[b % ARRAY_SIZE(often)] : b % 24};

    /* Privileged instructions: only on the machine. */
    if (op.cmd == MMUEXT_FLUSH_CACHE || op.cmd == MMUEXT_FLUSH_CACHE_GLOBAL)
        op.cmd = MMUEXT_TLB_FLUSH_LOCAL;
    if (op.cmd == MMUEXT_SET_LDT) {
        op.arg1.linear_addr = input_address(in);
        op.arg2.nr_ents = (unsigned int)input_word(in, 2);
    } else {
        op.arg1.mfn = input_frame(in);
        if (op.cmd == MMUEXT_COPY_PAGE)
            op.arg2.src_mfn = input_frame(in);
    }
    return op;
}

static struct call make_mmuext(struct input *in)
{
    mmuext_op_t list[8];
    unsigned int count = 1 + input_byte(in) % ARRAY_SIZE(list);

    memset(list, 0, sizeof(list));
    for (unsigned int i = 0; i < count; i++)
        list[i] = make_ext(in);
    return (struct call){
        __HYPERVISOR_mmuext_op,
        {input_place(in, list, count * sizeof(list[0])), count, done_pointer(in), input_foreign(in)}};
}

static struct call make_reservation(struct input *in)
{
    static const uint8_t ops[] = {XENMEM_increase_reservation, XENMEM_decrease_reservation,
                                  XENMEM_populate_physmap};
    xen_pfn_t frames[4];
    struct xen_memory_reservation r = {.nr_extents = 0};
    uint8_t op = ops[input_byte(in) % ARRAY_SIZE(ops)], b = input_byte(in);

    for (unsigned int i = 0; i < ARRAY_SIZE(frames); i++)
        frames[i] = input_frame(in);
    r.nr_extents = b % 5;
    r.extent_order = (b >> 3) % 4 == 3 ? b >> 5 : 0;
    r.mem_flags = b > 0xf0 ? b & 0xf : 0;
    r.domid = input_domid(in);
    r.extent_start.p = (void *)input_place(in, frames, sizeof(frames));
    return (struct call){__HYPERVISOR_memory_op, {op, input_place(in, &r, sizeof(r))}};
}

static struct call make_memory_exchange(struct input *in)
{
    xen_pfn_t give[4], take[4] = {1, 2, 3, 4};
    struct xen_memory_exchange x;
    uint8_t b = input_byte(in);

    memset(&x, 0, sizeof(x));
    for (unsigned int i = 0; i < ARRAY_SIZE(give); i++)
        give[i] = input_frame(in);
    x.in.domid = input_domid(in);
    x.out.domid = b & 0x80 ? input_domid(in) : x.in.domid;
    x.in.nr_extents = b % 5;
    x.in.extent_order = (b >> 3) % 4 == 3;
    x.out.nr_extents = b & 0x40 ? b & 7 : x.in.nr_extents;
    x.out.extent_order = b & 0x20 ? x.in.extent_order : (b >> 4) % 3;
    x.in.extent_start.p = (void *)input_place(in, give, sizeof(give));
    x.out.extent_start.p = (void *)input_place(in, take, sizeof(take));
    return (struct call){__HYPERVISOR_memory_op, {XENMEM_exchange, input_place(in, &x, sizeof(x))}};
}

/* Any command on an argument of any words. */
static uint64_t place_words(struct input *in)
{
    uint64_t words[8];

    for (unsigned int i = 0; i < ARRAY_SIZE(words); i++) {
        uint8_t b = input_byte(in);

        words[i] = b < 0xd8   ? b % 24
                   : b < 0xe0 ? 2000000ul
                   : b < 0xf0 ? input_domid(in)
                   : b < 0xf8 ? input_frame(in)
                              : input_word(in, 4);
    }
    return input_place(in, words, sizeof(words));
}

static struct call make_memory_other(struct input *in)
{
    uint64_t cmd = input_byte(in) % 32, done = input_byte(in);

    return (struct call){__HYPERVISOR_memory_op,
                         {cmd | (done > 0xf0 ? (done & 7) << 6 : 0), place_words(in)}};
}

/* Few, so that they are open. */
static uint32_t input_port(struct input *in)
{
    uint8_t b = input_byte(in);

    return b < 0xe0 ? b % 6 : b % 80;
}

static struct call make_event(struct input *in)
{
    union {
        struct evtchn_alloc_unbound unbound;
        struct evtchn_bind_interdomain interdomain;
        struct evtchn_bind_virq virq;
        struct evtchn_bind_vcpu vcpu;
        struct evtchn_status status;
        struct evtchn_reset reset;
        struct evtchn_init_control init_control;
        struct evtchn_expand_array expand_array;
        uint32_t words[6];
    } op;
    uint8_t cmd = input_byte(in) % 14;

    for (unsigned int i = 0; i < ARRAY_SIZE(op.words); i++)
        op.words[i] = 0;
    switch (cmd) {
    case EVTCHNOP_bind_interdomain:
        op.interdomain.remote_dom = input_domid(in);
        op.interdomain.remote_port = input_port(in);
        break;
    case EVTCHNOP_alloc_unbound:
        op.unbound.dom = input_domid(in);
        op.unbound.remote_dom = input_domid(in);
        break;
    case EVTCHNOP_status:
        op.status.dom = input_domid(in);
        op.status.port = input_port(in);
        break;
    case EVTCHNOP_reset:
        op.reset.dom = input_domid(in);
        break;
    case EVTCHNOP_init_control:
        op.init_control.control_gfn = input_frame(in);
        op.init_control.offset = 8u * input_byte(in);
        op.init_control.vcpu = input_byte(in) % 4;
        break;
    case EVTCHNOP_expand_array:
        op.expand_array.array_gfn = input_frame(in);
        break;
    case EVTCHNOP_bind_virq:
        op.virq.virq = input_byte(in) % (NR_VIRQS + 1);
        op.virq.vcpu = input_byte(in) % 4;
        break;
    default: /* a port, or a vCPU, first */
        op.words[0] = input_port(in);
        op.words[1] = input_byte(in) % 3;
        break;
    }
    return (struct call){__HYPERVISOR_event_channel_op, {cmd, input_place(in, &op, sizeof(op))}};
}

static grant_ref_t input_ref(struct input *in)
{
    uint8_t b = input_byte(in);

    return b < 0xf0 ? b % 8u : (grant_ref_t)input_word(in, 4);
}

/*
 * What guests do without a hypercall: an entry of somebody's grant table changes, in either version's form.
 */
static void change_entry(struct input *in)
{
    static const uint16_t kinds[] = {
        GTF_permit_access, GTF_permit_access | GTF_readonly, GTF_accept_transfer, GTF_invalid,
        GTF_transitive,    GTF_permit_access | GTF_sub_page, GTF_permit_access,   GTF_permit_access};
    const struct domain *d = world.d[input_byte(in) % NR_DOMAINS];
    uint16_t kind = kinds[input_byte(in) % ARRAY_SIZE(kinds)];
    grant_ref_t ref = input_byte(in) % 8u;
    uint8_t *table;
    uint64_t words[2];

    if (!d || d->is_dying)
        return;
    table = d->grant_table->frames[0];
    words[0] = kind | (uint64_t)(input_byte(in) % NR_DOMAINS) << 16;
    if (d->grant_table->version == 1) {
        words[0] |= input_frame(in) << 32;
        memcpy(table + ref * sizeof(grant_entry_v1_t), words, sizeof(grant_entry_v1_t));
        return;
    }
    words[0] |= (kind & GTF_type_mask) == GTF_transitive ? (uint64_t)(input_byte(in) % NR_DOMAINS) << 32
                                                          : input_word(in, 4) << 32;
    words[1] = (kind & GTF_type_mask) == GTF_transitive ? input_ref(in) : input_frame(in);
    memcpy(table + ref * sizeof(grant_entry_v2_t), words, sizeof(words));
}

static uint64_t input_host_address(struct input *in, bool entry)
{
    return entry ? input_frame(in) << PAGE_SHIFT | (uint64_t)input_slot(in) << 3 : input_address(in);
}

static struct call place_grant(struct input *in, uint64_t cmd, const void *op, size_t size, uint64_t count)
{
    return (struct call){__HYPERVISOR_grant_table_op, {cmd, input_place(in, op, size), count}};
}

static struct call make_grant_map(struct input *in)
{
    struct gnttab_map_grant_ref op[3];
    uint64_t count = 1 + input_byte(in) % ARRAY_SIZE(op);

    memset(op, 0, sizeof(op));
    for (unsigned int i = 0; i < count; i++) {
        op[i].flags = input_byte(in) & 0x1f;
        op[i].host_addr = input_host_address(in, op[i].flags & GNTMAP_contains_pte);
        op[i].ref = input_ref(in);
        op[i].dom = input_byte(in) % NR_DOMAINS;
    }
    return place_grant(in, GNTTABOP_map_grant_ref, op, sizeof(op), count);
}

static struct call make_grant_unmap(struct input *in)
{
    struct gnttab_unmap_grant_ref op[3];
    uint64_t count = 1 + input_byte(in) % ARRAY_SIZE(op);

    memset(op, 0, sizeof(op));
    for (unsigned int i = 0; i < count; i++) {
        uint8_t b = input_byte(in);

        op[i].handle = b & 7;
        op[i].host_addr = b & 0x80 ? 0 : input_host_address(in, b & 0x40);
        op[i].dev_bus_addr = b & 0x20 ? input_frame(in) << PAGE_SHIFT : 0;
    }
    return place_grant(in, GNTTABOP_unmap_grant_ref, op, sizeof(op), count);
}

static struct call make_grant_replace(struct input *in)
{
    struct gnttab_unmap_and_replace op;

    memset(&op, 0, sizeof(op));
    op.handle = input_byte(in) & 7;
    op.host_addr = input_address(in);
    op.new_addr = input_address(in);
    return place_grant(in, GNTTABOP_unmap_and_replace, &op, sizeof(op), 1);
}

static struct call make_grant_copy(struct input *in)
{
    struct gnttab_copy op;
    struct gnttab_copy_ptr *end[] = {&op.source, &op.dest};

    memset(&op, 0, sizeof(op));
    op.flags = input_byte(in) & 3;
    op.len = (uint16_t)input_word(in, 2) % 4098;
    for (unsigned int i = 0; i < ARRAY_SIZE(end); i++) {
        end[i]->offset = input_byte(in);
        end[i]->domid = op.flags & 1u << i ? input_byte(in) % NR_DOMAINS : DOMID_SELF;
        if (op.flags & 1u << i)
            end[i]->u.ref = input_ref(in);
        else
            end[i]->u.gmfn = input_frame(in);
    }
    return place_grant(in, GNTTABOP_copy, &op, sizeof(op), 1);
}

static struct call make_grant_transfer(struct input *in)
{
    struct gnttab_transfer op;

    memset(&op, 0, sizeof(op));
    op.mfn = input_frame(in);
    op.domid = input_byte(in) % NR_DOMAINS;
    op.ref = input_ref(in);
    return place_grant(in, GNTTABOP_transfer, &op, sizeof(op), 1);
}

static struct call make_grant_use(struct input *in)
{
    static struct call (*const makers[])(struct input *) = {
        make_grant_map,     make_grant_map,   make_grant_map,    make_grant_unmap,
        make_grant_unmap,   make_grant_unmap, make_grant_replace, make_grant_copy,
        make_grant_transfer};
    uint8_t b = input_byte(in);

    if (b & 0x80)
        change_entry(in);
    return makers[b % ARRAY_SIZE(makers)](in);
}

static struct call make_grant(struct input *in)
{
    uint64_t cmd = input_byte(in) % 14, count = 1 + (input_byte(in) > 0xf0), frames[8] = {0};
    struct gnttab_setup_table setup;

    if (cmd != GNTTABOP_setup_table)
        return (struct call){__HYPERVISOR_grant_table_op, {cmd, place_words(in), count}};
    memset(&setup, 0, sizeof(setup));
    setup.dom = input_domid(in);
    setup.nr_frames = input_byte(in) % 80;
    setup.frame_list.p = (void *)input_place(in, frames, sizeof(frames));
    return (struct call){__HYPERVISOR_grant_table_op, {cmd, input_place(in, &setup, sizeof(setup)), count}};
}

static struct call make_vcpu_op(struct input *in)
{
    uint64_t cmd = input_byte(in) % 16, id = input_byte(in) % 3;
    struct vcpu_register_vcpu_info info = {.mfn = 0};

    /* The last vCPU of Domain 0 takes the machine along. */
    if (cmd == VCPUOP_down && !in->domain)
        cmd = VCPUOP_is_up;
    if (cmd != VCPUOP_register_vcpu_info)
        return (struct call){__HYPERVISOR_vcpu_op, {cmd, id, place_words(in)}};
    info.mfn = input_frame(in);
    info.offset = input_byte(in) * 16u;
    return (struct call){__HYPERVISOR_vcpu_op, {cmd, id, input_place(in, &info, sizeof(info))}};
}

static struct call make_poll(struct input *in)
{
    evtchn_port_t ports[4] = {input_port(in), input_port(in), input_port(in), input_port(in)};
    struct sched_poll poll = {.nr_ports = input_byte(in) % 6};

    poll.timeout = poll.nr_ports & 1 ? (uint64_t)now_ns() + input_word(in, 2) * 64 : 0;
    poll.ports.p = (void *)input_place(in, ports, sizeof(ports));
    return (struct call){__HYPERVISOR_sched_op, {SCHEDOP_poll, input_place(in, &poll, sizeof(poll))}};
}

static struct call make_small(struct input *in)
{
    uint8_t b = input_byte(in);

    switch (b % 4) {
    case 0:
        return (struct call){__HYPERVISOR_set_timer_op,
                             {input_byte(in) ? (uint64_t)now_ns() + input_word(in, 3) : 0}};
    case 1:
        return (struct call){__HYPERVISOR_vm_assist, {(b >> 4) & 3, input_byte(in) % 40}};
    case 2:
        return (struct call){__HYPERVISOR_xen_version, {(b >> 2) % 16, place_words(in)}};
    default:
        return b & 0x80 ? make_poll(in) : (struct call){__HYPERVISOR_sched_op, {SCHEDOP_block, 0}};
    }
}

static struct call make_gdt(struct input *in)
{
    uint64_t frames[14];
    uint8_t b = input_byte(in);
    unsigned int nr = b < 0xc0 ? b % 3 : b % 16;

    for (unsigned int i = 0; i < ARRAY_SIZE(frames); i++)
        frames[i] = i < nr ? input_frame(in) : 0;
    return (struct call){__HYPERVISOR_set_gdt,
                         {input_place(in, frames, sizeof(frames)), nr * 512 - (nr && nr < 14)}};
}

static struct call make_descriptor(struct input *in)
{
    uint64_t at = input_frame(in) << PAGE_SHIFT | (uint64_t)input_slot(in) << 3;
    uint8_t b = input_byte(in);

    return (struct call){__HYPERVISOR_update_descriptor,
                         {at, b < 0x80 ? 0x00cffb000000ffffull : input_word(in, 8)}};
}

static struct call make_simple(struct input *in)
{
    static struct call (*const makers[])(struct input *) = {
        make_mmu_update,   make_one_update, make_update_va,       make_mmuext,          make_reservation,
        make_memory_other, make_event,      make_grant,           make_vcpu_op,         make_small,
        make_gdt,          make_descriptor, make_update_va_other, make_memory_exchange, make_grant_use,
    };

    return makers[input_byte(in) % ARRAY_SIZE(makers)](in);
}

static struct call make_multicall(struct input *in)
{
    multicall_entry_t list[8];
    unsigned int count = 1 + input_byte(in) % ARRAY_SIZE(list);

    memset(list, 0, sizeof(list));
    for (unsigned int i = 0; i < count; i++) {
        struct call c = make_simple(in);

        list[i].op = c.nr;
        memcpy(list[i].args, c.args, sizeof(c.args));
    }
    if (input_byte(in) == 0xff)
        list[count - 1].op = __HYPERVISOR_multicall;
    return (struct call){__HYPERVISOR_multicall, {input_place(in, list, count * sizeof(list[0])), count}};
}

struct call input_call(struct input *in)
{
    return input_byte(in) % 8 == 7 ? make_multicall(in) : make_simple(in);
}
