/* SPDX-License-Identifier: BSD-2-Clause */
/* Domain 0 from the boot modules. Implemented in arch/x86/pv/dom0_build.c. */
#ifndef XEN_DOMAIN_BUILDER_H
#define XEN_DOMAIN_BUILDER_H

#include <xen/types.h>

struct boot_module {
    paddr_t start; /* machine address of the first byte, in the direct map */
    uint64_t size; /* bytes */
    const char *command_line;
};

/*
 * Builds Domain 0 and unpauses it. A kernel that cannot be used ends in panic_user with one sentence. The
 * modules' memory is not in the allocator yet; what is not kept is handed to it.
 */
void dom0_build(const struct boot_module *kernel, const struct boot_module *ramdisk /* or NULL */);

#endif
