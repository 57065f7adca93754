/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The XenStore client against a store that answers every wait with the next bytes of the input: raw bytes
 * into the ring, well-formed answers to what was asked with any body, events, indices moved. Held to: every
 * call returns, nothing is read or written beyond its place, no request stays behind.
 */
#include <stdlib.h>
#include <string.h>
#include <xenguest/abi.h>
#include <xenguest/xenstore.h>
#include "fake_port.h"

static struct xenstore_domain_interface *ring;
static struct xg_store store;
static const unsigned char *input;
static size_t left;
static uint32_t seen_requests;

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

static unsigned int next(void)
{
    if (!left)
        return 0;
    left--;
    return *input++;
}

static void say(const void *data, size_t nr)
{
    const char *bytes = data;

    while (nr--)
        ring->rsp[MASK_XENSTORE_IDX(ring->rsp_prod++)] = *bytes++;
}

/* An answer to the last request, of its type or as an error, with a body from the input. */
static void answer(unsigned int how)
{
    struct xsd_sockmsg header = {.type = how % 8 == 7 ? XS_ERROR : how % 32, .req_id = store.next_id - 1};
    unsigned char body[64];
    unsigned int i;

    if (how & 0x40)
        header.type = XS_WATCH_EVENT;
    if (how & 0x80 && store.header[0] < XS_TYPE_COUNT)
        memcpy(&header.type, &ring->req[MASK_XENSTORE_IDX(seen_requests)], sizeof(header.type));
    header.len = next() % sizeof(body);
    for (i = 0; i < header.len; i++)
        body[i] = (unsigned char)next();
    say(&header, sizeof(header));
    say(body, header.len);
}

static bool peer(void)
{
    unsigned int how;

    if (!left)
        return false;
    how = next();
    if (how < 16) {
        ring->rsp_prod += next() * how;
    } else if (how < 24) {
        ring->req_cons += next();
    } else if (how < 40) {
        unsigned char raw[16];
        unsigned int i;

        for (i = 0; i < how - 24; i++)
            raw[i] = (unsigned char)next();
        say(raw, how - 24);
    } else {
        answer(next());
        seen_requests = ring->req_prod;
        ring->req_cons = ring->req_prod;
    }
    return true;
}

static int use(unsigned int what, struct xg_store_watch *watch)
{
    struct xg_store_permission permissions[3];
    static char text[100];
    unsigned int nr;
    uint64_t number;
    xg_store_tx_t tx;
    size_t length;

    switch (what % 10) {
    case 0:
        return xg_store_read(&store, 0, "/a", text, sizeof(text), &length);
    case 1:
        return xg_store_write(&store, 0, "/a", text, sizeof(text));
    case 2:
        return xg_store_directory(&store, 0, "/a", text, sizeof(text), &length);
    case 3:
        return xg_store_get_permissions(&store, 0, "/a", permissions, 3, &nr);
    case 4:
        return xg_store_read_number(&store, 0, "/a", 1000, &number);
    case 5:
        return xg_store_begin(&store, &tx);
    case 6:
        return xg_store_end(&store, 1, true);
    case 7:
        return xg_store_watch_take(&store, watch, text, sizeof(text));
    case 8:
        return xg_store_poll(&store);
    default:
        return xg_store_rm(&store, 0, "/a");
    }
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    struct xg_store_watch watch;
    static char paths[40];
    struct xg_boot boot = {.store_port = 1};
    unsigned int i;

    ring = aligned_alloc(XG_PAGE_SIZE, XG_PAGE_SIZE);
    memset(ring, 0, XG_PAGE_SIZE);
    boot.store_mfn = xg_os_address_to_mfn(ring);
    input = data;
    left = size;
    seen_requests = 0;
    fuzz_now_ns = 0;
    fuzz_on_wait = peer;
    if (xg_store_init(&store, &boot))
        abort();
    if (xg_store_watch(&store, &watch, "/w", paths, sizeof(paths)) && store.watches)
        abort();
    for (i = 0; i < 20 && left; i++)
        (void)!use(next(), &watch);
    if (store.pending)
        abort();
    free(ring);
    return 0;
}
