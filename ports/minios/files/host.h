/* SPDX-License-Identifier: BSD-2-Clause */
/* A directory of another domain (9p) as a file system. */
#ifndef MINIOS_HOST_H
#define MINIOS_HOST_H

#include <stdint.h>

/*
 * Takes up device 9pfs/`id` and mounts it as `name`. -ENODEV: there is no such device, no backend follows, or
 * too many are mounted; or as file_system_mount.
 */
int host_mount(uint32_t id, const char *name);

#endif
