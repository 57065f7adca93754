/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A further console against a store and a backend that both follow the input: any values in the nodes, any
 * state, any index in the ring, a page that stays mapped. Held to: every call returns, nothing is touched
 * beyond its place, and when all is over and the backend has let go, no page and no grant is missing.
 */
#include <stdlib.h>
#include <string.h>
#include <xenguest/channel.h>
#include "fake_bus.h"
#include "fake_port.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

static struct xg_channel channel;

static void scribble(unsigned int how)
{
    struct xencons_interface *ring = channel.console.ring;
    uint32_t by = how & 8 ? fuzz_next() * 0x1000003u : fuzz_next();

    if (!ring)
        return;
    if (how & 16)
        ring->out_cons = how & 32 ? ring->out_prod : ring->out_cons + by;
    else
        ring->in_prod += by;
}

static void live(void)
{
    static char bytes[4096];
    unsigned int step, how;

    for (step = 0; step < 200 && fuzz_left(); step++) {
        how = fuzz_next();
        switch (how % 8) {
        case 0:
            fuzz_set_back_state(fuzz_next() % 11);
            break;
        case 1:
            (void)!xg_channel_write(&channel, bytes, fuzz_next() * 16);
            break;
        case 2:
            (void)!xg_channel_read(&channel, bytes, fuzz_next() * 16);
            break;
        case 3:
            fuzz_hold(fuzz_next());
            break;
        case 4:
            fuzz_let_go();
            break;
        case 5:
            (void)!xg_channel_ready(&channel);
            break;
        case 6:
            scribble(how);
            break;
        default:
            (void)!xg_bus_run(&fuzz_bus, NULL);
        }
    }
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    struct xg_channel_config config = {.grants = &fuzz_grants, .events = &fuzz_events};

    fuzz_value_of = NULL;
    fuzz_begin(data, size);
    config.polled = fuzz_next() & 1;
    if (!xg_channel_attach(&fuzz_bus, &channel, 1, &config)) {
        (void)!xg_bus_run(&fuzz_bus, NULL);
        fuzz_set_back_state(4);
        live();
        (void)!xg_channel_detach(&channel, fuzz_now_ns + 1000);
        fuzz_let_go();
        if (channel.device.shared && channel.frontend.release(&channel.device))
            abort();
        if (!fuzz_all_given_back())
            abort();
    }
    fuzz_end();
    return 0;
}
