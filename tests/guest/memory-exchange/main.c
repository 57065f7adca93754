/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * XENMEM_exchange: frames for others, larger or smaller, below an address.
 *
 * memory.h: input and output are the same number of frames and the same domain; on success the output list
 * names the new frames and their M2P entries hold the numbers that the list had; nr_exchanged says how many
 * input extents are gone. An input frame that is mapped, or not the caller's, stops it with -EINVAL, no
 * memory with -ENOMEM, a list that cannot be read or written with -EFAULT. The new frames are zeroed.
 *
 * What goes wrong: the output list lies in the hypervisor and is written there (a whole machine is lost by
 * that); a frame that is still mapped goes to somebody else; a failure half-way loses frames or counts chunks
 * that were not done; M2P entries of the old frames stay.
 */
#include "guest.h"

#include <xen/memory.h>

const char test_title[] = "memory_exchange";

#define NR_PAGES      520
#define IN_HYPERVISOR ((void *)0xffff830000001000)

static uint64_t page[NR_PAGES][512] __attribute__((aligned(PAGE_SIZE)));
static uint64_t old[NR_PAGES], new[NR_PAGES];
static struct xen_memory_exchange op;

static void prepare(const void *in, unsigned long nr_in, unsigned int in_order, void *out,
                    unsigned long nr_out, unsigned int out_order)
{
    op = (struct xen_memory_exchange){
        .in = {.nr_extents = nr_in, .extent_order = in_order, .domid = DOMID_SELF},
        .out = {.nr_extents = nr_out, .extent_order = out_order, .domid = DOMID_SELF}};
    set_xen_guest_handle(op.in.extent_start, (xen_pfn_t *)in);
    set_xen_guest_handle(op.out.extent_start, (xen_pfn_t *)out);
}

static long perform(void)
{
    return hypercall_memory_op(XENMEM_exchange, &op);
}

static long exchange(const void *in, unsigned long nr_in, unsigned int in_order, void *out,
                     unsigned long nr_out, unsigned int out_order)
{
    prepare(in, nr_in, in_order, out, nr_out, out_order);
    return perform();
}

static long current(void)
{
    domid_t self = DOMID_SELF;

    return hypercall_memory_op(XENMEM_current_reservation, &self);
}

static long map(unsigned int i, uint64_t mfn)
{
    return hypercall_update_va_mapping((unsigned long)page[i], PTE_MAKE(mfn, PTE_RW), UVMF_INVLPG);
}

static void bad_numbers(void)
{
    CHECK_RC(exchange(old, 1, 0, new, 1, 1), -XEN_EINVAL);
    CHECK_RC(exchange(old, 1, 0, new, 2, 0), -XEN_EINVAL);
    CHECK_RC(exchange(old, 1, 19, new, 1, 19), -XEN_EPERM);
    CHECK_RC(exchange(old, 1, 64, new, 1, 64), -XEN_EPERM);
    CHECK_RC(exchange(old, 0, 0, new, 0, 0), 0);
    prepare(old, 1, 0, new, 1, 0);
    op.nr_exchanged = 2;
    CHECK_RC(perform(), -XEN_EINVAL);
    op.nr_exchanged = 1;
    CHECK_RC(perform(), 0);
    prepare(old, 1, 0, new, 1, 0);
    op.out.domid = 0;
    CHECK_RC(perform(), -XEN_EINVAL);
    op.in.domid = op.out.domid = 5;
    CHECK_RC(perform(), -XEN_ESRCH);
    op.in.domid = op.out.domid = DOMID_IO;
    CHECK_RC(perform(), -XEN_ESRCH);
    prepare(old, 1, 0, new, 1, 0);
    op.out.mem_flags = XENMEMF_address_bits(13);
    CHECK_RC(perform(), -XEN_ENOMEM);
    CHECK_RC(hypercall_memory_op(XENMEM_exchange | 64, &op), -XEN_EINVAL);
}

static void bad_pointers(void)
{
    CHECK_RC(exchange((void *)0x1000, 1, 0, new, 1, 0), -XEN_EFAULT);
    CHECK_RC(exchange(IN_HYPERVISOR, 1, 0, new, 1, 0), -XEN_EFAULT);
    CHECK_RC(exchange(old, 1, 0, IN_HYPERVISOR, 1, 0), -XEN_EFAULT);
    CHECK_RC(exchange(old, 1, 0, (void *)0xffff7ffffffffff8, 1, 0), -XEN_EFAULT);
    CHECK_RC(exchange(old, 1, 0, (void *)0x800000000000, 1, 0), -XEN_EFAULT);
    CHECK_RC(hypercall_memory_op(XENMEM_exchange, (void *)0x1000), -XEN_EFAULT);
    CHECK_RC(hypercall_memory_op(XENMEM_exchange, IN_HYPERVISOR), -XEN_EFAULT);
    CHECK_EQUAL(current(), start_info->nr_pages);
}

static void single(void)
{
    uint64_t in = old[0], out = pfn_of(page[0]);

    CHECK_RC(exchange(&in, 1, 0, &out, 1, 0), 0);
    CHECK_EQUAL(op.nr_exchanged, 1);
    CHECK_EQUAL(machine_to_phys_mapping[out], pfn_of(page[0]));
    CHECK_EQUAL(machine_to_phys_mapping[in], ~0ul);
    CHECK_RC(map(0, in), -XEN_EBUSY);
    CHECK_RC(map(0, out), 0);
    CHECK_EQUAL(page[0][7], 0);
    /* It is mapped now. */
    in = out;
    out = pfn_of(page[0]);
    CHECK_RC(exchange(&in, 1, 0, &out, 1, 0), -XEN_EINVAL);
    CHECK_EQUAL(op.nr_exchanged, 0);
    CHECK_EQUAL(page[0][7], 0);
}

/* The second extent is nobody's: the first is done, and counted. */
static void half_way(void)
{
    uint64_t in[2] = {old[1], 0x12345678}, out[2] = {pfn_of(page[1]), pfn_of(page[2])};

    CHECK_RC(exchange(in, 2, 0, out, 2, 0), -XEN_EINVAL);
    CHECK_EQUAL(op.nr_exchanged, 1);
    CHECK_EQUAL(machine_to_phys_mapping[out[0]], pfn_of(page[1]));
    CHECK_EQUAL(out[1], pfn_of(page[2]));
    CHECK_RC(map(1, out[0]), 0);

    /* As one chunk of two: nothing is done. */
    in[0] = old[2];
    out[0] = pfn_of(page[2]);
    CHECK_RC(exchange(in, 2, 0, out, 1, 1), -XEN_EINVAL);
    CHECK_EQUAL(op.nr_exchanged, 0);
    CHECK_RC(map(2, old[2]), 0);
    CHECK_EQUAL(page[2][7], 0x1234);
}

/* What Linux's bounce buffers ask for: 2 MiB in one piece below 4 GiB, and back. */
static void contiguous(void)
{
    uint64_t out = 0x40000;
    unsigned int i;

    prepare(old + 4, 512, 0, &out, 1, 9);
    op.out.mem_flags = XENMEMF_address_bits(32);
    CHECK_RC(perform(), 0);
    CHECK_EQUAL(op.nr_exchanged, 512);
    CHECK_EQUAL(out % 512, 0);
    for (i = 0; i < 512; i++)
        CHECK_EQUAL(machine_to_phys_mapping[out + i], 0x40000ul + i);
    for (i = 0; i < 512; i++)
        new[i] = pfn_of(page[4 + i]);
    CHECK_RC(exchange(&out, 1, 9, new, 512, 0), 0);
    CHECK_EQUAL(op.nr_exchanged, 1);
    for (i = 0; i < 512; i++) {
        CHECK_EQUAL(machine_to_phys_mapping[new[i]], pfn_of(page[4 + i]));
        CHECK_RC(map(4 + i, new[i]), 0);
        CHECK_EQUAL(page[4 + i][7], 0);
    }
}

void test_main(void)
{
    unsigned int i;

    for (i = 0; i < NR_PAGES; i++) {
        old[i] = mfn_of(page[i]);
        new[i] = pfn_of(page[i]);
        page[i][7] = 0x1234;
    }
    CHECK_RC(exchange(old, 1, 0, new, 1, 0), -XEN_EINVAL);
    for (i = 0; i < NR_PAGES; i++)
        page_unmap(page[i]);
    bad_numbers();
    bad_pointers();
    single();
    half_way();
    contiguous();
    CHECK_EQUAL(current(), start_info->nr_pages);
    test_success();
}
