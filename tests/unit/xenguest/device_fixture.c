/* SPDX-License-Identifier: BSD-2-Clause */
/* The store's nodes of one device, and a backend that follows its states. */
#include "device_fixture.h"
#include "fake_grant.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <check.h>

struct device_fixture device;

static struct xg_event_handler handlers[FAKE_PORTS];
static struct xg_event_vcpu vcpus[FAKE_VCPUS];

void device_set(const char *name, const char *value)
{
    char path[160];

    snprintf(path, sizeof(path), "%s/%s", device.back, name);
    if (value)
        fake_store_set(path, value);
    else
        fake_store_remove(path);
}

const char *device_node(const char *name)
{
    char path[160];

    snprintf(path, sizeof(path), "%s/%s", device.front, name);
    return fake_store_get(path);
}

unsigned long device_number(const char *name)
{
    const char *value = device_node(name);

    ck_assert_msg(value != NULL, "%s is missing", name);
    return strtoul(value, NULL, 10);
}

static void follow(const char *path)
{
    char ours[80], theirs[120];
    int state;

    snprintf(ours, sizeof(ours), "%s/state", device.front);
    snprintf(theirs, sizeof(theirs), "%s/state", device.back);
    if (strcmp(path, ours) || device.stays)
        return;
    state = atoi(fake_store_get(path));
    if (state == 3) {
        if (device.connected)
            device.connected();
        device_set("state", "4");
    }
    if (state == 6 && device.port)
        ck_assert(fake.ports[device.port].open);
    if (state == 1 || state == 6)
        device.port = 0;
    if (state == 1 && fake_store_get(theirs) && !strcmp(fake_store_get(theirs), "6"))
        device_set("state", "2");
    if (state == 5)
        device_set("state", "5");
    if (state == 6) {
        device_let_go();
        device_set("state", "6");
    }
}

static unsigned int open_ports(void)
{
    unsigned int nr = 0, i;

    for (i = 0; i < FAKE_PORTS; i++)
        nr += fake.ports[i].open;
    return nr;
}

void device_begin(const char *class, unsigned int id)
{
    char path[160];

    fake_reset();
    fake_store_reset();
    memset(&device, 0, sizeof(device));
    ck_assert_int_eq(xg_store_init(&device.store, &fake_store.boot), 0);
    ck_assert_int_eq(xg_bus_init(&device.bus, &device.store), 0);
    ck_assert_int_eq(xg_grants_init(&device.grants, 2), 0);
    xg_events_init(&device.events, &fake.shared, handlers, FAKE_PORTS, vcpus, FAKE_VCPUS);
    snprintf(device.front, sizeof(device.front), "device/%s/%u", class, id);
    snprintf(device.back, sizeof(device.back), "/local/domain/0/backend/%s/1/%u", class, id);
    snprintf(path, sizeof(path), "%s/backend", device.front);
    fake_store_set(path, device.back);
    snprintf(path, sizeof(path), "%s/backend-id", device.front);
    fake_store_set(path, "0");
    snprintf(path, sizeof(path), "%s/state", device.front);
    fake_store_set(path, "1");
    device_set("online", "1");
    device_set("state", "2");
    fake_store_changed = follow;
    device.free_pages = fake_free_pages();
    device.free_grants = device.grants.nr_free;
    device.open_ports = open_ports();
}

void device_settle(void)
{
    unsigned int i;

    for (i = 0; i < 10; i++) {
        fake_store_run();
        ck_assert_int_eq(xg_bus_run(&device.bus, NULL), 0);
    }
}

void *device_map(xg_grant_ref_t ref)
{
    return fake_grant_map(ref, true);
}

void *device_frame(unsigned long frame)
{
    return fake_page(xg_mfn(frame));
}

void device_let_go(void)
{
    fake_grants_unmap_all();
}

void device_restore(void)
{
    char path[160];
    unsigned int i;

    xg_grants_unmap(&device.grants);
    memset(fake.grant_memory, 0, sizeof(fake.grant_memory));
    for (i = FAKE_STORE_PORT + 1; i < FAKE_PORTS; i++)
        fake.ports[i].open = false;
    device.port = 0;
    xg_bus_lost(&device.bus);
    ck_assert_int_eq(xg_grants_map(&device.grants, true), 0);
    fake_store_changed = NULL;
    snprintf(path, sizeof(path), "%s/state", device.front);
    fake_store_set(path, "1");
    device_set("state", "2");
    fake_store_changed = follow;
    xg_bus_let_go(&device.bus);
    xg_grants_open(&device.grants);
    ck_assert_int_eq(xg_bus_resume(&device.bus), 0);
}

void *device_page(void)
{
    void *page = xg_os_page_alloc();

    ck_assert_ptr_nonnull(page);
    device.free_pages--;
    return page;
}

void device_all_given_back(void)
{
    ck_assert_uint_eq(fake_free_pages(), device.free_pages);
    ck_assert_uint_eq(device.grants.nr_free, device.free_grants);
    ck_assert_uint_eq(open_ports(), device.open_ports);
}
