/* SPDX-License-Identifier: BSD-2-Clause */
/* The consumer's side of the FIFO layout. */
#include "guest.h"
#include "fifo.h"

#define WORDS_A_PAGE (PAGE_SIZE / sizeof(event_word_t))
#define PENDING      (1u << EVTCHN_FIFO_PENDING)
#define MASKED       (1u << EVTCHN_FIFO_MASKED)
#define LINKED       (1u << EVTCHN_FIFO_LINKED)
#define BUSY         (1u << EVTCHN_FIFO_BUSY)

static volatile event_word_t words[FIFO_PORTS] __attribute__((aligned(PAGE_SIZE)));
static struct evtchn_fifo_control_block control[MAX_VCPUS][16] __attribute__((aligned(PAGE_SIZE)));
/* Of each vCPU: where each of its queues goes on (0: at the control block's head), and which are not empty.
 */
static evtchn_port_t next[MAX_VCPUS][EVTCHN_FIFO_MAX_QUEUES];
static uint32_t ready[MAX_VCPUS];

long fifo_init_control(uint64_t frame, unsigned int offset, unsigned int vcpu, unsigned int *link_bits)
{
    struct evtchn_init_control op = {.control_gfn = frame, .offset = offset, .vcpu = vcpu};
    long rc = hypercall_event_channel_op(EVTCHNOP_init_control, &op);

    if (link_bits) {
        *link_bits = op.link_bits;
    }
    return rc;
}

long fifo_expand_array(uint64_t frame)
{
    struct evtchn_expand_array op = {.array_gfn = frame};

    return hypercall_event_channel_op(EVTCHNOP_expand_array, &op);
}

long fifo_set_priority(evtchn_port_t port, unsigned int priority)
{
    struct evtchn_set_priority op = {.port = port, .priority = priority};

    return hypercall_event_channel_op(EVTCHNOP_set_priority, &op);
}

struct evtchn_fifo_control_block *fifo_control(unsigned int vcpu)
{
    return &control[vcpu][0];
}

volatile event_word_t *fifo_word(evtchn_port_t port)
{
    return &words[port];
}

void fifo_initialise(unsigned int nr_vcpus)
{
    unsigned int id;

    for (id = 0; id < nr_vcpus; id++) {
        uintptr_t at = (uintptr_t)fifo_control(id);

        REQUIRE(fifo_init_control(mfn_of((void *)at), at % PAGE_SIZE, id, NULL) == 0);
    }
    for (id = 0; id < FIFO_PORTS; id++) {
        words[id] = MASKED;
    }
    for (id = 0; id < FIFO_PORTS; id += WORDS_A_PAGE) {
        REQUIRE(fifo_expand_array(mfn_of(&words[id])) == 0);
    }
}

bool fifo_pending(evtchn_port_t port)
{
    return words[port] & PENDING;
}

bool fifo_linked(evtchn_port_t port)
{
    return words[port] & LINKED;
}

void fifo_mask(evtchn_port_t port)
{
    __atomic_fetch_or(&words[port], MASKED, __ATOMIC_SEQ_CST);
}

void fifo_clear_pending(evtchn_port_t port)
{
    __atomic_fetch_and(&words[port], ~PENDING, __ATOMIC_SEQ_CST);
}

void fifo_unmask(evtchn_port_t port)
{
    event_word_t word = words[port];

    while (word & MASKED) {
        event_word_t wanted = word & ~BUSY;

        if (word & PENDING) {
            CHECK_RC(event_unmask(port), 0);
            return;
        }
        if (__atomic_compare_exchange_n(&words[port], &wanted, wanted & ~MASKED, false, __ATOMIC_SEQ_CST,
                                        __ATOMIC_SEQ_CST)) {
            return;
        }
        word = wanted;
    }
}

/* Takes a port off its queue; answers the one behind it. */
static evtchn_port_t unlink(evtchn_port_t port)
{
    event_word_t word = words[port];

    while (!__atomic_compare_exchange_n(&words[port], &word, word & ~(LINKED | EVTCHN_FIFO_LINK_MASK), false,
                                        __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST)) {
    }
    return word & EVTCHN_FIFO_LINK_MASK;
}

evtchn_port_t fifo_take(unsigned int vcpu)
{
    struct evtchn_fifo_control_block *block = fifo_control(vcpu);

    __atomic_store_n(&shared_info.vcpu_info[vcpu].evtchn_upcall_pending, 0, __ATOMIC_SEQ_CST);
    for (;;) {
        unsigned int queue;
        evtchn_port_t port;

        ready[vcpu] |= __atomic_exchange_n(&block->ready, 0, __ATOMIC_SEQ_CST);
        if (!ready[vcpu]) {
            return 0;
        }
        queue = (unsigned int)__builtin_ctz(ready[vcpu]);
        port = next[vcpu][queue];
        if (!port) {
            port = __atomic_load_n(&block->head[queue], __ATOMIC_SEQ_CST);
        }
        REQUIRE(port != 0 && port < FIFO_PORTS);
        next[vcpu][queue] = unlink(port);
        if (!next[vcpu][queue]) {
            ready[vcpu] &= ~(1u << queue);
        }
        if ((words[port] & (PENDING | MASKED)) == PENDING) {
            fifo_clear_pending(port);
            return port;
        }
    }
}
