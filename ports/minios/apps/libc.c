/* SPDX-License-Identifier: BSD-2-Clause */
/* The command libc: newlib's stdio, floating point, memory and clocks, with results that can be compared. */
#include "shell.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <minios/heap.h>

#define BLOCK_BYTES (8u << 20)
#define NAP_NS      2000000ull

static void show_numbers(void)
{
    char *end;
    double value = strtod("6.02214076e23mol", &end);

    printf("printf: %d %5.2f %-6s| %08x %lld\n", -42, 3.14159, "text", 0xbeefu, 1234567890123ll);
    printf("strtod: %.8e, rest %s\n", value, end);
    printf("sqrt: %.15f\n", sqrt(2.0));
    errno = 0;
    printf("strtol: %ld, errno %d\n", strtol("99999999999999999999", NULL, 10), errno);
}

static void show_memory(void)
{
    struct heap_counts before, during, after;
    volatile char *block; /* so that the compiler leaves it where it is */

    heap_count(&before);
    block = malloc(BLOCK_BYTES);
    if (!block) {
        printf("malloc: no memory\n");
        return;
    }
    for (size_t i = 0; i < BLOCK_BYTES; i += 4096)
        block[i] = (char)i;
    heap_count(&during);
    free((void *)block);
    heap_count(&after);
    printf("malloc: touched at least %u pages: %s, given back: %s\n", BLOCK_BYTES / 4096,
           during.mapped_pages - before.mapped_pages >= BLOCK_BYTES / 4096 - 1 ? "yes" : "no",
           after.mapped_pages < during.mapped_pages ? "yes" : "no");
    printf("malloc of 1 TiB: %s\n", malloc(1ull << 40) ? "granted" : "refused");
}

static void show_clocks(void)
{
    struct timespec before, after, nap = {.tv_nsec = NAP_NS};
    int64_t slept;

    clock_gettime(CLOCK_MONOTONIC, &before);
    nanosleep(&nap, NULL);
    clock_gettime(CLOCK_MONOTONIC, &after);
    slept = (after.tv_sec - before.tv_sec) * 1000000000ll + after.tv_nsec - before.tv_nsec;
    printf("nanosleep: at least as long as asked: %s\n", slept >= (int64_t)NAP_NS ? "yes" : "no");
}

void command_libc(int argc, char **argv)
{
    show_numbers();
    show_memory();
    show_clocks();
}
