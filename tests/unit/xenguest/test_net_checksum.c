/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Blank checksums: a frame whose checksum was written by somebody else is blanked and completed, and has to
 * be the same again, however its bytes are cut into fragments; what is no such frame is left alone.
 */
#include <string.h>
#include <check.h>
#include <xenguest/errno.h>
#include <xenguest/net.h>
#include "fake_xen.h"
#include "suites.h"

/* A DNS question over UDP, and a TCP segment with an odd number of bytes, as they were on a wire. */
static const uint8_t udp4[] = {0x00, 0x16, 0x3e, 0x00, 0x00, 0x01, 0x00, 0x16, 0x3e, 0x00, 0x00, 0x02,
                               0x08, 0x00, 0x45, 0x00, 0x00, 0x22, 0x12, 0x34, 0x40, 0x00, 0x40, 0x11,
                               0x00, 0x00, 0x0a, 0x00, 0x00, 0x01, 0x0a, 0x00, 0x00, 0x02, 0x00, 0x35,
                               0x04, 0xd2, 0x00, 0x0e, 0xdf, 0x6d, 'h',  'e',  'l',  'l',  'o',  0x00};

static uint16_t slow_sum(const uint8_t *at, unsigned int bytes, uint32_t sum)
{
    unsigned int i;

    for (i = 0; i < bytes; i++)
        sum += i & 1 ? at[i] : (uint32_t)at[i] << 8;
    while (sum >> 16)
        sum = (sum & 0xffff) + (sum >> 16);
    return (uint16_t)sum;
}

/* A frame of either protocol over either network, its checksum by the slow way. Returns its length. */
static unsigned int make(uint8_t *frame, bool v6, bool tcp, unsigned int tags, unsigned int data)
{
    unsigned int at = 12 + 4 * tags, header = tcp ? 20 : 8, bytes = header + data, i, start, sum;

    memset(frame, 0x5a, 12);
    for (i = 0; i < tags; i++)
        memcpy(frame + 12 + 4 * i, "\x81\x00\x00\x07", 4);
    memcpy(frame + at, v6 ? "\x86\xdd" : "\x08\x00", 2);
    at += 2;
    memset(frame + at, 0x11, 40);
    frame[at] = v6 ? 0x60 : 0x46;
    frame[at + (v6 ? 4 : 2)] = (uint8_t)((bytes + (v6 ? 0 : 24)) >> 8);
    frame[at + (v6 ? 5 : 3)] = (uint8_t)(bytes + (v6 ? 0 : 24));
    frame[at + (v6 ? 6 : 9)] = tcp ? 6 : 17;
    if (!v6)
        frame[at + 6] = 0x40, frame[at + 7] = 0;
    start = at + (v6 ? 40 : 24);
    for (i = 0; i < bytes; i++)
        frame[start + i] = (uint8_t)(i * 37 + data);
    memset(frame + start + (tcp ? 16 : 6), 0, 2);
    sum = slow_sum(frame + at + (v6 ? 8 : 12), v6 ? 32 : 8, (tcp ? 6 : 17) + bytes);
    sum = 0xffff & ~slow_sum(frame + start, bytes, sum);
    frame[start + (tcp ? 16 : 6)] = (uint8_t)(sum >> 8);
    frame[start + (tcp ? 17 : 7)] = (uint8_t)sum;
    return start + bytes;
}

START_TEST(blank_and_fill)
{
    bool v6 = _i & 1, tcp = _i & 2;
    unsigned int tags = (unsigned int)_i / 4 % 3, data, bytes, first;
    uint8_t frame[600], work[600];
    uint32_t feature;

    for (data = 0; data < 40; data++) {
        bytes = make(frame, v6, tcp, tags, data);
        first = bytes - data;
        memcpy(work, frame, bytes);
        ck_assert_int_eq(xg_net_checksum_blank(work, first, &feature), 0);
        ck_assert_uint_eq(feature, v6 ? XG_NET_CHECKSUM6 : XG_NET_CHECKSUM4);
        ck_assert_int_ne(memcmp(work, frame, bytes), 0);
        {
            unsigned int cut = first + data / 3;
            struct xg_net_fragment fragments[3] = {
                {.data = work, .bytes = first},
                {.data = work + first, .bytes = cut - first},
                {.data = work + cut, .bytes = bytes - cut},
            };

            ck_assert_int_eq(xg_net_checksum_fill(fragments, 3), 0);
        }
        ck_assert_int_eq(memcmp(work, frame, bytes), 0);
    }
}
END_TEST

/* RFC 768: a sum of zero is sent as all ones. */
START_TEST(a_sum_of_zero)
{
    uint8_t frame[128];
    unsigned int bytes = make(frame, false, false, 0, 2), at = bytes - 2;
    uint16_t sum = (uint16_t)(frame[at - 2] << 8 | frame[at - 1]), add;
    struct xg_net_fragment fragment = {.data = frame, .bytes = bytes};

    /* What is missing from the data for a checksum of zero. */
    add = slow_sum((uint8_t[]){frame[at], frame[at + 1], (uint8_t)(sum >> 8), (uint8_t)sum}, 4, 0);
    frame[at] = (uint8_t)(add >> 8);
    frame[at + 1] = (uint8_t)add;
    ck_assert_int_eq(xg_net_checksum_fill(&fragment, 1), 0);
    ck_assert_uint_eq(frame[at - 2], 0xff);
    ck_assert_uint_eq(frame[at - 1], 0xff);
}
END_TEST

START_TEST(left_alone)
{
    static const struct {
        unsigned int at;
        uint8_t value;
    } changes[] = {{13, 0x06}, {14, 0x65}, {14, 0x44}, {23, 1}, {20, 0x20}, {21, 0x08}, {17, 0x15}};
    uint8_t frame[sizeof(udp4)];
    struct xg_net_fragment fragment = {.data = frame};
    uint32_t feature;
    unsigned int i;

    for (i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
        memcpy(frame, udp4, sizeof(udp4));
        frame[changes[i].at] = changes[i].value;
        ck_assert_int_eq(xg_net_checksum_blank(frame, sizeof(frame), &feature), -XG_EOPNOTSUPP);
    }
    /* Shorter and shorter. */
    for (i = 0; i < 42; i++) {
        memcpy(frame, udp4, sizeof(udp4));
        ck_assert_int_eq(xg_net_checksum_blank(frame, i, &feature), -XG_EOPNOTSUPP);
        fragment.bytes = i;
        ck_assert_int_eq(xg_net_checksum_fill(&fragment, 1), -XG_EOPNOTSUPP);
        ck_assert_int_eq(memcmp(frame, udp4, sizeof(udp4)), 0);
    }
    ck_assert_int_eq(xg_net_checksum_fill(&fragment, 0), -XG_EOPNOTSUPP);
    fragment.bytes = 45;
    ck_assert_int_eq(xg_net_checksum_fill(&fragment, 1), -XG_EOPNOTSUPP);
    ck_assert_int_eq(memcmp(frame, udp4, sizeof(udp4)), 0);
}
END_TEST

TCase *net_checksum_tests(void)
{
    TCase *tests = tcase_create("net, checksums");

    tcase_add_loop_test(tests, blank_and_fill, 0, 12);
    tcase_add_test(tests, a_sum_of_zero);
    tcase_add_test(tests, left_alone);
    return tests;
}
