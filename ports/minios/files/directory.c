/* SPDX-License-Identifier: BSD-2-Clause */
/* opendir, readdir and the rest: a directory is copied when it is opened, so it may change meanwhile. */
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <minios/file_system.h>

struct minios_directory {
    struct dirent *entries;
    size_t nr, room, next;
    bool failed;
};

static bool collect(const char *name, const struct file_status *status, void *context)
{
    DIR *directory = context;
    struct dirent *entry;

    if (directory->nr == directory->room) {
        size_t room = directory->room ? directory->room * 2 : 16;
        struct dirent *entries = realloc(directory->entries, room * sizeof(*entries));

        if (!entries) {
            directory->failed = true;
            return false;
        }
        directory->entries = entries;
        directory->room = room;
    }
    entry = &directory->entries[directory->nr++];
    entry->d_type = !status ? DT_UNKNOWN : status->directory ? DT_DIR : DT_REG;
    strncpy(entry->d_name, name, sizeof(entry->d_name) - 1);
    entry->d_name[sizeof(entry->d_name) - 1] = '\0';
    return true;
}

DIR *opendir(const char *path)
{
    DIR *directory = calloc(1, sizeof(*directory));
    int rc = directory ? file_list(path, collect, directory) : -ENOMEM;

    if (!rc && directory->failed)
        rc = -ENOMEM;
    if (!rc)
        return directory;
    if (directory)
        closedir(directory);
    errno = -rc;
    return NULL;
}

struct dirent *readdir(DIR *directory)
{
    return directory->next < directory->nr ? &directory->entries[directory->next++] : NULL;
}

void rewinddir(DIR *directory)
{
    directory->next = 0;
}

int closedir(DIR *directory)
{
    free(directory->entries);
    free(directory);
    return 0;
}
