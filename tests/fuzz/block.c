/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The block frontend against a store and a backend that both follow the input: any numbers in the nodes, any
 * state, any answer on the ring, grants that stay in use. Held to: every call returns, nothing is touched
 * beyond its place, and when all is over and the backend has let go, no page and no grant is missing.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xenguest/abi.h>
#include <xenguest/block.h>
#include <xen/io/blkif.h>
#include "fake_port.h"

#define NR_REQUESTS 8
#define NR_GRANTS   512

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

static const unsigned char *input;
static size_t left;
static struct xenstore_domain_interface *ring;
static struct xg_store store;
static struct xg_bus bus;
static struct xg_block block;
static struct xg_grants grants;
static struct grant_entry_v1 table[NR_GRANTS];
static struct xg_events events;
static struct shared_info shared;
static struct xg_event_handler handlers[64];
static struct xg_event_vcpu vcpus[1];
static char watch_body[2][64]; /* of the bus and of the backend's state: path and token */
static unsigned int watch_bytes[2], back_state;

static unsigned int next(void)
{
    if (!left)
        return 0;
    left--;
    return *input++;
}

/* ---- The store: answers at once, with what the input says ---- */

static void say(uint32_t type, uint32_t id, const void *body, size_t length)
{
    struct xsd_sockmsg header = {.type = type, .req_id = id, .len = (uint32_t)length};
    const char *parts[2] = {(const char *)&header, body};
    size_t sizes[2] = {sizeof(header), length}, i;
    unsigned int part;

    for (part = 0; part < 2; part++)
        for (i = 0; i < sizes[part]; i++)
            ring->rsp[MASK_XENSTORE_IDX(ring->rsp_prod++)] = parts[part][i];
}

static bool ends_with(const char *path, const char *name)
{
    size_t a = strlen(path), b = strlen(name);

    return a >= b && !strcmp(path + a - b, name);
}

/* NULL: there is no such node. */
static const char *value_of(const char *path)
{
    static const char *const numbers[] = {
        NULL, "0",   "1",   "2",    "4",    "512",        "4096", "1024",
        "7",  "513", "255", "1000", "junk", "4294967295", "",     "18446744073709551615"};
    static char state[8];

    if (ends_with(path, "/backend"))
        return "/b";
    if (ends_with(path, "/backend-id"))
        return "0";
    if (!strcmp(path, "/b/state")) {
        snprintf(state, sizeof(state), "%u", back_state);
        return back_state ? state : NULL;
    }
    if (ends_with(path, "/state"))
        return "1";
    return numbers[next() % 16];
}

static void remember_watch(const char *body, uint32_t length)
{
    unsigned int which = strcmp(body, "device") != 0;

    memcpy(watch_body[which], body, length < 64 ? length : 64);
    watch_bytes[which] = length;
}

static void answer(const struct xsd_sockmsg *header, const char *body)
{
    const char *value;

    switch (header->type) {
    case XS_READ:
        value = value_of(body);
        if (value)
            say(XS_READ, header->req_id, value, strlen(value));
        else
            say(XS_ERROR, header->req_id, "ENOENT", 7);
        break;
    case XS_TRANSACTION_START:
        say(XS_TRANSACTION_START, header->req_id, "1", 2);
        break;
    case XS_WATCH:
        remember_watch(body, header->len);
        /* fall through */
    default:
        say(header->type, header->req_id, "OK", 3);
    }
}

static bool serve_store(void)
{
    struct xsd_sockmsg header;
    char body[XENSTORE_PAYLOAD_MAX + 1];
    uint32_t i;

    if (ring->req_prod == ring->req_cons)
        return false;
    for (i = 0; i < sizeof(header); i++)
        ((char *)&header)[i] = ring->req[MASK_XENSTORE_IDX(ring->req_cons + i)];
    for (i = 0; i < header.len; i++)
        body[i] = ring->req[MASK_XENSTORE_IDX(ring->req_cons + (uint32_t)sizeof(header) + i)];
    body[header.len] = 0;
    ring->req_cons += (uint32_t)sizeof(header) + header.len;
    answer(&header, body);
    return true;
}

static void set_back_state(unsigned int state)
{
    back_state = state;
    if (watch_bytes[1])
        say(XS_WATCH_EVENT, 0, watch_body[1], watch_bytes[1]);
}

/* ---- The backend ---- */

static void let_go(void)
{
    unsigned int i;

    for (i = 0; i < NR_GRANTS; i++)
        table[i].flags &= (uint16_t) ~(GTF_reading | GTF_writing);
}

static void respond(unsigned int how)
{
    blkif_sring_t *sring = block.queues[0].ring_memory;
    blkif_response_t *response;

    if (!sring)
        return;
    response = &sring->ring[sring->rsp_prod & 31].rsp;
    response->id = how & 8 ? next() * 0x1000003ull : next() % 32;
    response->operation = (uint8_t)(next() % 8);
    response->status = (int16_t)(how & 16 ? (int)next() - 128 : 0);
    sring->rsp_prod += how & 32 ? next() : 1;
}

static void hold(unsigned int which)
{
    if (which && which < NR_GRANTS && (table[which].flags & GTF_permit_access))
        table[which].flags |= GTF_reading;
}

static void submit(struct xg_block_request *request, struct xg_block_segment *segments, void *page)
{
    unsigned int i, how = next();

    if (!request->finished)
        return;
    memset(request, 0, sizeof(*request));
    request->finished = true;
    request->operation = (enum xg_block_operation)(how % 5);
    request->sector = next() % 64 * (how & 128 ? 0x100000000ull : 1);
    request->nr_sectors = how & 64 ? next() : 0;
    request->segments = segments;
    request->nr_segments = next() % 13;
    for (i = 0; i < request->nr_segments; i++)
        segments[i] = (struct xg_block_segment){.page = page, .bytes = 4096};
    (void)!xg_block_submit(&block, request, how & 32);
}

static void setup(void)
{
    struct xg_boot boot = {.store_port = 1};
    unsigned int i;

    ring = aligned_alloc(XG_PAGE_SIZE, XG_PAGE_SIZE);
    memset(ring, 0, XG_PAGE_SIZE);
    boot.store_mfn = xg_os_address_to_mfn(ring);
    memset(watch_bytes, 0, sizeof(watch_bytes));
    memset(table, 0, sizeof(table));
    memset(&grants, 0, sizeof(grants));
    grants.table = table;
    grants.nr_entries = NR_GRANTS;
    for (i = XG_GRANT_RESERVED; i < NR_GRANTS; i++) {
        table[i].frame = grants.first_free;
        grants.first_free = i;
        grants.nr_free++;
    }
    xg_events_init(&events, &shared, handlers, 64, vcpus, 1);
    fuzz_now_ns = 0;
    fuzz_on_wait = serve_store;
    fuzz_nr_pages = 0;
    back_state = 2;
    if (xg_store_init(&store, &boot) || xg_bus_init(&bus, &store))
        abort();
}

static void live(struct xg_block_request *requests, struct xg_block_segment (*segments)[16], void *page)
{
    unsigned int step, how, i;

    for (step = 0; step < 200 && left; step++) {
        how = next();
        i = how / 8 % NR_REQUESTS;
        switch (how % 8) {
        case 0:
            set_back_state(next() % 11);
            break;
        case 1:
        case 2:
            submit(&requests[i], segments[i], page);
            break;
        case 3:
            hold(next());
            break;
        case 4:
            let_go();
            break;
        case 5:
            xg_block_poll(&block);
            break;
        case 6:
            respond(how);
            break;
        default:
            (void)!xg_bus_run(&bus, NULL);
        }
    }
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    static struct xg_block_request requests[NR_REQUESTS];
    static struct xg_block_segment segments[NR_REQUESTS][16];
    struct xg_block_config config = {.grants = &grants, .events = &events, .polled = true};
    void *page = aligned_alloc(XG_PAGE_SIZE, XG_PAGE_SIZE);
    unsigned int i;

    input = data;
    left = size;
    config.persistent = next() & 1;
    setup();
    for (i = 0; i < NR_REQUESTS; i++)
        requests[i].finished = true;
    if (!xg_block_attach(&bus, &block, 51712, &config)) {
        (void)!xg_bus_run(&bus, NULL);
        set_back_state(4);
        live(requests, segments, page);
        (void)!xg_block_detach(&block, fuzz_now_ns + 1000);
        let_go();
        if (block.device.shared && block.frontend.release(&block.device))
            abort();
        for (i = 0; i < NR_REQUESTS; i++)
            if (!requests[i].finished)
                abort();
        if (fuzz_nr_pages || grants.nr_free != NR_GRANTS - XG_GRANT_RESERVED)
            abort();
    }
    free(page);
    free(ring);
    return 0;
}
