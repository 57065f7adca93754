/* SPDX-License-Identifier: BSD-2-Clause */
/* The backend: the protocol of <xen/io/blkif.h> from the other side. */
#include "fake_disk.h"
#include "fake_grant.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <check.h>

#define xen_mb()  __sync_synchronize()
#define xen_rmb() __sync_synchronize()
#define xen_wmb() __sync_synchronize()
#include <xen/io/blkif.h>

struct fake_disk fake_disk;

static blkif_back_ring_t rings[4];
static xg_evtchn_t ports[4];

void fake_disk_let_go(void)
{
    fake_grants_unmap_all();
    fake_disk.mapped = false;
}

static unsigned int number(const char *folder, const char *name, bool must)
{
    return fake_store_number(FAKE_DISK_FRONT, folder, name, must);
}

static void map_ring(unsigned int n, const char *folder)
{
    blkif_sring_t *shared = NULL;
    char name[24];
    unsigned int i;

    for (i = 0; i < 1u << fake_disk.order; i++) {
        snprintf(name, sizeof(name), fake_disk.order ? "ring-ref%u" : "ring-ref", i);
        fake_disk.ring_refs[n][i] = number(folder, name, true);
        /* The fake memory is consecutive where the frontend's is. */
        if (i)
            ck_assert_ptr_eq(fake_grant_map(fake_disk.ring_refs[n][i], true), (char *)shared + i * 4096);
        else
            shared = (blkif_sring_t *)fake_grant_map(fake_disk.ring_refs[n][0], true);
    }
    BACK_RING_ATTACH(&rings[n], shared, shared->rsp_prod, 4096u << fake_disk.order);
    ports[n] = number(folder, "event-channel", true);
    ck_assert(fake.ports[ports[n]].open);
}

static void connect(void)
{
    unsigned int n, queues = number("", "multi-queue-num-queues", false);
    char folder[24];

    fake_disk.nr_rings = queues ? queues : 1;
    fake_disk.order = number("", "ring-page-order", false);
    fake_disk.keeps =
        number("", "feature-persistent", false) && fake_store_get(FAKE_DISK_BACK "/feature-persistent");
    for (n = 0; n < fake_disk.nr_rings; n++) {
        snprintf(folder, sizeof(folder), "queue-%u/", n);
        map_ring(n, queues > 1 ? folder : "");
    }
    fake_disk.mapped = true;
    ck_assert_str_eq(fake_store_get(FAKE_DISK_FRONT "/protocol"), "x86_64-abi");
    fake_store_set(FAKE_DISK_BACK "/state", "4");
}

void fake_disk_take_up(void)
{
    connect();
}

void fake_disk_begin_anew(bool answers)
{
    connect();
    fake_disk.mapped = answers;
    for (unsigned int n = 0; answers && n < fake_disk.nr_rings; n++) {
        rings[n].req_cons = rings[n].sring->req_prod;
        rings[n].rsp_prod_pvt = 1;
        RING_PUSH_RESPONSES(&rings[n]);
    }
}

static bool is_closed(void)
{
    const char *state = fake_store_get(FAKE_DISK_BACK "/state");

    return state && !strcmp(state, "6");
}

static void on_changed(const char *path)
{
    int state;

    if (strcmp(path, FAKE_DISK_FRONT "/state"))
        return;
    state = atoi(fake_store_get(path));
    if (state == 3)
        connect();
    if (fake_disk.stays)
        return;
    if (state == 1 && is_closed())
        fake_store_set(FAKE_DISK_BACK "/state", "2");
    if (state == 5)
        fake_store_set(FAKE_DISK_BACK "/state", "5");
    if (state == 6) {
        fake_disk_let_go();
        fake_store_set(FAKE_DISK_BACK "/state", "6");
    }
}

void fake_disk_feature(const char *name, const char *value)
{
    char path[128];

    snprintf(path, sizeof(path), FAKE_DISK_BACK "/%s", name);
    fake_store_set(path, value);
}

void fake_disk_plug(void)
{
    memset(&fake_disk, 0, sizeof(fake_disk));
    fake_store_set(FAKE_DISK_FRONT "/backend", FAKE_DISK_BACK);
    fake_store_set(FAKE_DISK_FRONT "/backend-id", "0");
    fake_store_set(FAKE_DISK_FRONT "/state", "1");
    fake_disk_feature("online", "1");
    fake_disk_feature("sectors", "512");
    fake_disk_feature("sector-size", "512");
    fake_disk_feature("info", "0");
    fake_disk_feature("state", "2");
    fake_store_changed = on_changed;
    fake.on_wait = fake_disk_run;
}

/* ---- Requests ---- */

static int transfer(const struct blkif_request_segment *seg, unsigned int nr, uint64_t sector, bool read)
{
    unsigned int i;

    for (i = 0; i < nr; i++) {
        size_t bytes = (size_t)(seg[i].last_sect - seg[i].first_sect + 1) * 512;
        char *page = fake_grant_map(seg[i].gref, read) + seg[i].first_sect * 512;

        ck_assert_uint_le(seg[i].last_sect, 7);
        ck_assert_uint_le(sector + bytes / 512, FAKE_DISK_SECTORS);
        if (read)
            memcpy(page, fake_disk.data + sector * 512, bytes);
        else
            memcpy(fake_disk.data + sector * 512, page, bytes);
        sector += bytes / 512;
        if (!fake_disk.keeps && fake_disk.lie != LIE_HOLDS)
            fake_grant_unmap(seg[i].gref);
    }
    fake_disk.nr_segments += nr;
    return BLKIF_RSP_OKAY;
}

static int indirect(const struct blkif_request_indirect *request)
{
    const void *page = fake_grant_map(request->indirect_grefs[0], false);
    int status =
        transfer(page, request->nr_segments, request->sector_number, request->indirect_op == BLKIF_OP_READ);

    fake_disk.nr_indirect++;
    if (!fake_disk.keeps)
        fake_grant_unmap(request->indirect_grefs[0]);
    return status;
}

static int discard(const struct blkif_request_discard *request)
{
    ck_assert_uint_le(request->sector_number + request->nr_sectors, FAKE_DISK_SECTORS);
    memset(fake_disk.data + request->sector_number * 512, 0, request->nr_sectors * 512);
    fake_disk.nr_discards++;
    fake_disk.nr_secure += request->flag == BLKIF_DISCARD_SECURE;
    return BLKIF_RSP_OKAY;
}

static int serve(const struct blkif_request *request)
{
    fake_disk.nr_requests++;
    if (fake_disk.lie == LIE_ERROR)
        return BLKIF_RSP_ERROR;
    if (fake_disk.lie == LIE_UNSUPPORTED)
        return BLKIF_RSP_EOPNOTSUPP;
    switch (request->operation) {
    case BLKIF_OP_READ:
    case BLKIF_OP_WRITE:
    case BLKIF_OP_WRITE_BARRIER:
        fake_disk.nr_barriers += request->operation == BLKIF_OP_WRITE_BARRIER;
        ck_assert_uint_le(request->nr_segments, BLKIF_MAX_SEGMENTS_PER_REQUEST);
        return transfer(request->seg, request->nr_segments, request->sector_number,
                        request->operation == BLKIF_OP_READ);
    case BLKIF_OP_FLUSH_DISKCACHE:
        ck_assert_uint_eq(request->nr_segments, 0);
        fake_disk.nr_flushes++;
        return BLKIF_RSP_OKAY;
    case BLKIF_OP_DISCARD:
        return discard((const void *)request);
    case BLKIF_OP_INDIRECT:
        return indirect((const void *)request);
    default:
        ck_abort_msg("operation %u", request->operation);
    }
}

static void answer(blkif_back_ring_t *ring, uint64_t id, uint8_t operation, int status)
{
    blkif_response_t *response = RING_GET_RESPONSE(ring, ring->rsp_prod_pvt);

    response->id = fake_disk.lie == LIE_ID ? id + 1000000 : id;
    response->operation = fake_disk.lie == LIE_OPERATION ? (uint8_t)(operation + 1) : operation;
    response->status = fake_disk.lie == LIE_STATUS ? -77 : (int16_t)status;
    ring->rsp_prod_pvt++;
}

static uint64_t request_id(const blkif_request_t *request)
{
    return request->operation == BLKIF_OP_INDIRECT ? ((const blkif_request_indirect_t *)request)->id
                                                   : request->id;
}

static uint8_t operation_of(const blkif_request_t *request)
{
    return request->operation == BLKIF_OP_INDIRECT ? request->nr_segments /* indirect_op */
                                                   : request->operation;
}

static bool serve_ring(unsigned int n)
{
    blkif_back_ring_t *ring = &rings[n];
    bool did = false, notify;
    int more;

    do {
        while (ring->req_cons != ring->sring->req_prod) {
            blkif_request_t request = *RING_GET_REQUEST(ring, ring->req_cons);
            int status = serve(&request);

            ring->req_cons++;
            if (fake_disk.lie == LIE_SILENT)
                continue;
            answer(ring, request_id(&request), operation_of(&request), status);
            if (fake_disk.lie == LIE_TWICE)
                answer(ring, request_id(&request), operation_of(&request), status);
            did = true;
        }
        RING_FINAL_CHECK_FOR_REQUESTS(ring, more);
    } while (more && ring->req_cons != ring->sring->req_prod);
    if (did && fake_disk.lie == LIE_INDEX)
        ring->rsp_prod_pvt += 50;
    if (did && fake_disk.lie == LIE_INDEX_BACK)
        ring->rsp_prod_pvt -= 2;
    RING_PUSH_RESPONSES_AND_CHECK_NOTIFY(ring, notify);
    if (did && notify && fake.ports[ports[n]].open)
        fake_event_raise(ports[n]);
    return did;
}

bool fake_disk_run(void)
{
    bool did = fake_store_run();
    unsigned int n;

    for (n = 0; fake_disk.mapped && n < fake_disk.nr_rings; n++)
        did |= serve_ring(n);
    return did;
}
