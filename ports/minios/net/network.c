/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The threads of the network: one for each card, which takes what arrives, and one for the bus, by which
 * cards come and go. And the lock that all of lwIP runs under.
 */
#include <minios/network.h>

#include <stdio.h>

#include <arch/hooks.h>
#include <lwip/dhcp.h>
#include <lwip/sockets.h>
#include <lwip/tcpip.h>
#include <minios/clock.h>
#include <minios/devices.h>
#include <minios/libc.h>
#include <minios/thread.h>
#include <xenguest/errno.h>
#include "card.h"
#include "network_private.h"

struct card network_cards[NETWORK_CARDS];

static struct mutex lock = MUTEX_INITIALIZER(lock);
static struct network_config config;
static bool started;

void network_lock(void)
{
    unsigned int i;

    mutex_lock(&lock);
    if (lock.depth == 1)
        for (i = 0; i < NETWORK_CARDS; i++)
            card_take_back(&network_cards[i]);
}

void network_unlock(void)
{
    unsigned int i;

    if (lock.depth == 1)
        for (i = 0; i < NETWORK_CARDS; i++)
            card_kick(&network_cards[i]);
    mutex_unlock(&lock);
}

/* ---- Cards ---- */

void network_card_ready(struct card *card)
{
    const ip4_addr_t address = {config.address}, netmask = {config.netmask}, gateway = {config.gateway};

    if (!netif_default)
        netif_set_default(&card->netif);
    if (config.address)
        netif_set_addr(&card->netif, &address, &netmask, &gateway);
    else
        dhcp_start(&card->netif);
}

static bool is_way(const struct netif *netif)
{
    return netif && netif_is_up(netif) && !ip4_addr_isany_val(*netif_ip4_addr(netif));
}

struct netif *network_route(const ip4_addr_t *destination)
{
    struct netif *netif;

    NETIF_FOREACH(netif)
        if (is_way(netif) && ip4_addr_netcmp(destination, netif_ip4_addr(netif), netif_ip4_netmask(netif)))
            return netif;
    return is_way(netif_default) ? netif_default : NULL;
}

static void card_thread(void *argument)
{
    struct card *card = argument;

    for (;;) {
        uint32_t seen = __atomic_load_n(&card->net.activity, __ATOMIC_SEQ_CST);
        unsigned int nr;

        network_lock();
        nr = card_poll(card);
        network_unlock();
        if (!nr)
            (void)!xg_os_wait(&card->net.activity, seen, XG_NO_DEADLINE);
    }
}

static struct card *card_of(uint32_t id)
{
    unsigned int i;

    for (i = 0; i < NETWORK_CARDS; i++)
        if (network_cards[i].attached && network_cards[i].id == id)
            return &network_cards[i];
    return NULL;
}

static struct card *free_card(void)
{
    unsigned int i;

    for (i = 0; i < NETWORK_CARDS; i++)
        if (!network_cards[i].attached)
            return &network_cards[i];
    return NULL;
}

/* A card that was gone and comes back finds its netif again. */
static void take_up(uint32_t id)
{
    struct card *card = free_card();
    bool is_new = card && !card->buffers;
    int rc = card ? card_attach(card, id) : -XG_ENOSPC;

    if (rc)
        printf("net: card %u: error %d\n", (unsigned int)id, -rc);
    else if (is_new && !thread_create("net", CPU_ANY, card_thread, card))
        printf("net: card %u: no memory for its thread\n", (unsigned int)id);
}

static int take_up_new(struct xg_bus *bus)
{
    uint32_t ids[NETWORK_CARDS];
    unsigned int nr, i;
    int rc = xg_bus_list(bus, "vif", ids, NETWORK_CARDS, &nr);

    for (i = 0; !rc && i < nr && i < NETWORK_CARDS; i++)
        if (!card_of(ids[i]))
            take_up(ids[i]);
    return rc;
}

static void give_up_gone(void)
{
    unsigned int i;

    for (i = 0; i < NETWORK_CARDS; i++)
        if (network_cards[i].attached && network_cards[i].net.device.unplugged)
            card_detach(&network_cards[i]);
}

/* ---- The bus ---- */

static void look(struct xg_bus *bus, bool plugged)
{
    static bool again; /* a list that failed was none */
    int rc;

    give_up_gone();
    rc = plugged || again ? take_up_new(bus) : 0;
    again = rc;
    if (rc)
        printf("net: the bus: error %d\n", -rc);
}

/* ---- The start ---- */

static ssize_t read_socket(int file, void *buffer, size_t nr_bytes)
{
    return lwip_read(file, buffer, nr_bytes);
}

static ssize_t write_socket(int file, const void *buffer, size_t nr_bytes)
{
    return lwip_write(file, buffer, nr_bytes);
}

static const struct libc_files sockets = {.read = read_socket, .write = write_socket, .close = lwip_close};

bool network_started(void)
{
    return started;
}

int network_start(const struct network_config *wanted)
{
    if (started)
        return 0;
    if (!devices_bus() || !devices_grants())
        return -XG_ENODEV;
    config = *wanted;
    started = true;
    tcpip_init(NULL, NULL);
    libc_add_files(LWIP_SOCKET_OFFSET, LIBC_FILES_FIRST, &sockets);
    return devices_follow(look) ? 0 : -XG_ENOMEM;
}

static bool has_address(void)
{
    bool has = false;
    unsigned int i;

    network_lock();
    for (i = 0; i < NETWORK_CARDS; i++)
        has |= network_cards[i].has_netif && !ip4_addr_isany_val(*netif_ip4_addr(&network_cards[i].netif));
    network_unlock();
    return has;
}

#define LOOK_NS 50000000ull

bool network_wait(unsigned int seconds)
{
    uint64_t end = clock_now_ns() + seconds * 1000000000ull;

    while (!has_address()) {
        if (clock_now_ns() >= end)
            return false;
        thread_sleep_until(clock_now_ns() + LOOK_NS);
    }
    return true;
}
