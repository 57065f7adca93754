/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Framebuffer, or keyboard and pointer, against a store and a backend that both follow the input: any values
 * in the nodes, any state, any index and event in the shared page. Held to: every call returns, nothing is
 * touched beyond its place, and when all is over and the backend has let go, no page and no grant is missing.
 */
#include <stdlib.h>
#include <string.h>
#include <xenguest/framebuffer.h>
#include <xenguest/input.h>
#include "fake_bus.h"
#include "fake_port.h"

#define PIXEL_BYTES (8 * XG_PAGE_SIZE)

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

static struct xg_framebuffer screen;
static struct xg_input input;
static bool is_screen;

static struct xg_bus_device *device(void)
{
    return is_screen ? &screen.device : &input.device;
}

/* The indices stand first in the page; then any byte of it. */
static void scribble(unsigned int how)
{
    const struct xg_event_page *page = is_screen ? &screen.page : &input.page;
    uint32_t *indices = page->memory;

    if (!indices)
        return;
    if (how & 8)
        indices[how / 64] += how & 16 ? fuzz_next() * 0x1000003u : fuzz_next() % 60;
    else if (how & 16)
        indices[how / 64] = indices[how / 64 ^ 1];
    else
        ((unsigned char *)page->memory)[fuzz_next() * 16] = (unsigned char)fuzz_next();
}

static void use_screen(unsigned int how)
{
    struct xg_framebuffer_mode mode = {.width = fuzz_next(),
                                       .height = fuzz_next(),
                                       .depth = how & 32 ? 32 : 16,
                                       .stride = fuzz_next() * 4,
                                       .offset = fuzz_next() * 16};

    if (how & 64)
        (void)!xg_framebuffer_resize(&screen, &mode);
    else
        xg_framebuffer_update(&screen, mode.width, mode.height, mode.stride, mode.offset);
}

static void use_input(void)
{
    struct xg_input_event event;

    while (xg_input_take(&input, &event))
        if (event.kind > XG_INPUT_POSITION)
            abort();
}

static void live(void)
{
    unsigned int step, how;

    for (step = 0; step < 200 && fuzz_left(); step++) {
        how = fuzz_next();
        switch (how % 8) {
        case 0:
            fuzz_set_back_state(fuzz_next() % 11);
            break;
        case 1:
        case 2:
            if (is_screen)
                use_screen(how);
            else
                use_input();
            break;
        case 3:
            fuzz_hold(fuzz_next());
            break;
        case 4:
            fuzz_let_go();
            break;
        case 5:
            if (is_screen)
                xg_framebuffer_poll(&screen);
            break;
        case 6:
            scribble(how);
            break;
        default:
            (void)!xg_bus_run(&fuzz_bus, NULL);
        }
    }
}

static int attach(void *pixels)
{
    unsigned int how = fuzz_next();
    struct xg_framebuffer_config pixels_config = {
        .events = &fuzz_events,
        .memory = pixels,
        .memory_bytes = PIXEL_BYTES,
        .mode = {.width = 80, .height = 60, .depth = 32, .stride = 320},
        .polled = how & 2};
    struct xg_input_config input_config = {.grants = &fuzz_grants,
                                           .events = &fuzz_events,
                                           .polled = how & 2,
                                           .absolute = how & 4,
                                           .raw = how & 8};

    is_screen = how & 1;
    return is_screen ? xg_framebuffer_attach(&fuzz_bus, &screen, 0, &pixels_config)
                     : xg_input_attach(&fuzz_bus, &input, 0, &input_config);
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    void *pixels = aligned_alloc(XG_PAGE_SIZE, PIXEL_BYTES);

    fuzz_value_of = NULL;
    fuzz_begin(data, size);
    if (!attach(pixels)) {
        (void)!xg_bus_run(&fuzz_bus, NULL);
        fuzz_set_back_state(4);
        live();
        (void)!(is_screen ? xg_framebuffer_detach(&screen, fuzz_now_ns + 1000)
                          : xg_input_detach(&input, fuzz_now_ns + 1000));
        fuzz_let_go();
        device()->back = XG_BUS_CLOSED;
        if (device()->shared && device()->frontend->release(device()))
            abort();
        if (!fuzz_all_given_back())
            abort();
    }
    free(pixels);
    fuzz_end();
    return 0;
}
