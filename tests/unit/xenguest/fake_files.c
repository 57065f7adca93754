/* SPDX-License-Identifier: BSD-2-Clause */
/* The server: one directory "a" with one file "file" in it that can be made, written, and removed. */
#include "fake_files.h"
#include <string.h>
#include <check.h>
#include <xen/io/9pfs.h>

#define NR_FIDS 64

enum node { NOWHERE, ROOT, FOLDER, FILE_NODE };

struct fake_files fake_files;

static struct xen_9pfs_data_intf *interface;
static char *in[4], *out[4];
static uint32_t half;
static xg_evtchn_t port;
static enum node fids[NR_FIDS];
static bool there; /* the file */
static unsigned char request[65536], answer[65536];
static size_t request_at, request_bytes, answer_bytes, held_back;

/* ---- Messages ---- */

static uint64_t get(unsigned int bytes)
{
    uint64_t value = 0;

    ck_assert_uint_le(request_at + bytes, request_bytes);
    memcpy(&value, request + request_at, bytes);
    request_at += bytes;
    return value;
}

static void get_string(char *text)
{
    size_t length = get(2);

    ck_assert_uint_lt(length, 256);
    ck_assert_uint_le(request_at + length, request_bytes);
    memcpy(text, request + request_at, length);
    text[length] = 0;
    request_at += length;
}

static void put(uint64_t value, unsigned int bytes)
{
    memcpy(answer + answer_bytes, &value, bytes);
    answer_bytes += bytes;
}

static void put_string(const char *text)
{
    put(strlen(text), 2);
    memcpy(answer + answer_bytes, text, strlen(text));
    answer_bytes += strlen(text);
}

static void put_qid(enum node node)
{
    put(node == FILE_NODE ? 0 : 0x80, 1);
    put(1, 4);
    put(node + 100, 8);
}

/* ---- What is asked ---- */

static enum node *fid(void)
{
    uint64_t number = get(4);

    ck_assert_uint_lt(number, NR_FIDS);
    return &fids[number];
}

static enum node known_fid(void)
{
    enum node node = *fid();

    ck_assert_int_ne(node, NOWHERE);
    return node;
}

static int version(void)
{
    uint64_t bytes = get(4);
    char text[256];

    get_string(text);
    ck_assert_str_eq(text, "9P2000.L");
    ck_assert_uint_le(bytes, half);
    put(fake_files.lie == FILES_VERSION ? bytes + 1 : bytes, 4);
    put_string(text);
    memset(fids, 0, sizeof(fids));
    return 0;
}

static int attach(void)
{
    char text[256];

    ck_assert_uint_eq(get(4), 0);
    ck_assert_uint_eq(get(4), 0xffffffff);
    get_string(text);
    get_string(text);
    get(4);
    fids[0] = ROOT;
    put_qid(ROOT);
    return 0;
}

static enum node step(enum node from, const char *name)
{
    if (from == ROOT && !strcmp(name, "a"))
        return FOLDER;
    if (from == FOLDER && !strcmp(name, "file") && there)
        return FILE_NODE;
    if (from == FOLDER && !strcmp(name, "."))
        return FOLDER;
    return NOWHERE;
}

static int walk(void)
{
    enum node at = known_fid(), *to = fid();
    uint64_t nr = get(2), i;
    size_t count_at = answer_bytes;
    char name[256];

    ck_assert_uint_le(nr, 16);
    put(0, 2);
    for (i = 0; i < nr; i++) {
        get_string(name);
        ck_assert(name[0] && !strchr(name, '/'));
        at = step(at, name);
        if (at == NOWHERE)
            break;
        put_qid(at);
    }
    if (i == 0 && nr)
        return 2; /* ENOENT */
    memcpy(answer + count_at, &i, 2);
    if (i == nr) {
        ck_assert(*to == NOWHERE || to >= fids);
        *to = at;
    }
    return 0;
}

static int open_fid(void)
{
    enum node at = known_fid();
    uint64_t flags = get(4);

    if (at != FILE_NODE && (flags & 3))
        return 21; /* EISDIR */
    if (flags & 01000)
        fake_files.bytes = 0;
    put_qid(at);
    put(0, 4);
    return 0;
}

static int create(void)
{
    enum node *at = fid();
    char name[256];
    uint64_t flags;

    get_string(name);
    flags = get(4);
    get(4);
    get(4);
    ck_assert_int_eq(*at, FOLDER);
    ck_assert(flags & 0200);
    if (strcmp(name, "file"))
        return 13; /* EACCES */
    if (there)
        return 17; /* EEXIST */
    there = true;
    fake_files.bytes = 0;
    *at = FILE_NODE;
    put_qid(*at);
    put(0, 4);
    return 0;
}

static int read_data(void)
{
    uint64_t offset, count, most;

    ck_assert_int_eq(known_fid(), FILE_NODE);
    offset = get(8);
    count = get(4);
    ck_assert_uint_le(count + 11, half);
    most = offset < fake_files.bytes ? fake_files.bytes - offset : 0;
    if (fake_files.most && most > fake_files.most)
        most = fake_files.most;
    if (most > count)
        most = count;
    put(fake_files.lie == FILES_MORE ? count + 1 : most, 4);
    memcpy(answer + answer_bytes, fake_files.data + offset, most);
    answer_bytes += most;
    if (fake_files.lie == FILES_MORE)
        answer_bytes += count + 1 - most;
    return 0;
}

static int write_data(void)
{
    uint64_t offset, count;

    ck_assert_int_eq(known_fid(), FILE_NODE);
    offset = get(8);
    count = get(4);
    ck_assert_uint_eq(request_at + count, request_bytes);
    if (offset + count > sizeof(fake_files.data))
        return 28; /* ENOSPC */
    if (fake_files.most && count > fake_files.most)
        count = fake_files.most;
    memcpy(fake_files.data + offset, request + request_at, count);
    if (offset + count > fake_files.bytes)
        fake_files.bytes = offset + count;
    request_at = request_bytes;
    put(fake_files.lie == FILES_MORE ? count + 1 : count, 4);
    return 0;
}

static int get_status(void)
{
    enum node at = known_fid();
    unsigned int i;

    get(8);
    put(0x7ff, 8);
    put_qid(at);
    put(at == FILE_NODE ? 0100644 : 040755, 4);
    put(0, 8);
    put(1, 8);
    put(0, 8);
    put(at == FILE_NODE ? fake_files.bytes : 4096, 8);
    for (i = 0; i < 4; i++)
        put(0, 8);
    put(1234567890, 8);
    for (i = 0; i < 7; i++)
        put(0, 8);
    return 0;
}

static int set_status(void)
{
    ck_assert_int_eq(known_fid(), FILE_NODE);
    ck_assert_uint_eq(get(4), 8);
    get(4);
    get(8);
    fake_files.bytes = get(8);
    request_at = request_bytes;
    return 0;
}

/* Entry n has the offset n + 1; the folder has 40 of them and the file. */
static int list(void)
{
    enum node at = known_fid();
    uint64_t offset = get(8), count = get(4), nr = at == FOLDER ? 43 : 2;
    size_t start = answer_bytes;
    char name[16] = "entry-";

    ck_assert_int_ne(at, FILE_NODE);
    put(0, 4);
    for (; offset < nr && answer_bytes + 24 + 9 - start - 4 <= count; offset++) {
        put_qid(offset < 2 ? at : FILE_NODE);
        put(offset + 1, 8);
        put(8, 1);
        name[6] = (char)('0' + offset / 10);
        name[7] = (char)('0' + offset % 10);
        if (fake_files.lie == FILES_NAME)
            name[5] = offset & 1 ? '/' : 0;
        put(offset < 2 ? offset + 1 : 8, 2);
        memcpy(answer + answer_bytes, offset < 2 ? ".." : name, offset < 2 ? offset + 1 : 8);
        answer_bytes += offset < 2 ? offset + 1 : 8;
    }
    count = answer_bytes - start - 4;
    memcpy(answer + start, &count, 4);
    return 0;
}

static int usage(void)
{
    known_fid();
    put(0x1234, 4);
    put(4096, 4);
    put(1000, 8);
    put(600, 8);
    put(500, 8);
    put(77, 8);
    put(55, 8);
    put(0, 8);
    put(255, 4);
    return 0;
}

static int unlink_name(void)
{
    char name[256];
    enum node at = known_fid();

    get_string(name);
    if (get(4) & 0x200)
        return step(at, name) == FILE_NODE ? 20 : 39; /* ENOTDIR, ENOTEMPTY */
    if (step(at, name) != FILE_NODE)
        return 2;
    there = false;
    return 0;
}

static int make_directory(void)
{
    char name[256];

    known_fid();
    get_string(name);
    get(8);
    put_qid(FOLDER);
    return strcmp(name, "new") ? 17 : 0;
}

static int rename_name(void)
{
    char from[256], to[256];

    known_fid();
    get_string(from);
    known_fid();
    get_string(to);
    return strcmp(from, "file") || strcmp(to, "other") ? 13 : 0;
}

static int clunk(void)
{
    enum node *at = fid();

    ck_assert_int_ne(*at, NOWHERE);
    *at = NOWHERE;
    return 0;
}

static int sync_file(void)
{
    known_fid();
    get(4);
    return 0;
}

static int serve(unsigned int type)
{
    switch (type) {
    case 8:
        return usage();
    case 12:
        return open_fid();
    case 14:
        return create();
    case 24:
        return get_status();
    case 26:
        return set_status();
    case 40:
        return list();
    case 50:
        return sync_file();
    case 72:
        return make_directory();
    case 74:
        return rename_name();
    case 76:
        return unlink_name();
    case 100:
        return version();
    case 104:
        return attach();
    case 110:
        return walk();
    case 116:
        return read_data();
    case 118:
        return write_data();
    case 120:
        return clunk();
    default:
        ck_abort_msg("request %u", type);
    }
}

/* ---- The rings ---- */

static char *byte_of(char *const *pages, uint32_t index)
{
    index &= half - 1;
    return pages[index / 4096] + index % 4096;
}

static void send(size_t bytes)
{
    size_t i;

    for (i = 0; i < bytes; i++)
        *byte_of(in, interface->in_prod + (uint32_t)i) = (char)answer[i];
    interface->in_prod += (uint32_t)bytes;
    memmove(answer, answer + bytes, sizeof(answer) - bytes);
}

static void lie_about(size_t *bytes)
{
    uint32_t size = (uint32_t)*bytes;

    switch (fake_files.lie) {
    case FILES_TAG:
        answer[5]++;
        break;
    case FILES_TYPE:
        answer[4] += 4;
        break;
    case FILES_SHORT:
        size = 6;
        break;
    case FILES_LONG:
        size = half + 1;
        break;
    case FILES_CUT:
        size = (uint32_t)(*bytes = 8);
        break;
    case FILES_PARTIAL:
        (*bytes)--;
        break;
    default:
        break;
    }
    memcpy(answer, &size, 4);
}

static void respond(unsigned int type, int error)
{
    size_t bytes;

    if (fake_files.lie == FILES_ERROR)
        error = 0x7fffffff;
    answer[4] = (unsigned char)(error ? 7 : type + 1);
    memcpy(answer + 5, request + 5, 2);
    if (error) {
        answer_bytes = 7;
        put((uint64_t)error, 4);
    }
    bytes = answer_bytes;
    lie_about(&bytes);
    held_back = fake_files.slow && bytes > 3 ? bytes - 3 : 0;
    send(bytes - held_back);
    if (fake_files.lie == FILES_INDEX)
        interface->in_prod += half + 1;
    if (fake_files.lie == FILES_BACK) {
        interface->out_cons -= half + 1;
        interface = NULL; /* it would read that itself */
    }
    if (fake.ports[port].open)
        fake_event_raise(port);
}

static bool run(void)
{
    bool did = fake_store_run();
    uint32_t i;
    int error;

    if (!interface)
        return did;
    if (held_back) {
        send(held_back);
        held_back = 0;
        return true;
    }
    if (interface->out_cons == interface->out_prod || fake_files.lie == FILES_SILENT)
        return did;
    request_bytes = interface->out_prod - interface->out_cons;
    for (i = 0; i < request_bytes; i++)
        request[i] = (unsigned char)*byte_of(out, interface->out_cons + i);
    interface->out_cons += (uint32_t)request_bytes;
    request_at = 0;
    ck_assert_uint_eq(get(4), request_bytes);
    get(3);
    fake_files.nr_requests++;
    answer_bytes = 7;
    error = serve(request[4]);
    if (!error)
        ck_assert_uint_eq(request_at, request_bytes);
    respond(request[4], error);
    return true;
}

static void connect(void)
{
    uint32_t i, nr;

    ck_assert_str_eq(device_node("version"), "1");
    ck_assert_uint_eq(device_number("num-rings"), 1);
    interface = device_map((xg_grant_ref_t)device_number("ring-ref0"));
    port = device.port = (xg_evtchn_t)device_number("event-channel-0");
    nr = 1u << interface->ring_order;
    half = 2048 * nr;
    for (i = 0; i < nr / 2; i++) {
        in[i] = device_map(interface->ref[i]);
        out[i] = device_map(interface->ref[nr / 2 + i]);
    }
    held_back = 0;
    there = true;
}

void fake_files_plug(void)
{
    device_begin("9pfs", 0);
    memset(&fake_files, 0, sizeof(fake_files));
    interface = NULL;
    fake_store_set("device/9pfs/0/tag", "share");
    device_set("versions", "1");
    device_set("max-rings", "8");
    device_set("max-ring-page-order", "9");
    device.connected = connect;
    fake.on_wait = run;
}
