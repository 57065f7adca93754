/* SPDX-License-Identifier: BSD-2-Clause */
/* Of libc/syscalls.c, beyond what the C library's own headers declare. */
#ifndef MINIOS_LIBC_H
#define MINIOS_LIBC_H

#include <sys/types.h>

/* Has what the C library keeps for a thread freed when that ends. */
void libc_init(void);

/* Descriptors from `first` on belong to these functions, which set errno as the C library's do. */
struct libc_files {
    ssize_t (*read)(int file, void *buffer, size_t nr_bytes);
    ssize_t (*write)(int file, const void *buffer, size_t nr_bytes);
    int (*close)(int file);
};

void libc_set_files(int first, const struct libc_files *files);

#endif
