/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The unpackers of kernel files, fed with anything: the first byte chooses the whole way of a file or one
 * decoder alone (behind a checksum a fuzzer finds little). Held to: memory of just the right size is not
 * left, work is bounded, and what is unpacked twice is the same.
 */
#include <stdlib.h>
#include <string.h>
#include <xen/bcj_x86.h>
#include <xen/bzimage.h>
#include <xen/inflate.h>
#include <xen/lzma.h>
#include <xen/unpack.h>

#define OUT_MAX (1u << 20)

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

static _Alignas(16) unsigned char scratch[UNPACK_SCRATCH_BYTES];

static void must(int truth)
{
    if (!truth)
        abort();
}

static void unpack_file(const unsigned char *data, size_t size, bool appended)
{
    struct packed_file f;
    unsigned char *out;

    if (!packed_recognise(data, size, &f) || packed_find_size(&f, appended, scratch) ||
        f.unpacked_size > OUT_MAX)
        return;
    out = malloc(2 * f.unpacked_size + 1);
    if (!packed_unpack(&f, out, scratch)) {
        memset(scratch, 0xff, sizeof(scratch));
        must(!packed_unpack(&f, out + f.unpacked_size, scratch));
        must(!memcmp(out, out + f.unpacked_size, f.unpacked_size));
    }
    free(out);
}

static void unpack_bzimage(const unsigned char *data, size_t size)
{
    const void *payload;
    size_t payload_size;
    char why[160];

    if (!bzimage_is(data, size) ||
        bzimage_find_payload(data, size, &payload, &payload_size, why, sizeof(why)))
        return;
    must((const unsigned char *)payload >= data &&
         payload_size <= size - (size_t)((const unsigned char *)payload - data));
    unpack_file(payload, payload_size, true);
}

/* One decoder, into as many bytes as the input's second byte says. */
static void decode(unsigned int which, const unsigned char *data, size_t size)
{
    size_t out_size = 1u << (data[0] % 21), produced;
    unsigned char *out = malloc(out_size);
    struct lzma2_stream s = {data + 1, data + size, out, out + out_size};
    const char *wrong;

    switch (which) {
    case 0:
        wrong = lzma2_unpack((struct lzma_model *)scratch, &s);
        must(s.out >= out && s.out <= out + out_size && s.in <= data + size);
        produced = (size_t)(s.out - out);
        if (!wrong)
            bcj_x86_decode(out, produced, 0);
        break;
    case 1:
        wrong = zstd_unpack(out, out_size, data + 1, size - 1, scratch, &produced);
        break;
    case 2:
        wrong = lz4_unpack(out, out_size, data + 1, size - 1, scratch, &produced);
        break;
    default:
        wrong = gzip_unpack(out, out_size, data + 1, size - 1, scratch, &produced);
    }
    must(wrong || produced <= out_size);
    free(out);
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    unsigned char *copy;

    if (size < 2)
        return 0;
    copy = malloc(size - 1);
    memcpy(copy, data + 1, size - 1);
    switch (data[0] % 7) {
    case 0:
        unpack_file(copy, size - 1, false);
        break;
    case 1:
        unpack_file(copy, size - 1, true);
        break;
    case 2:
        unpack_bzimage(copy, size - 1);
        break;
    default:
        decode(data[0] % 7 - 3, copy, size - 1);
    }
    free(copy);
    return 0;
}
