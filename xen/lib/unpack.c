/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which format a packed file has, what size it unpacks to, and its decoder. The formats themselves are in
 * files of their own.
 */
#include <xen/inflate.h>
#include <xen/string.h>
#include <xen/unaligned.h>
#include <xen/unpack.h>

struct unpack_format {
    const char *name;
    uint8_t magic_bytes;
    uint8_t magic[6];
    /* NULL: the file does not say */
    const char *(*find_size)(const void *data, size_t size, void *scratch, size_t *unpacked_size);
    const char *(*unpack)(void *dst, size_t dst_size, const void *data, size_t size, void *scratch,
                          size_t *produced); /* NULL: not known here */
    bool size_behind; /* Linux's build puts the size behind the packed data; else they end in it themselves */
};

static const char *gzip_find_size(const void *data, size_t size, void *scratch, size_t *unpacked_size)
{
    *unpacked_size = gzip_claimed_size(data, size);
    return *unpacked_size ? NULL : UNPACK_TRUNCATED;
}

static const struct unpack_format formats[] = {
    {"gzip", 2, {0x1f, 0x8b}, gzip_find_size, gzip_unpack, false},
    {"XZ", 6, {0xfd, '7', 'z', 'X', 'Z', 0}, xz_find_size, xz_unpack, true},
    {"zstd", 4, {0x28, 0xb5, 0x2f, 0xfd}, zstd_find_size, zstd_unpack, true},
    {"LZ4", 4, {0x02, 0x21, 0x4c, 0x18}, NULL, lz4_unpack, true},
    {"bzip2", 3, {'B', 'Z', 'h'}, NULL, NULL, true},
    {"LZMA", 3, {0x5d, 0, 0}, NULL, NULL, true},
    {"LZO", 6, {0x89, 'L', 'Z', 'O', 0, 0x0d}, NULL, NULL, true},
};

bool packed_recognise(const void *data, size_t size, struct packed_file *f)
{
    for (unsigned int i = 0; i < ARRAY_SIZE(formats); i++) {
        const struct unpack_format *how = &formats[i];

        if (size < how->magic_bytes || memcmp(data, how->magic, how->magic_bytes))
            continue;
        *f = (struct packed_file){.format = how->name, .data = data, .size = size, .how = how};
        return true;
    }
    return false;
}

const char *packed_find_size(struct packed_file *f, bool size_is_appended, void *scratch)
{
    const uint8_t *end = (const uint8_t *)f->data + f->size;

    if (!f->how->unpack)
        return "is of a format that is not known here";
    if (size_is_appended && f->how->size_behind) {
        if (f->size < 4)
            return UNPACK_TRUNCATED;
        f->size -= 4;
        f->unpacked_size = load_le32(end - 4);
        return f->unpacked_size ? NULL : UNPACK_CORRUPT;
    }
    if (!f->how->find_size)
        return "does not say what it unpacks to";
    return f->how->find_size(f->data, f->size, scratch, &f->unpacked_size);
}

const char *packed_unpack(const struct packed_file *f, void *dst, void *scratch)
{
    size_t produced = 0;
    const char *wrong = f->how->unpack(dst, f->unpacked_size, f->data, f->size, scratch, &produced);

    if (wrong)
        return wrong;
    return produced == f->unpacked_size ? NULL : "unpacks to less than it says: it is corrupt";
}
