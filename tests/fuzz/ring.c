/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A ring whose other end does anything: each byte of the input is a step of one of the ends or an index that
 * is overwritten. Held to: indices never leave their bounds, no slot outside the ring, a broken ring gives
 * nothing.
 */
#include <stdlib.h>
#include <string.h>
#include <xenguest/abi.h>
#include <xen/io/ring.h>
#include <xenguest/ring.h>

#define SLOT_BYTES 112

struct slot {
    char bytes[SLOT_BYTES];
};
DEFINE_RING_TYPES(fuzzed, struct slot, struct slot);

static fuzzed_sring_t *shared;
static struct xg_ring_front front;
static struct xg_ring_back back;

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

static void must(int truth)
{
    if (!truth)
        abort();
}

static void step_front(unsigned int which, unsigned int value)
{
    struct slot got;

    if (which == 0 && xg_ring_request(&front)) {
        memset(xg_ring_request(&front), (int)value, SLOT_BYTES);
        xg_ring_request_done(&front);
    } else if (which == 1) {
        xg_ring_push(&front);
    } else if (which == 2 && xg_ring_responses(&front)) {
        xg_ring_response_take(&front, &got, sizeof(got));
    } else if (which == 3) {
        xg_ring_front_sleep_until(&front, value);
    }
}

static void step_back(unsigned int which, unsigned int value)
{
    struct slot got;

    if (which == 0 && xg_ring_requests(&back)) {
        xg_ring_request_take(&back, &got, sizeof(got));
    } else if (which == 1) {
        xg_ring_back_push(&back);
    } else if (which == 2 && xg_ring_response(&back)) {
        memset(xg_ring_response(&back), (int)value, SLOT_BYTES);
        xg_ring_response_done(&back);
    } else if (which == 3) {
        xg_ring_back_sleep(&back);
    }
}

static void overwrite(unsigned int which, unsigned int value)
{
    uint32_t *const indices[] = {&shared->req_prod, &shared->rsp_prod, &shared->req_event,
                                 &shared->rsp_event};

    *indices[which] += value < 128 ? value : (uint32_t)(int8_t)value;
}

static void check(void)
{
    must(front.produced - front.consumed <= front.nr);
    must(front.produced - front.published <= front.nr);
    must(front.published - front.consumed <= front.nr);
    must(xg_ring_responses(&front) <= front.published - front.consumed);
    must(back.consumed - back.produced <= back.nr);
    must(xg_ring_requests(&back) <= back.nr);
    must(!front.broken || !xg_ring_responses(&front));
    must(!back.broken || !xg_ring_requests(&back));
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    size_t i, bytes = 4096;

    if (!size)
        return 0;
    /* Exactly as large as it may be: the sanitizer sees what goes beyond. */
    bytes = 64 + (size_t)(data[0] % 40 + 1) * SLOT_BYTES;
    shared = aligned_alloc(64, (bytes + 63) & ~63ul);
    xg_ring_front_init(&front, shared, bytes, SLOT_BYTES);
    xg_ring_back_init(&back, shared, bytes, SLOT_BYTES);
    must(front.nr && !(front.nr & (front.nr - 1)));
    for (i = 1; i + 1 < size; i += 2) {
        unsigned int which = data[i] % 4, value = data[i + 1];

        if (data[i] < 110)
            step_front(which, value);
        else if (data[i] < 220)
            step_back(which, value);
        else
            overwrite(which, value);
        check();
    }
    free(shared);
    return 0;
}
