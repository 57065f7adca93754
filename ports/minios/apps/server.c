/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Servers, each a thread that accepts and one for each connection, on the C library's read, write and close:
 * echod sends back what it gets; httpd shows what the domain is doing, and /pattern/BYTES as many bytes of a
 * pattern that can be checked from the other side: the 64-bit words 0, 1, 2 …
 */
#include "shell.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <lwip/sockets.h>
#include <minios/clock.h>
#include <minios/page_alloc.h>
#include <minios/thread.h>
#include <minios/network.h>
#include "../net/network_private.h"

#define BACKLOG 8

struct server {
    const char *name;
    uint16_t port;
    void (*serve)(int file);
    bool running;
};

struct connection {
    const struct server *server;
    int file;
};

static void connection_thread(void *argument)
{
    struct connection connection = *(struct connection *)argument;

    free(argument);
    connection.server->serve(connection.file);
    close(connection.file);
}

static void start_connection(const struct server *server, int file)
{
    struct connection *connection = malloc(sizeof(*connection));

    if (connection) {
        *connection = (struct connection){.server = server, .file = file};
        if (thread_create(server->name, CPU_ANY, connection_thread, connection))
            return;
    }
    free(connection);
    close(file);
}

static int listen_at(uint16_t port)
{
    struct sockaddr_in here = {.sin_family = AF_INET, .sin_port = lwip_htons(port)};
    int file = socket(AF_INET, SOCK_STREAM, 0);

    if (file < 0)
        return -1;
    if (bind(file, (struct sockaddr *)&here, sizeof(here)) || listen(file, BACKLOG)) {
        close(file);
        return -1;
    }
    return file;
}

static void server_thread(void *argument)
{
    struct server *server = argument;
    int file = listen_at(server->port), accepted;

    if (file < 0) {
        perror(server->name);
        server->running = false;
        return;
    }
    printf("%s: listens on port %u\n", server->name, server->port);
    fflush(stdout);
    for (;;) {
        accepted = accept(file, NULL, NULL);
        if (accepted >= 0)
            start_connection(server, accepted);
        else
            /* All sockets are in use: one may be given back. */
            usleep(10000);
    }
}

static void server_start(struct server *server)
{
    if (!network_started()) {
        printf("%s: the network is not up\n", server->name);
    } else if (!server->running) {
        server->running = true;
        if (!thread_create(server->name, CPU_ANY, server_thread, server))
            server->running = false;
    }
}

/* ---- echod ---- */

static bool write_all(int file, const void *data, size_t bytes)
{
    const char *at = data;

    while (bytes) {
        ssize_t written = write(file, at, bytes);

        if (written <= 0)
            return false;
        at += written;
        bytes -= (size_t)written;
    }
    return true;
}

#define ECHO_BYTES 16384

static void serve_echo(int file)
{
    char *buffer = malloc(ECHO_BYTES);
    ssize_t bytes;

    while (buffer && (bytes = read(file, buffer, ECHO_BYTES)) > 0)
        if (!write_all(file, buffer, (size_t)bytes))
            break;
    free(buffer);
}

void command_echod(int argc, char **argv)
{
    static struct server server = {.name = "echod", .port = 7, .serve = serve_echo};

    server_start(&server);
}

/* ---- httpd ---- */

#define REQUEST_BYTES 1024
#define PAGE_BYTES    4096
#define PATTERN_WORDS 2048

/* A page that grows. */
struct text {
    char *bytes;
    size_t used, size;
};

static void add(struct text *text, const char *format, ...)
{
    va_list arguments;
    int length;

    va_start(arguments, format);
    length = vsnprintf(text->bytes + text->used, text->size - text->used, format, arguments);
    va_end(arguments);
    text->used += length < 0 ? 0 : (size_t)length;
    if (text->used >= text->size)
        text->used = text->size - 1;
}

static void send_head(int file, const char *status, const char *type, uint64_t bytes)
{
    char head[256];
    int length =
        snprintf(head, sizeof(head),
                 "HTTP/1.0 %s\r\nServer: Mini-OS\r\nContent-Type: %s\r\nContent-Length: %llu\r\n\r\n", status,
                 type, (unsigned long long)bytes);

    write_all(file, head, (size_t)length);
}

static void add_cards(struct text *page)
{
    unsigned int i;

    network_lock();
    for (i = 0; i < NETWORK_CARDS; i++) {
        const struct card *card = &network_cards[i];

        if (!card->has_netif)
            continue;
        add(page, "<tr><td>%u</td><td>%s</td><td>%llu</td><td>%llu</td><td>%llu</td></tr>\n",
            (unsigned int)card->id, ip4addr_ntoa(netif_ip4_addr(&card->netif)),
            (unsigned long long)card->net.queues[0].nr_sent,
            (unsigned long long)card->net.queues[0].nr_received,
            (unsigned long long)card->net.queues[0].nr_notifications);
    }
    network_unlock();
}

static void send_status(int file)
{
    struct text page = {.bytes = malloc(PAGE_BYTES), .size = PAGE_BYTES};
    struct page_counts counts;

    if (!page.bytes)
        return;
    page_count(&counts);
    add(&page, "<!DOCTYPE html>\n<html><head><title>Mini-OS</title></head><body>\n<h1>Mini-OS on "
               "libxenguest</h1>\n");
    add(&page, "<p>up for %llu seconds, %u threads, %llu of %llu pages free</p>\n",
        (unsigned long long)((clock_now_ns() - clock_start_ns()) / 1000000000), thread_count(),
        (unsigned long long)counts.free, (unsigned long long)counts.total);
    add(&page, "<table><tr><th>card</th><th>address</th><th>sent</th><th>received</th><th>notifications</"
               "th></tr>\n");
    add_cards(&page);
    add(&page, "</table>\n</body></html>\n");
    send_head(file, "200 OK", "text/html", page.used);
    write_all(file, page.bytes, page.used);
    free(page.bytes);
}

static void send_pattern(int file, uint64_t bytes)
{
    uint64_t *words = malloc(PATTERN_WORDS * sizeof(*words)), next = 0;
    unsigned int i;

    if (!words)
        return;
    send_head(file, "200 OK", "application/octet-stream", bytes);
    while (bytes) {
        size_t part = bytes < PATTERN_WORDS * sizeof(*words) ? bytes : PATTERN_WORDS * sizeof(*words);

        for (i = 0; i < PATTERN_WORDS; i++)
            words[i] = next++;
        if (!write_all(file, words, part))
            break;
        bytes -= part;
    }
    free(words);
}

/* The head of the request, up to its empty line. */
static bool read_request(int file, char *request)
{
    size_t used = 0;
    ssize_t bytes;

    while (used < REQUEST_BYTES - 1 && (bytes = read(file, request + used, REQUEST_BYTES - 1 - used)) > 0) {
        used += (size_t)bytes;
        request[used] = '\0';
        if (strstr(request, "\r\n\r\n") || strstr(request, "\n\n"))
            return true;
    }
    return false;
}

static void serve_http(int file)
{
    char request[REQUEST_BYTES];
    unsigned long long bytes;
    struct timeval patience = {.tv_sec = 10};

    setsockopt(file, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
    if (!read_request(file, request))
        return;
    if (strncmp(request, "GET / ", 6) == 0) {
        send_status(file);
    } else if (sscanf(request, "GET /pattern/%llu ", &bytes) == 1) {
        send_pattern(file, bytes);
    } else {
        send_head(file, "404 Not Found", "text/plain", 10);
        write_all(file, "Not found\n", 10);
    }
}

void command_httpd(int argc, char **argv)
{
    static struct server server = {.name = "httpd", .port = 80, .serve = serve_http};

    server_start(&server);
}
