/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The setup header of a bzImage, checked against the file's size. What the payload is packed with is
 * unpack.c's.
 */
#include <xen/bzimage.h>
#include <xen/errno.h>
#include <xen/string.h>
#include <xen/unaligned.h>

#define SECTOR 512

/* Offsets in the file of the header's fields. */
#define SETUP_SECTORS  0x1f1
#define BOOT_FLAG      0x1fe
#define HEADER_MAGIC   0x202
#define VERSION        0x206
#define PAYLOAD_OFFSET 0x248 /* from the end of the setup sectors; since version 2.08 */
#define PAYLOAD_LENGTH 0x24c
#define HEADER_END     0x250

#define BOOT_FLAG_VALUE 0xaa55
#define MAGIC_VALUE     0x53726448 /* "HdrS" */
#define VERSION_MIN     0x208
#define SECTORS_DEFAULT 4 /* what 0 means */

bool bzimage_is(const void *file, size_t size)
{
    const uint8_t *p = file;

    return size >= VERSION && load_le16(p + BOOT_FLAG) == BOOT_FLAG_VALUE &&
           load_le32(p + HEADER_MAGIC) == MAGIC_VALUE;
}

int bzimage_find_payload(const void *file, size_t size, const void **payload, size_t *payload_size, char *why,
                         size_t why_size)
{
    const uint8_t *p = file;
    unsigned int version, sectors;
    uint64_t start, length;

    if (size < HEADER_END) {
        xp_snprintf(why, why_size, "is a bzImage that ends in its header, after %lu bytes: it is truncated",
                    size);
        return -XEN_EINVAL;
    }
    version = load_le16(p + VERSION);
    if (version < VERSION_MIN) {
        xp_snprintf(
            why, why_size,
            "is a bzImage of boot protocol %u.%02u, which does not say where the kernel lies; 2.08 is needed",
            version >> 8, version & 0xff);
        return -XEN_EINVAL;
    }
    sectors = p[SETUP_SECTORS] ? p[SETUP_SECTORS] : SECTORS_DEFAULT;
    start = (uint64_t)(sectors + 1) * SECTOR + load_le32(p + PAYLOAD_OFFSET);
    length = load_le32(p + PAYLOAD_LENGTH);
    if (start > size || length > size - start) {
        xp_snprintf(why, why_size,
                    "is a bzImage whose payload (%#lx bytes from %#lx) does not lie in its %#lx bytes: it is "
                    "truncated",
                    length, start, size);
        return -XEN_EINVAL;
    }
    if (!length) {
        xp_snprintf(why, why_size, "is a bzImage without a payload");
        return -XEN_EINVAL;
    }
    *payload = p + start;
    *payload_size = length;
    return 0;
}
