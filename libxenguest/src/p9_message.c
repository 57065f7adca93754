/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One request and its answer through the two rings of bytes. A request is written behind the ring's index and
 * seen by the backend only when it is whole. An answer is read once, byte by byte, from a ring that may
 * change meanwhile; its length is believed only between its own head and what was agreed upon.
 */
#include "p9_private.h"
#include <xen/io/9pfs.h>

#define POLL_NS 1000000ull

static uint32_t ring_bytes(const struct xg_p9 *p9)
{
    return (uint32_t)XEN_FLEX_RING_SIZE(p9->config.order);
}

static unsigned char *in_byte(struct xg_p9 *p9, uint32_t index)
{
    index &= ring_bytes(p9) - 1;
    return (unsigned char *)p9->pages[index / XG_PAGE_SIZE] + index % XG_PAGE_SIZE;
}

static unsigned char *out_byte(struct xg_p9 *p9, uint32_t index)
{
    index &= ring_bytes(p9) - 1;
    index += ring_bytes(p9);
    return (unsigned char *)p9->pages[index / XG_PAGE_SIZE] + index % XG_PAGE_SIZE;
}

/* Nothing of this connection is believed any more. */
static int broken(struct xg_p9 *p9, int error)
{
    p9->session = false;
    p9->connected = false;
    xg_bus_fail(&p9->device, error);
    return error;
}

/* ---- Writing ---- */

void xg_p9_begin(struct xg_p9 *p9)
{
    p9->at = XG_P9_HEAD;
    p9->malformed = false;
}

void xg_p9_put_bytes(struct xg_p9 *p9, const void *from, size_t bytes)
{
    const unsigned char *f = from;

    /* Too long: noticed by ask. */
    if (bytes > p9->message_bytes - p9->at) {
        p9->malformed = true;
        return;
    }
    while (bytes--)
        *out_byte(p9, p9->out_produced + p9->at++) = *f++;
}

void xg_p9_put(struct xg_p9 *p9, uint64_t value, unsigned int bytes)
{
    xg_p9_put_bytes(p9, &value, bytes);
}

void xg_p9_put_string(struct xg_p9 *p9, const char *text, size_t length)
{
    if (length > UINT16_MAX)
        p9->malformed = true;
    xg_p9_put(p9, length, 2);
    xg_p9_put_bytes(p9, text, length);
}

static void put_head(struct xg_p9 *p9, unsigned int type)
{
    uint32_t size = p9->at;

    p9->at = 0;
    xg_p9_put(p9, size, 4);
    xg_p9_put(p9, type, 1);
    xg_p9_put(p9, p9->tag, 2);
    p9->at = size;
}

/* ---- Waiting ---- */

/* True once `bytes` wait; also when they never will (*error). */
static bool arrived(struct xg_p9 *p9, uint32_t bytes, int *error)
{
    uint32_t waiting = __atomic_load_n(&p9->interface->in_prod, __ATOMIC_ACQUIRE) - p9->in_consumed;

    if (waiting > ring_bytes(p9))
        *error = broken(p9, -XG_EBADMSG);
    return *error || waiting >= bytes;
}

static bool has_room(struct xg_p9 *p9, uint32_t bytes, int *error)
{
    uint32_t unread = p9->out_produced - __atomic_load_n(&p9->interface->out_cons, __ATOMIC_ACQUIRE);

    if (unread > ring_bytes(p9))
        *error = broken(p9, -XG_EBADMSG);
    return *error || ring_bytes(p9) - unread >= bytes;
}

static int wait_for(struct xg_p9 *p9, bool (*condition)(struct xg_p9 *, uint32_t, int *), uint32_t bytes)
{
    uint64_t end_ns = xg_os_now_ns() + p9->config.timeout_ns, now_ns;
    int error = 0;

    for (;;) {
        uint32_t seen = __atomic_load_n(&p9->activity, __ATOMIC_ACQUIRE);

        if (!__atomic_load_n(&p9->connected, __ATOMIC_ACQUIRE))
            return p9->device.error ? p9->device.error : -XG_EAGAIN;
        if (condition(p9, bytes, &error))
            return error;
        now_ns = xg_os_now_ns();
        if (now_ns >= end_ns)
            return broken(p9, -XG_ETIME);
        (void)!xg_os_wait(&p9->activity, seen,
                          p9->config.polled && now_ns + POLL_NS < end_ns ? now_ns + POLL_NS : end_ns);
    }
}

/* ---- Reading ---- */

void xg_p9_get_bytes(struct xg_p9 *p9, void *to, size_t bytes)
{
    unsigned char *t = to;

    if (bytes > p9->left) {
        p9->malformed = true;
        xg_bytes_zero(to, bytes);
        return;
    }
    p9->left -= (uint32_t)bytes;
    while (bytes--)
        *t++ = *(volatile unsigned char *)in_byte(p9, p9->in_consumed + p9->at++);
}

uint64_t xg_p9_get(struct xg_p9 *p9, unsigned int bytes)
{
    uint64_t value = 0;

    xg_p9_get_bytes(p9, &value, bytes);
    return value;
}

void xg_p9_skip(struct xg_p9 *p9, size_t bytes)
{
    if (bytes > p9->left) {
        p9->malformed = true;
        return;
    }
    p9->left -= (uint32_t)bytes;
    p9->at += (uint32_t)bytes;
}

/* What is left is passed over: a later version may say more. */
static void consume(struct xg_p9 *p9)
{
    p9->in_consumed += p9->at + p9->left;
    p9->left = 0;
    /* After the bytes were read: pairs with the backend's look at in_cons, which frees their place. */
    __atomic_store_n(&p9->interface->in_cons, p9->in_consumed, __ATOMIC_RELEASE);
    (void)!xg_event_send(p9->port);
}

int xg_p9_end(struct xg_p9 *p9, bool sound)
{
    consume(p9);
    return sound && !p9->malformed ? 0 : broken(p9, -XG_EBADMSG);
}

/* An error of the other domain's files: any number that can be one. */
static int error_of(struct xg_p9 *p9)
{
    uint32_t number = (uint32_t)xg_p9_get(p9, 4);
    int rc = xg_p9_end(p9, number > 0 && number < 4096);

    return rc ? rc : -(int)number;
}

static int take_head(struct xg_p9 *p9, unsigned int type)
{
    uint32_t size, answer, tag;
    int rc = wait_for(p9, arrived, XG_P9_HEAD);

    if (rc)
        return rc;
    p9->at = 0;
    p9->left = XG_P9_HEAD;
    size = (uint32_t)xg_p9_get(p9, 4);
    answer = (uint32_t)xg_p9_get(p9, 1);
    tag = (uint32_t)xg_p9_get(p9, 2);
    if (size < XG_P9_HEAD || size > p9->message_bytes || tag != p9->tag ||
        (answer != type + 1 && answer != P9_ERROR))
        return broken(p9, -XG_EBADMSG);
    rc = wait_for(p9, arrived, size);
    if (rc)
        return rc;
    p9->left = size - XG_P9_HEAD;
    return answer == P9_ERROR ? error_of(p9) : 0;
}

int xg_p9_ask(struct xg_p9 *p9, unsigned int type)
{
    int rc;

    if (p9->malformed)
        return -XG_E2BIG;
    p9->tag = type == P9_VERSION ? XG_P9_NO_TAG : (uint16_t)((p9->tag + 1) % XG_P9_NO_TAG);
    put_head(p9, type);
    /* It is written where the last one was read: the backend has to say so before it sees the next one. */
    rc = wait_for(p9, has_room, ring_bytes(p9));
    if (rc)
        return rc;
    p9->out_produced += p9->at;
    p9->nr_requests++;
    /* The message before the index: pairs with the backend's acquire of out_prod. */
    __atomic_store_n(&p9->interface->out_prod, p9->out_produced, __ATOMIC_RELEASE);
    (void)!xg_event_send(p9->port);
    return take_head(p9, type);
}

int xg_p9_do(struct xg_p9 *p9, unsigned int type)
{
    int rc = xg_p9_ask(p9, type);

    return rc ? rc : xg_p9_end(p9, true);
}
