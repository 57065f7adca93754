/* SPDX-License-Identifier: BSD-2-Clause */
/* The store's end of the ring, the grant table, and the input that all of it follows. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xenguest/os.h>
#include "fake_bus.h"
#include "fake_port.h"

struct xg_bus fuzz_bus;
struct xg_grants fuzz_grants;
struct xg_events fuzz_events;
const char *(*fuzz_value_of)(const char *path);

static const unsigned char *input;
static size_t left;
static struct xenstore_domain_interface *ring;
static struct xg_store store;
static struct grant_entry_v1 table[FUZZ_GRANTS];
static struct shared_info shared;
static struct xg_event_handler handlers[64];
static struct xg_event_vcpu vcpus[1];
static char watch_body[2][64]; /* of the bus and of the backend's state: path and token */
static unsigned int watch_bytes[2], back_state;

unsigned int fuzz_next(void)
{
    if (!left)
        return 0;
    left--;
    return *input++;
}

size_t fuzz_left(void)
{
    return left;
}

/* ---- The store ---- */

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

bool fuzz_ends_with(const char *path, const char *name)
{
    size_t a = strlen(path), b = strlen(name);

    return a >= b && !strcmp(path + a - b, name);
}

const char *fuzz_any_value(void)
{
    static const char *const values[] = {
        NULL, "0",   "1",   "2",    "4",    "512",        "4096", "1024",
        "7",  "513", "255", "1000", "junk", "4294967295", "",     "18446744073709551615"};

    return values[fuzz_next() % 16];
}

static const char *value_of(const char *path)
{
    static char state[8];

    if (fuzz_ends_with(path, "/backend"))
        return "/b";
    if (fuzz_ends_with(path, "/backend-id"))
        return "0";
    if (!strcmp(path, "/b/state")) {
        snprintf(state, sizeof(state), "%u", back_state);
        return back_state ? state : NULL;
    }
    if (fuzz_ends_with(path, "/state"))
        return "1";
    return fuzz_value_of ? fuzz_value_of(path) : fuzz_any_value();
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

void fuzz_set_back_state(unsigned int state)
{
    back_state = state;
    if (watch_bytes[1])
        say(XS_WATCH_EVENT, 0, watch_body[1], watch_bytes[1]);
}

/* ---- Grants ---- */

void fuzz_let_go(void)
{
    unsigned int i;

    for (i = 0; i < FUZZ_GRANTS; i++)
        table[i].flags &= (uint16_t) ~(GTF_reading | GTF_writing);
}

void fuzz_hold(unsigned int ref)
{
    if (ref && ref < FUZZ_GRANTS && (table[ref].flags & GTF_permit_access))
        table[ref].flags |= GTF_reading;
}

bool fuzz_all_given_back(void)
{
    return !fuzz_nr_pages && fuzz_grants.nr_free == FUZZ_GRANTS - XG_GRANT_RESERVED;
}

/* ---- The whole ---- */

void fuzz_begin(const unsigned char *data, size_t size)
{
    struct xg_boot boot = {.store_port = 1};
    unsigned int i;

    input = data;
    left = size;
    ring = aligned_alloc(XG_PAGE_SIZE, XG_PAGE_SIZE);
    memset(ring, 0, XG_PAGE_SIZE);
    boot.store_mfn = xg_os_address_to_mfn(ring);
    memset(watch_bytes, 0, sizeof(watch_bytes));
    memset(table, 0, sizeof(table));
    memset(&fuzz_grants, 0, sizeof(fuzz_grants));
    fuzz_grants.table = table;
    fuzz_grants.nr_entries = FUZZ_GRANTS;
    for (i = XG_GRANT_RESERVED; i < FUZZ_GRANTS; i++) {
        table[i].frame = fuzz_grants.first_free;
        fuzz_grants.first_free = i;
        fuzz_grants.nr_free++;
    }
    xg_events_init(&fuzz_events, &shared, handlers, 64, vcpus, 1);
    fuzz_now_ns = 0;
    fuzz_on_wait = serve_store;
    fuzz_nr_pages = 0;
    back_state = 2;
    if (xg_store_init(&store, &boot) || xg_bus_init(&fuzz_bus, &store))
        abort();
}

void fuzz_end(void)
{
    free(ring);
}
