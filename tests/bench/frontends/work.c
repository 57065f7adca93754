/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What Domain 0 and a Linux guest run for the table of frontends.
 *
 *   work cpu            in Domain 0: the CPU time of the newest domain so far, ns, by what the hypervisor
 * counts work disk N BYTES   in the guest: N reads of BYTES, one after the other, past the cache work store N
 * in the guest: N reads of one node
 */
#define _GNU_SOURCE
#define __XEN_TOOLS__ 1
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <xen/xen.h>
#include <xen/io/xs_wire.h>
#include <xen/sysctl.h>

#define MOST_DOMAINS 16
#define MOST_BYTES   65536

struct privcmd_hypercall {
    uint64_t op, arg[5];
};
#define PRIVCMD_HYPERCALL _IOC(_IOC_NONE, 'P', 0, sizeof(struct privcmd_hypercall))

static void die(const char *what)
{
    perror(what);
    exit(1);
}

static void cpu(void)
{
    static struct xen_domctl_getdomaininfo list[MOST_DOMAINS];
    static struct xen_sysctl op = {.cmd = XEN_SYSCTL_getdomaininfolist,
                                   .interface_version = XEN_SYSCTL_INTERFACE_VERSION};
    struct privcmd_hypercall call = {.op = __HYPERVISOR_sysctl, .arg = {(uintptr_t)&op}};
    int privcmd = open("/dev/xen/privcmd", O_RDWR);

    memset(list, 0, sizeof(list));
    op.u.getdomaininfolist.max_domains = MOST_DOMAINS;
    set_xen_guest_handle_raw(op.u.getdomaininfolist.buffer, list);
    if (privcmd < 0 || ioctl(privcmd, PRIVCMD_HYPERCALL, &call) < 0)
        die("privcmd");
    printf("%llu\n", (unsigned long long)list[op.u.getdomaininfolist.num_domains - 1].cpu_time);
}

static void disk(unsigned long nr, size_t nr_bytes)
{
    int file = open("/dev/xvda", O_RDONLY | O_DIRECT);
    void *buffer = aligned_alloc(4096, MOST_BYTES);

    if (file < 0 || !buffer || nr_bytes > MOST_BYTES)
        die("/dev/xvda");
    while (nr--)
        if (read(file, buffer, nr_bytes) != (ssize_t)nr_bytes && lseek(file, 0, SEEK_SET))
            die("/dev/xvda");
}

static void store(unsigned long nr)
{
    struct {
        struct xsd_sockmsg header;
        char path[5];
    } message = {.header = {.type = XS_READ, .len = 5}, .path = "name"};
    int file = open("/dev/xen/xenbus", O_RDWR);
    char answer[256];

    if (file < 0)
        die("/dev/xen/xenbus");
    while (nr--) {
        struct xsd_sockmsg header;

        if (write(file, &message, sizeof(message.header) + 5) != (ssize_t)(sizeof(message.header) + 5) ||
            read(file, &header, sizeof(header)) != (ssize_t)sizeof(header) || header.len > sizeof(answer) ||
            read(file, answer, header.len) != (ssize_t)header.len)
            die("/dev/xen/xenbus");
    }
}

int main(int argc, char **argv)
{
    if (argc == 2 && !strcmp(argv[1], "cpu"))
        cpu();
    else if (argc == 4 && !strcmp(argv[1], "disk"))
        disk(strtoul(argv[2], NULL, 10), strtoul(argv[3], NULL, 10));
    else if (argc == 3 && !strcmp(argv[1], "store"))
        store(strtoul(argv[2], NULL, 10));
    else
        return 2;
    if (argc > 2)
        printf("work: done\n");
    return 0;
}
