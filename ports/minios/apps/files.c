/* SPDX-License-Identifier: BSD-2-Clause */
/* Commands about files: they see them through the C library, and the disks by the names they are mounted
 * under. */
#include "shell.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <minios/devices.h>
#include <minios/file_system.h>
#include "../files/ext2.h"
#include "../files/host.h"

#define PIECE_BYTES 65536

static void complain(const char *what, const char *path, int error)
{
    printf("%s: %s: %s\n", what, path, strerror(error));
}

static void mount(const char *device, const char *name)
{
    bool p9 = strncmp(device, "9p", 2) == 0;
    uint64_t id;
    int rc;

    if (!shell_number("mount", device + (p9 ? 2 : 0), 0, UINT32_MAX, &id))
        return;
    if (!devices_bus())
        return;
    rc = p9 ? host_mount((uint32_t)id, name) : ext2_mount((uint32_t)id, name);
    if (rc)
        complain("mount", name, -rc);
    else
        printf("mount: /%s\n", name);
}

void command_mount(int argc, char **argv)
{
    struct file_system *system;

    if (argc == 2)
        shell_usage("mount");
    else if (argc == 3)
        mount(argv[1], argv[2]);
    for (unsigned int i = 0; argc < 2 && (system = file_system_at(i)) != NULL; i++)
        printf("mounted: /%s, %u files open\n", system->name, system->nr_open);
}

void command_umount(int argc, char **argv)
{
    int rc = file_system_unmount(argv[1] + (argv[1][0] == '/'));

    if (rc)
        complain("umount", argv[1], -rc);
    else
        printf("umount: %s\n", argv[1]);
}

void files_unmount_all(void)
{
    struct file_system *system;
    unsigned int left = 0;

    while ((system = file_system_at(left)) != NULL) {
        char name[FILE_MOUNT_NAME];
        int rc;

        strcpy(name, system->name);
        rc = file_system_unmount(name);
        if (rc) {
            complain("umount", name, -rc);
            left++;
        }
    }
}

void command_ls(int argc, char **argv)
{
    const char *path = argc < 2 ? "/" : argv[1];
    DIR *directory = opendir(path);
    struct dirent *entry;
    char name[FILE_PATH_BYTES];
    struct stat status;

    if (!directory) {
        complain("ls", path, errno);
        return;
    }
    while ((entry = readdir(directory)) != NULL) {
        snprintf(name, sizeof(name), "%s/%s", path, entry->d_name);
        if (stat(name, &status))
            printf("%s: %s\n", entry->d_name, strerror(errno));
        else if (S_ISDIR(status.st_mode))
            printf("%s/\n", entry->d_name);
        else
            printf("%s: %ld bytes\n", entry->d_name, (long)status.st_size);
    }
    closedir(directory);
}

/* Calls `take` for each piece of the file. False: it has said why not to the end. */
static bool read_all(const char *command, const char *path, void (*take)(const char *, size_t, void *),
                     void *context)
{
    int file = open(path, O_RDONLY);
    char *buffer = file < 0 ? NULL : malloc(PIECE_BYTES);
    ssize_t nr = -1;

    errno = file < 0 || buffer ? errno : ENOMEM;
    while (buffer && (nr = read(file, buffer, PIECE_BYTES)) > 0)
        take(buffer, (size_t)nr, context);
    if (nr < 0)
        complain(command, path, errno);
    free(buffer);
    if (file >= 0)
        close(file);
    return !nr;
}

static void print(const char *text, size_t nr_bytes, void *unused)
{
    fflush(stdout);
    (void)!write(STDOUT_FILENO, text, nr_bytes);
}

void command_cat(int argc, char **argv)
{
    for (int i = 1; i < argc; i++)
        (void)read_all("cat", argv[i], print, NULL);
}

struct sum {
    uint32_t crc;
    uint64_t nr_bytes;
};

static uint32_t crc_byte(uint32_t crc, uint8_t byte)
{
    crc ^= (uint32_t)byte << 24;
    for (unsigned int bit = 0; bit < 8; bit++)
        crc = crc << 1 ^ (crc >> 31 ? 0x04c11db7u : 0);
    return crc;
}

static void add(const char *text, size_t nr_bytes, void *context)
{
    struct sum *sum = context;

    for (size_t i = 0; i < nr_bytes; i++)
        sum->crc = crc_byte(sum->crc, (uint8_t)text[i]);
    sum->nr_bytes += nr_bytes;
}

/* The checksum that POSIX has cksum print: the length's bytes come last. */
void command_sum(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        struct sum sum = {0, 0};

        if (!read_all("sum", argv[i], add, &sum))
            continue;
        for (uint64_t left = sum.nr_bytes; left; left >>= 8)
            sum.crc = crc_byte(sum.crc, (uint8_t)left);
        printf("sum: %" PRIu32 " %llu %s\n", ~sum.crc, (unsigned long long)sum.nr_bytes, argv[i]);
    }
}

void command_write(int argc, char **argv)
{
    int file = open(argv[1], O_WRONLY | O_CREAT | O_APPEND, 0644);
    int rc = 0;

    for (int i = 2; i < argc && file >= 0 && rc >= 0; i++)
        rc = dprintf(file, "%s%c", argv[i], i + 1 < argc ? ' ' : '\n');
    if (file < 0 || rc < 0 || close(file))
        complain("write", argv[1], errno);
}

/* What `/pattern` of httpd serves, too: 64-bit words that count. */
static int fill(const char *path, uint64_t nr_bytes, uint64_t *words)
{
    int file = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
    uint64_t done = 0, word = 0;
    ssize_t nr = 1;

    while (file >= 0 && done < nr_bytes && nr > 0) {
        size_t piece = nr_bytes - done < PIECE_BYTES ? nr_bytes - done : PIECE_BYTES;

        for (unsigned int i = 0; i < PIECE_BYTES / sizeof(word); i++)
            words[i] = word++;
        nr = write(file, words, piece);
        done += nr > 0 ? (uint64_t)nr : 0;
    }
    return file < 0 || nr <= 0 || close(file) ? -1 : 0;
}

void command_fill(int argc, char **argv)
{
    uint64_t nr_bytes, times = 1, *words;
    int rc;

    if (!shell_number("fill", argv[2], 0, INT64_MAX, &nr_bytes) ||
        (argc > 3 && !shell_number("fill", argv[3], 1, UINT32_MAX, &times)))
        return;
    words = malloc(PIECE_BYTES);
    rc = words ? 0 : -1;
    while (times-- && !rc)
        rc = fill(argv[1], nr_bytes, words);
    if (rc)
        complain("fill", argv[1], errno);
    else
        printf("fill: %llu bytes\n", (unsigned long long)nr_bytes);
    free(words);
}

void command_rm(int argc, char **argv)
{
    for (int i = 1; i < argc; i++)
        if (unlink(argv[i]) && (errno != EISDIR || rmdir(argv[i])))
            complain("rm", argv[i], errno);
}

void command_mkdir(int argc, char **argv)
{
    for (int i = 1; i < argc; i++)
        if (mkdir(argv[i], 0755))
            complain("mkdir", argv[i], errno);
}

void command_mv(int argc, char **argv)
{
    if (rename(argv[1], argv[2]))
        complain("mv", argv[1], errno);
}

void command_df(int argc, char **argv)
{
    struct file_system *system;

    for (unsigned int i = 0; (system = file_system_at(i)) != NULL; i++) {
        char path[FILE_MOUNT_NAME + 1];
        struct file_usage usage;
        int rc;

        snprintf(path, sizeof(path), "/%s", system->name);
        rc = file_usage(path, &usage);
        if (rc)
            complain("df", path, -rc);
        else
            printf("%s: %llu KiB, %llu KiB free, %llu of %llu files free\n", path,
                   (unsigned long long)usage.bytes / 1024, (unsigned long long)usage.free_bytes / 1024,
                   (unsigned long long)usage.free_files, (unsigned long long)usage.files);
    }
}

void command_sync(int argc, char **argv)
{
    struct file_system *system;

    for (unsigned int i = 0; (system = file_system_at(i)) != NULL; i++) {
        char path[FILE_MOUNT_NAME + 1];
        int rc;

        snprintf(path, sizeof(path), "/%s", system->name);
        rc = file_sync(path);
        if (rc)
            complain("sync", path, -rc);
    }
    printf("sync: done\n");
}
