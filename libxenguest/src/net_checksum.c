/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Blank checksums made and completed. What the frame says about itself is believed only within its length.
 * Source: RFC 1071 (the sum), RFC 768, 793, 8200 (pseudo headers).
 */
#include <xenguest/net.h>
#include "private.h"

#define ETHERNET_ADDRESSES 12
#define TYPE_VLAN          0x8100
#define TYPE_IPV4          0x0800
#define TYPE_IPV6          0x86dd
#define PROTOCOL_TCP       6
#define PROTOCOL_UDP       17
#define IPV4_BYTES         20
#define IPV6_BYTES         40

struct transport {
    uint32_t offset; /* of its header in the frame */
    uint32_t bytes;  /* of header and data */
    uint32_t field;  /* of the checksum in the frame */
    uint32_t feature;
    uint8_t protocol;
    uint64_t pseudo_sum;
};

static uint32_t word(const uint8_t *at)
{
    return (uint32_t)at[0] << 8 | at[1];
}

static uint64_t sum_words(const uint8_t *at, uint32_t bytes)
{
    uint64_t sum = 0;

    for (; bytes > 1; bytes -= 2, at += 2)
        sum += word(at);
    return bytes ? sum + ((uint32_t)*at << 8) : sum;
}

static uint16_t fold(uint64_t sum)
{
    while (sum >> 16)
        sum = (sum & 0xffff) + (sum >> 16);
    return (uint16_t)sum;
}

static bool find_ipv4(const uint8_t *frame, uint32_t at, uint32_t bytes, struct transport *t)
{
    uint32_t header, total;

    if (bytes - at < IPV4_BYTES || frame[at] >> 4 != 4)
        return false;
    header = (frame[at] & 15u) * 4;
    total = word(frame + at + 2);
    /* More fragments, or not the first one. */
    if (header < IPV4_BYTES || total < header || word(frame + at + 6) & 0x3fff)
        return false;
    t->offset = at + header;
    t->bytes = total - header;
    t->protocol = frame[at + 9];
    t->pseudo_sum = sum_words(frame + at + 12, 8);
    t->feature = XG_NET_CHECKSUM4;
    return true;
}

/* Without extension headers. */
static bool find_ipv6(const uint8_t *frame, uint32_t at, uint32_t bytes, struct transport *t)
{
    if (bytes - at < IPV6_BYTES || frame[at] >> 4 != 6)
        return false;
    t->offset = at + IPV6_BYTES;
    t->bytes = word(frame + at + 4);
    t->protocol = frame[at + 6];
    t->pseudo_sum = sum_words(frame + at + 8, 32);
    t->feature = XG_NET_CHECKSUM6;
    return true;
}

static bool find_network(const uint8_t *frame, uint32_t bytes, struct transport *t)
{
    uint32_t at = ETHERNET_ADDRESSES, type;

    if (bytes < at + 2)
        return false;
    while ((type = word(frame + at)) == TYPE_VLAN && bytes - at >= 6)
        at += 4;
    at += 2;
    if (type == TYPE_IPV4)
        return find_ipv4(frame, at, bytes, t);
    return type == TYPE_IPV6 && find_ipv6(frame, at, bytes, t);
}

/* `bytes` of the frame are at `frame`. */
static bool find_transport(const uint8_t *frame, uint32_t bytes, struct transport *t)
{
    uint32_t header;

    if (!find_network(frame, bytes, t) || (t->protocol != PROTOCOL_TCP && t->protocol != PROTOCOL_UDP))
        return false;
    header = t->protocol == PROTOCOL_TCP ? 20 : 8;
    t->field = t->offset + (t->protocol == PROTOCOL_TCP ? 16 : 6);
    t->pseudo_sum += t->protocol + t->bytes;
    return t->bytes >= header && t->offset <= bytes && bytes - t->offset >= header;
}

static void put_word(uint8_t *at, uint16_t value)
{
    at[0] = (uint8_t)(value >> 8);
    at[1] = (uint8_t)value;
}

int xg_net_checksum_blank(void *frame, uint32_t bytes, uint32_t *feature)
{
    struct transport t;

    if (!find_transport(frame, bytes, &t))
        return -XG_EOPNOTSUPP;
    put_word((uint8_t *)frame + t.field, fold(t.pseudo_sum));
    *feature = t.feature;
    return 0;
}

/* `bytes` from `skip` on, over fragments that may end at odd places. False: there are not so many. */
static bool sum_fragments(const struct xg_net_fragment *fragments, unsigned int nr, uint32_t skip,
                          uint32_t bytes, uint64_t *sum)
{
    bool odd = false;
    unsigned int i;

    for (i = 0; i < nr && bytes; i++) {
        const uint8_t *data = fragments[i].data;
        uint32_t here = fragments[i].bytes, part;

        if (here <= skip) {
            skip -= here;
            continue;
        }
        part = here - skip < bytes ? here - skip : bytes;
        bytes -= part;
        data += skip;
        skip = 0;
        if (odd) {
            *sum += *data++;
            part--;
            odd = false;
        }
        *sum += sum_words(data, part);
        odd = part & 1;
    }
    return !bytes;
}

int xg_net_checksum_fill(const struct xg_net_fragment *fragments, unsigned int nr)
{
    struct transport t;
    uint8_t *frame = nr ? (uint8_t *)(uintptr_t)fragments[0].data : NULL;
    uint64_t sum;
    uint16_t before, result;

    if (!nr || !find_transport(frame, fragments[0].bytes, &t))
        return -XG_EOPNOTSUPP;
    before = (uint16_t)word(frame + t.field);
    put_word(frame + t.field, 0);
    sum = t.pseudo_sum;
    if (!sum_fragments(fragments, nr, t.offset, t.bytes, &sum)) {
        put_word(frame + t.field, before);
        return -XG_EOPNOTSUPP;
    }
    result = (uint16_t)~fold(sum);
    /* In UDP 0 means that there is none. */
    put_word(frame + t.field, result || t.protocol == PROTOCOL_TCP ? result : 0xffff);
    return 0;
}
