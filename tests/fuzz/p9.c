/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * 9p against a store and a server that both follow the input: any values in the nodes, any state, answers of
 * any length, kind and content, any index. Held to: every call returns, nothing is touched beyond its place,
 * and when all is over and the backend has let go, no page and no grant is missing.
 */
#include <stdlib.h>
#include <string.h>
#include <xenguest/p9.h>
#include <xen/io/9pfs.h>
#include "fake_bus.h"
#include "fake_port.h"

#define NR_FILES 4

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

static struct xg_p9 p9;
static bool (*serve_store)(void);

static const char *value_of(const char *path)
{
    if (fuzz_ends_with(path, "/versions"))
        return "1";
    return fuzz_ends_with(path, "/max-ring-page-order") ? "9" : fuzz_any_value();
}

static unsigned char *in_byte(uint32_t index)
{
    index &= (uint32_t)XEN_FLEX_RING_SIZE(p9.config.order) - 1;
    return (unsigned char *)p9.pages[index / XG_PAGE_SIZE] + index % XG_PAGE_SIZE;
}

/* What was asked, as far as an answer that fits needs it. */
static unsigned int asked(unsigned int at)
{
    uint32_t half = (uint32_t)XEN_FLEX_RING_SIZE(p9.config.order);
    uint32_t index = ((p9.interface->out_cons + at) & (half - 1)) + half;

    return ((unsigned char *)p9.pages[index / XG_PAGE_SIZE])[index % XG_PAGE_SIZE];
}

static void put(uint32_t at, unsigned int value, unsigned int bytes)
{
    for (; bytes--; value >>= 8)
        *in_byte(at++) = (unsigned char)value;
}

/* A body that can be believed, as far as the input does not change it later. Returns its length. */
static unsigned int plausible(unsigned int type, uint32_t body)
{
    static const unsigned char version[] = {0, 0x10, 0, 0, 8, 0, '9', 'P', '2', '0', '0', '0', '.', 'L'};
    unsigned int i, nr = asked(15) | asked(16) << 8, length = 160;

    for (i = 0; i < 250; i++)
        *in_byte(body + i) = 0;
    switch (type) {
    case 100:
        for (i = 0; i < sizeof(version); i++)
            *in_byte(body + i) = version[i];
        return sizeof(version);
    case 110: /* as far as it was asked to walk */
        put(body, nr, 2);
        return 2 + 13 * (nr & 15);
    case 12: /* a directory or a file */
        put(body, fuzz_next(), 1);
        return 17;
    case 40: /* entries with names of one letter */
        nr = fuzz_next() % 8;
        put(body, nr * 25, 4);
        for (i = 0; i < nr; i++) {
            put(body + 4 + i * 25 + 22, 1, 2);
            put(body + 4 + i * 25 + 24, fuzz_next(), 1);
        }
        return 4 + nr * 25;
    case 116:
        length = fuzz_next();
        put(body, length, 4);
        return 4 + length;
    case 118: /* as much as was written */
        put(body, asked(19) | asked(20) << 8, 4);
        return 4;
    default:
        return length;
    }
}

/* An answer that can be believed, and in it a byte that cannot, or another length, or another index. */
static void respond(void)
{
    uint32_t at = p9.interface->in_prod;
    unsigned int how = fuzz_next(), type = asked(4), length = plausible(type, at + 7),
                 tag = asked(5) | asked(6) << 8;

    if ((how & 7) == 1)
        *in_byte(at + 7 + fuzz_next() % (length + 1)) = (unsigned char)fuzz_next();
    if ((how & 7) == 2)
        length = fuzz_next();
    put(at, length + 7, 4);
    put(at + 4, (how & 7) == 3 ? 7 : type + 1, 1);
    put(at + 5, tag, 2);
    if ((how & 7) == 3)
        put(at + 7, fuzz_next() % 140, 4);
    if ((how & 7) == 4)
        *in_byte(at + fuzz_next() % 7) = (unsigned char)fuzz_next();
    p9.interface->out_cons = p9.interface->out_prod;
    p9.interface->in_prod += (how & 7) == 5 ? fuzz_next() * 0x101u : 7 + length;
    if ((how & 7) == 6)
        p9.interface->out_cons += fuzz_next() * 0x1000003u;
}

static bool serve(void)
{
    if (serve_store())
        return true;
    if (!p9.interface || !fuzz_left() || p9.interface->out_cons == p9.interface->out_prod)
        return false;
    respond();
    return true;
}

static void use(struct xg_p9_file *files, bool *open)
{
    static char bytes[9000], path[600];
    struct xg_p9_entry entries[20];
    struct xg_p9_status status;
    struct xg_p9_usage usage;
    unsigned int how = fuzz_next(), i = how % NR_FILES, nr;
    size_t done, length = fuzz_next() * 2;

    memset(path, how & 4 ? '/' : 'x', sizeof(path));
    for (nr = 0; nr < length; nr += 1 + fuzz_next() % 40)
        path[nr] ^= 'x' ^ '/';
    path[length] = 0;
    switch (how / 8 % 16) {
    case 0:
    case 1:
        if (!open[i])
            open[i] = !xg_p9_open(&p9, path, how & 128 ? XG_P9_CREATE | XG_P9_WRITE : 0, 0644, &files[i]);
        break;
    case 2:
        if (open[i])
            (void)!xg_p9_close(&files[i]);
        open[i] = false;
        break;
    case 3:
    case 4:
        if (open[i] && !xg_p9_read(&files[i], 5, bytes, fuzz_next() * 35, &done) && done > 9000)
            abort();
        break;
    case 5:
    case 6:
        if (open[i] && !xg_p9_write(&files[i], 5, bytes, fuzz_next() * 35, &done) && done > 9000)
            abort();
        break;
    case 7:
    case 8:
        if (open[i] && !xg_p9_entries(&files[i], entries, fuzz_next() % 21, &nr) && nr > 20)
            abort();
        break;
    case 9:
        (void)!xg_p9_status(&p9, path, &status);
        break;
    case 10:
        (void)!xg_p9_rename(&p9, path, path);
        break;
    case 11:
        (void)!xg_p9_make_directory(&p9, path, 0755);
        break;
    case 12:
        (void)!xg_p9_remove(&p9, path);
        break;
    case 13:
        (void)!xg_p9_usage(&p9, &usage);
        break;
    case 14:
        if (open[i])
            (void)!xg_p9_truncate(&files[i], 7);
        break;
    default:
        if (open[i])
            (void)!xg_p9_file_status(&files[i], &status);
    }
}

static void live(void)
{
    struct xg_p9_file files[NR_FILES];
    bool open[NR_FILES] = {false};
    unsigned int step, how;

    for (step = 0; step < 100 && fuzz_left(); step++) {
        how = fuzz_next();
        switch (how % 8) {
        case 0:
            fuzz_set_back_state(fuzz_next() % 11);
            break;
        case 1:
            fuzz_hold(fuzz_next());
            break;
        case 2:
            fuzz_let_go();
            break;
        case 3:
            (void)!xg_bus_run(&fuzz_bus, NULL);
            break;
        default:
            use(files, open);
        }
    }
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    struct xg_p9_config config = {.grants = &fuzz_grants, .events = &fuzz_events, .timeout_ns = 1000};

    fuzz_value_of = value_of;
    fuzz_begin(data, size);
    serve_store = fuzz_on_wait;
    p9.interface = NULL;
    fuzz_on_wait = serve;
    config.order = 1 + fuzz_next() % 3;
    if (!xg_p9_attach(&fuzz_bus, &p9, 0, &config)) {
        (void)!xg_bus_run(&fuzz_bus, NULL);
        fuzz_set_back_state(4);
        (void)!xg_bus_run(&fuzz_bus, NULL);
        live();
        (void)!xg_p9_detach(&p9, fuzz_now_ns + 1000);
        fuzz_let_go();
        if (p9.device.shared && p9.frontend.release(&p9.device))
            abort();
        if (!fuzz_all_given_back())
            abort();
    }
    fuzz_end();
    return 0;
}
