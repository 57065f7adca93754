/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The FIFO layout's calls refused: what may not be a control block or a page of event words, and when.
 *
 * event_channel.h: init_control takes a frame, an offset and a vCPU; expand_array a frame; set_priority a
 * port and a number up to EVTCHN_FIFO_PRIORITY_MIN. A control block lies whole in its page, at a multiple
 * of 8. A vCPU has one. The array grows by a page a time up to EVTCHN_FIFO_NR_CHANNELS words. Linux tries
 * init_control, and stays with two levels if it is refused.
 *
 * What goes wrong: a frame that is a page table or nobody's is written to by the hypervisor; a second block
 * of a vCPU leaves the first one's reference behind; the array grows past the number of ports that a link can
 * name; a call that is refused has switched the layout already; after a reset references stay, so that a page
 * can never be a table again.
 */
#include "guest.h"
#include "fifo.h"

#include <xen/memory.h>

const char test_title[] = "FIFO event channels: refusals, and back to two levels";

#define ARRAY_PAGES (EVTCHN_FIFO_NR_CHANNELS / (PAGE_SIZE / sizeof(event_word_t)))

static char block[PAGE_SIZE] __attribute__((aligned(PAGE_SIZE)));
static char array[PAGE_SIZE] __attribute__((aligned(PAGE_SIZE)));
static uint64_t table[512] __attribute__((aligned(PAGE_SIZE)));

static long reset(domid_t id)
{
    struct evtchn_reset op = {.dom = id};

    return hypercall_event_channel_op(EVTCHNOP_reset, &op);
}

static void before_the_switch(void)
{
    evtchn_port_t port;

    CHECK_RC(fifo_expand_array(mfn_of(array)), -XEN_EOPNOTSUPP);
    CHECK_RC(fifo_expand_array(~0ul), -XEN_EOPNOTSUPP);
    CHECK_RC(event_bind_ipi(0, &port), 0);
    CHECK_RC(fifo_set_priority(port, 3), -XEN_ENOSYS);
    CHECK_RC(fifo_set_priority(port, 16), -XEN_ENOSYS);
    CHECK_RC(fifo_set_priority(1u << 20, 3), -XEN_EINVAL);
    CHECK_RC(event_close(port), 0);
}

static void control_blocks(void)
{
    uint64_t frame = mfn_of(block);
    unsigned int bits = 99;

    CHECK_RC(fifo_init_control(frame, 0, 1, NULL), -XEN_ENOENT);
    CHECK_RC(fifo_init_control(frame, 0, 0xffffffff, NULL), -XEN_ENOENT);
    CHECK_RC(fifo_init_control(frame, 4, 0, NULL), -XEN_EINVAL);
    CHECK_RC(fifo_init_control(frame, PAGE_SIZE - sizeof(struct evtchn_fifo_control_block) + 8, 0, NULL),
             -XEN_EINVAL);
    CHECK_RC(fifo_init_control(frame, PAGE_SIZE, 0, NULL), -XEN_EINVAL);
    CHECK_RC(fifo_init_control(frame, 0xfffffff8, 0, NULL), -XEN_EINVAL);
    CHECK_RC(fifo_init_control(mfn_of(table), 0, 0, NULL), -XEN_EINVAL);
    CHECK_RC(fifo_init_control(~0ul, 0, 0, NULL), -XEN_EINVAL);
    CHECK_RC(fifo_init_control(1ul << 52, 0, 0, NULL), -XEN_EINVAL);
    CHECK_RC(fifo_init_control(1ul << 32, 0, 0, NULL), -XEN_EINVAL);
    CHECK_RC(fifo_init_control(start_info->shared_info >> PAGE_SHIFT, 0, 0, NULL), 0);
    CHECK_RC(reset(DOMID_SELF), 0);
    CHECK_RC(fifo_set_priority(1, 3), -XEN_ENOSYS);
    CHECK_RC(hypercall_event_channel_op(EVTCHNOP_init_control, (void *)0x1000), -XEN_EFAULT);
    CHECK_RC(hypercall_event_channel_op(EVTCHNOP_expand_array, (void *)0x1000), -XEN_EFAULT);
    CHECK_RC(hypercall_event_channel_op(EVTCHNOP_set_priority, (void *)0x1000), -XEN_EFAULT);

    CHECK_RC(fifo_init_control(frame, PAGE_SIZE - sizeof(struct evtchn_fifo_control_block), 0, &bits), 0);
    CHECK_EQUAL(bits, EVTCHN_FIFO_LINK_BITS);
    CHECK_RC(fifo_init_control(frame, 0, 0, NULL), -XEN_EINVAL);
    CHECK_RC(fifo_init_control(mfn_of(array), 0, 0, NULL), -XEN_EINVAL);
}

static void array_and_priorities(void)
{
    evtchn_port_t port;
    unsigned int i;

    CHECK_RC(event_bind_ipi(0, &port), 0);
    CHECK_RC(fifo_set_priority(port, 16), -XEN_EINVAL);
    CHECK_RC(fifo_set_priority(port, 0xffffffff), -XEN_EINVAL);
    CHECK_RC(fifo_set_priority(port, 15), 0);
    CHECK_RC(fifo_set_priority(0, 3), -XEN_EACCES);
    CHECK_RC(fifo_set_priority(port + 1, 3), -XEN_EACCES);
    CHECK_RC(fifo_set_priority(64, 3), -XEN_EINVAL);
    CHECK_RC(fifo_set_priority(1u << 20, 3), -XEN_EINVAL);
    /* No page of words: an event is kept, and is nowhere to be seen. */
    CHECK_RC(event_send(port), 0);
    CHECK_RC(event_unmask(port), 0);
    CHECK_EQUAL(shared_info.vcpu_info[0].evtchn_upcall_pending, 0);

    CHECK_RC(fifo_expand_array(mfn_of(table)), -XEN_EINVAL);
    CHECK_RC(fifo_expand_array(~0ul), -XEN_EINVAL);
    for (i = 0; i < ARRAY_PAGES; i++) {
        CHECK_RC(fifo_expand_array(mfn_of(array)), 0);
    }
    CHECK_RC(fifo_expand_array(mfn_of(array)), -XEN_ENOSPC);
    CHECK_RC(fifo_expand_array(~0ul), -XEN_ENOSPC);
}

void test_main(void)
{
    evtchn_port_t port;

    page_protect(table);
    REQUIRE(page_pin(table, 1) == 0);
    before_the_switch();
    control_blocks();
    array_and_priorities();

    /* Both pages are in use as writable memory, and the reset lets go of them. */
    CHECK_RC(page_protect(block), 0);
    CHECK_RC(page_protect(array), 0);
    CHECK_RC(page_pin(block, 1), -XEN_EINVAL);
    CHECK_RC(page_pin(array, 1), -XEN_EINVAL);
    CHECK_RC(page_unprotect(block), 0);
    CHECK_RC(page_unprotect(array), 0);
    CHECK_RC(reset(DOMID_SELF), 0);
    memset(block, 0, sizeof(block));
    memset(array, 0, sizeof(array));
    CHECK_RC(page_protect(block), 0);
    CHECK_RC(page_protect(array), 0);
    CHECK_RC(page_pin(block, 1), 0);
    CHECK_RC(page_pin(array, 1), 0);
    CHECK_RC(page_unpin(block), 0);
    CHECK_RC(page_unpin(array), 0);

    /* Two levels again. */
    CHECK_RC(event_bind_ipi(0, &port), 0);
    CHECK_RC(fifo_set_priority(port, 3), -XEN_ENOSYS);
    event_clear(port);
    CHECK_RC(event_send(port), 0);
    CHECK(event_pending(port));
    test_success();
}
