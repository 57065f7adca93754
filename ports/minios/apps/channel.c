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
        printf("channel: %s (error %d)\n", shell_error(rc), -rc);
    for (i = 0; i < nr && i < 16; i++)
        printf("channel %u\n", (unsigned int)ids[i]);
    printf("%u channels\n", nr);
}

/*
 * A backend that goes away may come again, as when the domain is restored: what was not sent yet is sent
 * then. False: it will not, or the time is over.
 */
static bool wait(uint32_t seen, uint64_t end_ns)
{
    if (channel.device.error || channel.device.unplugged)
        return false;
    return xg_os_wait(&channel.activity, seen, end_ns) != -XG_ETIME;
}

/* False: the end of it. */
static bool write_all(const char *text, size_t length, uint64_t end_ns)
{
    while (length) {
        uint32_t seen = __atomic_load_n(&channel.activity, __ATOMIC_ACQUIRE);
        size_t nr = xg_channel_write(&channel, text, length);

        text += nr;
        length -= nr;
        if (!nr && !wait(seen, end_ns))
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
        } else if (!wait(seen, end_ns)) {
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
    struct xg_channel_config config = {.events = &events};
    uint64_t id, seconds = DEFAULT_SECONDS;
    struct xg_bus *bus;
    bool attached;
    int rc;

    if ((argc > 1 && !shell_number("channel", argv[1], 0, UINT32_MAX, &id)) ||
        (argc > 2 && !shell_number("channel", argv[2], 1, 1000000, &seconds)))
        return;
    bus = devices_bus();
    if (!bus || !(config.grants = devices_grants()) || !devices_follow_rules())
        return;
    if (argc < 2) {
        list_channels(bus);
        return;
    }
    devices_lock();
    rc = xg_channel_attach(bus, &channel, (uint32_t)id, &config);
    attached = !rc;
    if (!rc)
        rc = xg_bus_wait_connected(&channel.device, xg_os_now_ns() + PATIENCE_NS);
    devices_unlock();
    if (rc) {
        printf("channel: not connected: %s (error %d)\n", shell_error(rc), -rc);
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
