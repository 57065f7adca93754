/* SPDX-License-Identifier: BSD-2-Clause */
/* The store's protocol from the other end. */
#include "fake_store.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <check.h>

#define OUT_BYTES 65536

struct message {
    struct xsd_sockmsg header;
    char body[XENSTORE_PAYLOAD_MAX + 1];
};

struct fake_store fake_store;
void (*fake_store_changed)(const char *path);

static struct message in;
static size_t in_bytes;
static char out[OUT_BYTES];
static size_t out_bytes;
static struct message held[8];
static unsigned int nr_held;
static struct {
    char path[128], token[32];
} watches[32];
static uint32_t next_transaction;
static unsigned int parts;

void fake_store_reset(void)
{
    void *page = xg_os_page_alloc();

    memset(&fake_store, 0, sizeof(fake_store));
    memset(page, 0, 4096);
    in_bytes = out_bytes = nr_held = parts = 0;
    next_transaction = 1;
    memset(watches, 0, sizeof(watches));
    fake_store_changed = NULL;
    fake_store.ring = page;
    fake_store.directory_limit = XENSTORE_PAYLOAD_MAX;
    fake_store.boot.store_mfn = xg_os_address_to_mfn(page);
    fake_store.boot.store_port = FAKE_STORE_PORT;
    fake.ports[FAKE_STORE_PORT].open = true;
    if (fake.next_port <= FAKE_STORE_PORT)
        fake.next_port = FAKE_STORE_PORT + 1;
    fake.on_wait = fake_store_run;
}

void fake_store_restart(void)
{
    in_bytes = out_bytes = nr_held = parts = 0;
    memset(watches, 0, sizeof(watches));
    fake_store.nr_watches = 0;
}

/* ---- Nodes ---- */

static struct fake_node *find(const char *path)
{
    unsigned int i;

    for (i = 0; i < FAKE_STORE_NODES; i++)
        if (fake_store.nodes[i].present && !strcmp(fake_store.nodes[i].path, path))
            return &fake_store.nodes[i];
    return NULL;
}

static bool below(const char *path, const char *top)
{
    size_t length = strlen(top);

    return !strncmp(path, top, length) && (!path[length] || path[length] == '/');
}

static struct fake_node *make(const char *path)
{
    struct fake_node *node = find(path);
    char parent[128];
    unsigned int i;

    if (node)
        return node;
    snprintf(parent, sizeof(parent), "%s", path);
    if (strrchr(parent, '/') && strrchr(parent, '/') != parent) {
        *strrchr(parent, '/') = 0;
        make(parent);
    }
    for (i = 0; fake_store.nodes[i].present; i++)
        ck_assert_uint_lt(i, FAKE_STORE_NODES - 1);
    node = &fake_store.nodes[i];
    memset(node, 0, sizeof(*node));
    snprintf(node->path, sizeof(node->path), "%s", path);
    memcpy(node->permissions, "n0\0", 4);
    node->present = true;
    return node;
}

const char *fake_store_get(const char *path)
{
    struct fake_node *node = find(path);

    return node ? node->value : NULL;
}

unsigned int fake_store_number(const char *base, const char *folder, const char *name, bool must)
{
    char path[128];
    const char *value;

    snprintf(path, sizeof(path), "%s/%s%s", base, folder, name);
    value = fake_store_get(path);
    ck_assert_msg(value || !must, "%s is missing", path);
    return value ? (unsigned int)atoi(value) : 0;
}

/* ---- What it says ---- */

static void emit(const struct xsd_sockmsg *header, const void *body)
{
    ck_assert_uint_le(out_bytes + sizeof(*header) + header->len, OUT_BYTES);
    memcpy(out + out_bytes, header, sizeof(*header));
    memcpy(out + out_bytes + sizeof(*header), body, header->len);
    out_bytes += sizeof(*header) + header->len;
}

void fake_store_send(uint32_t type, uint32_t id, const void *body, size_t length)
{
    struct xsd_sockmsg header = {.type = type, .req_id = id, .len = (uint32_t)length};

    emit(&header, body);
}

static void fire(const char *path)
{
    unsigned int i;

    for (i = 0; i < 32; i++) {
        char body[256];
        int length;

        if (!watches[i].path[0] || !below(path, watches[i].path))
            continue;
        length = snprintf(body, sizeof(body), "%s%c%s", path, 0, watches[i].token) + 1;
        fake_store_send(XS_WATCH_EVENT, 0, body, (size_t)length);
    }
}

static void changed(const char *path)
{
    fire(path);
    if (fake_store_changed)
        fake_store_changed(path);
}

void fake_store_set(const char *path, const char *value)
{
    struct fake_node *node = make(path);

    node->length = strlen(value);
    memcpy(node->value, value, node->length + 1);
    fire(path);
}

void fake_store_remove(const char *path)
{
    unsigned int i;

    for (i = 0; i < FAKE_STORE_NODES; i++)
        if (fake_store.nodes[i].present && below(fake_store.nodes[i].path, path))
            fake_store.nodes[i].present = false;
    for (i = 0; i < 32; i++)
        if (watches[i].path[0] && below(watches[i].path, path)) {
            char body[256];
            int length = snprintf(body, sizeof(body), "%s%c%s", watches[i].path, 0, watches[i].token) + 1;

            fake_store_send(XS_WATCH_EVENT, 0, body, (size_t)length);
        }
    fire(path);
}

static void reply(uint32_t type, const void *body, size_t length)
{
    struct message answer = {.header = in.header};

    answer.header.type = type;
    answer.header.len = (uint32_t)length;
    memcpy(answer.body, body, length);
    if (fake_store.nr_held) {
        fake_store.nr_held--;
        held[nr_held++] = answer;
        return;
    }
    if (fake_store.twist)
        fake_store.twist(&answer.header, answer.body);
    emit(&answer.header, answer.body);
}

void fake_store_release(void)
{
    while (nr_held) {
        nr_held--;
        emit(&held[nr_held].header, held[nr_held].body);
    }
}

static void ok(void)
{
    reply(in.header.type, "OK", 3);
}

static void error(const char *name)
{
    reply(XS_ERROR, name, strlen(name) + 1);
}

/* ---- What it does ---- */

static size_t children(const char *path, char *names)
{
    size_t top = strlen(path), used = 0;
    unsigned int i;

    for (i = 0; i < FAKE_STORE_NODES; i++) {
        const char *name = fake_store.nodes[i].path + top + 1;

        if (!fake_store.nodes[i].present || !below(fake_store.nodes[i].path, path) ||
            fake_store.nodes[i].path[top] != '/' || strchr(name, '/'))
            continue;
        strcpy(names + used, name);
        used += strlen(name) + 1;
    }
    return used;
}

static void directory(const char *path)
{
    static char names[FAKE_STORE_NODES * 128];
    size_t used = children(path, names);

    if (used > fake_store.directory_limit)
        error("E2BIG");
    else
        reply(XS_DIRECTORY, names, used);
}

/* At most directory_limit bytes of whole names from the offset; an empty name after the last. */
static void directory_part(const char *path)
{
    static char names[FAKE_STORE_NODES * 128];
    size_t used = children(path, names), offset = strtoul(path + strlen(path) + 1, NULL, 10), end = offset;
    char body[XENSTORE_PAYLOAD_MAX];
    size_t length;

    if (fake_store.nr_changes && parts % 2)
        fake_store.nr_changes--;
    else if (fake_store.nr_changes)
        parts++;
    length = (size_t)sprintf(body, "%u", 1000 + fake_store.nr_changes) + 1;
    ck_assert_uint_le(offset, used);
    while (end < used && end + strlen(names + end) + 1 - offset <= fake_store.directory_limit)
        end += strlen(names + end) + 1;
    memcpy(body + length, names + offset, end - offset);
    length += end - offset;
    if (end == used)
        body[length++] = 0;
    reply(XS_DIRECTORY_PART, body, length);
}

static void write_node(void)
{
    size_t path = strlen(in.body) + 1;
    struct fake_node *node = make(in.body);

    node->length = in.header.len - path;
    memcpy(node->value, in.body + path, node->length);
    node->value[node->length] = 0;
    ok();
    changed(in.body);
}

static void watch(void)
{
    const char *token = in.body + strlen(in.body) + 1;
    unsigned int i;

    for (i = 0; i < 32; i++)
        if (!strcmp(watches[i].path, in.body) && !strcmp(watches[i].token, token)) {
            error("EEXIST");
            return;
        }
    for (i = 0; watches[i].path[0]; i++)
        ck_assert_uint_lt(i, 31);
    ck_assert(strlen(in.body) < sizeof(watches[i].path) && strlen(token) < sizeof(watches[i].token));
    strcpy(watches[i].path, in.body);
    strcpy(watches[i].token, token);
    fake_store.nr_watches++;
    ok();
    fake_store_send(XS_WATCH_EVENT, 0, in.body, in.header.len);
}

static void unwatch(void)
{
    const char *token = in.body + strlen(in.body) + 1;
    unsigned int i;

    for (i = 0; i < 32; i++)
        if (!strcmp(watches[i].path, in.body) && !strcmp(watches[i].token, token)) {
            watches[i].path[0] = 0;
            fake_store.nr_watches--;
            ok();
            return;
        }
    error("ENOENT");
}

static void set_permissions(struct fake_node *node)
{
    size_t path = strlen(in.body) + 1, length = in.header.len - path;

    ck_assert_uint_lt(length, sizeof(node->permissions));
    memset(node->permissions, 0, sizeof(node->permissions));
    memcpy(node->permissions, in.body + path, length);
    ok();
}

static size_t permissions_length(const struct fake_node *node)
{
    size_t length = 0;

    while (node->permissions[length])
        length += strlen(node->permissions + length) + 1;
    return length;
}

static void end_transaction(void)
{
    if (in.body[0] == 'T' && fake_store.nr_conflicts) {
        fake_store.nr_conflicts--;
        error("EAGAIN");
    } else {
        ok();
    }
}

static void on_node(struct fake_node *node)
{
    switch (in.header.type) {
    case XS_READ:
        reply(XS_READ, node->value, node->length);
        break;
    case XS_DIRECTORY:
        directory(in.body);
        break;
    case XS_DIRECTORY_PART:
        directory_part(in.body);
        break;
    case XS_GET_PERMS:
        reply(XS_GET_PERMS, node->permissions, permissions_length(node));
        break;
    case XS_SET_PERMS:
        set_permissions(node);
        break;
    case XS_RM:
        ok();
        fake_store_remove(in.body);
        break;
    default:
        error("ENOSYS");
    }
}

static void answer(void)
{
    char id[16];

    switch (in.header.type) {
    case XS_WRITE:
        write_node();
        break;
    case XS_MKDIR:
        make(in.body);
        ok();
        break;
    case XS_WATCH:
        watch();
        break;
    case XS_UNWATCH:
        unwatch();
        break;
    case XS_TRANSACTION_START:
        sprintf(id, "%u", next_transaction++);
        reply(XS_TRANSACTION_START, id, strlen(id) + 1);
        break;
    case XS_TRANSACTION_END:
        end_transaction();
        break;
    default:
        if (find(in.body))
            on_node(find(in.body));
        else
            error("ENOENT");
    }
}

static void request(void)
{
    const char *name = fake_store.error;

    fake_store.nr_requests++;
    in.body[in.header.len] = 0;
    if (fake_store.nr_silent) {
        fake_store.nr_silent--;
    } else if (name) {
        fake_store.error = NULL;
        error(name);
    } else {
        answer();
    }
}

/* ---- The ring ---- */

static bool read_some(void)
{
    struct xenstore_domain_interface *ring = fake_store.ring;
    uint32_t produced = __atomic_load_n(&ring->req_prod, __ATOMIC_ACQUIRE), nr = 0;

    ck_assert_uint_le(produced - ring->req_cons, XENSTORE_RING_SIZE);
    while (ring->req_cons + nr != produced && !(fake_store.slow && nr == 5)) {
        ((char *)&in)[in_bytes++] = ring->req[MASK_XENSTORE_IDX(ring->req_cons + nr)];
        nr++;
        if (in_bytes >= sizeof(in.header))
            ck_assert_uint_le(in.header.len, XENSTORE_PAYLOAD_MAX);
        if (in_bytes >= sizeof(in.header) && in_bytes == sizeof(in.header) + in.header.len) {
            in_bytes = 0;
            request();
        }
    }
    __atomic_store_n(&ring->req_cons, ring->req_cons + nr, __ATOMIC_SEQ_CST);
    return nr;
}

static bool write_some(void)
{
    struct xenstore_domain_interface *ring = fake_store.ring;
    size_t nr = 0, limit = fake_store.slow ? 3 : OUT_BYTES;

    while (nr < out_bytes && nr < limit &&
           ring->rsp_prod + (uint32_t)nr - __atomic_load_n(&ring->rsp_cons, __ATOMIC_SEQ_CST) <
               XENSTORE_RING_SIZE) {
        ring->rsp[MASK_XENSTORE_IDX(ring->rsp_prod + nr)] = out[nr];
        nr++;
    }
    __atomic_store_n(&ring->rsp_prod, ring->rsp_prod + (uint32_t)nr, __ATOMIC_SEQ_CST);
    memmove(out, out + nr, out_bytes - nr);
    out_bytes -= nr;
    return nr;
}

bool fake_store_run(void)
{
    bool did = false;

    if (!fake_store.deaf) {
        did = read_some();
        did |= write_some();
    }
    if (did)
        fake_event_raise(FAKE_STORE_PORT);
    return did;
}
