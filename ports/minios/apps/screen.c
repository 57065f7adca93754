/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The command screen: a picture on the framebuffer and a pointer that follows the mouse. Keys: q ends it, r
 * makes the picture a quarter of its size and again whole. What it draws can be computed from the other side:
 * red grows to the right, green downwards, blue is x xor y; the pointer is a white square with a black edge.
 */
#include "shell.h"

#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <minios/devices.h>
#include <minios/events.h>
#include <xenguest/errno.h>
#include <xenguest/framebuffer.h>
#include <xenguest/input.h>

#define WIDTH           640
#define HEIGHT          480
#define POINTER         12 /* pixels, each way */
#define PATIENCE_NS     10000000000ull
#define DEFAULT_SECONDS 60
#define KEY_Q           16
#define KEY_R           19

static struct xg_framebuffer framebuffer;
static struct xg_input input;
static uint32_t *pixels;
static uint32_t pointer_x, pointer_y;
static bool have_screen, have_input;

/* ---- The picture ---- */

static uint32_t colour(uint32_t x, uint32_t y)
{
    const struct xg_framebuffer_mode *mode = &framebuffer.config.mode;

    return (x * 255 / (mode->width - 1)) << 16 | (y * 255 / (mode->height - 1)) << 8 | ((x ^ y) & 255);
}

static bool on_edge(uint32_t at)
{
    return at == 0 || at == POINTER - 1;
}

static void draw(uint32_t left, uint32_t top, uint32_t width, uint32_t height)
{
    const struct xg_framebuffer_mode *mode = &framebuffer.config.mode;
    uint32_t x, y;

    for (y = top; y < top + height && y < mode->height; y++)
        for (x = left; x < left + width && x < mode->width; x++) {
            uint32_t px = x - pointer_x, py = y - pointer_y;
            bool pointer = px < POINTER && py < POINTER;

            pixels[y * WIDTH + x] = !pointer ? colour(x, y) : on_edge(px) || on_edge(py) ? 0 : 0xffffff;
        }
    xg_framebuffer_update(&framebuffer, left, top, width, height);
}

static void draw_all(void)
{
    draw(0, 0, framebuffer.config.mode.width, framebuffer.config.mode.height);
}

static void move_to(int32_t x, int32_t y)
{
    const struct xg_framebuffer_mode *mode = &framebuffer.config.mode;
    uint32_t before_x = pointer_x, before_y = pointer_y;

    pointer_x = x < 0 ? 0 : (uint32_t)x < mode->width ? (uint32_t)x : mode->width - 1;
    pointer_y = y < 0 ? 0 : (uint32_t)y < mode->height ? (uint32_t)y : mode->height - 1;
    draw(before_x, before_y, POINTER, POINTER);
    draw(pointer_x, pointer_y, POINTER, POINTER);
}

static void change_size(void)
{
    struct xg_framebuffer_mode mode = framebuffer.config.mode;
    bool whole = mode.width == WIDTH;
    int rc;

    mode.width = whole ? WIDTH / 2 : WIDTH;
    mode.height = whole ? HEIGHT / 2 : HEIGHT;
    rc = xg_framebuffer_resize(&framebuffer, &mode);
    if (!rc)
        draw_all();
    printf("screen: %u x %u: error %d\n", (unsigned int)framebuffer.config.mode.width,
           (unsigned int)framebuffer.config.mode.height, -rc);
}

/* ---- Following ---- */

/* False: that was the end. */
static bool follow(const struct xg_input_event *event)
{
    switch (event->kind) {
    case XG_INPUT_POSITION:
        move_to(event->x, event->y);
        printf("screen: pointer %u %u\n", (unsigned int)pointer_x, (unsigned int)pointer_y);
        return true;
    case XG_INPUT_MOTION:
        move_to((int32_t)pointer_x + event->x, (int32_t)pointer_y + event->y);
        return true;
    default:
        printf("screen: key %u %s\n", (unsigned int)event->code, event->pressed ? "pressed" : "released");
        if (event->code == KEY_R && event->pressed)
            change_size();
        return event->code != KEY_Q || event->pressed;
    }
}

/* Other than after the domain was restored, say: then both connect anew, and the library shows the whole
 * picture. */
static bool will_not_come_again(void)
{
    return input.device.error || input.device.unplugged || framebuffer.device.error ||
           framebuffer.device.unplugged;
}

static void run(uint64_t seconds)
{
    uint64_t end_ns = xg_os_now_ns() + seconds * 1000000000ull;
    struct xg_input_event event;

    for (;;) {
        uint32_t seen = __atomic_load_n(&input.activity, __ATOMIC_ACQUIRE);

        while (xg_input_take(&input, &event))
            if (!follow(&event))
                return;
        xg_framebuffer_poll(&framebuffer);
        fflush(stdout);
        if (will_not_come_again() || xg_os_wait(&input.activity, seen, end_ns) == -XG_ETIME)
            return;
    }
}

/* ---- Coming and going ---- */

static int attach(struct xg_bus *bus)
{
    struct xg_framebuffer_config screen = {
        .events = &events,
        .memory = pixels,
        .memory_bytes = WIDTH * HEIGHT * 4,
        .mode = {.width = WIDTH, .height = HEIGHT, .depth = 32, .stride = WIDTH * 4}};
    struct xg_input_config keys = {.grants = devices_grants(), .events = &events, .absolute = true};
    uint64_t deadline_ns = xg_os_now_ns() + PATIENCE_NS;
    int rc = xg_framebuffer_attach(bus, &framebuffer, 0, &screen);

    have_screen = !rc;
    if (rc)
        return rc;
    rc = xg_input_attach(bus, &input, 0, &keys);
    have_input = !rc;
    if (!rc)
        rc = xg_bus_wait_connected(&framebuffer.device, deadline_ns);
    return rc ? rc : xg_bus_wait_connected(&input.device, deadline_ns);
}

static void detach(void)
{
    uint64_t deadline_ns = xg_os_now_ns() + PATIENCE_NS;
    int input_rc = have_input ? xg_input_detach(&input, deadline_ns) : 0;
    int screen_rc = have_screen ? xg_framebuffer_detach(&framebuffer, deadline_ns) : 0;

    have_screen = have_input = false;
    /* What the backend may still show is not used for anything else. */
    if (!screen_rc) {
        free(pixels);
        pixels = NULL;
    }
    printf("screen: detached: error %d, %d, %u grants free\n", -screen_rc, -input_rc,
           (unsigned int)devices_grants()->nr_free);
}

void command_screen(int argc, char **argv)
{
    uint64_t seconds = DEFAULT_SECONDS;
    struct xg_bus *bus;
    int rc;

    if (argc > 1 && !shell_number("screen", argv[1], 1, 1000000, &seconds))
        return;
    bus = devices_bus();
    if (!bus || !devices_grants() || !devices_follow_rules())
        return;
    if (!pixels)
        pixels = memalign(XG_PAGE_SIZE, WIDTH * HEIGHT * 4);
    if (!pixels) {
        printf("screen: no memory\n");
        return;
    }
    memset(pixels, 0, WIDTH * HEIGHT * 4);
    pointer_x = pointer_y = 0;
    devices_lock();
    rc = attach(bus);
    devices_unlock();
    if (rc) {
        printf("screen: not connected: %s (error %d)\n", shell_error(rc), -rc);
    } else {
        draw_all();
        printf("screen: %s pointer, updates %s\n", input.absolute ? "absolute" : "relative",
               framebuffer.wants_updates ? "wanted" : "not wanted");
        fflush(stdout);
        run(seconds);
        printf("screen: %llu updates\n", (unsigned long long)framebuffer.nr_updates);
    }
    devices_lock();
    detach();
    devices_unlock();
}
