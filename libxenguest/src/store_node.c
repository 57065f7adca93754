/* SPDX-License-Identifier: BSD-2-Clause */
/* What is done with the nodes of the store: each function is one message, but for large directories. */
#include <xenguest/format.h>
#include "store_private.h"

int xg_store_read(struct xg_store *store, xg_store_tx_t tx, const char *path, char *value, size_t size,
                  size_t *length)
{
    struct xg_store_request request = {.type = XS_READ, .reply = value, .size = size};
    struct xg_store_piece piece = xg_store_string(path);
    int rc = xg_store_ask(store, &request, tx, &piece, 1);

    if (rc)
        return rc;
    if (length)
        *length = request.length;
    if (size)
        value[request.length < size ? request.length : size - 1] = 0;
    return request.length < size ? 0 : -XG_ERANGE;
}

int xg_store_write(struct xg_store *store, xg_store_tx_t tx, const char *path, const char *value,
                   size_t length)
{
    struct xg_store_piece pieces[2] = {xg_store_string(path), {.data = value, .bytes = length}};

    return xg_store_order(store, XS_WRITE, tx, pieces, 2);
}

int xg_store_mkdir(struct xg_store *store, xg_store_tx_t tx, const char *path)
{
    struct xg_store_piece piece = xg_store_string(path);

    return xg_store_order(store, XS_MKDIR, tx, &piece, 1);
}

int xg_store_rm(struct xg_store *store, xg_store_tx_t tx, const char *path)
{
    struct xg_store_piece piece = xg_store_string(path);

    return xg_store_order(store, XS_RM, tx, &piece, 1);
}

/* ---- Directories ---- */

#define GENERATION_BYTES 24

/* 1: the end; 0: there is more; or an errno. `length` is what has come at `names`, and less by the end's
 * mark. */
static int part_state(const char *names, size_t *length)
{
    if (!*length || names[*length - 1])
        return -XG_EBADMSG;
    if (*length > 1 && names[*length - 2])
        return 0;
    (*length)--;
    return 1;
}

static int directory_part(struct xg_store *store, xg_store_tx_t tx, const char *path, char *names,
                          size_t size, size_t *used, char *generation)
{
    struct xg_store_request request = {.type = XS_DIRECTORY_PART,
                                       .reply = names + *used,
                                       .size = size - *used,
                                       .prefix = generation,
                                       .prefix_size = GENERATION_BYTES};
    struct xg_store_piece pieces[2];
    char offset[24];
    int rc;

    xg_format_buffer(offset, sizeof(offset), "%llu", (unsigned long long)*used);
    pieces[0] = xg_store_string(path);
    pieces[1] = xg_store_string(offset);
    rc = xg_store_ask(store, &request, tx, pieces, 2);
    if (rc)
        return rc;
    if (request.length > request.size)
        return -XG_ERANGE;
    rc = part_state(names + *used, &request.length);
    if (rc >= 0)
        *used += request.length;
    return rc;
}

/* From the start until the end or a change. 0: all of it is there. -XG_EAGAIN: it changed meanwhile. */
static int directory_once(struct xg_store *store, xg_store_tx_t tx, const char *path, char *names,
                          size_t size, size_t *length)
{
    char first[GENERATION_BYTES], now[GENERATION_BYTES];
    size_t used = 0;
    int rc = directory_part(store, tx, path, names, size, &used, first);

    while (!rc) {
        rc = directory_part(store, tx, path, names, size, &used, now);
        if (rc >= 0 && !xg_string_equal(first, now))
            return -XG_EAGAIN;
    }
    *length = used;
    return rc < 0 ? rc : 0;
}

static int directory_in_parts(struct xg_store *store, xg_store_tx_t tx, const char *path, char *names,
                              size_t size, size_t *length)
{
    unsigned int tries;
    int rc = -XG_EAGAIN;

    for (tries = 0; tries < XG_STORE_ATTEMPTS && rc == -XG_EAGAIN; tries++)
        rc = directory_once(store, tx, path, names, size, length);
    return rc;
}

int xg_store_directory(struct xg_store *store, xg_store_tx_t tx, const char *path, char *names, size_t size,
                       size_t *length)
{
    struct xg_store_request request = {.type = XS_DIRECTORY, .reply = names, .size = size};
    struct xg_store_piece piece = xg_store_string(path);
    int rc = xg_store_ask(store, &request, tx, &piece, 1);

    *length = 0;
    if (rc == -XG_E2BIG)
        return directory_in_parts(store, tx, path, names, size, length);
    if (rc)
        return rc;
    if (request.length > size)
        return -XG_ERANGE;
    if (request.length && names[request.length - 1])
        return -XG_EBADMSG;
    *length = request.length;
    return 0;
}

/* ---- Numbers ---- */

int xg_store_parse_number(const char *value, uint64_t most, uint64_t *number)
{
    uint64_t n = 0;

    if (!*value)
        return -XG_EINVAL;
    for (; *value; value++) {
        unsigned int digit = (unsigned int)(*value - '0');

        if (digit > 9 || n > (most - (digit < most ? digit : most)) / 10)
            return -XG_EINVAL;
        n = n * 10 + digit;
        if (n > most)
            return -XG_EINVAL;
    }
    *number = n;
    return 0;
}

int xg_store_read_number(struct xg_store *store, xg_store_tx_t tx, const char *path, uint64_t most,
                         uint64_t *number)
{
    char value[24];
    int rc = xg_store_read(store, tx, path, value, sizeof(value), NULL);

    if (rc)
        return rc == -XG_ERANGE ? -XG_EINVAL : rc;
    return xg_store_parse_number(value, most, number);
}

int xg_store_write_number(struct xg_store *store, xg_store_tx_t tx, const char *path, uint64_t number)
{
    char value[24];
    size_t length = xg_format_buffer(value, sizeof(value), "%llu", (unsigned long long)number);

    return xg_store_write(store, tx, path, value, length);
}

/* ---- Transactions ---- */

int xg_store_begin(struct xg_store *store, xg_store_tx_t *tx)
{
    struct xg_store_piece nothing = {.data = "", .bytes = 1};
    char text[16];
    struct xg_store_request request = {.type = XS_TRANSACTION_START, .reply = text, .size = sizeof(text)};
    uint64_t number = 0;
    int rc = xg_store_ask(store, &request, XG_STORE_NO_TX, &nothing, 1);

    if (rc)
        return rc;
    if (!request.length || request.length > sizeof(text) || text[request.length - 1] ||
        xg_store_parse_number(text, UINT32_MAX, &number) || !number)
        return -XG_EBADMSG;
    *tx = (xg_store_tx_t)number;
    return 0;
}

int xg_store_end(struct xg_store *store, xg_store_tx_t tx, bool commit)
{
    struct xg_store_piece piece = xg_store_string(commit ? "T" : "F");

    return xg_store_order(store, XS_TRANSACTION_END, tx, &piece, 1);
}

static int transaction_once(struct xg_store *store, xg_store_fn *function, void *arg)
{
    xg_store_tx_t tx;
    int rc = xg_store_begin(store, &tx);

    if (rc)
        return rc;
    rc = function(store, tx, arg);
    if (!rc)
        return xg_store_end(store, tx, true);
    /* What it failed with is the answer, whatever the store says to this. */
    (void)!xg_store_end(store, tx, false);
    return rc;
}

int xg_store_transaction(struct xg_store *store, xg_store_fn *function, void *arg)
{
    unsigned int tries;
    int rc = -XG_EAGAIN;

    for (tries = 0; tries < XG_STORE_ATTEMPTS && rc == -XG_EAGAIN; tries++)
        rc = transaction_once(store, function, arg);
    return rc;
}
