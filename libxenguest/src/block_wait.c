/* SPDX-License-Identifier: BSD-2-Clause */
/* Requests for threads, which wait: for room on the ring and for the end. */
#include "block_private.h"

#define POLL_NS 100000
#define ROOM_NS 10000000

/* Where the ports are masked, nobody wakes: the wait is until the next look. */
static void wait_a_while(struct xg_block *block, uint32_t seen, uint64_t most_ns)
{
    if (block->config.polled)
        most_ns = POLL_NS;
    (void)!xg_os_wait(&block->activity, seen,
                      most_ns == XG_NO_DEADLINE ? XG_NO_DEADLINE : xg_os_now_ns() + most_ns);
}

/* A kernel that polls has nobody else to look after the bus. */
static int look_around(struct xg_block *block)
{
    int rc = block->config.polled ? xg_bus_run(block->device.bus, NULL) : 0;

    xg_block_poll(block);
    if (block->device.error)
        xg_block_end_in_flight(block, block->device.error);
    return rc;
}

static int submit_with_patience(struct xg_block *block, struct xg_block_request *request)
{
    for (;;) {
        uint32_t seen = __atomic_load_n(&block->activity, __ATOMIC_SEQ_CST);
        int rc = xg_block_submit(block, request, false);

        if (rc != -XG_EBUSY)
            return rc;
        rc = look_around(block);
        if (rc)
            return rc;
        /* It may be grants that are short, which others give back: nobody says so. */
        wait_a_while(block, seen, ROOM_NS);
    }
}

int xg_block_do(struct xg_block *block, struct xg_block_request *request)
{
    int rc = submit_with_patience(block, request);

    if (rc)
        return rc;
    for (;;) {
        uint32_t seen = __atomic_load_n(&block->activity, __ATOMIC_SEQ_CST);

        if (__atomic_load_n(&request->finished, __ATOMIC_ACQUIRE))
            return request->status;
        /* The request is the library's until it is finished, whatever goes wrong around it. */
        (void)!look_around(block);
        if (!__atomic_load_n(&request->finished, __ATOMIC_ACQUIRE))
            wait_a_while(block, seen, XG_NO_DEADLINE);
    }
}
