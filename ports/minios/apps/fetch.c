/* SPDX-License-Identifier: BSD-2-Clause */
/* The command fetch: asks an HTTP server for a path, prints the head of the answer and what its body sums up
 * to. */
#include "shell.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <lwip/netdb.h>
#include <lwip/sockets.h>
#include <minios/clock.h>
#include <minios/network.h>

#define BUFFER_BYTES 16384

static int connect_to(const char *name, const char *port)
{
    struct addrinfo hints = {.ai_family = AF_INET, .ai_socktype = SOCK_STREAM}, *found;
    int file;

    if (lwip_getaddrinfo(name, port, &hints, &found)) {
        printf("fetch: %s is unknown\n", name);
        return -1;
    }
    file = socket(AF_INET, SOCK_STREAM, 0);
    if (file >= 0 && connect(file, found->ai_addr, found->ai_addrlen)) {
        perror("fetch");
        close(file);
        file = -1;
    }
    lwip_freeaddrinfo(found);
    return file;
}

/* POSIX's checksum of bytes, which the command cksum prints; the length is to be added in the end. */
static uint32_t checksum_add(uint32_t sum, const unsigned char *bytes, size_t nr)
{
    unsigned int bit;

    for (; nr; nr--) {
        sum ^= (uint32_t)*bytes++ << 24;
        for (bit = 0; bit < 8; bit++)
            sum = sum << 1 ^ (sum >> 31 ? 0x04c11db7 : 0);
    }
    return sum;
}

static uint32_t checksum_end(uint32_t sum, uint64_t total)
{
    for (; total; total >>= 8) {
        unsigned char byte = (unsigned char)total;

        sum = checksum_add(sum, &byte, 1);
    }
    return ~sum;
}

/* Prints the lines up to the empty one; the body begins behind it. */
static void take_head(FILE *stream)
{
    char line[256];

    while (fgets(line, sizeof(line), stream) && line[0] != '\r' && line[0] != '\n')
        printf("%s", line);
}

static void take_answer(FILE *stream)
{
    unsigned char *buffer = malloc(BUFFER_BYTES);
    uint64_t began = clock_now_ns(), total = 0;
    uint32_t sum = 0;
    size_t bytes;

    take_head(stream);
    while (buffer && (bytes = fread(buffer, 1, BUFFER_BYTES, stream)) > 0) {
        sum = checksum_add(sum, buffer, bytes);
        total += bytes;
    }
    if (ferror(stream))
        perror("fetch");
    printf("fetch: %llu bytes, checksum %lu, %llu ms\n", (unsigned long long)total,
           (unsigned long)checksum_end(sum, total), (unsigned long long)((clock_now_ns() - began) / 1000000));
    free(buffer);
}

/* fetch host port /path */
void command_fetch(int argc, char **argv)
{
    char request[512];
    uint64_t port;
    int file, length;
    FILE *stream;

    if (!shell_number("fetch", argv[2], 1, UINT16_MAX, &port))
        return;
    if (!network_started()) {
        printf("fetch: the network is not up\n");
        return;
    }
    file = connect_to(argv[1], argv[2]);
    if (file < 0)
        return;
    length = snprintf(request, sizeof(request), "GET %s HTTP/1.0\r\nHost: %s\r\nUser-Agent: Mini-OS\r\n\r\n",
                      argv[3], argv[1]);
    stream = fdopen(file, "r");
    if (stream && length < (int)sizeof(request) && write(file, request, (size_t)length) == length)
        take_answer(stream);
    if (stream)
        fclose(stream);
    else
        close(file);
}
