/* SPDX-License-Identifier: BSD-2-Clause */
/* Of libc/syscalls.c, beyond what the C library's own headers declare. */
#ifndef MINIOS_LIBC_H
#define MINIOS_LIBC_H

#include <stdint.h>
#include <sys/types.h>

struct stat;

/* Has what the C library keeps for a thread freed when that ends. */
void libc_init(void);

/* Descriptors of a kind, from `first` to below `end`: these functions set errno as the C library's do. */
struct libc_files {
    ssize_t (*read)(int file, void *buffer, size_t nr_bytes);
    ssize_t (*write)(int file, const void *buffer, size_t nr_bytes);
    int (*close)(int file);
    off_t (*seek)(int file, off_t offset, int whence);   /* NULL: ESPIPE */
    int (*status)(int file, struct stat *status);        /* NULL: it is a socket */
};

#define LIBC_FILES_FIRST 64 /* sockets are below */
#define LIBC_FILES_END   96

/* At most two kinds, whose ranges are apart. */
void libc_add_files(int first, int end, const struct libc_files *files);

#endif
