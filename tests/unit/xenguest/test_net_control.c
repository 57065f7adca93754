/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The control ring of a card: how a backend is told to spread frames, and the hashes that then come with
 * them.
 */
#include <string.h>
#include <xenguest/errno.h>
#include "net_fixture.h"
#include <xen/io/netif.h>
#include "suites.h"

static void plug_with_control(void)
{
    net_begin();
    net_config.features |= XG_NET_CONTROL;
    net_config.nr_queues = 2;
    net_config.nr_posted = 6;
    fake_card_feature("feature-ctrl-ring", "1");
    fake_card_feature("multi-queue-max-queues", "2");
}

START_TEST(hashes)
{
    static const uint32_t table[] = {1, 0, 0, 1};
    struct xg_net_hash hash = {.types = XG_NET_HASH_IPV4 | XG_NET_HASH_IPV4_TCP,
                               .key = (const uint8_t *)"0123456789abcdefghijklmnopqrstuvwxyzABCDabcd",
                               .key_bytes = 40,
                               .queues = table,
                               .nr_queues = 4};
    struct fake_frame *frame;
    char data[60] = "";

    plug_with_control();
    net_attach();
    ck_assert_int_eq(xg_net_set_hash(&net, &hash, fake.now_ns + 1000), 0);
    ck_assert_uint_eq(fake_card.algorithm, XEN_NETIF_CTRL_HASH_ALGORITHM_TOEPLITZ);
    ck_assert_uint_eq(fake_card.types, XEN_NETIF_CTRL_HASH_TYPE_IPV4 | XEN_NETIF_CTRL_HASH_TYPE_IPV4_TCP);
    ck_assert_uint_eq(fake_card.key_bytes, 40);
    ck_assert_int_eq(memcmp(fake_card.key, hash.key, 40), 0);
    ck_assert_uint_eq(fake_card.nr_mapping, 4);
    ck_assert_int_eq(memcmp(fake_card.mapping, table, sizeof(table)), 0);
    frame = fake_card_deliver(data, 60, 1);
    frame->hashed = true;
    frame->gso_type = XEN_NETIF_GSO_TYPE_TCPV4;
    frame->gso_bytes = 1000;
    net_keep = true;
    net_run();
    ck_assert_uint_eq(net_kept->hash_type, XG_NET_HASH_IPV4_TCP);
    ck_assert_uint_eq(net_kept->hash, 0x11223344);
    ck_assert_uint_eq(net_kept->segmentation, XG_NET_TCP4);
    ck_assert_uint_eq(net_kept->queue, 1);
    xg_net_give(&net, net_kept);
    hash.key_bytes = 41;
    ck_assert_int_eq(xg_net_set_hash(&net, &hash, fake.now_ns + 1000), -XG_ERANGE);
    hash.key_bytes = 4097;
    ck_assert_int_eq(xg_net_set_hash(&net, &hash, fake.now_ns + 1000), -XG_ERANGE);
    hash.key_bytes = 4;
    hash.nr_queues = 1025;
    ck_assert_int_eq(xg_net_set_hash(&net, &hash, fake.now_ns + 1000), -XG_ERANGE);
    hash.nr_queues = 0;
    fake_card.known_types = 1;
    ck_assert_int_eq(xg_net_set_hash(&net, &hash, fake.now_ns + 1000), -XG_EOPNOTSUPP);
    hash.types = 0;
    ck_assert_int_eq(xg_net_set_hash(&net, &hash, fake.now_ns + 1000), 0);
    ck_assert_uint_eq(fake_card.algorithm, XEN_NETIF_CTRL_HASH_ALGORITHM_NONE);
    net_detach();
}
END_TEST

START_TEST(hashes_without_control_ring)
{
    struct xg_net_hash hash = {.types = XG_NET_HASH_IPV4};

    net_begin();
    net_attach();
    ck_assert_int_eq(xg_net_set_hash(&net, &hash, fake.now_ns + 1000), -XG_EOPNOTSUPP);
    net_detach();
    ck_assert_int_eq(xg_net_set_hash(&net, &hash, fake.now_ns + 1000), -XG_EAGAIN);
    plug_with_control();
    net_attach();
    fake_card.lie = CARD_SILENT;
    ck_assert_int_eq(xg_net_set_hash(&net, &hash, fake.now_ns + 1000000), -XG_ETIME);
    ck_assert_int_eq(xg_net_set_hash(&net, &hash, fake.now_ns + 1000000), -XG_EAGAIN);
    ck_assert_int_eq(net.device.error, 0);
    net_detach();
}
END_TEST

TCase *net_control_tests(void)
{
    TCase *tests = tcase_create("net control");

    tcase_add_test(tests, hashes);
    tcase_add_test(tests, hashes_without_control_ring);
    return tests;
}
