/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Talks through a socket of the local domain, for a Domain 0 that has no other program for it: sends standard
 * input, prints what comes back. Arguments: the socket's path, and how many lines to wait for, at most 20
 * seconds.
 */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define PATIENCE_MS 20000

static int connect_to(const char *path)
{
    struct sockaddr_un there = {.sun_family = AF_UNIX};
    int file = socket(AF_UNIX, SOCK_STREAM, 0);

    if (strlen(path) >= sizeof(there.sun_path))
        return -1;
    strcpy(there.sun_path, path);
    return file < 0 || connect(file, (struct sockaddr *)&there, sizeof(there)) ? -1 : file;
}

static int send_input(int file)
{
    char buffer[4096];
    ssize_t nr;

    while ((nr = read(STDIN_FILENO, buffer, sizeof(buffer))) > 0)
        if (write(file, buffer, (size_t)nr) != nr)
            return -1;
    return (int)nr;
}

/* How many of the lines did not come. */
static unsigned long print_lines(int file, unsigned long nr_lines)
{
    struct pollfd wait = {.fd = file, .events = POLLIN};
    char c;

    while (nr_lines && poll(&wait, 1, PATIENCE_MS) > 0 && read(file, &c, 1) == 1) {
        putchar(c);
        nr_lines -= c == '\n';
    }
    return nr_lines;
}

int main(int argc, char **argv)
{
    int file = argc == 3 ? connect_to(argv[1]) : -1;

    if (file < 0 || send_input(file)) {
        perror("talk");
        return 1;
    }
    return print_lines(file, strtoul(argv[2], NULL, 10)) != 0;
}
