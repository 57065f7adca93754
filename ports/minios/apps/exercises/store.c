/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Exercise: reading and writing the store. Its page has two rings of bytes; a message is a header of four
 * words – what, which request, which transaction, how long – and strings. The answer has the same number.
 */
#include "by_hand.h"

#include <xen/io/xs_wire.h>
#include <xenguest/elfnote.h>
#include <xenguest/sched.h>

XG_NOTES_STANDARD("store", "1", 0xffffffff80000000);

static struct xenstore_domain_interface *ring;

static void put(const void *data, unsigned int nr_bytes)
{
    const char *bytes = data;

    while (nr_bytes--) {
        while (ring->req_prod - __atomic_load_n(&ring->req_cons, __ATOMIC_ACQUIRE) == XENSTORE_RING_SIZE)
            xg_sched_yield();
        ring->req[MASK_XENSTORE_IDX(ring->req_prod)] = *bytes++;
        __atomic_store_n(&ring->req_prod, ring->req_prod + 1, __ATOMIC_RELEASE);
    }
    by_hand_notify(boot.store_port);
}

static void get(void *data, unsigned int nr_bytes)
{
    char *bytes = data;

    while (nr_bytes--) {
        while (ring->rsp_cons == __atomic_load_n(&ring->rsp_prod, __ATOMIC_ACQUIRE))
            xg_sched_yield();
        *bytes++ = ring->rsp[MASK_XENSTORE_IDX(ring->rsp_cons)];
        __atomic_store_n(&ring->rsp_cons, ring->rsp_cons + 1, __ATOMIC_RELEASE);
    }
    by_hand_notify(boot.store_port);
}

static unsigned int length_of(const char *text)
{
    unsigned int length = 0;

    while (text[length])
        length++;
    return length;
}

/* `value` goes without its NUL. The answer, terminated. */
static const char *ask(uint32_t type, const char *path, const char *value)
{
    static char answer[XENSTORE_PAYLOAD_MAX + 1];
    struct xsd_sockmsg message = {.type = type, .req_id = 1, .len = length_of(path) + 1 + length_of(value)};

    put(&message, sizeof(message));
    put(path, length_of(path) + 1);
    put(value, length_of(value));
    get(&message, sizeof(message));
    if (message.len > XENSTORE_PAYLOAD_MAX)
        xg_sched_shutdown(XG_SHUTDOWN_CRASH);
    get(answer, message.len);
    answer[message.len] = '\0';
    return answer;
}

void xg_main(const void *start_info)
{
    by_hand_start(start_info);
    ring = by_hand_address(boot.store_mfn.n);
    by_hand_print("exercise store: this domain is called ");
    by_hand_print(ask(XS_READ, "name", ""));
    by_hand_print("\r\nexercise store: writing: ");
    by_hand_print(ask(XS_WRITE, "data/exercise", "written by hand"));
    by_hand_print("\r\nexercise store: reading: ");
    by_hand_print(ask(XS_READ, "data/exercise", ""));
    by_hand_print("\r\nexercise store: of nothing: ");
    by_hand_print(ask(XS_READ, "data/nothing", ""));
    by_hand_print("\r\n");
    /* Whoever looks is given the time to. */
    for (;;)
        xg_sched_yield();
}
