/* SPDX-License-Identifier: BSD-2-Clause */
/* Commands about the network: net starts it and shows the cards, host asks for an address, ping asks for an
 * echo. */
#include "shell.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <lwip/dns.h>
#include <lwip/icmp.h>
#include <lwip/inet_chksum.h>
#include <lwip/netdb.h>
#include <lwip/priv/tcp_priv.h>
#include <lwip/sockets.h>
#include <minios/clock.h>
#include <minios/devices.h>
#include <minios/thread.h>
#include "../net/network_private.h"

#define PATIENCE_SECONDS 20

/* ---- net ---- */

static void show_link(const struct card *card)
{
    const struct xg_net *net = &card->net;

    printf("card %u: %02x:%02x:%02x:%02x:%02x:%02x, %s", (unsigned int)card->id, net->address[0],
           net->address[1], net->address[2], net->address[3], net->address[4], net->address[5],
           !card->attached     ? "unplugged"
           : net->device.error ? "broken"
           : !net->connected   ? "not connected"
           : net->carrier      ? "connected"
                               : "no carrier");
    if (card->attached && net->device.error)
        printf(" (error %d)", -net->device.error);
    printf(", mtu %u, %u queues,%s%s%s%s\n", (unsigned int)net->mtu, net->nr_queues,
           net->features & XG_NET_SCATTER ? " scatter" : "",
           net->features & XG_NET_CHECKSUM4 ? " checksum" : "", net->features & XG_NET_TSO4 ? " tso" : "",
           net->features & XG_NET_SPLIT_EVENTS ? " split" : "");
}

static void show_queue(const struct xg_net_queue *queue, unsigned int number)
{
    printf("  queue %u: sent %llu, received %llu, dropped %llu, notifications %llu\n", number,
           (unsigned long long)queue->nr_sent, (unsigned long long)queue->nr_received,
           (unsigned long long)queue->nr_dropped, (unsigned long long)queue->nr_notifications);
}

static void show_counts(const struct card *card)
{
    unsigned int i;

    for (i = 0; i < card->net.nr_queues; i++)
        show_queue(&card->net.queues[i], i);
    printf("  no room %llu, copied %llu, trains %llu, received %llu\n", (unsigned long long)card->nr_no_room,
           (unsigned long long)card->nr_copied, (unsigned long long)card->nr_trains,
           (unsigned long long)card->nr_trains_received);
}

static void show_card(const struct card *card)
{
    const struct netif *netif = &card->netif;
    char address[16], netmask[16], gateway[16];

    show_link(card);
    if (card->has_netif)
        printf("  address %s, netmask %s, gateway %s\n",
               ip4addr_ntoa_r(netif_ip4_addr(netif), address, sizeof(address)),
               ip4addr_ntoa_r(netif_ip4_netmask(netif), netmask, sizeof(netmask)),
               ip4addr_ntoa_r(netif_ip4_gw(netif), gateway, sizeof(gateway)));
    show_counts(card);
}

static void show_all(void)
{
    unsigned int i, nr = 0;

    network_lock();
    for (i = 0; i < NETWORK_CARDS; i++) {
        if (!network_cards[i].buffers)
            continue;
        show_card(&network_cards[i]);
        nr++;
    }
    network_unlock();
    printf("%u cards\n", nr);
}

static bool parse_config(struct network_config *config, int argc, char **argv)
{
    uint32_t *const values[] = {&config->address, &config->netmask, &config->gateway};
    ip4_addr_t address;
    int i;

    for (i = 0; i < 3 && i + 2 < argc; i++) {
        if (!ip4addr_aton(argv[i + 2], &address)) {
            printf("net: %s is no address\n", argv[i + 2]);
            return false;
        }
        *values[i] = address.addr;
    }
    return true;
}

/* Any key will do: it is to spread, not to hide. */
static void spread(struct card *card)
{
    static const uint32_t queues[CARD_QUEUES] = {0, 1};
    static const uint8_t key[40] = "the quick brown fox jumps over the dogs";
    struct xg_net_hash hash = {.types = XG_NET_HASH_IPV4 | XG_NET_HASH_IPV4_TCP,
                               .key = key,
                               .key_bytes = sizeof(key),
                               .queues = queues,
                               .nr_queues = card->net.nr_queues};
    int rc;

    devices_lock();
    rc = xg_net_set_hash(&card->net, &hash, clock_now_ns() + 1000000000ull * PATIENCE_SECONDS);
    devices_unlock();
    printf("net: hash: error %d\n", -rc);
}

/* False: it has said why not. */
static bool start(int argc, char **argv)
{
    struct network_config config = {.netmask = PP_HTONL(0xffffff00)};
    int rc;

    if (!parse_config(&config, argc, argv) || !devices_bus())
        return false;
    rc = network_start(&config);
    if (rc)
        printf("net: %s (error %d)\n", shell_error(rc), -rc);
    else if (!network_wait(PATIENCE_SECONDS))
        printf("net: no address\n");
    return !rc;
}

void command_net(int argc, char **argv)
{
    bool up = argc > 1 && strcmp(argv[1], "up") == 0, hash = argc == 2 && strcmp(argv[1], "hash") == 0;

    if (argc > 1 && !up && !hash) {
        shell_usage("net");
        return;
    }
    if (up && !start(argc, argv))
        return;
    if (hash && network_started())
        spread(&network_cards[0]);
    else if (hash)
        printf("net: the network is not up\n");
    if (!hash || network_started())
        show_all();
}

/* ---- netstat ---- */

static void show_connection(const struct tcp_pcb *pcb)
{
    printf("%u %s:%u %s, unsent %u, unacked %u, window %lu, congestion %lu, retries %u, room %lu\n",
           pcb->local_port, ip4addr_ntoa(ip_2_ip4(&pcb->remote_ip)), pcb->remote_port,
           tcp_debug_state_str(pcb->state), pcb->unsent ? pcb->unsent->len : 0,
           pcb->unacked ? pcb->unacked->len : 0, (unsigned long)pcb->snd_wnd, (unsigned long)pcb->cwnd,
           pcb->nrtx, (unsigned long)pcb->rcv_wnd);
}

void command_netstat(int argc, char **argv)
{
    const struct tcp_pcb *pcb;

    network_lock();
    for (pcb = tcp_active_pcbs; pcb; pcb = pcb->next)
        show_connection(pcb);
    network_unlock();
}

/* ---- host ---- */

/* Says why not. */
static bool resolve(const char *name, ip4_addr_t *address)
{
    struct hostent *host = network_started() ? lwip_gethostbyname(name) : NULL;

    if (!host) {
        printf("%s: %s\n", name, network_started() ? "unknown" : "the network is not up");
        return false;
    }
    memcpy(&address->addr, host->h_addr_list[0], sizeof(address->addr));
    return true;
}

void command_host(int argc, char **argv)
{
    ip4_addr_t address;

    if (resolve(argv[1], &address))
        printf("%s: %s\n", argv[1], ip4addr_ntoa(&address));
}

/* ---- ping ---- */

#define PING_ID      0x7867
#define PING_BYTES   48
#define LATE_SECONDS 5 /* that answers may take after the last echo */

struct echo {
    struct icmp_echo_hdr header;
    uint64_t sent_ns;
    char data[PING_BYTES];
};

static void send_echo(int file, const ip4_addr_t *address, unsigned int number)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_addr.s_addr = address->addr};
    struct echo echo = {.header = {.type = ICMP_ECHO, .id = PING_ID, .seqno = lwip_htons((u16_t)number)},
                        .sent_ns = clock_now_ns()};
    unsigned int i;

    for (i = 0; i < PING_BYTES; i++)
        echo.data[i] = (char)('a' + i % 26);
    echo.header.chksum = inet_chksum(&echo, sizeof(echo));
    if (sendto(file, &echo, sizeof(echo), 0, (struct sockaddr *)&to, sizeof(to)) < 0)
        perror("ping");
}

/*
 * Until an answer comes, to an echo after *last, or none for a second: one that came twice is one answer. Raw
 * sockets bring the IP header, too.
 */
static bool receive_echo(int file, const ip4_addr_t *address, unsigned int *last)
{
    char packet[128];
    ssize_t bytes;

    while ((bytes = recv(file, packet, sizeof(packet), 0)) > 0) {
        size_t header = (size_t)(packet[0] & 15) * 4;
        struct echo echo;
        unsigned int number;

        if ((size_t)bytes < header + sizeof(echo))
            continue;
        memcpy(&echo, packet + header, sizeof(echo));
        number = lwip_ntohs(echo.header.seqno);
        if (echo.header.type != ICMP_ER || echo.header.id != PING_ID || number <= *last)
            continue;
        *last = number;
        printf("ping: %u from %s in %llu us\n", number, ip4addr_ntoa(address),
               (unsigned long long)((clock_now_ns() - echo.sent_ns) / 1000));
        return true;
    }
    return false;
}

void command_ping(int argc, char **argv)
{
    struct timeval second = {.tv_sec = 1};
    unsigned int i, answered = 0, late = 0, last = 0;
    ip4_addr_t address;
    uint64_t nr = 4;
    int file;

    if (argc > 2 && !shell_number("ping", argv[2], 1, UINT16_MAX, &nr))
        return;
    if (!resolve(argv[1], &address))
        return;
    file = socket(AF_INET, SOCK_RAW, IPPROTO_ICMP);
    if (file < 0) {
        perror("ping");
        return;
    }
    setsockopt(file, SOL_SOCKET, SO_RCVTIMEO, &second, sizeof(second));
    for (i = 1; i <= nr; i++) {
        send_echo(file, &address, i);
        while (answered < i && receive_echo(file, &address, &last))
            answered++;
    }
    while (answered < nr && late < LATE_SECONDS) {
        if (receive_echo(file, &address, &last))
            answered++;
        else
            late++;
    }
    close(file);
    printf("ping: %u of %u answered\n", answered, (unsigned int)nr);
}
