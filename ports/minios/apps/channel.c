/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The command channel: lists the further consoles, or takes one up and answers each line from it with the
 * same in capitals, until the line "end" or until the time is over.
 */
#include "shell.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <minios/devices.h>
#include <minios/events.h>
#include <xenguest/channel.h>
#include <xenguest/errno.h>

#define PATIENCE_NS     10000000000ull
#define DEFAULT_SECONDS 60
#define MOST_LINE       256

static struct xg_channel channel;

static void list_channels(struct xg_bus *bus)
{
    uint32_t ids[16];
    unsigned int nr, i;
    int rc = xg_bus_list(bus, "console", ids, 16, &nr);

    if (rc)
        printf("channel: error %d\n", -rc);
    for (i = 0; i < nr && i < 16; i++)
        printf("channel %u\n", (unsigned int)ids[i]);
    printf("%u channels\n", nr);
}

/* False: the backend went away, or the time is over. */
static bool write_all(const char *text, size_t length, uint64_t end_ns)
{
    while (length) {
        uint32_t seen = __atomic_load_n(&channel.activity, __ATOMIC_ACQUIRE);
        size_t nr = xg_channel_write(&channel, text, length);

        text += nr;
        length -= nr;
        if (!nr && (!channel.connected || xg_os_wait(&channel.activity, seen, end_ns)))
            return false;
    }
    return true;
}

/* One line without its end; false as before. */
static bool read_line(char *line, uint64_t end_ns)
{
    size_t length = 0;
    char c;

    for (;;) {
        uint32_t seen = __atomic_load_n(&channel.activity, __ATOMIC_ACQUIRE);

        if (xg_channel_read(&channel, &c, 1)) {
            if (c == '\n' || c == '\r') {
                line[length] = '\0';
                return true;
            }
            if (length < MOST_LINE - 2)
                line[length++] = c;
        } else if (!channel.connected || xg_os_wait(&channel.activity, seen, end_ns)) {
            return false;
        }
    }
}

static unsigned int serve(uint64_t end_ns)
{
    char line[MOST_LINE];
    unsigned int nr = 0, i;

    while (read_line(line, end_ns) && strcmp(line, "end") != 0) {
        for (i = 0; line[i]; i++)
            line[i] = (char)toupper((unsigned char)line[i]);
        line[i] = '\n';
        if (!write_all(line, i + 1, end_ns))
            break;
        nr++;
    }
    return nr;
}

void command_channel(int argc, char **argv)
{
    struct xg_channel_config config = {.grants = devices_grants(), .events = &events};
    struct xg_bus *bus = devices_bus();
    unsigned int seconds = argc > 2 ? (unsigned int)strtoul(argv[2], NULL, 10) : DEFAULT_SECONDS;
    bool attached;
    int rc;

    if (!bus || !config.grants)
        return;
    if (argc < 2) {
        list_channels(bus);
        return;
    }
    devices_lock();
    rc = xg_channel_attach(bus, &channel, (uint32_t)strtoul(argv[1], NULL, 10), &config);
    attached = !rc;
    if (!rc)
        rc = xg_bus_wait_connected(&channel.device, xg_os_now_ns() + PATIENCE_NS);
    devices_unlock();
    if (rc) {
        printf("channel: not connected: error %d\n", -rc);
    } else {
        printf("channel: %s is connected\n", channel.name);
        fflush(stdout);
        printf("channel: %u lines\n", serve(xg_os_now_ns() + seconds * 1000000000ull));
    }
    if (!attached)
        return;
    devices_lock();
    rc = xg_channel_detach(&channel, xg_os_now_ns() + PATIENCE_NS);
    devices_unlock();
    printf("channel: detached: error %d, %u grants free\n", -rc, (unsigned int)config.grants->nr_free);
}
