/* SPDX-License-Identifier: BSD-2-Clause */
/* Commands about the store: store-ls, store-read, store-write, store-watch. */
#include "shell.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <minios/devices.h>
#include <xenguest/errno.h>

#define NAMES_BYTES 8192

static void print_value(struct xg_store *store, const char *path, unsigned int depth)
{
    const char *name = strrchr(path, '/');
    char value[128];
    int rc = xg_store_read(store, XG_STORE_NO_TX, path, value, sizeof(value), NULL);

    printf("%*s%s = \"%s\"%s\n", (int)depth, "", name ? name + 1 : path, rc && rc != -XG_ERANGE ? "" : value,
           rc == -XG_ERANGE ? "…"
           : rc             ? " (not readable)"
                            : "");
}

static void list(struct xg_store *store, const char *path, unsigned int depth)
{
    char *names = malloc(NAMES_BYTES), child[256];
    size_t length = 0, at;
    int rc =
        names ? xg_store_directory(store, XG_STORE_NO_TX, path, names, NAMES_BYTES, &length) : -XG_ENOMEM;

    if (rc)
        printf("%*s%s: %s (error %d)\n", (int)depth, "", path, shell_error(rc), -rc);
    for (at = 0; at < length; at += strlen(names + at) + 1) {
        snprintf(child, sizeof(child), "%s/%s", strcmp(path, "/") ? path : "", names + at);
        print_value(store, child, depth);
        list(store, child, depth + 1);
    }
    free(names);
}

/* Without an argument: what the domain has of its own. */
void command_store_ls(int argc, char **argv)
{
    struct xg_store *store = devices_store();
    static const char *const own[] = {"device", "control", "memory"};
    unsigned int i;

    if (store && argc > 1)
        list(store, argv[1], 0);
    for (i = 0; store && argc < 2 && i < sizeof(own) / sizeof(own[0]); i++) {
        printf("%s\n", own[i]);
        list(store, own[i], 1);
    }
}

void command_store_read(int argc, char **argv)
{
    struct xg_store *store = devices_store();
    static char value[XG_STORE_PAYLOAD_BYTES + 1];
    int rc;

    if (!store)
        return;
    rc = xg_store_read(store, XG_STORE_NO_TX, argv[1], value, sizeof(value), NULL);
    if (rc)
        printf("%s: %s (error %d)\n", argv[1], shell_error(rc), -rc);
    else
        printf("%s\n", value);
}

void command_store_write(int argc, char **argv)
{
    struct xg_store *store = devices_store();
    int rc;

    if (!store)
        return;
    rc = xg_store_write(store, XG_STORE_NO_TX, argv[1], argv[2], strlen(argv[2]));
    if (rc)
        printf("%s: %s (error %d)\n", argv[1], shell_error(rc), -rc);
}

/* Prints the changes at and below a path for so many seconds. */
void command_store_watch(int argc, char **argv)
{
    uint64_t seconds = 10, end;
    struct xg_store *store;
    static char buffer[1024], path[XG_STORE_PATH_BYTES];
    struct xg_store_watch watch;
    int rc;

    if (argc > 2 && !shell_number("store-watch", argv[2], 0, 1000000, &seconds))
        return;
    store = devices_store();
    if (!store)
        return;
    end = xg_os_now_ns() + seconds * 1000000000;
    rc = xg_store_watch(store, &watch, argv[1], buffer, sizeof(buffer));
    if (rc) {
        printf("%s: %s (error %d)\n", argv[1], shell_error(rc), -rc);
        return;
    }
    do {
        uint32_t seen = xg_store_activity(store);

        while (!xg_store_watch_take(store, &watch, path, sizeof(path)))
            printf("changed: %s\n", path);
        fflush(stdout);
        rc = xg_store_wait(store, seen, end);
    } while (!rc);
    rc = xg_store_unwatch(store, &watch);
    printf("watched: %s%s\n", argv[1], rc ? " (not unwatched)" : "");
}
