/* SPDX-License-Identifier: BSD-2-Clause */
/* Which segments follow one another, and what the headers of all of them together say. */
#include "train.h"

#include <string.h>

#include <lwip/inet_chksum.h>
#include <lwip/prot/ethernet.h>
#include <lwip/prot/ip.h>
#include <lwip/prot/ip4.h>
#include <lwip/prot/tcp.h>

#define IP_OFFSET  14
#define TCP_OFFSET (IP_OFFSET + IP_HLEN)

static struct ip_hdr *ip_of(const struct pbuf *frame)
{
    return (struct ip_hdr *)((char *)frame->payload + IP_OFFSET);
}

static struct tcp_hdr *tcp_of(const struct pbuf *frame)
{
    return (struct tcp_hdr *)((char *)frame->payload + TCP_OFFSET);
}

/* Data over IPv4 without options and fragments, and nothing but that; its headers in the first pbuf. */
static bool is_segment(const struct pbuf *frame, uint16_t *header_bytes)
{
    const struct eth_hdr *ethernet = frame->payload;

    if (frame->len < TCP_OFFSET + TCP_HLEN || ethernet->type != PP_HTONS(ETHTYPE_IP) ||
        IPH_HL(ip_of(frame)) != IP_HLEN / 4 || IPH_PROTO(ip_of(frame)) != IP_PROTO_TCP ||
        IPH_OFFSET(ip_of(frame)) & PP_HTONS(IP_MF | IP_OFFMASK))
        return false;
    *header_bytes = (uint16_t)(TCP_OFFSET + TCPH_HDRLEN_BYTES(tcp_of(frame)));
    return (TCPH_FLAGS(tcp_of(frame)) & ~TCP_PSH) == TCP_ACK && frame->len >= *header_bytes &&
           frame->tot_len > *header_bytes;
}

static unsigned int pages_of(const char *data, uint32_t bytes)
{
    return (unsigned int)((((uintptr_t)data & (XG_PAGE_SIZE - 1)) + bytes + XG_PAGE_SIZE - 1) / XG_PAGE_SIZE);
}

/* The frame without its first `skip` bytes; false, nothing changed: that does not fit. */
static bool add_fragments(struct train *train, struct pbuf *frame, uint32_t skip)
{
    unsigned int nr = train->nr_fragments, nr_pages = train->nr_pages;
    struct pbuf *p;

    for (p = frame; p; p = p->next, skip = 0) {
        const char *data = (const char *)p->payload + skip;
        uint32_t bytes = p->len - skip;

        if (!bytes)
            continue;
        nr_pages += pages_of(data, bytes);
        if (nr == XG_NET_PAGES || nr_pages > XG_NET_PAGES || PBUF_NEEDS_COPY(p))
            return false;
        train->fragments[nr++] = (struct xg_net_fragment){.data = data, .bytes = bytes};
    }
    train->nr_fragments = nr;
    train->nr_pages = nr_pages;
    return true;
}

static void hold(struct train *train, struct pbuf *frame, uint32_t data_bytes)
{
    pbuf_ref(frame);
    train->pbufs[train->nr++] = frame;
    train->next_sequence = lwip_ntohl(tcp_of(frame)->seqno) + data_bytes;
    train->last = data_bytes < train->segment_bytes || TCPH_FLAGS(tcp_of(frame)) & TCP_PSH;
}

bool train_begin(struct train *train, struct pbuf *frame)
{
    uint16_t header_bytes;

    if (!is_segment(frame, &header_bytes))
        return false;
    train->nr = train->nr_fragments = train->nr_pages = 0;
    if (!add_fragments(train, frame, 0))
        return false;
    train->header_bytes = header_bytes;
    train->segment_bytes = (uint16_t)(frame->tot_len - header_bytes);
    train->bytes = frame->tot_len;
    hold(train, frame, train->segment_bytes);
    return true;
}

/* Everything but the sequence number and the flag is the same: addresses, ports, acknowledgement, window. */
static bool same_headers(const struct train *train, const struct pbuf *frame)
{
    const struct pbuf *first = train->pbufs[0];
    const struct tcp_hdr *a = tcp_of(first), *b = tcp_of(frame);

    return memcmp(first->payload, frame->payload, IP_OFFSET) == 0 &&
           memcmp(&ip_of(first)->src, &ip_of(frame)->src, 8) == 0 &&
           IPH_TTL(ip_of(first)) == IPH_TTL(ip_of(frame)) && IPH_TOS(ip_of(first)) == IPH_TOS(ip_of(frame)) &&
           a->src == b->src && a->dest == b->dest && a->ackno == b->ackno && a->wnd == b->wnd &&
           memcmp(a + 1, b + 1, train->header_bytes - TCP_OFFSET - TCP_HLEN) == 0;
}

bool train_append(struct train *train, struct pbuf *frame)
{
    uint16_t header_bytes;
    uint32_t data_bytes;

    if (!train->nr || train->nr == TRAIN_SEGMENTS || train->last || !is_segment(frame, &header_bytes))
        return false;
    data_bytes = frame->tot_len - header_bytes;
    if (header_bytes != train->header_bytes || data_bytes > train->segment_bytes ||
        train->bytes + data_bytes > XG_NET_FRAME_BYTES ||
        lwip_ntohl(tcp_of(frame)->seqno) != train->next_sequence || !same_headers(train, frame) ||
        !add_fragments(train, frame, header_bytes))
        return false;
    train->bytes += data_bytes;
    hold(train, frame, data_bytes);
    return true;
}

void train_close(struct train *train)
{
    struct pbuf *first = train->pbufs[0], *last = train->pbufs[train->nr - 1];
    struct ip_hdr *ip = ip_of(first);

    if (train->nr == 1)
        return;
    IPH_LEN_SET(ip, lwip_htons((u16_t)(train->bytes - IP_OFFSET)));
    IPH_CHKSUM_SET(ip, 0);
    IPH_CHKSUM_SET(ip, inet_chksum(ip, IP_HLEN));
    TCPH_SET_FLAG(tcp_of(first), TCPH_FLAGS(tcp_of(last)) & TCP_PSH);
}
