/* SPDX-License-Identifier: BSD-2-Clause */
/* Directories, which newlib leaves to the system altogether. An open one is a copy of its names. */
#ifndef MINIOS_DIRENT_H
#define MINIOS_DIRENT_H

#include <sys/types.h>

#define DT_UNKNOWN 0
#define DT_DIR     4
#define DT_REG     8

struct dirent {
    unsigned char d_type; /* DT_UNKNOWN where the file system does not know without asking */
    char d_name[256];
};

typedef struct minios_directory DIR;

DIR *opendir(const char *path);
/* NULL at the end. Valid until the next call. */
struct dirent *readdir(DIR *directory);
void rewinddir(DIR *directory);
int closedir(DIR *directory);

#endif
