/* SPDX-License-Identifier: BSD-2-Clause */
/* The domain and its disk's configuration. */
#include "block_fixture.h"
#include <string.h>
#include <check.h>

struct xg_block block;
struct xg_block_config block_config;

void block_begin(void)
{
    device_begin("vbd", 51712);
    fake_disk_plug();
    memset(&block_config, 0, sizeof(block_config));
    block_config.grants = &device.grants;
    block_config.events = &device.events;
    block_config.polled = true;
}

void block_attach(void)
{
    ck_assert_int_eq(xg_block_attach(&device.bus, &block, 51712, &block_config), 0);
    ck_assert_int_eq(xg_block_wait_connected(&block, fake.now_ns + 1000), 0);
    ck_assert(block.connected);
}

void block_detach(void)
{
    ck_assert_int_eq(xg_block_detach(&block, fake.now_ns + 1000), 0);
    device_all_given_back();
}

void block_run(void)
{
    unsigned int i;

    for (i = 0; i < 20; i++) {
        ck_assert_int_eq(xg_bus_run(&device.bus, NULL), 0);
        fake_disk_run();
        xg_block_poll(&block);
    }
}
