/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What Domain 0 and a Linux guest run for the table of domains: in the guest a server of commands (files and
 * streams), in Domain 0 what asks it and times the answer. Nothing here is the library's; it is a static
 * program of Linux's.
 *
 *   tool serve PORT                      in the guest: one connection after another, one command each
 *   tool ask NAME PARTS HOST PORT COMMAND N [DEVICE BYTES]
 *                                        in Domain 0; COMMAND: read, write (N times BYTES of DEVICE, past the
 *                                        cache), sink, source (N MiB of a stream), echo (N messages of a
 * byte) tool create NAME LOG COMMAND…        runs COMMAND and waits until the file LOG has a first line
 *
 * The last two print a row, "row: NAME: ns of PARTS, Domain 0's and the newest domain's ns": by the TSC,
 * which under -icount counts instructions and the time that all slept, and by what the hypervisor says of
 * each domain's CPU time. MARK is what plugin/part.c looks for.
 */
#define _GNU_SOURCE
#define __XEN_TOOLS__ 1
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <xen/xen.h>
#include <xen/sysctl.h>

#define MARK() __asm__ volatile(".byte 0x0f, 0x1f, 0x80; .long 0x4b52414d" ::: "memory")

#define MEBIBYTE (1024 * 1024)
#define BLOCK    65536 /* of a stream's write or read */

struct privcmd_hypercall {
    uint64_t op, arg[5];
};
#define PRIVCMD_HYPERCALL _IOC(_IOC_NONE, 'P', 0, sizeof(struct privcmd_hypercall))

static char *buffer; /* BLOCK bytes, aligned for O_DIRECT */

static _Noreturn void fail(const char *what)
{
    printf("tool: FAILED: ");
    fflush(stdout);
    perror(what);
    exit(1);
}

/* --- Time --- */

struct moment {
    uint64_t tsc, first, last; /* CPU time of Domain 0 and of the domain of the highest number */
};

static uint64_t rdtsc(void)
{
    uint32_t low, high;

    __asm__ volatile("lfence; rdtsc; lfence" : "=a"(low), "=d"(high));
    return (uint64_t)high << 32 | low;
}

static void cpu_times(struct moment *m)
{
    static struct xen_domctl_getdomaininfo list[128];
    static struct xen_sysctl op = {.cmd = XEN_SYSCTL_getdomaininfolist,
                                   .interface_version = XEN_SYSCTL_INTERFACE_VERSION};
    struct privcmd_hypercall call = {.op = __HYPERVISOR_sysctl, .arg = {(uintptr_t)&op}};
    int privcmd = open("/dev/xen/privcmd", O_RDWR | O_CLOEXEC);

    memset(list, 0, sizeof(list));
    op.u.getdomaininfolist.first_domain = 0;
    op.u.getdomaininfolist.max_domains = 128;
    set_xen_guest_handle_raw(op.u.getdomaininfolist.buffer, list);
    if (privcmd < 0 || ioctl(privcmd, PRIVCMD_HYPERCALL, &call) < 0)
        fail("privcmd");
    close(privcmd);
    m->first = list[0].cpu_time;
    m->last =
        op.u.getdomaininfolist.num_domains > 1 ? list[op.u.getdomaininfolist.num_domains - 1].cpu_time : 0;
}

static struct moment row_begin(void)
{
    struct moment m;

    cpu_times(&m);
    MARK();
    m.tsc = rdtsc();
    return m;
}

static void row_end(const char *name, struct moment began, unsigned long parts)
{
    struct moment now = {.tsc = rdtsc()};

    MARK();
    cpu_times(&now);
    printf("row: %s: %lu of %lu, %lu %lu\n", name, (now.tsc - began.tsc) / parts, parts,
           (now.first - began.first) / parts, (now.last - began.last) / parts);
}

/* --- Streams and files, on either side --- */

static void move_all(int fd, size_t bytes, bool out)
{
    while (bytes) {
        size_t some = bytes < BLOCK ? bytes : BLOCK;
        ssize_t n = out ? write(fd, buffer, some) : read(fd, buffer, some);

        if (n <= 0)
            fail(out ? "send" : "receive");
        bytes -= (size_t)n;
    }
}

static void echo(int fd, unsigned long messages, bool first)
{
    for (unsigned long i = 0; i < messages; i++) {
        move_all(fd, 1, first);
        move_all(fd, 1, !first);
    }
}

static void move_file(const char *device, unsigned long count, unsigned long bytes, bool out)
{
    int fd = open(device, (out ? O_WRONLY : O_RDONLY) | O_DIRECT);

    if (fd < 0 || bytes > BLOCK)
        fail(device);
    for (unsigned long i = 0; i < count; i++)
        if ((out ? write(fd, buffer, bytes) : read(fd, buffer, bytes)) != (ssize_t)bytes)
            fail(device);
    close(fd);
}

/* --- The guest --- */

static void serve_one(int fd)
{
    char command[128], word[16] = "", device[64] = "";
    unsigned long n = 0, bytes = 0;

    move_all(fd, sizeof(command), false);
    memcpy(command, buffer, sizeof(command));
    command[sizeof(command) - 1] = '\0';
    sscanf(command, "%15s %lu %63s %lu", word, &n, device, &bytes);
    if (!strcmp(word, "sink"))
        move_all(fd, n * MEBIBYTE, false);
    else if (!strcmp(word, "source"))
        move_all(fd, n * MEBIBYTE, true);
    else if (!strcmp(word, "echo"))
        echo(fd, n, false);
    else
        move_file(device, n, bytes, !strcmp(word, "write"));
    move_all(fd, 1, true);
}

static struct sockaddr_in address_of(const char *host, const char *port)
{
    return (struct sockaddr_in){
        .sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(port)), .sin_addr.s_addr = inet_addr(host)};
}

static void no_delay(int fd)
{
    int on = 1;

    if (setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)))
        fail("setsockopt");
}

static _Noreturn void serve(const char *port)
{
    struct sockaddr_in own = address_of("0.0.0.0", port);
    int listener = socket(AF_INET, SOCK_STREAM, 0), fd;

    if (bind(listener, (struct sockaddr *)&own, sizeof(own)) || listen(listener, 1))
        fail("listen");
    printf("tool: serving\n");
    fflush(stdout);
    for (;;) {
        fd = accept(listener, NULL, NULL);
        if (fd < 0)
            fail("accept");
        no_delay(fd);
        serve_one(fd);
        close(fd);
    }
}

/* --- Domain 0 --- */

static int call_guest(const char *host, const char *port)
{
    struct sockaddr_in there = address_of(host, port);

    for (int attempt = 0; attempt < 600; attempt++) {
        int fd = socket(AF_INET, SOCK_STREAM, 0);

        if (!connect(fd, (struct sockaddr *)&there, sizeof(there))) {
            no_delay(fd);
            return fd;
        }
        close(fd);
        usleep(100000);
    }
    fail("connect");
}

static void ask(const char *name, unsigned long parts, const char *host, const char *port, char **words)
{
    unsigned long n = strtoul(words[1], NULL, 10);
    int fd = call_guest(host, port);
    struct moment began;

    snprintf(buffer, 128, "%s %s %s %s", words[0], words[1], words[2] ? words[2] : "",
             words[2] && words[3] ? words[3] : "");
    began = row_begin();
    move_all(fd, 128, true);
    if (!strcmp(words[0], "sink"))
        move_all(fd, n * MEBIBYTE, true);
    else if (!strcmp(words[0], "source"))
        move_all(fd, n * MEBIBYTE, false);
    else if (!strcmp(words[0], "echo"))
        echo(fd, n, true);
    move_all(fd, 1, false);
    row_end(name, began, parts);
}

static void create(const char *name, const char *log, char **command)
{
    struct moment began = row_begin();
    struct stat status;
    pid_t child = fork();

    began.last = 0;
    if (child == 0) {
        execvp(command[0], command);
        _exit(127);
    }
    while (stat(log, &status) || !status.st_size)
        usleep(500);
    row_end(name, began, 1);
    if (waitpid(child, NULL, 0) != child)
        fail("wait");
}

int main(int argc, char **argv)
{
    buffer = mmap(NULL, BLOCK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (buffer == MAP_FAILED)
        fail("memory");
    memset(buffer, 0x5a, BLOCK);
    if (argc == 3 && !strcmp(argv[1], "serve"))
        serve(argv[2]);
    else if (argc >= 8 && !strcmp(argv[1], "ask"))
        ask(argv[2], strtoul(argv[3], NULL, 10), argv[4], argv[5], argv + 6);
    else if (argc >= 5 && !strcmp(argv[1], "create"))
        create(argv[2], argv[3], argv + 4);
    else
        return 2;
    return 0;
}
