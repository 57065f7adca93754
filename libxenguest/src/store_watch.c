/* SPDX-License-Identifier: BSD-2-Clause */
/* Watches: each has a token of its own, by which its events are known; the paths wait in the caller's buffer.
 */
#include <xenguest/format.h>
#include "store_private.h"

#define TOKEN_BYTES 12

static void token_text(const struct xg_store_watch *watch, char *text)
{
    xg_format_buffer(text, TOKEN_BYTES, "%u", watch->token);
}

/* Whether `path` is `top` or lies below it. */
static bool is_below(const char *path, const char *top)
{
    size_t i;

    for (i = 0; top[i]; i++)
        if (path[i] != top[i])
            return false;
    return !path[i] || path[i] == '/' || (i && top[i - 1] == '/');
}

static void remember_path(struct xg_store_watch *watch, const char *path)
{
    size_t bytes = xg_string_length(path) + 1;

    if (watch->buffer && !watch->overflowed && bytes <= watch->buffer_bytes - watch->used) {
        xg_bytes_copy(watch->buffer + watch->used, path, bytes);
        watch->used += bytes;
    } else if (watch->buffer) {
        watch->overflowed = true;
    }
}

void xg_store_watch_event(struct xg_store *store, const char *path, const char *token)
{
    struct xg_store_watch *watch = store->watches;
    uint64_t number;

    if (xg_store_parse_number(token, UINT32_MAX, &number))
        number = 0;
    while (watch && watch->token != number)
        watch = watch->next;
    if (!watch || !is_below(path, watch->path)) {
        store->nr_strange++;
        return;
    }
    remember_path(watch, path);
    __atomic_fetch_add(&watch->nr_fired, 1, __ATOMIC_RELEASE);
}

static void list_remove(struct xg_store *store, const struct xg_store_watch *watch)
{
    struct xg_store_watch **link = &store->watches;

    /* As writer, so that a resume which makes the watches again finds none that is about to vanish. */
    xg_os_lock(&store->writer);
    xg_os_lock(&store->lock);
    while (*link && *link != watch)
        link = &(*link)->next;
    if (*link)
        *link = watch->next;
    xg_os_unlock(&store->lock);
    xg_os_unlock(&store->writer);
}

int xg_store_watch(struct xg_store *store, struct xg_store_watch *watch, const char *path, char *buffer,
                   size_t buffer_bytes)
{
    struct xg_store_piece pieces[2];
    char token[TOKEN_BYTES];
    int rc;

    xg_bytes_zero(watch, sizeof(*watch));
    watch->path = path;
    watch->buffer = buffer;
    watch->buffer_bytes = buffer_bytes;
    /* Known before it is made: its first event may come before the answer. */
    xg_os_lock(&store->lock);
    watch->token = store->next_token++;
    watch->next = store->watches;
    store->watches = watch;
    xg_os_unlock(&store->lock);

    token_text(watch, token);
    pieces[0] = xg_store_string(path);
    pieces[1] = xg_store_string(token);
    rc = xg_store_order(store, XS_WATCH, XG_STORE_NO_TX, pieces, 2);
    /* No other watch has this token: it is this one, made by a resume meanwhile. */
    if (rc == -XG_EEXIST)
        rc = 0;
    if (rc)
        list_remove(store, watch);
    return rc;
}

int xg_store_unwatch(struct xg_store *store, struct xg_store_watch *watch)
{
    char token[TOKEN_BYTES];
    struct xg_store_piece pieces[2];
    int rc;

    token_text(watch, token);
    pieces[0] = xg_store_string(watch->path);
    pieces[1] = xg_store_string(token);
    rc = xg_store_order(store, XS_UNWATCH, XG_STORE_NO_TX, pieces, 2);
    list_remove(store, watch);
    return rc;
}

/* The watch with the lowest token above `token`, in whatever order they are. */
static struct xg_store_watch *next_watch(struct xg_store *store, uint32_t token)
{
    struct xg_store_watch *watch, *best = NULL;

    xg_os_lock(&store->lock);
    for (watch = store->watches; watch; watch = watch->next)
        if (watch->token > token && (!best || watch->token < best->token))
            best = watch;
    xg_os_unlock(&store->lock);
    return best;
}

int xg_store_watch_again(struct xg_store *store)
{
    struct xg_store_watch *watch = NULL;
    char token[TOKEN_BYTES], ok[3];

    while ((watch = next_watch(store, watch ? watch->token : 0)) != NULL) {
        struct xg_store_request request = {.type = XS_WATCH, .reply = ok, .size = sizeof(ok)};
        struct xg_store_piece pieces[2];
        int rc;

        token_text(watch, token);
        pieces[0] = xg_store_string(watch->path);
        pieces[1] = xg_store_string(token);
        rc = xg_store_ask_as_writer(store, &request, XG_STORE_NO_TX, pieces, 2);
        /* A suspension that was called off leaves them in place; a path that has gone is no reason to stop.
         */
        if (rc == -XG_EIO || rc == -XG_ETIME)
            return rc;
    }
    return 0;
}

static int take_path(struct xg_store_watch *watch, char *path, size_t size)
{
    const char *oldest = watch->used ? watch->buffer : watch->path;
    size_t bytes, i;

    if (!watch->used && !watch->overflowed)
        return -XG_EAGAIN;
    bytes = xg_string_length(oldest) + 1;
    if (bytes > size)
        return -XG_ERANGE;
    xg_bytes_copy(path, oldest, bytes);
    if (!watch->used) {
        watch->overflowed = false;
        return 0;
    }
    watch->used -= bytes;
    for (i = 0; i < watch->used; i++)
        watch->buffer[i] = watch->buffer[i + bytes];
    return 0;
}

int xg_store_watch_take(struct xg_store *store, struct xg_store_watch *watch, char *path, size_t size)
{
    int rc;

    xg_os_lock(&store->lock);
    rc = take_path(watch, path, size);
    xg_os_unlock(&store->lock);
    return rc;
}
