/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The block frontend against a store and a backend that both follow the input: any numbers in the nodes, any
 * state, any answer on the ring, grants that stay in use. Held to: every call returns, nothing is touched
 * beyond its place, and when all is over and the backend has let go, no page and no grant is missing.
 */
#include <stdlib.h>
#include <string.h>
#include <xenguest/block.h>
#include <xen/io/blkif.h>
#include "fake_bus.h"
#include "fake_port.h"

#define NR_REQUESTS 8

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

static struct xg_block block;

static void respond(unsigned int how)
{
    blkif_sring_t *sring = block.queues[0].ring_memory;
    blkif_response_t *response;

    if (!sring)
        return;
    response = &sring->ring[sring->rsp_prod & 31].rsp;
    response->id = how & 8 ? fuzz_next() * 0x1000003ull : fuzz_next() % 32;
    response->operation = (uint8_t)(fuzz_next() % 8);
    response->status = (int16_t)(how & 16 ? (int)fuzz_next() - 128 : 0);
    sring->rsp_prod += how & 32 ? fuzz_next() : 1;
}

static void submit(struct xg_block_request *request, struct xg_block_segment *segments, void *page)
{
    unsigned int i, how = fuzz_next();

    if (!request->finished)
        return;
    memset(request, 0, sizeof(*request));
    request->finished = true;
    request->operation = (enum xg_block_operation)(how % 5);
    request->sector = fuzz_next() % 64 * (how & 128 ? 0x100000000ull : 1);
    request->nr_sectors = how & 64 ? fuzz_next() : 0;
    request->segments = segments;
    request->nr_segments = fuzz_next() % 13;
    for (i = 0; i < request->nr_segments; i++)
        segments[i] = (struct xg_block_segment){.page = page, .bytes = 4096};
    (void)!xg_block_submit(&block, request, how & 32);
}

static void live(struct xg_block_request *requests, struct xg_block_segment (*segments)[16], void *page)
{
    unsigned int step, how, i;

    for (step = 0; step < 200 && fuzz_left(); step++) {
        how = fuzz_next();
        i = how / 8 % NR_REQUESTS;
        switch (how % 8) {
        case 0:
            fuzz_set_back_state(fuzz_next() % 11);
            break;
        case 1:
        case 2:
            submit(&requests[i], segments[i], page);
            break;
        case 3:
            fuzz_hold(fuzz_next());
            break;
        case 4:
            fuzz_let_go();
            break;
        case 5:
            xg_block_poll(&block);
            break;
        case 6:
            respond(how);
            break;
        default:
            (void)!xg_bus_run(&fuzz_bus, NULL);
        }
    }
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    static struct xg_block_request requests[NR_REQUESTS];
    static struct xg_block_segment segments[NR_REQUESTS][16];
    struct xg_block_config config = {.grants = &fuzz_grants, .events = &fuzz_events, .polled = true};
    void *page = aligned_alloc(XG_PAGE_SIZE, XG_PAGE_SIZE);
    unsigned int i;

    fuzz_value_of = NULL;
    fuzz_begin(data, size);
    config.persistent = fuzz_next() & 1;
    for (i = 0; i < NR_REQUESTS; i++)
        requests[i].finished = true;
    if (!xg_block_attach(&fuzz_bus, &block, 51712, &config)) {
        (void)!xg_bus_run(&fuzz_bus, NULL);
        fuzz_set_back_state(4);
        live(requests, segments, page);
        (void)!xg_block_detach(&block, fuzz_now_ns + 1000);
        fuzz_let_go();
        if (block.device.shared && block.frontend.release(&block.device))
            abort();
        for (i = 0; i < NR_REQUESTS; i++)
            if (!requests[i].finished)
                abort();
        if (!fuzz_all_given_back())
            abort();
    }
    free(page);
    fuzz_end();
    return 0;
}
