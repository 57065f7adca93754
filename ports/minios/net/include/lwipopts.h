/* SPDX-License-Identifier: BSD-2-Clause */
/* How lwIP is built for Mini-OS: threads and sockets, IPv4, windows for fast networks, offloads by the card.
 */
#ifndef LWIPOPTS_H
#define LWIPOPTS_H

/* ---- Threads: everything of the stack happens under one lock, in whichever thread it is wanted ---- */
#define NO_SYS                    0
#define SYS_LIGHTWEIGHT_PROT      1
#define LWIP_TCPIP_CORE_LOCKING   1
#define LWIP_NETIF_TX_SINGLE_PBUF 0
#define TCPIP_THREAD_NAME         "tcpip"
#define TCPIP_MBOX_SIZE           64
#define DEFAULT_RAW_RECVMBOX_SIZE 32
#define DEFAULT_UDP_RECVMBOX_SIZE 64
#define DEFAULT_TCP_RECVMBOX_SIZE 512
#define DEFAULT_ACCEPTMBOX_SIZE   32

/* The end of the lock is when cards tell their backends: one notification for all that was sent under it. */
#define LOCK_TCPIP_CORE()   network_lock()
#define UNLOCK_TCPIP_CORE() network_unlock()
void network_lock(void);
void network_unlock(void);

/* ---- Memory: buffers from malloc, everything else of a fixed number ---- */
#define MEM_LIBC_MALLOC          1
#define MEM_ALIGNMENT            8
#define MEMP_NUM_NETCONN         48
#define MEMP_NUM_NETBUF          64
#define MEMP_NUM_TCP_PCB         48
#define MEMP_NUM_TCP_PCB_LISTEN  16
#define MEMP_NUM_UDP_PCB         16
#define MEMP_NUM_RAW_PCB         8
#define MEMP_NUM_TCP_SEG         2048
#define MEMP_NUM_PBUF            128
#define MEMP_NUM_ARP_QUEUE       32
#define MEMP_NUM_REASSDATA       8
#define PBUF_POOL_SIZE           8
#define LWIP_SUPPORT_CUSTOM_PBUF 1

/* ---- Protocols ---- */
#define LWIP_RAW            1
#define LWIP_DHCP           1
#define DHCP_DOES_ARP_CHECK 0 /* seconds of waiting for what the server already knows */
#define LWIP_DNS            1
#define LWIP_TCP_KEEPALIVE  1
#define LWIP_TCP_SACK_OUT   1
#define LWIP_WND_SCALE      1
#define TCP_RCV_SCALE       3
#define TCP_MSS             1460
#define TCP_WND             (256 * 1024)
/* below 64 KiB: netconn_write takes the room that is left for 16 bits */
#define TCP_SND_BUF         (44 * TCP_MSS)
#define TCP_SND_QUEUELEN    256
#define TCP_SNDLOWAT        (16 * 1024)
/* They take it that what arrives is in pools: it is in the card's own pages. */
#define LWIP_DISABLE_TCP_SANITY_CHECKS 1
#define TCP_OOSEQ_MAX_PBUFS            128
#define TCP_LISTEN_BACKLOG             1
#define LWIP_NETIF_HOSTNAME            1
#define LWIP_HAVE_LOOPIF               1
#define LWIP_NETIF_LOOPBACK            1
#define LWIP_LOOPBACK_MAX_PBUFS        64
#define IP_FORWARD                     0

/* By the card, as far as its backend goes: net/card.c sets what is left for each. */
#define LWIP_CHECKSUM_CTRL_PER_NETIF 1
/* What is left of it, and of ICMP, which no card sums up. */
#define LWIP_CHKSUM network_sum
unsigned short network_sum(const void *data, int nr_bytes);

/* ---- Sockets: descriptors behind the console's three, under the C library's read, write and close ---- */
#define LWIP_SOCKET_OFFSET          3
#define LWIP_POSIX_SOCKETS_IO_NAMES 0
#define LWIP_SO_RCVTIMEO            1
#define LWIP_SO_SNDTIMEO            1
#define SO_REUSE                    1
#define LWIP_TIMEVAL_PRIVATE        0
#include <sys/time.h>

#define LWIP_ERRNO_STDINCLUDE 1
#define LWIP_STATS            1
#define LWIP_STATS_LARGE      1

#define LWIP_HOOK_FILENAME <arch/hooks.h>
/* Nobody is to guess where a connection begins. */
#define LWIP_HOOK_TCP_ISN(local, local_port, remote, remote_port) network_random()
/* A card between two backends is a way all the same: without one, lwIP fails what is being written. */
#define LWIP_HOOK_IP4_ROUTE(destination) network_route(destination)

#endif
